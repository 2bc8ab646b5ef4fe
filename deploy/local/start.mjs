// `npm start`: everything a node needs, on a machine that has nothing but Node.js; `npm start -- --fresh` begins anew.
import { watchWebhooks } from './webhook-lines.mjs';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { claim, startNode } from './node.mjs';
import { refuseOldNode, Stopped, stopSignal } from './prepare.mjs';
import { terminalScreen } from './screen.mjs';
import { show, Trouble } from './trouble.mjs';

const DEFAULT_PORT = 8080;
const began = performance.now();
const screen = terminalScreen();
// Leaving at once abandons the apps to the next start, which ends them.
const signal = stopSignal({ onHurry: () => process.exit(1) });
let home;
let node;

try {
  refuseOldNode();
  const { fresh, port } = readWishes();
  screen.line('Relais');
  home = await claim({ port, fresh, screen, host: process.env.RELAIS_HTTP_HOST });
  await ensureInstalled(screen, { signal });
  await ensureBuilt(screen, { signal });
  node = await startNode({
    claim: home,
    screen,
    signal,
    keepAlive: true,
    databaseUrl: process.env.DATABASE_URL || undefined,
    natsUrl: process.env.NATS_URL || undefined,
  });
  showScreen(node);
  const stopWatching = watchWebhooks(node.receiver.url, screen);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  stopWatching();
  screen.line('\nstopping …');
  await node.stop();
  screen.line('stopped; npm start finds everything again');
} catch (error) {
  await node?.stop();
  home?.release();
  if (!(error instanceof Stopped) && !signal.aborted) {
    show(error);
    process.exitCode = 1;
  }
}
// Whatever still holds the event loop (an open connection to a server that is gone) must not keep the terminal.
process.exit();

function readWishes() {
  const wishes = process.argv.slice(2);
  const unknown = wishes.find((wish) => wish !== '--fresh');
  if (unknown) throw new Trouble(`npm start does not know ${unknown}; it knows: --fresh`);
  const port = Number(process.env.RELAIS_PORT || DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Trouble(`RELAIS_PORT is no port: ${process.env.RELAIS_PORT}`);
  return { fresh: wishes.includes('--fresh'), port };
}

function showScreen({ baseUrl, sandbox, sandboxFile, postgres, paths, apps }) {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const [customer] = sandbox.handsets;
  const row = (name, value) => screen.line(`  ${name.padEnd(14)} ${value}`);
  screen.line(`\nReady after ${seconds} s.\n`);
  row('API', `${baseUrl}   (documentation: ${sandbox.docsUrl})`);
  row('metrics', sandbox.metricsUrl);
  row('webhooks', `${sandbox.webhookReceiver.eventsUrl}   (what the sandbox's receiver got; also below)`);
  row('database', sandbox.databaseUrl);
  if (postgres.outside) row('', `its user may not enter ${paths.home}, so its data lies in ${postgres.dataDir}`);
  row('bus', sandbox.natsUrl);
  row('logs', paths.log);
  row('credentials', `${sandboxFile}   (tokens, app secret, handsets)`);
  row('On-Premises', `user ${sandbox.onPrem.username}, password ${sandbox.onPrem.password}`);
  row('sandbox opens', 'plain http, loopback and any port for webhooks and media links (PATCH /relais/v1/settings)');
  screen.line(`\nSend ${customer.name} a message:\n`);
  screen.line(`  curl -X POST ${baseUrl}/${sandbox.graph.version}/${sandbox.graph.phoneNumberId}/messages \\
    -H 'Authorization: Bearer ${sandbox.graph.accessToken}' -H 'Content-Type: application/json' \\
    -d '{"messaging_product":"whatsapp","to":"${customer.waId}","type":"text","text":{"body":"Hello ${customer.name}"}}'`);
  screen.line(`\nRead it on her handset:\n`);
  screen.line(`  curl ${baseUrl}/handset/v1/messages -H 'Authorization: Bearer ${customer.token}'`);
  screen.line(`\n${Object.keys(apps).length} apps are running. Ctrl-C stops everything.\n`);
}

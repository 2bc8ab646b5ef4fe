import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientBench } from '../support/client-bench.js';
import { missingFor, RunningSnippet, snippetsOf } from '../support/guide-snippets.js';
import { type NodeUnderTest, eventually, theNode } from '../support/the-node.js';

const snippets = await snippetsOf('docs/guides/connect-an-sdk.md');
const senders = snippets.filter(({ file }) => /^send/i.test(file));
const receivers = snippets.filter(({ file }) => /^receive/i.test(file));

/** What the guide shows, run as it stands there, where its language is installed. */
describe('connect-an-sdk', () => {
  let under: NodeUnderTest;
  let bench: ClientBench;

  beforeAll(async () => {
    under = await theNode();
    bench = new ClientBench(under.sandbox);
    await bench.writes();
  });
  afterAll(() => under.close());

  it('has a sender and a receiver in three languages', () => {
    expect(senders.map(({ file }) => file)).toEqual(['send.mjs', 'send-by-fetch.mjs', 'send.py', 'Send.java']);
    expect(receivers.map(({ file }) => file)).toEqual(['receive.mjs', 'receive.py', 'Receive.java']);
  });

  it.each(senders)('$file sends, and says the id', async (snippet) => {
    const missing = missingFor(snippet);
    if (missing !== undefined) return void process.stdout.write(`skipped: ${snippet.file}: ${missing}\n`);
    const running = await RunningSnippet.start(snippet, {
      RELAIS_URL: bench.sandbox.baseUrl,
      TOKEN: bench.token,
      APP_SECRET: bench.sandbox.graph.appSecret,
      PHONE_NUMBER_ID: bench.phoneNumberId,
      TO: bench.ada.waId,
    });
    try {
      expect(await running.ended, running.output).toBe(0);
      const [id = ''] = /wamid\.[\w+/=-]+/.exec(running.output) ?? [];
      expect((await bench.arrives(id)).text.body).toMatch(/^Hello (from|by)/);
    } finally {
      await running.stop();
    }
  });

  it.each(receivers)('$file shakes hands, hears a customer, and turns a forger away', async (snippet) => {
    const missing = missingFor(snippet);
    if (missing !== undefined) return void process.stdout.write(`skipped: ${snippet.file}: ${missing}\n`);
    const app = await bench.newApp(snippet.file);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/hook`;
    const running = await RunningSnippet.start(snippet, {
      APP_SECRET: app.appSecret,
      VERIFY_TOKEN: 'chosen',
      PORT: String(port),
    });
    try {
      await eventually('it listens', () =>
        fetch(url, { method: 'POST', body: '{}' }).then(
          ({ status }) => status === 401 || undefined,
          () => undefined,
        ),
      );
      expect((await bench.subscribe(app, url, 'another')).status).toBe(400);
      expect((await bench.subscribe(app, url, 'chosen')).json).toEqual({ success: true });
      await bench.writes({ type: 'text', text: { body: `To ${snippet.file}` } });
      await eventually('it says what it heard', () => running.output.includes(`To ${snippet.file}`) || undefined);
      expect(running.output).toContain(bench.ada.waId);
    } finally {
      await running.stop();
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

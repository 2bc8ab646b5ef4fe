// Clients that do not wait: a process of its own, so that what it costs is not the node's. Sends at a rate, over a bounded number
// of connections, and prints one line of JSON: what was answered, how fast, and with which statuses.
import { Connection, jsonRequest } from '../bench/http-client.mjs';

const { url, token, recipients, connections, seconds, perSecond } = JSON.parse(process.argv[2]);
const target = new URL(url);
const requests = recipients.map((to, index) =>
  jsonRequest({
    host: target.host,
    path: target.pathname,
    token,
    body: { messaging_product: 'whatsapp', to, type: 'text', text: { body: `flood ${index} ${'x'.repeat(200)}` } },
  }),
);

/** Connected beforehand and one after the other: the kernel's own queue for newcomers is not what is measured. */
const free = Array.from({ length: connections }, () => new Connection(target.hostname, Number(target.port)));
for (const connection of free) {
  connection.socket = connection.open();
  await new Promise((resolve) => connection.socket.once('connect', resolve));
}
const spentBefore = process.cpuUsage();
const statuses = {};
const accepted = [];
let asked = 0;
let unheard = 0;
let withoutRetryAfter = 0;
let busy = 0;
const began = performance.now();
const end = began + seconds * 1_000;

/** Undefined `perSecond`: every connection sends again as soon as it was answered. */
const closedLoop = perSecond === undefined;

function send() {
  const connection = free.pop();
  if (!connection) {
    unheard += 1;
    return;
  }
  const sentAt = performance.now();
  busy += 1;
  connection.send(requests[asked++ % requests.length], (status, _text, retryAfter) => {
    busy -= 1;
    free.push(connection);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 200) accepted.push(performance.now() - sentAt);
    else if ((status === 429 || status === 503) && !(retryAfter > 0)) withoutRetryAfter += 1;
    if (closedLoop && performance.now() < end) send();
  });
}

if (closedLoop) for (let index = 0; index < connections; index++) send();
else {
  let due = 0;
  while (performance.now() < end) {
    const shouldBe = ((performance.now() - began) / 1_000) * perSecond;
    for (; due < shouldBe; due++) send();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
while (performance.now() < end + 8_000 && (busy > 0 || performance.now() < end))
  await new Promise((resolve) => setTimeout(resolve, 20));
const tookSeconds = (end - began) / 1_000;
accepted.sort((a, b) => a - b);
const { user, system } = process.cpuUsage(spentBefore);
process.stdout.write(
  `${JSON.stringify({
    asked,
    unheard,
    unanswered: busy,
    withoutRetryAfter,
    statuses,
    goodput: Math.round(accepted.length / tookSeconds),
    p99Ms: Math.round(accepted[Math.floor(accepted.length * 0.99)] ?? 0),
    cpuSeconds: (user + system) / 1e6,
  })}\n`,
);
process.exit(0);

// Clients that do not wait: a process of its own, so that what it costs is not the node's. Sends at a rate, over a bounded number
// of connections, and prints one line of JSON: what was answered, how fast, and with which statuses. What `window` holds was asked
// and answered while it was open: it opens `settleSeconds` after the beginning and closes with the last request.
import { Connection, jsonRequest } from '../bench/http-client.mjs';

const { url, token, recipients, connections, seconds, settleSeconds = 0, perSecond } = JSON.parse(process.argv[2]);
const target = new URL(url);
const requests = recipients.map((to, index) =>
  jsonRequest({
    host: target.host,
    path: target.pathname,
    token,
    body: { messaging_product: 'whatsapp', to, type: 'text', text: { body: `flood ${index} ${'x'.repeat(200)}` } },
  }),
);

/** Connected beforehand and a few at a time: the kernel's own queue for newcomers is not what is measured. */
const CONNECTING_AT_ONCE = 32;
const free = Array.from({ length: connections }, () => new Connection(target.hostname, Number(target.port)));
for (let from = 0; from < connections; from += CONNECTING_AT_ONCE) {
  const some = free.slice(from, from + CONNECTING_AT_ONCE);
  for (const connection of some) connection.socket = connection.open();
  await Promise.all(some.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
}
const statuses = {};
const accepted = [];
const refused = [];
const inWindow = { asked: 0, accepted: 0, refused: 0 };
let asked = 0;
let unheard = 0;
let withoutRetryAfter = 0;
let busy = 0;
const began = performance.now();
const opens = began + settleSeconds * 1_000;
const end = opens + seconds * 1_000;
const isOpen = (at) => at >= opens && at < end;

/** Undefined `perSecond`: every connection sends again as soon as it was answered. */
const closedLoop = perSecond === undefined;

function send() {
  // Whose turn it is: a connection that is never used is closed by the node.
  const connection = free.shift();
  if (!connection) {
    unheard += 1;
    return;
  }
  const sentAt = performance.now();
  if (isOpen(sentAt)) inWindow.asked += 1;
  busy += 1;
  connection.send(requests[asked++ % requests.length], (status, _text, retryAfter) => {
    busy -= 1;
    free.push(connection);
    statuses[status] = (statuses[status] ?? 0) + 1;
    const answeredAt = performance.now();
    const isRefusal = status === 429 || status === 503;
    if (status === 200) accepted.push(answeredAt - sentAt);
    else if (isRefusal) refused.push(answeredAt - sentAt);
    if (isRefusal && !(retryAfter > 0)) withoutRetryAfter += 1;
    if (isOpen(answeredAt)) {
      if (status === 200) inWindow.accepted += 1;
      else if (isRefusal) inWindow.refused += 1;
    }
    if (closedLoop && answeredAt < end) send();
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
const quantile = (times, part) => Math.round(times.sort((a, b) => a - b)[Math.floor(times.length * part)] ?? 0);
process.stdout.write(
  `${JSON.stringify({
    asked,
    unheard,
    unanswered: busy,
    withoutRetryAfter,
    statuses,
    window: inWindow,
    goodput: Math.round(inWindow.accepted / seconds),
    p99Ms: quantile(accepted, 0.99),
    refusedAfterMs: quantile(refused, 0.5),
  })}\n`,
);
process.exit(0);

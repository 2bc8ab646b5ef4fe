// Clients that do not wait: a process of its own, so that what it costs is not the node's. Sends at one rate after the other, over
// a bounded number of connections, and prints one line of JSON: what was answered, how fast, and with which statuses. Each step
// has a window, which opens `settleSeconds` after it began and closes with it: it counts what was asked and answered meanwhile.
import { Connection, jsonRequest } from '../bench/http-client.mjs';

/** A step without `perSecond`: every connection sends again as soon as it was answered. */
const { url, token, recipients, connections, steps } = JSON.parse(process.argv[2]);
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
const LONGEST_ANSWER_MS = 8_000;
const free = Array.from({ length: connections }, () => new Connection(target.hostname, Number(target.port)));
for (let from = 0; from < connections; from += CONNECTING_AT_ONCE) {
  const some = free.slice(from, from + CONNECTING_AT_ONCE);
  for (const connection of some) connection.socket = connection.open();
  await Promise.all(some.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
}
const statuses = {};
const accepted = [];
const refused = [];
let asked = 0;
let unheard = 0;
let withoutRetryAfter = 0;
let busy = 0;
let step;

function begin({ perSecond, seconds, settleSeconds = 0 }) {
  const began = performance.now();
  const opens = began + settleSeconds * 1_000;
  return { perSecond, seconds, began, opens, ends: opens + seconds * 1_000, asked: 0, accepted: 0, refused: 0 };
}

/** Counts something that happened now, if the window is open. */
function note(what, at) {
  if (at >= step.opens && at < step.ends) step[what] += 1;
}

function send() {
  // Whose turn it is: a connection that is never used is closed by the node.
  const connection = free.shift();
  if (!connection) {
    unheard += 1;
    return;
  }
  const sentAt = performance.now();
  note('asked', sentAt);
  busy += 1;
  connection.send(requests[asked++ % requests.length], (status, _text, retryAfter) => {
    busy -= 1;
    free.push(connection);
    statuses[status] = (statuses[status] ?? 0) + 1;
    const answeredAt = performance.now();
    if (status === 200) {
      accepted.push(answeredAt - sentAt);
      note('accepted', answeredAt);
    } else if (status === 429 || status === 503) {
      refused.push(answeredAt - sentAt);
      note('refused', answeredAt);
      if (!(retryAfter > 0)) withoutRetryAfter += 1;
    }
    if (step.perSecond === undefined && answeredAt < step.ends) send();
  });
}

const windows = [];
for (const wanted of steps) {
  step = begin(wanted);
  if (step.perSecond === undefined) while (free.length > 0) send();
  for (let due = 0; performance.now() < step.ends;) {
    if (step.perSecond !== undefined) {
      const shouldBe = ((performance.now() - step.began) / 1_000) * step.perSecond;
      for (; due < shouldBe; due++) send();
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  windows.push({
    asked: step.asked,
    accepted: step.accepted,
    refused: step.refused,
    goodput: Math.round(step.accepted / step.seconds),
  });
}
while (busy > 0 && performance.now() < step.ends + LONGEST_ANSWER_MS) await new Promise((resolve) => setTimeout(resolve, 20));
const quantile = (times, part) => Math.round(times.sort((a, b) => a - b)[Math.floor(times.length * part)] ?? 0);
process.stdout.write(
  `${JSON.stringify({
    asked,
    unheard,
    unanswered: busy,
    withoutRetryAfter,
    statuses,
    windows,
    p99Ms: quantile(accepted, 0.99),
    refusedAfterMs: quantile(refused, 0.5),
  })}\n`,
);
process.exit(0);

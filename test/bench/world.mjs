// The world outside of the node, in one process: the customers' handsets on a few sockets, and the receiver of webhooks. It
// notes what it saw of each message: at a handset, and which statuses were acknowledged, when, how often and in which order.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { WebSocket } from 'ws';
import { machineMs } from './http-client.mjs';
import { serveParent } from './child.mjs';

/** Receipts of messages that arrive together go back together; people read a while after delivery. */
const DELIVERED_AFTER_MS = 2;
const READ_AFTER_MS = 100;
const READ_EVERY_MS = 10;
const RECEIPTS_A_FRAME = 4_000;
const SENDS_UNDER_WAY = 400;

const AT_HANDSET = 1;
const BIT_OF = { sent: 2, delivered: 4, read: 8, failed: 16 };
const FINISHED = BIT_OF.sent | BIT_OF.delivered | BIT_OF.read;

/** What is known of one message. */
class Seen {
  bits = 0;
  deliveredAt = 0;
}

let messages;
let counts;
let settle;
let settled;

function forget() {
  messages = new Map();
  counts = {
    atHandset: 0,
    finished: 0,
    lastFinishedAt: 0,
    twiceAtHandset: 0,
    twiceByWebhook: 0,
    outOfOrder: 0,
    failed: 0,
    badSignatures: 0,
    webhooks: 0,
    updates: 0,
    inbound: 0,
    socketsLost: 0,
    refusedFrames: 0,
    failure: undefined,
  };
}
forget();

function seen(id) {
  let message = messages.get(id);
  if (!message) messages.set(id, (message = new Seen()));
  return message;
}

// ---- handsets

const sockets = [];
let tokensOf = [];
let handsetUrl;

function attach({ url, tokens, connections }) {
  handsetUrl = url;
  const each = Math.ceil(tokens.length / connections);
  tokensOf = Array.from({ length: connections }, (_, n) => tokens.slice(n * each, (n + 1) * each)).filter(
    ({ length }) => length > 0,
  );
  return Promise.all(tokensOf.map((portion) => openSocket(portion)));
}

function openSocket(tokens) {
  return new Promise((resolve, reject) => {
    const connection = new WebSocket(handsetUrl, { perMessageDeflate: false, skipUTF8Validation: true });
    const socket = { connection, delivered: [], read: [], deliverTimer: undefined, accepted: undefined };
    sockets.push(socket);
    connection.on('open', () => connection.send(JSON.stringify({ type: 'attach', tokens })));
    connection.on('message', (data) => {
      const frame = JSON.parse(data.toString());
      if (frame.type === 'messages') return take(socket, frame.messages);
      if (frame.type === 'accepted') return socket.accepted?.();
      if (frame.type === 'attached') {
        const missing = frame.handsets.filter((handset) => handset === null).length;
        return missing === 0 ? resolve() : reject(new Error(`${missing} handsets are not known`));
      }
      counts.refusedFrames += 1;
      counts.failure ??= JSON.stringify(frame).slice(0, 300);
      if (frame.ref !== undefined) socket.refused?.(frame.ref);
      else reject(new Error(`the socket was told ${counts.failure}`));
    });
    connection.on('error', reject);
    connection.on('close', () => {
      sockets.splice(sockets.indexOf(socket), 1);
      if (!closing) counts.socketsLost += 1;
    });
  });
}

function take(socket, arrived) {
  for (const { id, to } of arrived) {
    const message = seen(id);
    if (message.bits & AT_HANDSET) counts.twiceAtHandset += 1;
    else counts.atHandset += 1;
    message.bits |= AT_HANDSET;
    socket.delivered.push({ id, to, status: 'delivered' });
  }
  socket.deliverTimer ??= setTimeout(() => {
    socket.deliverTimer = undefined;
    const delivered = socket.delivered;
    socket.delivered = [];
    report(socket, delivered);
    socket.read.push({ at: machineMs() + READ_AFTER_MS, receipts: delivered });
  }, DELIVERED_AFTER_MS);
}

setInterval(() => {
  const now = machineMs();
  for (const socket of sockets) {
    const due = [];
    while (socket.read.length > 0 && socket.read[0].at <= now) {
      for (const { id, to } of socket.read.shift().receipts) due.push({ id, to, status: 'read' });
    }
    report(socket, due);
  }
}, READ_EVERY_MS);

function report({ connection }, receipts) {
  for (let from = 0; from < receipts.length; from += RECEIPTS_A_FRAME) {
    if (connection.readyState !== WebSocket.OPEN) return;
    connection.send(JSON.stringify({ type: 'receipts', receipts: receipts.slice(from, from + RECEIPTS_A_FRAME) }));
  }
}

/** Every customer writes once to their number: that opens the window. `pairs` are as the tokens were attached. */
async function customersWrite({ pairs }) {
  let from = 0;
  await Promise.all(
    tokensOf.map((portion, n) => {
      const mine = pairs.slice(from, (from += portion.length));
      return writeAll(sockets[n], mine);
    }),
  );
}

function writeAll(socket, pairs) {
  return new Promise((resolve) => {
    const again = [];
    let next = 0;
    let accepted = 0;
    const more = () => {
      const position = again.pop() ?? (next < pairs.length ? next++ : undefined);
      if (position === undefined) return;
      const { waId, to } = pairs[position];
      const message = { to, type: 'text', text: { body: 'Hello' } };
      // What is refused as unavailable may have been taken: asked again under its key it is not sent twice.
      const frame = { type: 'send', ref: String(position), from: waId, idempotencyKey: 'hello', message };
      socket.connection.send(JSON.stringify(frame));
    };
    socket.accepted = () => {
      accepted += 1;
      if (accepted === pairs.length) resolve();
      else more();
    };
    socket.refused = (ref) => {
      again.push(Number(ref));
      setTimeout(more, 200);
    };
    for (let i = 0; i < SENDS_UNDER_WAY; i++) more();
  });
}

// ---- webhooks

let verifyToken;
let appSecret;

const receiver = createServer((request, response) => {
  if (request.method === 'GET') {
    const url = new URL(request.url, 'http://receiver');
    const fits = url.searchParams.get('hub.verify_token') === verifyToken;
    response.writeHead(fits ? 200 : 403, { 'content-type': 'text/plain' });
    response.end(fits ? url.searchParams.get('hub.challenge') : '');
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const raw = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const good = isSigned(raw, request.headers['x-hub-signature-256']);
    if (!good) counts.badSignatures += 1;
    response.writeHead(good ? 200 : 401, { 'content-type': 'application/json', 'content-length': 2 });
    response.end('{}');
    if (good) note(JSON.parse(raw.toString()), machineMs());
  });
});
receiver.keepAliveTimeout = 60_000;

function isSigned(raw, header) {
  const expected = Buffer.from(`sha256=${createHmac('sha256', appSecret).update(raw).digest('hex')}`);
  const given = Buffer.from(String(header));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function note(webhook, at) {
  counts.webhooks += 1;
  for (const { changes } of webhook.entry) {
    for (const { value } of changes) {
      counts.inbound += value.messages?.length ?? 0;
      for (const { id, status } of value.statuses ?? []) noteStatus(id, status, at);
    }
  }
  if (settle && settle.reached()) settle.resolve();
}

function noteStatus(id, status, at) {
  counts.updates += 1;
  const bit = BIT_OF[status] ?? 0;
  const message = seen(id);
  if (message.bits & bit) {
    counts.twiceByWebhook += 1;
    return;
  }
  // A later step that was acknowledged already has a higher bit.
  if ((message.bits & FINISHED) > bit) counts.outOfOrder += 1;
  message.bits |= bit;
  if (status === 'delivered') message.deliveredAt = at;
  if (status === 'failed') counts.failed += 1;
  if (bit !== 0 && (message.bits & FINISHED) === FINISHED && status !== 'failed') {
    counts.finished += 1;
    counts.lastFinishedAt = at;
  }
}

async function receive(secrets) {
  verifyToken = secrets.verifyToken;
  if (!receiver.listening) await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${receiver.address().port}/webhooks`;
}

// ---- what is asked

/** Resolves when so many are finished (or were written by customers), or when nothing has moved for a while. */
async function waitFor({ finished = 0, inbound = 0, quietMs }) {
  const reached = () => counts.finished + counts.failed >= finished && counts.inbound >= inbound;
  if (!reached()) {
    let progress = -1;
    let timer;
    await new Promise((resolve) => {
      settle = { reached, resolve };
      timer = setInterval(() => {
        const now = counts.updates + counts.inbound + counts.atHandset;
        if (now === progress) resolve();
        progress = now;
      }, quietMs);
    });
    clearInterval(timer);
    settle = undefined;
  }
  settled = machineMs();
  return { ...counts, settledAt: settled };
}

/** Which of these were answered with 2xx and are not found where they should be; and when `delivered` was acknowledged. */
function compare({ ids }) {
  const deliveredAt = new Float64Array(ids.length);
  const lost = { atHandset: 0, sent: 0, delivered: 0, read: 0, any: 0 };
  const given = new Set();
  let twice = 0;
  for (const [position, id] of ids.entries()) {
    if (given.has(id)) twice += 1;
    given.add(id);
    const { bits = 0, deliveredAt: at = 0 } = messages.get(id) ?? {};
    deliveredAt[position] = at;
    if (!(bits & AT_HANDSET)) lost.atHandset += 1;
    for (const status of ['sent', 'delivered', 'read']) if (!(bits & BIT_OF[status])) lost[status] += 1;
    if ((bits & (FINISHED | AT_HANDSET)) !== (FINISHED | AT_HANDSET)) lost.any += 1;
  }
  return { deliveredAt, lost, idsGivenTwice: twice, unasked: messages.size - given.size, counts };
}

let closing = false;

serveParent({
  receive,
  sign: (secret) => void (appSecret = secret),
  attach,
  customersWrite,
  forget,
  waitFor,
  compare,
  hangUp: () => {
    closing = true;
    for (const { connection } of sockets) connection.terminate();
  },
});

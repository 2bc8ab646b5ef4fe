// The sandbox's webhook receiver: a process of its own that stands where a CRM would. It answers the subscription handshake,
// verifies signatures, and shows what came: one line each in its log, and as JSON at `GET /events`.
//
//   GET  /events[?since=N]  { "last": 12, "events": [ { "number", "receivedAt", "path", "signature", "body" } ] }, the newest 1,000
//   GET  /<any>?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…   the challenge, when the token is ours
//   POST /graph, /on-prem   200; 401 when a signature does not fit
//
// Environment: PORT, PORT_FILE, SECRETS_FILE (JSON: { "verifyToken": "", "appSecrets": [""] }, read anew at every request).
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const KEPT = 1_000;
const LARGEST_BODY = 8 * 1024 * 1024;

const events = [];
let last = 0;

const server = createServer((request, response) => {
  const answer = (status, body, type = 'application/json') => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  };
  let url;
  try {
    url = new URL(request.url, 'http://receiver');
  } catch {
    return answer(400, '{"error":"not a URL"}');
  }
  if (request.method === 'GET' && url.pathname === '/health') return answer(200, '{"status":"ok"}');
  if (request.method === 'GET' && url.searchParams.has('hub.challenge')) return shakeHands(url, answer);
  if (request.method === 'GET' && url.pathname === '/events') return answer(200, list(url));
  if (request.method !== 'POST') return answer(404, '{"error":"GET /events shows what came; webhooks come by POST"}');
  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => {
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
  });
  request.on('end', () => {
    if (size > LARGEST_BODY) return answer(413, '{"error":"too large"}');
    const raw = Buffer.concat(chunks);
    const signature = judge(request.headers['x-hub-signature-256'], raw);
    keep(url.pathname, signature, raw);
    // The On-Premises API signs nothing; the Graph style always does.
    const refused = signature === 'invalid' || (signature === 'absent' && url.pathname.startsWith('/graph'));
    return refused ? answer(401, '{"error":"the signature does not fit"}') : answer(200, '{"received":true}');
  });
});

function shakeHands(url, answer) {
  const fits =
    url.searchParams.get('hub.mode') === 'subscribe' && url.searchParams.get('hub.verify_token') === secrets().verifyToken;
  say(`handshake ${url.pathname} ${fits ? 'answered' : 'refused'}`);
  return fits
    ? answer(200, url.searchParams.get('hub.challenge'), 'text/plain')
    : answer(403, '{"error":"the verify token does not fit"}');
}

function judge(header, raw) {
  if (header === undefined) return 'absent';
  const given = Buffer.from(String(header));
  return (secrets().appSecrets ?? []).some((secret) => {
    const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  })
    ? 'valid'
    : 'invalid';
}

function keep(path, signature, raw) {
  const text = raw.toString('utf8');
  let body = text;
  try {
    body = JSON.parse(text);
  } catch {
    // Shown as the text it is.
  }
  events.push({ number: ++last, receivedAt: new Date().toISOString(), path, signature, body });
  if (events.length > KEPT) events.shift();
  say(`${path} signature ${signature} ${JSON.stringify(body)}`);
}

function list(url) {
  const since = Number(url.searchParams.get('since') ?? 0) || 0;
  return JSON.stringify({ last, events: events.filter(({ number }) => number > since) });
}

function secrets() {
  try {
    return JSON.parse(readFileSync(process.env.SECRETS_FILE, 'utf8'));
  } catch {
    return {};
  }
}

function say(text) {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const { port } = server.address();
  say(`listening on http://127.0.0.1:${port}`);
  if (process.env.PORT_FILE) {
    writeFileSync(`${process.env.PORT_FILE}.tmp`, String(port));
    renameSync(`${process.env.PORT_FILE}.tmp`, process.env.PORT_FILE);
  }
});

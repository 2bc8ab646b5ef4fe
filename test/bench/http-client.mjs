// HTTP/1.1 over raw sockets, one request at a time each, kept alive. A generator that shares the cores with what it measures
// must be small: this one takes about a third of what autocannon takes, and it never abandons a request.
import { connect } from 'node:net';

const NOTHING = Buffer.alloc(0);
const END_OF_HEAD = '\r\n\r\n';

/** One connection; connects again when it was closed. */
export class Connection {
  constructor(host, port) {
    this.host = host;
    this.port = port;
    this.socket = undefined;
    this.received = NOTHING;
    this.waiting = undefined;
  }

  /**
   * @param {Buffer} request
   * @param {(status: number, text: string, retryAfterSeconds: number) => void} done called once; status 0 when the connection
   *   ended without an answer
   */
  send(request, done) {
    this.waiting = done;
    this.socket ??= this.open();
    this.socket.write(request);
  }

  close() {
    this.socket?.destroy();
    this.socket = undefined;
  }

  open() {
    const socket = connect({ host: this.host, port: this.port, noDelay: true });
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.socket === socket) this.socket = undefined;
      this.received = NOTHING;
      this.answer(0, 'the connection was closed', 0);
    });
    return socket;
  }

  take(chunk) {
    const all = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const endOfHead = all.indexOf(END_OF_HEAD);
    if (endOfHead < 0) {
      this.received = all;
      return;
    }
    const head = all.latin1Slice(0, endOfHead).toLowerCase();
    const length = Number(valueOf(head, 'content-length') ?? 0);
    const begin = endOfHead + END_OF_HEAD.length;
    if (all.length < begin + length) {
      this.received = all;
      return;
    }
    this.received = NOTHING;
    const status = Number(head.slice(9, 12));
    const retryAfter = status === 429 || status === 503 ? Number(valueOf(head, 'retry-after') ?? 0) : 0;
    if (valueOf(head, 'connection') === 'close') this.close();
    this.answer(status, all.utf8Slice(begin, begin + length), retryAfter);
  }

  answer(status, text, retryAfter) {
    const done = this.waiting;
    this.waiting = undefined;
    done?.(status, text, retryAfter);
  }
}

function valueOf(head, name) {
  const at = head.indexOf(`\r\n${name}:`);
  if (at < 0) return undefined;
  const from = at + name.length + 3;
  const end = head.indexOf('\r\n', from);
  return head.slice(from, end < 0 ? undefined : end).trim();
}

/** Milliseconds of the one monotonic clock that all processes of this machine share. */
export function machineMs() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** A JSON request as bytes. */
export function jsonRequest({ method = 'POST', host, path, token, body }) {
  const json = body === undefined ? '' : JSON.stringify(body);
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${authorization}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
}

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { pathOf } from './door.js';

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Where requests with an `Upgrade` header go. Once somebody listens for them, Node hands over all of them and answers none
 * itself; but some HTTP clients offer HTTP/2 (`h2c`) with every plain request, and must be served as if they had not.
 */
export class Upgrades {
  private readonly handlers = new Map<string, Upgrade>();

  constructor(private readonly server: Server) {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const handler = this.handlers.get(pathOf(request.url ?? '/'));
      const wanted = request.headers.upgrade?.toLowerCase();
      if (handler && wanted === 'websocket') handler(request, socket, head);
      else this.serveAsPlain(request, socket, head);
    });
  }

  /** Takes WebSocket requests at one path. */
  at(path: string, handler: Upgrade): void {
    this.handlers.set(path, handler);
  }

  /** Puts the request back in front of the connection, without the header, and begins the connection anew. */
  private serveAsPlain(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
    for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
      const name = request.rawHeaders[at] as string;
      if (!/^(?:upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${request.rawHeaders[at + 1]}`);
    }
    socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
    this.server.emit('connection', socket);
  }
}

import type { IncomingMessage, Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { type Caller, handsetRollCall, markOnHandsets, pushToHandsets, sendFromHandset } from '#contracts';
import { graphMessageId, parseMessageId } from '#dialects/message-body';
import { failure } from '#domain';
import { Lifecycle, Log, Metrics, QueueFull } from '#runtime';
import { BusLink } from '../http/bus-link.js';
import { Refused, tokenHash } from '../http/caller.js';
import { readIdempotency } from '../http/idempotency.js';
import { Core } from '../http/core.client.js';
import { Upgrades } from '../http/upgrades.js';
import { HandsetSocket, closeCodes } from './handset-socket.js';
import { HandsetSockets } from './handset-sockets.js';
import { Pushers } from './pushers.js';
import { readHandsetMessage } from './read-message.js';
import { type ClientFrame, mostHandsets, readFrame, refusedFrame } from './socket-frames.js';
import { type SocketReceipt, SocketReceipts } from './socket-receipts.js';

export const socketPath = '/handset/v1/socket';

const LARGEST_FRAME = 1024 * 1024;
const HEARTBEAT_MS = 30_000;
/** Whoever connects and does not say for whom is hung up on. */
const ATTACH_WITHIN_MS = 10_000;
/** Looks for a bus that came back, after which core may hold us for gone. */
const LOOK_EVERY_MS = 250;
const MOST_SENDING = 512;

/** The sockets of handsets: one may carry one handset, or thousands. */
@Injectable()
export class HandsetGateway implements OnApplicationBootstrap {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: LARGEST_FRAME, perMessageDeflate: false });
  private readonly open = new Set<HandsetSocket>();
  private sockets: HandsetSockets | undefined;
  private rollCallDue = false;
  private callingRoll = false;

  constructor(
    private readonly link: BusLink,
    private readonly core: Core,
    private readonly receipts: SocketReceipts,
    private readonly pushers: Pushers,
    private readonly http: HttpAdapterHost,
    private readonly log: Log,
    private readonly lifecycle: Lifecycle,
    metrics: Metrics,
  ) {
    metrics.gauge('handset_sockets', 'Open sockets of handsets.', [], (gauge) => gauge.set(this.open.size));
    metrics.gauge('handsets_attached', 'Handsets that are attached by a socket.', [], (gauge) =>
      gauge.set(this.sockets?.size ?? 0),
    );
  }

  onApplicationBootstrap(): void {
    const server = this.http.httpAdapter.getHttpServer() as Server;
    new Upgrades(server).at(socketPath, (request, socket, head) => this.upgrade(request, socket, head));
    this.link.whenThere((bus) => {
      const sockets = new HandsetSockets(this.link, bus.instance, this.log);
      this.sockets = sockets;
      // Pushes of the meantime are lost, and core holds nobody for attached until the roll is called.
      bus.onDisconnected(() => (this.rollCallDue = true));
      bus.subscribe(pushToHandsets(bus.instance), ({ core, messages }) => {
        if (core !== undefined) for (const { message } of messages) this.pushers.note(message.id, core);
        sockets.push(messages);
      });
      bus.subscribe(markOnHandsets(bus.instance), ({ marks }) => sockets.mark(marks));
      bus.subscribe(handsetRollCall, () => {
        this.rollCallDue = true;
        void this.callRoll();
      });
    });
    const heartbeat = setInterval(() => this.open.forEach((socket) => socket.ping()), HEARTBEAT_MS);
    const look = setInterval(() => this.look(), LOOK_EVERY_MS);
    heartbeat.unref();
    look.unref();
    this.lifecycle.onDrain('handset sockets', () => {
      clearInterval(heartbeat);
      clearInterval(look);
      for (const socket of this.open) socket.close(closeCodes.goingAway, 'The node is shutting down');
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.lifecycle.draining)
      return void socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\r\n');
    this.server.handleUpgrade(request, socket, head, (connection) => this.accept(connection, request));
  }

  private accept(connection: WebSocket, request: IncomingMessage): void {
    const socket = new HandsetSocket(connection, randomUUID().replaceAll('-', ''), request.socket.remoteAddress);
    this.open.add(socket);
    const silent = setTimeout(() => {
      if (socket.handsets.size === 0) socket.close(closeCodes.policy, 'No handset was attached');
    }, ATTACH_WITHIN_MS);
    connection.on('pong', () => (socket.alive = true));
    connection.on('message', (data, isBinary) => {
      socket.alive = true;
      this.take(socket, data, isBinary);
    });
    // A broken frame, or one too large: the library closes with the fitting code.
    connection.on('error', (error) => this.log.debug('handset-socket.broken', { error }));
    connection.on('close', (code) => {
      clearTimeout(silent);
      this.open.delete(socket);
      const handsets = socket.handsets.size;
      this.sockets?.detach(socket);
      this.log.info('handset-socket.closed', { requestId: socket.requestId, closeCode: code, handsets });
    });
    const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined) void this.attach(socket, [bearer]);
  }

  private take(socket: HandsetSocket, data: RawData, isBinary: boolean): void {
    if (isBinary) return socket.close(closeCodes.unsupported, 'Frames are text');
    const frame = readFrame((data as Buffer).toString('utf8'));
    if (!frame.ok) return socket.send(refusedFrame(frame.failure));
    if (frame.value.type !== 'attach' && socket.handsets.size === 0) {
      return socket.send(refusedFrame(failure('token-missing', 'Attach a handset first')));
    }
    switch (frame.value.type) {
      case 'attach':
        return void this.attach(socket, frame.value.tokens);
      case 'receipts':
        return void this.record(socket, frame.value);
      case 'send':
        return void this.send(socket, frame.value);
    }
  }

  private async attach(socket: HandsetSocket, tokens: readonly string[]): Promise<void> {
    if (socket.handsets.size + tokens.length > mostHandsets) {
      return socket.send(
        refusedFrame(failure('invalid-parameter', `At most ${mostHandsets} handsets a socket`, { field: 'tokens' })),
      );
    }
    if (!this.sockets) return socket.send(refusedFrame(failure('unavailable', 'The node is starting', { retryAfterSeconds: 1 })));
    const refusal = await this.sockets.attach(socket, tokens.map(tokenHash));
    if (refusal) return socket.send(refusedFrame(refusal));
    this.log.info('handset-socket.attached', {
      requestId: socket.requestId,
      asked: tokens.length,
      handsets: socket.handsets.size,
    });
    if (socket.handsets.size === 0) socket.close(closeCodes.policy, 'No token of a handset');
  }

  /** Receipts for what this socket does not carry, or for ids that this node did not make, are ignored one by one. */
  private async record(socket: HandsetSocket, frame: ClientFrame & { readonly type: 'receipts' }): Promise<void> {
    const receipts: SocketReceipt[] = [];
    for (const { id, to, status } of frame.receipts) {
      const handset = socket.handset(to);
      const messageId = parseMessageId(id);
      if (!handset || messageId === undefined) continue;
      receipts.push({ handsetId: handset.handsetId, waId: handset.waId, id: messageId, status });
    }
    try {
      if (receipts.length > 0) await this.receipts.add(receipts);
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      // It must not take these receipts for recorded: after its return the messages are pushed again.
      socket.close(closeCodes.tryAgainLater, 'Too many receipts are waiting');
    }
  }

  private async send(
    socket: HandsetSocket,
    { ref, from, idempotencyKey, message }: ClientFrame & { readonly type: 'send' },
  ): Promise<void> {
    const handset = socket.handset(from);
    if (!handset)
      return socket.send(
        refusedFrame(failure('object-not-found', 'This socket carries no such handset', { field: 'from' }), ref),
      );
    const read = readHandsetMessage(message);
    if (!read.ok) return socket.send(refusedFrame(read.failure, ref));
    if (socket.sending >= MOST_SENDING) {
      return socket.send(
        refusedFrame(failure('overloaded', 'Too many messages are on their way', { retryAfterSeconds: 1 }), ref),
      );
    }
    const caller: Caller = { door: 'handset', tokenHash: handset.tokenHash, requestId: socket.requestId, ip: socket.ip };
    socket.sending += 1;
    try {
      const idempotency =
        idempotencyKey === undefined ? undefined : readIdempotency(idempotencyKey, 'POST messages', JSON.stringify(message));
      const { id } = await this.core.ask(sendFromHandset, { caller, ...read.value, idempotency });
      socket.send({ type: 'accepted', ref, id: graphMessageId(id, handset.waId, 'in') });
    } catch (error) {
      if (!(error instanceof Refused)) this.log.error('handset-socket.send-failed', { requestId: socket.requestId, error });
      const told = error instanceof Refused ? error.failure : failure('internal', 'Something went wrong inside the node');
      socket.send(refusedFrame(told, ref));
    } finally {
      socket.sending -= 1;
    }
  }

  private look(): void {
    if (this.link.connected && this.rollCallDue) void this.callRoll();
  }

  private async callRoll(): Promise<void> {
    if (this.callingRoll || !this.sockets) return;
    this.callingRoll = true;
    this.rollCallDue = false;
    try {
      if (!(await this.sockets.callRoll())) this.rollCallDue = true;
    } finally {
      this.callingRoll = false;
    }
  }
}

import { attachHandsets, detachHandsets } from '#contracts';
import { graphMessageId } from '#dialects/message-body';
import { type Failure, type HandsetId, type HandsetMessage, type Result, failure, ok, type HandsetMark } from '#domain';
import type { Log } from '#runtime';
import type { BusLink } from '../http/bus-link.js';
import { refusalOf } from '../http/core.client.js';
import type { HandsetSocket, HeldHandset } from './handset-socket.js';
import { type HandsetMessageJson, writeHandsetMessage } from './message-json.js';

/** One question to core; its answer must fit into a message of the bus. */
const TOKENS_A_QUESTION = 2_000;
/** Messages that came before core's answer said whose they are. */
const MOST_EARLY = 20_000;
/** One frame stays well below what a client should have to take at once. */
const MESSAGES_A_FRAME = 200;

interface Held extends HeldHandset {
  readonly sockets: Set<HandsetSocket>;
}

interface Push {
  readonly handsetId: HandsetId;
  readonly message: HandsetMessage;
}

/**
 * Which handsets are attached to this instance, by which sockets. Core is told of each that comes and goes, pushes what
 * waits for them here, and is told again of all when it calls the roll.
 */
export class HandsetSockets {
  private readonly held = new Map<HandsetId, Held>();
  private early: Push[] = [];
  private attaching = 0;

  constructor(
    private readonly bus: Pick<BusLink, 'request' | 'publish'>,
    /** This instance, as core addresses it. */
    private readonly instance: string,
    private readonly log: Log,
  ) {}

  get size(): number {
    return this.held.size;
  }

  /** Attaches the handsets of these tokens to a socket, and tells it the wa_id of each, or null for a token of none. */
  async attach(socket: HandsetSocket, tokenHashes: readonly string[]): Promise<Failure | undefined> {
    this.attaching += 1;
    try {
      const handsets: ({ readonly waId: string } | null)[] = [];
      for (let from = 0; from < tokenHashes.length; from += TOKENS_A_QUESTION) {
        const asked = tokenHashes.slice(from, from + TOKENS_A_QUESTION);
        const answer = await this.ask(asked);
        if (!answer.ok) return answer.failure;
        for (const [position, found] of answer.value.entries()) {
          const tokenHash = asked[position];
          if (found && tokenHash !== undefined) this.hold({ ...found, tokenHash }, socket);
          handsets.push(found ? { waId: found.waId } : null);
        }
      }
      // Before what came early is handed on: a client should know whose messages it is given.
      socket.send({ type: 'attached', handsets });
      return undefined;
    } finally {
      this.attaching -= 1;
      if (!socket.open) this.detach(socket);
      this.deliverEarly();
    }
  }

  /** Called when a socket has closed; also the handsets that it shared with no other are then detached at core. */
  detach(socket: HandsetSocket): void {
    const gone: HandsetId[] = [];
    for (const { handsetId } of socket.handsets.values()) {
      const held = this.held.get(handsetId);
      held?.sockets.delete(socket);
      if (held?.sockets.size !== 0) continue;
      this.held.delete(handsetId);
      gone.push(handsetId);
    }
    socket.handsets.clear();
    this.tellGone(gone);
  }

  /** Hands messages to the sockets of their handsets, many in a frame. */
  push(messages: readonly Push[]): void {
    const bySocket = new Map<HandsetSocket, HandsetMessageJson[]>();
    const unknown: Push[] = [];
    for (const push of messages) {
      const held = this.held.get(push.handsetId);
      if (!held) {
        unknown.push(push);
        continue;
      }
      const json = writeHandsetMessage(push.message);
      for (const socket of held.sockets) {
        const frame = bySocket.get(socket);
        if (frame) frame.push(json);
        else bySocket.set(socket, [json]);
      }
    }
    for (const [socket, written] of bySocket) {
      for (let from = 0; from < written.length; from += MESSAGES_A_FRAME) {
        socket.send({ type: 'messages', messages: written.slice(from, from + MESSAGES_A_FRAME) });
      }
    }
    if (unknown.length > 0) this.keepOrDisown(unknown);
  }

  /** Tells handsets that a business has read what they wrote, and may be writing itself. */
  mark(marks: readonly HandsetMark[]): void {
    for (const { handsetId, waId, from, messageId, isTyping } of marks) {
      const id = graphMessageId(messageId, waId, 'in');
      for (const socket of this.held.get(handsetId)?.sockets ?? []) {
        socket.send({ type: 'read', id, from, to: waId, ...(isTyping ? { typing: true } : {}) });
      }
    }
  }

  /** Attaches all again; those whose tokens are no longer good are let go. False: core could not be asked. */
  async callRoll(): Promise<boolean> {
    const all = [...this.held.values()];
    for (let from = 0; from < all.length; from += TOKENS_A_QUESTION) {
      const asked = all.slice(from, from + TOKENS_A_QUESTION);
      const answer = await this.ask(asked.map((held) => held.tokenHash));
      if (!answer.ok) return false;
      for (const [position, held] of asked.entries()) if (!answer.value[position]) this.letGo(held);
    }
    return true;
  }

  private async ask(tokenHashes: readonly string[]): Promise<Result<readonly ({ handsetId: HandsetId; waId: string } | null)[]>> {
    try {
      const answer = await this.bus.request(attachHandsets, { instance: this.instance, tokenHashes });
      return answer.ok ? ok(answer.value.handsets) : answer;
    } catch (error) {
      return { ok: false, failure: unavailable(error, this.log) };
    }
  }

  private hold(handset: HeldHandset, socket: HandsetSocket): void {
    const held = this.held.get(handset.handsetId) ?? { ...handset, sockets: new Set<HandsetSocket>() };
    held.sockets.add(socket);
    this.held.set(handset.handsetId, held);
    socket.handsets.set(handset.waId, handset);
  }

  private letGo(held: Held): void {
    if (this.held.get(held.handsetId) !== held) return;
    this.held.delete(held.handsetId);
    for (const socket of held.sockets) {
      socket.handsets.delete(held.waId);
      socket.send({ type: 'detached', handsets: [{ waId: held.waId }] });
    }
  }

  /** A push may overtake the answer that tells whose handset it is for. */
  private keepOrDisown(pushes: readonly Push[]): void {
    const keep = this.attaching > 0 ? pushes.slice(0, Math.max(0, MOST_EARLY - this.early.length)) : [];
    this.early.push(...keep);
    this.tellGone([...new Set(pushes.slice(keep.length).map((push) => push.handsetId))]);
  }

  private deliverEarly(): void {
    if (this.early.length === 0) return;
    const early = this.early;
    this.early = [];
    this.push(early);
  }

  private tellGone(handsetIds: readonly HandsetId[]): void {
    if (handsetIds.length > 0) this.bus.publish(detachHandsets, { instance: this.instance, handsetIds });
  }
}

function unavailable(error: unknown, log: Log): Failure {
  const refusal = refusalOf(error);
  if (!refusal) log.error('handsets.attach-failed', { error });
  return refusal?.failure ?? failure('internal', 'Something went wrong inside the node');
}

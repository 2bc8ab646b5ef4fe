import type { CarrierEvents, CarrierNumber, CarrierReceipt, OutboundMessage, SendOutcome } from '#carriers/port';
import { type HandsetId, type HandsetMessage, type MessageId, failure } from '#domain';
import type { HandsetSockets, HandsetStore, Undelivered } from './ports.js';

interface InFlight extends Undelivered {
  /** Also kept in the store, so that its arrival has to be told there. */
  readonly stored: boolean;
}

interface Socket {
  readonly instance: string;
  /** The handset said that it is away although its socket is open. */
  paused: boolean;
}

/**
 * The built-in handset network. A handset with a socket gets messages pushed and says itself what became of them. Without
 * one, the network's mailbox is the device: online, it takes messages at once; otherwise they wait until the handset is
 * back, or expire. Receipts come from what really happened, and what waits survives a kill.
 */
export class HandsetNetwork {
  private readonly sockets = new Map<HandsetId, Socket>();
  private readonly inFlight = new Map<HandsetId, Map<MessageId, InFlight>>();
  /** All numbers of one core share one recorder, so any number's events will do for a receipt. */
  private events: CarrierEvents | undefined;

  constructor(
    private readonly store: HandsetStore,
    private readonly link: HandsetSockets,
    private readonly now: () => number,
  ) {}

  open(events: CarrierEvents): void {
    this.events = events;
  }

  async send(number: CarrierNumber, messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]> {
    const subscribers = await this.store.subscribers([...new Set(messages.map((message) => message.waId))]);
    const outcomes: SendOutcome[] = [];
    const waiting: Undelivered[] = [];
    const mailbox: MessageId[] = [];
    const pushes = new Map<string, { readonly handsetId: HandsetId; readonly message: HandsetMessage }[]>();
    for (const message of messages) {
      const subscriber = subscribers.get(message.waId);
      if (!subscriber) {
        outcomes.push({ kind: 'failed', failure: failure('recipient-unreachable', 'This number has no handset on the network') });
        continue;
      }
      outcomes.push({ kind: 'sent' });
      const undelivered: Undelivered = {
        handsetId: subscriber.id,
        businessId: number.businessId,
        messageId: message.id,
        expiresAt: message.expiresAt,
      };
      const socket = this.sockets.get(subscriber.id);
      if (socket && !socket.paused) {
        this.track({ ...undelivered, stored: false });
        add(pushes, socket.instance, { handsetId: subscriber.id, message: shown(number, message) });
      } else if (!socket && subscriber.online) mailbox.push(message.id);
      else waiting.push(undelivered);
    }
    if (waiting.length > 0) await this.store.wait(waiting);
    for (const [instance, batch] of pushes) this.link.push(instance, batch);
    // A socket that was opened while they were being kept has looked for them too early.
    await this.pushKept(waiting.map((one) => one.handsetId));
    // After this call has answered, so that `sent` is recorded first.
    if (mailbox.length > 0) setImmediate(() => this.report(mailbox, 'delivered'));
    return outcomes;
  }

  /** A socket was opened for these handsets: what waits for them, and what an earlier socket did not confirm, is pushed. */
  async attach(instance: string, handsetIds: readonly HandsetId[]): Promise<void> {
    const unconfirmed = this.unconfirmedOf(handsetIds);
    await this.keep(unconfirmed);
    for (const id of handsetIds) this.sockets.set(id, { instance, paused: false });
    await this.pushWaiting(instance, handsetIds);
  }

  /** Another core answered an `attach`, and pushes what it finds waiting; what was pushed from here is pushed again from here. */
  async heardAttached(instance: string, handsetIds: readonly HandsetId[]): Promise<void> {
    const unconfirmed = this.unconfirmedOf(handsetIds);
    await this.keep(unconfirmed);
    for (const id of handsetIds) this.sockets.set(id, { instance, paused: false });
    if (unconfirmed.length === 0) return;
    const ours = new Set<string>(unconfirmed.map((one) => one.messageId));
    await this.pushWaiting(instance, [...new Set(unconfirmed.map((one) => one.handsetId))], (id) => ours.has(id));
  }

  /** Pushes what has come to wait for handsets although they have a socket, as when it was opened just then. */
  async pushKept(handsetIds: readonly HandsetId[]): Promise<void> {
    const byInstance = new Map<string, HandsetId[]>();
    for (const id of new Set(handsetIds)) {
      const socket = this.sockets.get(id);
      if (socket && !socket.paused) add(byInstance, socket.instance, id);
    }
    for (const [instance, ids] of byInstance) {
      await this.pushWaiting(instance, ids, (messageId, handsetId) => !this.inFlight.get(handsetId)?.has(messageId));
    }
  }

  /** The api instances that hold sockets, as far as this core knows. */
  instances(): ReadonlySet<string> {
    return new Set([...this.sockets.values()].map((socket) => socket.instance));
  }

  /** An api instance has died, and nobody was left to tell of its sockets. */
  async detachAll(instance: string): Promise<void> {
    const ids = [...this.sockets].flatMap(([id, socket]) => (socket.instance === instance ? [id] : []));
    await this.detach(instance, ids);
  }

  /** The socket is gone: what it did not confirm waits. */
  async detach(instance: string, handsetIds: readonly HandsetId[]): Promise<void> {
    const gone = handsetIds.filter((id) => this.sockets.get(id)?.instance === instance);
    for (const id of gone) this.sockets.delete(id);
    await this.keepUnconfirmed(gone);
  }

  /** The handset goes away or comes back. Back without a socket, its mailbox takes what has waited. */
  async setPresence(handsetId: HandsetId, online: boolean): Promise<void> {
    const socket = this.sockets.get(handsetId);
    if (!online) {
      if (socket) socket.paused = true;
      await this.keepUnconfirmed([handsetId]);
      return;
    }
    if (socket) {
      socket.paused = false;
      await this.pushWaiting(socket.instance, [handsetId]);
      return;
    }
    const waiting = await this.store.waiting([handsetId]);
    const now = this.now();
    const live = waiting.filter((one) => one.expiresAt > now);
    await this.report(
      live.map((one) => one.messageId),
      'delivered',
    );
    await this.store.arrived(live);
  }

  /** Another core was told that a handset goes away or comes back. */
  async heardPresence(handsetId: HandsetId, online: boolean): Promise<void> {
    const socket = this.sockets.get(handsetId);
    if (socket) socket.paused = !online;
    if (!online) await this.keepUnconfirmed([handsetId]);
  }

  /** What handsets say became of messages. Answers with those that were not pushed from here: another core may wait for them. */
  async receipts<R extends { readonly handsetId: HandsetId; readonly id: MessageId; readonly status: 'delivered' | 'read' }>(
    receipts: readonly R[],
  ): Promise<readonly R[]> {
    if (receipts.length === 0) return [];
    // Dropping them would leave their messages at `sent` for ever.
    if (!this.events) throw new Error('The handset network has nobody yet to tell receipts to');
    const at = this.now();
    await this.events.receipts(
      receipts.map((receipt): CarrierReceipt => ({ messageId: receipt.id, status: receipt.status, at })),
    );
    return this.confirmed(receipts);
  }

  /** Forgets messages that have arrived; answers with those that were not pushed from here. */
  async confirmed<M extends { readonly handsetId: HandsetId; readonly id: MessageId }>(
    messages: readonly M[],
  ): Promise<readonly M[]> {
    const arrived: { readonly handsetId: HandsetId; readonly messageId: MessageId }[] = [];
    const foreign: M[] = [];
    for (const message of messages) {
      const pending = this.inFlight.get(message.handsetId);
      const known = pending?.get(message.id);
      if (!known) foreign.push(message);
      else if (known.stored) arrived.push({ handsetId: message.handsetId, messageId: message.id });
      pending?.delete(message.id);
      if (pending?.size === 0) this.inFlight.delete(message.handsetId);
    }
    if (arrived.length > 0) await this.store.arrived(arrived);
    return foreign;
  }

  private async pushWaiting(
    instance: string,
    handsetIds: readonly HandsetId[],
    wanted: (messageId: MessageId, handsetId: HandsetId) => boolean = () => true,
  ): Promise<void> {
    const now = this.now();
    const waiting = (await this.store.waiting(handsetIds)).filter(
      (one) => one.expiresAt > now && wanted(one.messageId, one.handsetId),
    );
    for (const one of waiting) {
      const { message: _message, ...undelivered } = one;
      this.track({ ...undelivered, stored: true });
    }
    if (waiting.length > 0)
      this.link.push(
        instance,
        waiting.map(({ handsetId, message }) => ({ handsetId, message })),
      );
  }

  private async keepUnconfirmed(handsetIds: readonly HandsetId[]): Promise<void> {
    const unconfirmed = this.unconfirmedOf(handsetIds);
    for (const id of handsetIds) this.inFlight.delete(id);
    await this.keep(unconfirmed);
  }

  private unconfirmedOf(handsetIds: readonly HandsetId[]): readonly InFlight[] {
    return handsetIds.flatMap((id) => [...(this.inFlight.get(id)?.values() ?? [])]);
  }

  private async keep(unconfirmed: readonly InFlight[]): Promise<void> {
    const unkept = unconfirmed.filter((one) => !one.stored);
    if (unkept.length > 0) await this.store.wait(unkept);
  }

  private track(one: InFlight): void {
    const pending = this.inFlight.get(one.handsetId);
    if (pending) pending.set(one.messageId, one);
    else this.inFlight.set(one.handsetId, new Map([[one.messageId, one]]));
  }

  private async report(ids: readonly MessageId[], status: 'delivered' | 'read'): Promise<void> {
    const at = this.now();
    await this.events?.receipts(ids.map((messageId): CarrierReceipt => ({ messageId, status, at })));
  }
}

function shown(number: CarrierNumber, message: OutboundMessage): HandsetMessage {
  return {
    id: message.id,
    from: number.number,
    to: message.waId,
    at: message.at,
    body: message.body,
    filled: message.filled,
    contextId: message.contextId,
    status: 'sent',
  };
}

function add<T>(groups: Map<string, T[]>, name: string, one: T): void {
  const group = groups.get(name);
  if (group) group.push(one);
  else groups.set(name, [one]);
}

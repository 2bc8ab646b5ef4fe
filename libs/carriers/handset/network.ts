import type { CarrierEvents, CarrierNumber, CarrierReceipt, OutboundMessage, ReadMark, SendOutcome } from '#carriers/port';
import { type HandsetId, type HandsetMessage, type MessageId, failure } from '#domain';
import type { HandsetSockets, Mailboxes, Subscriber, Subscribers, Undelivered, Waiting } from './ports.js';
import { Unconfirmed } from './unconfirmed.js';

interface Socket {
  readonly instance: string;
  /** The handset said that it is away although its socket is open. */
  paused: boolean;
  /** What has waited is being pushed; what comes meanwhile lines up behind it. */
  catchingUp: boolean;
}

const SENT: SendOutcome = { kind: 'sent' };
const OTHER_IDENTITY = failure('recipient-identity-changed', 'The identity key of the recipient is another one by now');

/** Under a load that never pauses a handset must be level some time. */
const MOST_LOOKS = 50;

/**
 * The built-in handset network. A handset with a socket gets messages pushed and says itself what became of them. Without
 * one, the network's mailbox is the device: online, it takes messages at once; otherwise they wait until the handset is
 * back, or expire. Receipts come from what really happened, and what waits survives a kill.
 */
export class HandsetNetwork {
  private readonly sockets = new Map<HandsetId, Socket>();
  private readonly unconfirmed = new Unconfirmed();
  /** Messages just being written down to wait, and how many ever were: who reads what waits must not miss them. */
  private readonly keeping = new Map<HandsetId, { open: number; ever: number }>();
  /** All numbers of one core share one recorder, so any number's events will do for a receipt. */
  private events: CarrierEvents | undefined;

  constructor(
    private readonly handsets: Subscribers,
    private readonly mailboxes: Mailboxes,
    private readonly link: HandsetSockets,
    private readonly now: () => number,
    /** Several cores share the messages by lane; what waits is pushed by the core whose lane it is, behind which the next come. */
    private readonly isOurs: (lane: number) => boolean = () => true,
  ) {}

  open(events: CarrierEvents): void {
    this.events = events;
  }

  async send(number: CarrierNumber, messages: readonly OutboundMessage[]): Promise<readonly SendOutcome[]> {
    const subscribers = await this.handsets.subscribers(messages.map((message) => message.waId));
    const identities = await this.identitiesOf(messages, subscribers);
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
      if (message.identityKeyHash !== undefined && message.identityKeyHash !== identities.get(subscriber.id)) {
        outcomes.push({ kind: 'failed', failure: OTHER_IDENTITY });
        continue;
      }
      outcomes.push(SENT);
      const { id: handsetId } = subscriber;
      const { businessId } = number;
      const { id: messageId, expiresAt } = message;
      const socket = this.sockets.get(handsetId);
      if (socket && !socket.paused && !socket.catchingUp) {
        this.unconfirmed.add({ handsetId, businessId, messageId, expiresAt, stored: false });
        add(pushes, socket.instance, { handsetId, message: shown(number, message) });
      } else if (!socket && subscriber.online) mailbox.push(messageId);
      else waiting.push({ handsetId, businessId, messageId, expiresAt });
    }
    for (const [instance, batch] of pushes) this.link.push(instance, batch);
    if (waiting.length > 0) await this.wait(waiting);
    // After this call has answered, so that `sent` is recorded first.
    if (mailbox.length > 0) setImmediate(() => this.report(mailbox, 'delivered'));
    return outcomes;
  }

  /** Tells a handset that has a socket; a mailbox shows nobody anything. */
  async markRead(number: CarrierNumber, { waId, messageId, isTyping }: ReadMark): Promise<void> {
    const handsetId = (await this.handsets.subscribers([waId])).get(waId)?.id;
    const socket = handsetId && this.sockets.get(handsetId);
    if (handsetId && socket && !socket.paused) {
      this.link.mark(socket.instance, [{ handsetId, waId, from: number.number, messageId, isTyping }]);
    }
  }

  /** Asked only for those of whom a message says whom it takes them for. */
  private async identitiesOf(
    messages: readonly OutboundMessage[],
    subscribers: ReadonlyMap<string, Subscriber>,
  ): Promise<ReadonlyMap<HandsetId, string>> {
    const ids = messages.flatMap(({ identityKeyHash, waId }) => {
      const id = identityKeyHash === undefined ? undefined : subscribers.get(waId)?.id;
      return id === undefined ? [] : [id];
    });
    return ids.length === 0 ? new Map() : this.handsets.identityKeys([...new Set(ids)]);
  }

  /** A socket was opened for these handsets: what waits for them, and what an earlier socket did not confirm, is pushed. */
  async attach(instance: string, handsetIds: readonly HandsetId[]): Promise<void> {
    for (const id of handsetIds) this.sockets.set(id, { instance, paused: false, catchingUp: true });
    await this.catchUp(handsetIds);
  }

  /**
   * The way to all sockets was cut: what was pushed last may not have arrived, and nothing must overtake it. Messages wait
   * until the sockets are attached again.
   */
  async cutOff(): Promise<void> {
    this.sockets.clear();
    await this.keepUnconfirmed(this.unconfirmed.handsets());
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
      socket.catchingUp = true;
      await this.catchUp([handsetId]);
      return;
    }
    const waiting = await this.mailboxes.waiting([handsetId]);
    const now = this.now();
    const live = waiting.filter((one) => one.expiresAt > now);
    await this.report(
      live.map((one) => one.messageId),
      'delivered',
    );
    await this.mailboxes.arrived(live);
  }

  /** What handsets say became of their messages. Answers with those that were not pushed from here: another core may wait for them. */
  async receipts<
    R extends {
      readonly handsetId: HandsetId;
      readonly waId: string;
      readonly id: MessageId;
      readonly status: 'delivered' | 'read' | 'played';
    },
  >(receipts: readonly R[]): Promise<readonly R[]> {
    if (receipts.length === 0) return [];
    // Dropping them would leave their messages at `sent` for ever.
    if (!this.events) throw new Error('The handset network has nobody yet to tell receipts to');
    const at = this.now();
    await this.events.receipts(receipts.map(({ id, waId, status }): CarrierReceipt => ({ messageId: id, waId, status, at })));
    return this.confirmed(receipts);
  }

  /** Forgets messages that have arrived; answers with those that were not pushed from here. */
  async confirmed<M extends { readonly handsetId: HandsetId; readonly id: MessageId }>(
    messages: readonly M[],
  ): Promise<readonly M[]> {
    const arrived: { readonly handsetId: HandsetId; readonly messageId: MessageId }[] = [];
    const foreign: M[] = [];
    for (const message of messages) {
      const known = this.unconfirmed.take(message.handsetId, message.id);
      if (!known) foreign.push(message);
      else if (known.stored) arrived.push({ handsetId: message.handsetId, messageId: message.id });
    }
    if (arrived.length > 0) await this.mailboxes.arrived(arrived);
    return foreign;
  }

  /** Pushes what waits, oldest first, until nothing more does; only then may messages be pushed directly. */
  private async catchUp(handsetIds: readonly HandsetId[]): Promise<void> {
    await this.keepUnconfirmed(handsetIds);
    let behind = handsetIds.filter((id) => this.sockets.get(id)?.catchingUp);
    for (let looks = 1; behind.length > 0; looks++) {
      const before = new Map(behind.map((id) => [id, this.keeping.get(id)?.ever ?? 0]));
      const busy = new Set(behind.filter((id) => (this.keeping.get(id)?.open ?? 0) > 0));
      const found = new Set(this.pushAll(await this.mailboxes.waiting(behind)));
      behind = behind.filter((id) => {
        const socket = this.sockets.get(id);
        if (!socket?.catchingUp) return false;
        const isQuiet = !busy.has(id) && !found.has(id) && (this.keeping.get(id)?.ever ?? 0) === before.get(id);
        if (isQuiet || looks >= MOST_LOOKS) socket.catchingUp = false;
        return socket.catchingUp;
      });
    }
  }

  /** Pushes what is ours and was not pushed yet; answers with whom it was for. */
  private pushAll(waiting: readonly Waiting[]): readonly HandsetId[] {
    const now = this.now();
    const pushes = new Map<string, { readonly handsetId: HandsetId; readonly message: HandsetMessage }[]>();
    for (const { message, lane, ...undelivered } of waiting) {
      const socket = this.sockets.get(undelivered.handsetId);
      const isPushed = this.unconfirmed.has(undelivered.handsetId, undelivered.messageId);
      if (!socket || socket.paused || isPushed || undelivered.expiresAt <= now || !this.isOurs(lane)) continue;
      this.unconfirmed.add({ ...undelivered, stored: true });
      add(pushes, socket.instance, { handsetId: undelivered.handsetId, message });
    }
    for (const [instance, batch] of pushes) this.link.push(instance, batch);
    return [...pushes.values()].flat().map(({ handsetId }) => handsetId);
  }

  /** They stay known until they are written down: a database that is away must not make them forgotten. */
  private async keepUnconfirmed(handsetIds: readonly HandsetId[]): Promise<void> {
    const unconfirmed = handsetIds.flatMap((id) => this.unconfirmed.of(id));
    await this.wait(unconfirmed.filter((one) => !one.stored));
    for (const { handsetId, messageId } of unconfirmed) this.unconfirmed.take(handsetId, messageId);
  }

  private async wait(messages: readonly Undelivered[]): Promise<void> {
    if (messages.length === 0) return;
    for (const { handsetId } of messages) {
      const kept = this.keeping.get(handsetId);
      if (kept) {
        kept.open += 1;
        kept.ever += 1;
      } else this.keeping.set(handsetId, { open: 1, ever: 1 });
    }
    try {
      await this.mailboxes.wait(messages);
    } finally {
      for (const { handsetId } of messages) {
        const kept = this.keeping.get(handsetId);
        if (kept) kept.open -= 1;
        if (kept?.open === 0 && !this.sockets.get(handsetId)?.catchingUp) this.keeping.delete(handsetId);
      }
    }
  }

  private async report(ids: readonly MessageId[], status: 'delivered' | 'read' | 'played'): Promise<void> {
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

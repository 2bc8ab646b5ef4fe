import { beforeEach, describe, expect, it } from 'vitest';
import { RecordedEvents, aCarrierNumber, anOutboundMessage, itIsACarrier } from '#carriers/port/testing';
import type { HandsetId, HandsetMark, HandsetMessage, MessageId } from '#domain';
import { HandsetCarrier } from './index.js';
import { HandsetNetwork } from './network.js';
import type { HandsetSockets, Mailboxes, Subscriber, Subscribers, Undelivered, Waiting } from './ports.js';

const ada = '491713920001';
const ben = '491713920002';

class StoreInMemory implements Subscribers, Mailboxes {
  readonly people = new Map<string, Subscriber>([
    [ada, { id: '1' as HandsetId, online: true }],
    [ben, { id: '2' as HandsetId, online: true }],
  ]);
  readonly kept = new Map<string, Undelivered>();

  async subscribers(waIds: readonly string[]): Promise<ReadonlyMap<string, Subscriber>> {
    return new Map([...this.people].filter(([waId]) => waIds.includes(waId)));
  }

  async identityKeys(ids: readonly HandsetId[]): Promise<ReadonlyMap<HandsetId, string>> {
    return new Map(ids.map((id) => [id, `key-of-${id}`]));
  }

  async wait(messages: readonly Undelivered[]): Promise<void> {
    for (const message of messages) this.kept.set(`${message.handsetId}/${message.messageId}`, message);
  }

  async waiting(handsetIds: readonly HandsetId[]): Promise<readonly Waiting[]> {
    return [...this.kept.values()]
      .filter((one) => handsetIds.includes(one.handsetId))
      .map((one) => ({ ...one, message: aHandsetMessage(one.messageId), lane: 0 }));
  }

  async arrived(messages: readonly { readonly handsetId: HandsetId; readonly messageId: MessageId }[]): Promise<void> {
    for (const message of messages) this.kept.delete(`${message.handsetId}/${message.messageId}`);
  }
}

function aHandsetMessage(id: MessageId): HandsetMessage {
  return { id, from: '', to: '', at: 0, body: { type: 'text', text: '' }, status: 'sent' };
}

class SocketsInMemory implements HandsetSockets {
  readonly pushed: { readonly instance: string; readonly handsetId: HandsetId; readonly id: MessageId }[] = [];

  readonly marked: { readonly instance: string; readonly messageId: MessageId; readonly isTyping: boolean }[] = [];

  mark(instance: string, marks: readonly HandsetMark[]): void {
    for (const { messageId, isTyping } of marks) this.marked.push({ instance, messageId, isTyping });
  }

  push(instance: string, messages: readonly { readonly handsetId: HandsetId; readonly message: HandsetMessage }[]): void {
    for (const { handsetId, message } of messages) this.pushed.push({ instance, handsetId, id: message.id });
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

itIsACarrier('the handset network', async () => {
  const store = new StoreInMemory();
  const sockets = new SocketsInMemory();
  const network = new HandsetNetwork(store, store, sockets, () => 0);
  let confirmed = 0;
  await network.attach('api-1', ['1', '2'] as HandsetId[]);
  return {
    carrier: new HandsetCarrier(network),
    reachable: ada,
    other: ben,
    unreachable: '491713929999',
    arrived: (waId) => sockets.pushed.filter((push) => push.handsetId === store.people.get(waId)?.id).map((push) => push.id),
    settle: async () => {
      const pushed = sockets.pushed.slice(confirmed);
      confirmed = sockets.pushed.length;
      await network.receipts(pushed.map(({ handsetId, id }) => ({ handsetId, waId: '49', id, status: 'delivered' })));
      await settle();
    },
    close: () => Promise.resolve(),
  };
});

describe('the handset network', () => {
  let now = 0;
  let store: StoreInMemory;
  let sockets: SocketsInMemory;
  let network: HandsetNetwork;
  let events: RecordedEvents;

  beforeEach(() => {
    now = 0;
    store = new StoreInMemory();
    sockets = new SocketsInMemory();
    network = new HandsetNetwork(store, store, sockets, () => now);
    events = new RecordedEvents();
    network.open(events);
  });

  const statuses = (id: MessageId): string[] =>
    events.told.filter((receipt) => receipt.messageId === id).map((receipt) => receipt.status);

  it('lets the mailbox take messages for a handset that is online without a socket', async () => {
    const message = anOutboundMessage({ waId: ada });
    expect(await network.send(aCarrierNumber, [message])).toEqual([{ kind: 'sent' }]);
    expect(statuses(message.id)).toEqual([]);
    await settle();
    expect(statuses(message.id)).toEqual(['delivered']);
  });

  it('tells a handset with a socket that it was read, and others nothing', async () => {
    const mark = { waId: ada, messageId: '17' as MessageId, isTyping: true };
    await network.markRead(aCarrierNumber, mark);
    await network.markRead(aCarrierNumber, { ...mark, waId: '491713929999' });
    expect(sockets.marked).toEqual([]);
    await network.attach('api-1', ['1' as HandsetId]);
    await network.markRead(aCarrierNumber, mark);
    expect(sockets.marked).toEqual([{ instance: 'api-1', messageId: '17', isTyping: true }]);
  });

  it('sends only to whom a message takes its recipient for', async () => {
    const outcomes = await network.send(aCarrierNumber, [
      anOutboundMessage({ waId: ada, identityKeyHash: 'key-of-1' }),
      anOutboundMessage({ waId: ada, identityKeyHash: 'key-of-2' }),
      anOutboundMessage({ waId: ben }),
    ]);
    expect(outcomes).toMatchObject([
      { kind: 'sent' },
      { kind: 'failed', failure: { code: 'recipient-identity-changed' } },
      { kind: 'sent' },
    ]);
  });

  it('keeps messages for a handset that is away, and delivers them when it is back', async () => {
    store.people.set(ada, { id: '1' as HandsetId, online: false });
    const message = anOutboundMessage({ waId: ada, expiresAt: 100 });
    await network.send(aCarrierNumber, [message]);
    await settle();
    expect(statuses(message.id)).toEqual([]);
    await network.setPresence('1' as HandsetId, true);
    expect(statuses(message.id)).toEqual(['delivered']);
    expect(store.kept.size).toBe(0);
  });

  it('does not deliver what has expired', async () => {
    store.people.set(ada, { id: '1' as HandsetId, online: false });
    const message = anOutboundMessage({ waId: ada, expiresAt: 100 });
    await network.send(aCarrierNumber, [message]);
    now = 100;
    await network.setPresence('1' as HandsetId, true);
    expect(statuses(message.id)).toEqual([]);
  });

  it('pushes to the socket, and delivers only what that confirms', async () => {
    await network.attach('api-1', ['1' as HandsetId]);
    const message = anOutboundMessage({ waId: ada });
    await network.send(aCarrierNumber, [message]);
    await settle();
    expect(sockets.pushed).toEqual([{ instance: 'api-1', handsetId: '1', id: message.id }]);
    expect(statuses(message.id)).toEqual([]);
    await network.receipts([{ handsetId: '1' as HandsetId, waId: '49', id: message.id, status: 'delivered' }]);
    expect(statuses(message.id)).toEqual(['delivered']);
  });

  it('keeps what a lost socket did not confirm, and pushes it to the next', async () => {
    await network.attach('api-1', ['1' as HandsetId]);
    const [seen, unseen] = [anOutboundMessage({ waId: ada }), anOutboundMessage({ waId: ada })];
    await network.send(aCarrierNumber, [seen, unseen]);
    await network.receipts([{ handsetId: '1' as HandsetId, waId: '49', id: seen.id, status: 'delivered' }]);
    await network.detach('api-1', ['1' as HandsetId]);
    expect([...store.kept.values()].map((one) => one.messageId)).toEqual([unseen.id]);
    await network.attach('api-2', ['1' as HandsetId]);
    expect(sockets.pushed.at(-1)).toEqual({ instance: 'api-2', handsetId: '1', id: unseen.id });
    await network.receipts([{ handsetId: '1' as HandsetId, waId: '49', id: unseen.id, status: 'delivered' }]);
    expect(store.kept.size).toBe(0);
  });

  it('is not disturbed by the late goodbye of an earlier socket', async () => {
    await network.attach('api-1', ['1' as HandsetId]);
    await network.attach('api-2', ['1' as HandsetId]);
    await network.detach('api-1', ['1' as HandsetId]);
    await network.send(aCarrierNumber, [anOutboundMessage({ waId: ada })]);
    expect(sockets.pushed.at(-1)?.instance).toBe('api-2');
  });

  it('pushes nothing while the handset says that it is away', async () => {
    await network.attach('api-1', ['1' as HandsetId]);
    await network.setPresence('1' as HandsetId, false);
    const message = anOutboundMessage({ waId: ada });
    await network.send(aCarrierNumber, [message]);
    expect(sockets.pushed).toEqual([]);
    await network.setPresence('1' as HandsetId, true);
    expect(sockets.pushed.map((push) => push.id)).toEqual([message.id]);
  });
});

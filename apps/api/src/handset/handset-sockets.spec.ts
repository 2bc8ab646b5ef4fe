import { describe, expect, it } from 'vitest';
import { attachHandsets } from '#contracts';
import { graphMessageId } from '#dialects/message-body';
import type { HandsetId, HandsetMessage, MessageId } from '#domain';
import { SilentLog } from '#runtime/testing';
import type { BusLink } from '../http/bus-link.js';
import { FakeBusLink } from '../http/testing/fake-bus-link.js';
import { HandsetSocket } from './handset-socket.js';
import { HandsetSockets } from './handset-sockets.js';

/** The end of a connection that a client holds. */
class FakeConnection {
  readonly frames: Record<string, unknown>[] = [];
  readyState = 1;
  bufferedAmount = 0;
  terminated = false;
  send(frame: string): void {
    this.frames.push(JSON.parse(frame) as Record<string, unknown>);
  }
  close(): void {
    this.readyState = 3;
  }
  terminate(): void {
    this.terminated = true;
    this.readyState = 3;
  }
  ping(): void {}
  of(type: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame['type'] === type);
  }
}

/** Handset `n` has the token hash `tn` and the wa_id 49171392000n. */
function handsets(...known: readonly number[]) {
  return ({ tokenHashes }: { tokenHashes: readonly string[] }) => ({
    ok: true,
    value: {
      handsets: tokenHashes.map((hash) => {
        const n = Number(hash.slice(1));
        return known.includes(n) ? { handsetId: String(n), waId: `49171392000${n}` } : null;
      }),
    },
  });
}

function aPush(n: number, id = '4611686018427387905') {
  const message: HandsetMessage = {
    id: id as MessageId,
    from: '493023125000',
    to: `49171392000${n}`,
    at: 1_773_144_000_000,
    body: { type: 'text', text: 'Hello' },
    status: 'sent',
  };
  return { handsetId: String(n) as HandsetId, message };
}

function setUp() {
  const link = new FakeBusLink();
  const sockets = new HandsetSockets(link as unknown as BusLink, 'api-1', new SilentLog());
  const connect = () => {
    const connection = new FakeConnection();
    return { connection, socket: new HandsetSocket(connection, 'r', undefined) };
  };
  return { link, sockets, connect };
}

const idsOf = (frame: Record<string, unknown> | undefined) =>
  (frame?.['messages'] as { to: string }[] | undefined)?.map(({ to }) => to);

describe('HandsetSockets', () => {
  it('attaches many at once, and says whose tokens they are', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets(1, 2));
    const { connection, socket } = connect();
    await sockets.attach(socket, ['t1', 't9', 't2']);
    expect(connection.frames).toEqual([
      { type: 'attached', handsets: [{ waId: '491713920001' }, null, { waId: '491713920002' }] },
    ]);
    expect(sockets.size).toBe(2);
  });

  it('asks core in portions that the bus can carry', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets());
    await sockets.attach(connect().socket, Array(4_500).fill('t9'));
    expect(link.asked.map(({ question }) => (question['tokenHashes'] as string[]).length)).toEqual([2_000, 2_000, 500]);
  });

  it('tells a handset that it was read, and that it will be answered', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets(1, 2));
    const [a, b] = [connect(), connect()];
    await sockets.attach(a.socket, ['t1']);
    await sockets.attach(b.socket, ['t2']);
    const mark = { handsetId: '1' as HandsetId, waId: '491713920001', from: '493023125000', messageId: '17' as MessageId };
    sockets.mark([
      { ...mark, isTyping: false },
      { ...mark, isTyping: true },
      { ...mark, handsetId: '9' as HandsetId, isTyping: true },
    ]);
    const frame = { type: 'read', id: graphMessageId(mark.messageId, mark.waId, 'in'), from: mark.from, to: mark.waId };
    expect(a.connection.of('read')).toEqual([frame, { ...frame, typing: true }]);
    expect(b.connection.of('read')).toEqual([]);
  });

  it('hands messages to the sockets of their handsets, many in a frame', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets(1, 2, 3));
    const [a, b] = [connect(), connect()];
    await sockets.attach(a.socket, ['t1', 't2']);
    await sockets.attach(b.socket, ['t3']);
    sockets.push([aPush(1), aPush(3), aPush(2), aPush(1)]);
    expect(a.connection.of('messages').map(idsOf)).toEqual([['491713920001', '491713920002', '491713920001']]);
    expect(b.connection.of('messages').map(idsOf)).toEqual([['491713920003']]);
    expect(b.connection.of('messages')[0]).toMatchObject({
      messages: [
        {
          id: expect.stringMatching(/^wamid\./),
          from: '493023125000',
          timestamp: '1773144000',
          type: 'text',
          text: { body: 'Hello' },
          status: 'sent',
        },
      ],
    });
  });

  it('cuts what is long into frames', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets(1));
    const { connection, socket } = connect();
    await sockets.attach(socket, ['t1']);
    sockets.push(Array.from({ length: 450 }, () => aPush(1)));
    expect(connection.of('messages').map((frame) => idsOf(frame)?.length)).toEqual([200, 200, 50]);
  });

  it('keeps a push that overtakes the answer of its attachment', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, (question: { tokenHashes: readonly string[] }) => {
      sockets.push([aPush(1), aPush(9)]);
      return handsets(1)(question);
    });
    const { connection, socket } = connect();
    await sockets.attach(socket, ['t1']);
    expect(connection.frames.map((frame) => frame['type'])).toEqual(['attached', 'messages']);
    expect(link.published).toEqual([{ subject: 'core.handset.detach', question: { instance: 'api-1', handsetIds: ['9'] } }]);
  });

  it('tells core of a push for nobody', () => {
    const { link, sockets } = setUp();
    sockets.push([aPush(4), aPush(4), aPush(5)]);
    expect(link.published).toEqual([{ subject: 'core.handset.detach', question: { instance: 'api-1', handsetIds: ['4', '5'] } }]);
  });

  it('detaches a handset with the last socket that carries it', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets(1, 2));
    const [a, b] = [connect(), connect()];
    await sockets.attach(a.socket, ['t1', 't2']);
    await sockets.attach(b.socket, ['t1']);
    sockets.detach(a.socket);
    expect(link.published.map(({ question }) => question['handsetIds'])).toEqual([['2']]);
    sockets.detach(b.socket);
    expect(link.published.map(({ question }) => question['handsetIds'])).toEqual([['2'], ['1']]);
    expect(sockets.size).toBe(0);
  });

  it('detaches at once what was attached for a socket that has closed meanwhile', async () => {
    const { link, sockets, connect } = setUp();
    const { connection, socket } = connect();
    link.answer(attachHandsets, (question: { tokenHashes: readonly string[] }) => {
      connection.close();
      return handsets(1)(question);
    });
    await sockets.attach(socket, ['t1']);
    expect(sockets.size).toBe(0);
    expect(link.published.map(({ question }) => question['handsetIds'])).toEqual([['1']]);
  });

  it('refuses while core is away, and attaches nothing', async () => {
    const { sockets, connect } = setUp();
    await expect(sockets.attach(connect().socket, ['t1'])).resolves.toMatchObject({ code: 'unavailable', retryAfterSeconds: 2 });
    expect(sockets.size).toBe(0);
  });

  it('attaches all again when the roll is called, and lets go of whose token is no longer good', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets(1, 2));
    const { connection, socket } = connect();
    await sockets.attach(socket, ['t1', 't2']);
    link.answer(attachHandsets, handsets(2));
    await expect(sockets.callRoll()).resolves.toBe(true);
    expect(link.asked.at(-1)?.question).toEqual({ instance: 'api-1', tokenHashes: ['t1', 't2'] });
    expect(connection.of('detached')).toEqual([{ type: 'detached', handsets: [{ waId: '491713920001' }] }]);
    expect([...socket.handsets.keys()]).toEqual(['491713920002']);
  });

  it('says when the roll could not be called', async () => {
    const { link, sockets, connect } = setUp();
    link.answer(attachHandsets, handsets(1));
    await sockets.attach(connect().socket, ['t1']);
    link.answers.clear();
    await expect(sockets.callRoll()).resolves.toBe(false);
    expect(sockets.size).toBe(1);
  });
});

describe('HandsetSocket', () => {
  it('gives up a connection that does not drain', () => {
    const connection = new FakeConnection();
    connection.bufferedAmount = 8 * 1024 * 1024 + 1;
    new HandsetSocket(connection, 'r', undefined).send({ type: 'messages', messages: [] });
    expect(connection).toMatchObject({ terminated: true, frames: [] });
  });

  it('gives up a connection that shows no sign of life between two pings', () => {
    const connection = new FakeConnection();
    const socket = new HandsetSocket(connection, 'r', undefined);
    socket.ping();
    expect(connection.terminated).toBe(false);
    socket.ping();
    expect(connection.terminated).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { type FrameReader, nats, postgres } from './wires.js';

/** Whatever a network makes of it: all in one, byte by byte, and cut in two at each place. */
function expectFrames(reader: () => FrameReader, frames: readonly Buffer[]): void {
  const all = Buffer.concat(frames);
  expect(reader()(all)).toEqual(frames);
  const byByte = reader();
  expect([...all].flatMap((byte) => byByte(Buffer.from([byte])))).toEqual(frames);
  for (let at = 0; at <= all.length; at++) {
    const inTwo = reader();
    expect([...inTwo(all.subarray(0, at)), ...inTwo(all.subarray(at))]).toEqual(frames);
  }
}

describe('what PostgreSQL and its client say', () => {
  const frame = (letter: string, content: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(4 + content.length);
    return Buffer.concat([Buffer.from(letter), length, Buffer.from(content)]);
  };
  const startup = frame('', '\0\x03\0\0user\0relais\0\0');
  const bind = frame('B', '\0messages.accept-keyed\0\0\0and its values');
  const requests = [
    startup,
    frame('P', 'messages.accept-keyed\0INSERT\0'),
    bind,
    frame('E', '\0'),
    frame('S', ''),
    frame('Q', 'COMMIT\0'),
  ];
  const answers = [frame('1', ''), frame('2', ''), frame('C', 'INSERT 0 1\0'), frame('Z', 'I')];

  it('comes in frames, however it is cut into chunks', () => {
    expectFrames(postgres.requests, requests);
    expectFrames(postgres.answers, answers);
  });

  it('names the statement where it is bound, and nowhere else', () => {
    expect(requests.map((request) => postgres.statementOf(request))).toEqual([
      undefined,
      undefined,
      'messages.accept-keyed',
      undefined,
      undefined,
      undefined,
    ]);
    expect(requests.map((request) => postgres.isAsked(request))).toEqual([false, false, true, false, false, true]);
    expect(postgres.statementOf(frame('B', 'a portal\0outbox.mark\0'))).toBe('outbox.mark');
  });

  it('tells what has committed from what has not', () => {
    const [idle, within, broken] = [frame('Z', 'I'), frame('Z', 'T'), frame('Z', 'E')];
    expect([idle, within, broken, ...answers.slice(0, 3)].map((answer) => postgres.isIdle(answer))).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect([idle, within, broken, answers[2]!].map((answer) => postgres.isReady(answer))).toEqual([true, true, true, false]);
    expect([frame('E', 'SERROR\0'), idle].map((answer) => postgres.isError(answer))).toEqual([true, false]);
    expect([frame('C', 'ROLLBACK\0'), frame('C', 'COMMIT\0')].map((answer) => postgres.isRollback(answer))).toEqual([
      true,
      false,
    ]);
  });
});

describe('what NATS and its client say', () => {
  const requests = [
    'CONNECT {"verbose":false}\r\n',
    'PING\r\n',
    'SUB core.messages.accept core 1\r\n',
    'PUB _INBOX.a.b 7\r\n{"a\r\n"}\r\n',
    'HPUB relais.events.status _INBOX.c.d 28 33\r\nNATS/1.0\r\nNats-Msg-Id: 7\r\n\r\nPUB x\r\n',
    'PUB nothing 0\r\n\r\n',
    'PONG\r\n',
    'MSG core.messages.accept 1 _INBOX.a.b 4\r\n\r\n"}\r\n',
    'HMSG _INBOX.c.d 2 24 24\r\nNATS/1.0 408 Timeout\r\n\r\n\r\n',
  ].map((text) => Buffer.from(text));

  it('comes in frames, however it is cut into chunks', () => expectFrames(nats.frames, requests));

  it('names the subject of a publish, and its content', () => {
    expect(requests.map((request) => nats.publishOf(request)?.subject)).toEqual([
      undefined,
      undefined,
      undefined,
      '_INBOX.a.b',
      'relais.events.status',
      'nothing',
      undefined,
      undefined,
      undefined,
    ]);
    expect(nats.publishOf(requests[3]!)?.content.toString()).toBe('{"a\r\n"}');
    expect(nats.publishOf(requests[4]!)?.content.toString()).toContain('PUB x');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Log, createLog } from './log.js';

function captured(level: 'debug' | 'info' | 'warn' | 'error' | 'silent' = 'info'): {
  log: Log;
  lines: string[];
  last(): Record<string, unknown>;
} {
  const lines: string[] = [];
  const log = createLog({ app: 'core', instance: 'core-0', level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

const CANARY = 'canary-7f3a';

describe('a line', () => {
  it('is one JSON object with level, time, app, instance, event and its fields', () => {
    const { log, lines, last } = captured();
    log.info('message.accepted', { messageId: 'wamid.1', items: 3, tookMs: 1.5, ok: true });
    expect(lines).toHaveLength(1);
    const { time, ...rest } = last();
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(rest).toEqual({
      level: 'info',
      app: 'core',
      instance: 'core-0',
      event: 'message.accepted',
      messageId: 'wamid.1',
      items: 3,
      tookMs: 1.5,
      ok: true,
    });
  });

  it('stays one line whatever it is given', () => {
    const { log, lines, last } = captured();
    log.warn('odd', { name: 'a\nb\r\u2028{"level":"error"}' });
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(last()['name']).toBe('a\nb\r\u2028{"level":"error"}');
  });

  it('carries the fields of the child that wrote it', () => {
    const { log, last } = captured();
    log.child({ requestId: 'r1', token: CANARY }).info('x', { a: 1 });
    expect(last()).toMatchObject({ requestId: 'r1', token: '[redacted]', a: 1 });
  });
});

describe('a writer of one event', () => {
  const names = ['requestId', 'status', 'tookMs', 'route', 'accessToken', 'code'] as const;
  const lineOf = (line: string | undefined) => ({ ...(JSON.parse(line ?? '') as object), time: '' });

  it('writes what info would write', () => {
    const { log, lines } = captured();
    const child = log.child({ part: 'door "7"' });
    const write = child.lineWriter('request.answered', names);
    const said = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a=b', 'x?token=abc', 'http://u:p@h/', 'a"b', '/v1/:id'),
    );
    const number = fc.oneof(fc.double(), fc.integer());
    const values = fc.record({
      requestId: fc.option(said, { nil: undefined }),
      status: number,
      tookMs: number,
      route: said,
      accessToken: said,
      code: fc.option(said, { nil: undefined }),
    });
    fc.assert(
      fc.property(values, (fields) => {
        lines.length = 0;
        write(fields);
        child.info('request.answered', fields);
        expect(lines[0]?.endsWith('}\n')).toBe(true);
        expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
        expect(lineOf(lines[0])).toEqual(lineOf(lines[1]));
      }),
      { numRuns: 500 },
    );
  });

  it('follows the level', () => {
    const { log, lines } = captured('warn');
    const write = log.lineWriter('x', ['a']);
    write({ a: 1 });
    expect(lines).toHaveLength(0);
    log.setLevel('info');
    write({ a: 1 });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', app: 'core', event: 'x', a: 1 });
  });
});

describe('levels', () => {
  it('writes what is at or above the level', () => {
    const { log, lines } = captured('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(['c', 'd']);
  });

  it('can be changed while running, for children too', () => {
    const { log, lines } = captured('silent');
    const child = log.child({ part: 'x' });
    child.error('unheard');
    log.setLevel('debug');
    child.debug('heard');
    expect(lines).toHaveLength(1);
  });
});

describe('redaction', () => {
  it.each([
    'authorization',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'set-cookie',
    'token',
    'accessToken',
    'access_token',
    'verify_token',
    'hub.verify_token',
    'password',
    'newPassword',
    'one_time_password',
    'pin',
    'PIN',
    'secret',
    'appSecret',
    'client-secret',
    'body',
    'text',
    'caption',
    'payload',
    'masterKey',
    'x-hub-signature-256',
  ])('hides %s', (name) => {
    const { log, lines } = captured();
    log.info('x', { [name]: CANARY, deep: { list: [{ [name]: { inner: CANARY } }] } });
    expect(lines.join()).not.toContain(CANARY);
    expect(lines.join()).toContain('[redacted]');
  });

  it.each(['tokenId', 'tokenHash', 'bodyBytes', 'textLength', 'code', 'status', 'pinned', 'secretary'])('shows %s', (name) => {
    const { log, last } = captured();
    log.info('x', { [name]: 'plain' });
    expect(last()[name]).toBe('plain');
  });

  it.each([
    `nats://relais:${CANARY}@127.0.0.1:4222`,
    `postgres://${CANARY}:${CANARY}@db/relais?sslmode=require`,
    `GET /v20.0/1?access_token=${CANARY}&fields=id`,
    `/hook?hub.mode=subscribe&hub.verify_token=${CANARY}`,
    `Authorization was Bearer ${CANARY}`,
    `Basic ${CANARY}=`,
    `could not connect with password=${CANARY}`,
  ])('finds credentials inside a string: %s', (text) => {
    const { log, lines } = captured();
    log.info('x', { url: text, nested: [text], error: new Error(text) });
    expect(lines.join()).not.toContain(CANARY);
  });

  it('writes an error with what names it, and nothing else that it carries', () => {
    const { log, lines, last } = captured();
    const cause = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: `Key (text)=(${CANARY})`,
      parameters: [CANARY],
    });
    log.error('commit.failed', { error: new Error('The commit failed', { cause }) });
    expect(lines.join()).not.toContain(CANARY);
    const error = last()['error'] as { stack: string };
    expect(error).toMatchObject({
      type: 'Error',
      message: 'The commit failed',
      cause: { message: 'duplicate key', code: '23505' },
    });
    expect(error.stack).toContain('log.spec.ts');
  });

  it('never prints bytes, and ends at a depth, also in a circle', () => {
    const { log, last } = captured();
    const circle: Record<string, unknown> = { name: 'loop' };
    circle['self'] = circle;
    log.info('x', { raw: Buffer.from(CANARY), circle, when: new Date(0), big: 12n, many: new Map([[1, CANARY]]) });
    expect(last()).toMatchObject({ raw: '[11 bytes]', when: '1970-01-01T00:00:00.000Z', big: '12', many: '[1 entries]' });
    expect(JSON.stringify(last())).toContain('[deep]');
    expect(JSON.stringify(last())).not.toContain(CANARY);
  });
});

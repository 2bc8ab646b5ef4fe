import { describe, expect, it } from 'vitest';
import { readFrame } from './socket-frames.js';

describe('readFrame', () => {
  it.each([
    ['attach', '{"type":"attach","tokens":["a","b"]}', { type: 'attach', tokens: ['a', 'b'] }],
    [
      'receipts',
      '{"type":"receipts","receipts":[{"id":"wamid.x","to":"491","status":"read","extra":1},{"id":"y","status":"delivered"},{"id":"y","status":"played"}]}',
      {
        type: 'receipts',
        receipts: [
          { id: 'wamid.x', to: '491', status: 'read' },
          { id: 'y', to: undefined, status: 'delivered' },
          { id: 'y', to: undefined, status: 'played' },
        ],
      },
    ],
    [
      'send',
      '{"type":"send","ref":"1","from":"491","message":{"a":1}}',
      { type: 'send', ref: '1', from: '491', message: { a: 1 } },
    ],
  ])('reads %s', (_, text, frame) => {
    expect(readFrame(text)).toEqual({ ok: true, value: frame });
  });

  it.each([
    ['no JSON', '{', 'malformed-json', undefined],
    ['a list', '[]', 'invalid-parameter', undefined],
    ['no type', '{}', 'invalid-parameter', 'type'],
    ['an unknown type', '{"type":"x"}', 'invalid-parameter', 'type'],
    ['no tokens', '{"type":"attach"}', 'invalid-parameter', 'tokens'],
    ['tokens of none', '{"type":"attach","tokens":[]}', 'invalid-parameter', 'tokens'],
    ['a token that is no text', '{"type":"attach","tokens":[1]}', 'invalid-parameter', 'tokens'],
    ['too many tokens', JSON.stringify({ type: 'attach', tokens: Array(20_001).fill('t') }), 'invalid-parameter', 'tokens'],
    ['no receipts', '{"type":"receipts"}', 'invalid-parameter', 'receipts'],
    ['a receipt that is none', '{"type":"receipts","receipts":[1]}', 'invalid-parameter', 'receipts[0]'],
    ['a receipt without id', '{"type":"receipts","receipts":[{"status":"read"}]}', 'invalid-parameter', 'receipts[0].id'],
    [
      'a receipt of another status',
      '{"type":"receipts","receipts":[{"id":"x","status":"sent"}]}',
      'invalid-parameter',
      'receipts[0].status',
    ],
    ['a ref that is no text', '{"type":"send","ref":1}', 'invalid-parameter', 'ref'],
    ['NUL', '{"type":"send","message":{"text":{"body":"\\u0000"}}}', 'invalid-parameter', 'message.text.body'],
  ])('refuses %s', (_, text, code, field) => {
    expect(readFrame(text)).toMatchObject({ ok: false, failure: { code, ...(field === undefined ? {} : { field }) } });
  });
});

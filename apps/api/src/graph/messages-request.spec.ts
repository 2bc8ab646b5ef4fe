import 'reflect-metadata';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readMessagesCall } from '#dialects/graph';
import { MessagesCallDto } from '#dialects/graph/door';
import { Refused } from '../http/caller.js';
import { ignoredFields, validate } from '../http/validation.js';
import { MessagesController } from './messages.controller.js';
import { callOf } from './messages-request.js';

const count = ignoredFields.count;
afterEach(() => void (ignoredFields.count = count));

/** What a call comes to: what was read or why not, and how many fields were passed over. */
function outcomeOf(read: () => ReturnType<typeof callOf>): unknown {
  let ignored = 0;
  ignoredFields.count = (fields) => void (ignored += fields);
  try {
    const call = read();
    if (!call.ok) return { refused: call.failure };
    const { unknownFields, ...rest } = call.value;
    return { read: rest, ignored: ignored + unknownFields };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.failure };
    throw error;
  }
}

const directly = (fields: unknown) => outcomeOf(() => callOf(fields, fields));
const byTheClass = (fields: unknown) =>
  outcomeOf(() => readMessagesCall(validate(MessagesCallDto, fields, { unknown: 'ignore' })));

/** Values that are right for one field or another, or for none. */
const values = fc.oneof(
  fc.constantFrom<unknown>(
    'whatsapp',
    'individual',
    'text',
    'image',
    'template',
    'read',
    '491713920001',
    491_713_920_001,
    null,
    true,
    0,
    '',
    [],
    {},
    { body: 'Hello' },
    '{"body":"Hello"}',
    { body: 'Hello', preview_url: true, colour: 'red' },
    { message_id: 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBI' },
    { type: 'text' },
    { link: 'https://files.example/a.png' },
    { name: 'hello_world', language: { code: 'en_US' } },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const names = fc.constantFrom(
  'messaging_product',
  'recipient_type',
  'to',
  'recipient',
  'type',
  'text',
  'image',
  'template',
  'context',
  'biz_opaque_callback_data',
  'status',
  'message_id',
  'typing_indicator',
  'access_token',
  'colour',
  'toString',
);
const aSend = { messaging_product: 'whatsapp', to: '491713920001', type: 'text', text: { body: 'Hello' } };

describe('a messages call', () => {
  it('is read, or refused, as by the DTO class', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.dictionary(names, values, { maxKeys: 6 }), fc.subarray(Object.keys(aSend)), (changes, kept) => {
        const fields = { ...Object.fromEntries(Object.entries(aSend).filter(([name]) => kept.includes(name))), ...changes };
        const expected = byTheClass(fields);
        if ('read' in (expected as object)) read += 1;
        expect(directly(fields)).toEqual(expected);
      }),
      { numRuns: 2_000, examples: [[{}, Object.keys(aSend)]] },
    );
    expect(read).toBeGreaterThan(20);
  });

  it.each([undefined, null, 'text', '{"messaging_product":"whatsapp"}', 7, [], [aSend]])('is not %j', (fields) => {
    expect(directly(fields)).toEqual(byTheClass(fields));
    expect(directly(fields)).toHaveProperty('refused');
  });

  it('counts what nobody knows, outside and inside', () => {
    expect(directly({ ...aSend, colour: 'red', text: { body: 'Hello', size: 12 } })).toMatchObject({ ignored: 2 });
  });
});

it('is for a route that asks nothing of Nest, which does not stand before it', () => {
  const asked = ['__guards__', '__interceptors__', '__pipes__', '__exceptionFilters__'].filter(
    (name) => Reflect.hasMetadata(name, MessagesController) || Reflect.hasMetadata(name, MessagesController.prototype.post),
  );
  expect(asked).toEqual([]);
});

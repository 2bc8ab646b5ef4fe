import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageId } from '#domain';
import { publicMessageId, readMessagesCall, writeSendAnswer } from './messages.js';

const known = publicMessageId('4711' as MessageId, { waId: '491711234567' }, 'in');
const text = { messaging_product: 'whatsapp', to: '+16505551234', text: { body: 'Hi' } };
const body = { type: 'text', text: 'Hi' };
const send = { kind: 'send', to: { input: '+16505551234' }, body, unknownFields: 0 };

describe('a call of the messages route is read', () => {
  it.each<[string, object, object]>([
    ['without type and recipient_type', text, send],
    [
      'with everything around the body',
      {
        ...text,
        recipient_type: 'individual',
        type: 'text',
        context: { message_id: known },
        biz_opaque_callback_data: 'order-7',
        recipient_identity_key_hash: 'DF2lS5v2W6x=',
      },
      { ...send, contextId: '4711', opaque: 'order-7', identityKeyHash: 'DF2lS5v2W6x=' },
    ],
    ['to a number with a plus and spaces', { ...text, to: '+1 (650) 555-1234' }, { ...send, to: { input: '+1 (650) 555-1234' } }],
    ['to bare digits', { ...text, to: '16505551234' }, { ...send, to: { input: '16505551234' } }],
    ['to a JSON number', { ...text, to: 16505551234 }, { ...send, to: { input: '16505551234' } }],
    [
      'to a business-scoped user id',
      { ...text, to: undefined, recipient: 'US.13491208655302741918' },
      { ...send, to: { userId: 'US.13491208655302741918' } },
    ],
    ['to a number, where both are given', { ...text, recipient: 'US.13491208655302741918' }, send],
    ['quoting what we do not know', { ...text, context: { message_id: 'wamid.HBgLMTY1MDUwNzY1MjAVAgAR' } }, send],
    [
      'with fields that nobody knows',
      { ...text, colour: 'red', text: { body: 'Hi', font: 'serif' } },
      { ...send, unknownFields: 2 },
    ],
    ['from a form', { ...text, text: '{"body":"Hi"}' }, send],
    [
      'as a read mark',
      { messaging_product: 'whatsapp', status: 'read', message_id: known },
      { kind: 'read-mark', messageId: '4711', typing: false, unknownFields: 0 },
    ],
    [
      'as a read mark with typing',
      { messaging_product: 'whatsapp', status: 'read', message_id: known, typing_indicator: { type: 'text' } },
      { kind: 'read-mark', messageId: '4711', typing: true, unknownFields: 0 },
    ],
  ])('%s', (_, json, expected) => {
    expect(readMessagesCall(json)).toEqual({ ok: true, value: expected });
  });

  it.each<[string, unknown, string, string]>([
    ['nothing', undefined, 'invalid-parameter', ''],
    ['a list', [], 'invalid-parameter', ''],
    ['no product', { ...text, messaging_product: undefined }, 'missing-parameter', 'messaging_product'],
    ['another product', { ...text, messaging_product: 'telegram' }, 'invalid-parameter', 'messaging_product'],
    ['a group', { ...text, recipient_type: 'group' }, 'invalid-parameter', 'recipient_type'],
    ['no recipient', { ...text, to: undefined }, 'missing-parameter', 'to'],
    ['null for a recipient', { ...text, to: null }, 'missing-parameter', 'to'],
    ['an object for a recipient', { ...text, to: {} }, 'invalid-parameter', 'to'],
    ['a fraction for a recipient', { ...text, to: 1.5 }, 'invalid-parameter', 'to'],
    ['a list for a recipient', { ...text, to: ['1'] }, 'invalid-parameter', 'to'],
    ['a user id that is none', { ...text, to: undefined, recipient: '12345' }, 'invalid-parameter', 'recipient'],
    ['an unknown type', { ...text, type: 'hologram' }, 'message-type-unsupported', 'type'],
    ['a quote that is no text', { ...text, context: { message_id: 7 } }, 'invalid-parameter', 'context.message_id'],
    [
      'too long a tracking text',
      { ...text, biz_opaque_callback_data: 'x'.repeat(513) },
      'text-too-long',
      'biz_opaque_callback_data',
    ],
    ['another status', { messaging_product: 'whatsapp', status: 'delivered', message_id: known }, 'invalid-parameter', 'status'],
    ['a read mark for nothing', { messaging_product: 'whatsapp', status: 'read' }, 'missing-parameter', 'message_id'],
    [
      'a read mark for what we do not know',
      { messaging_product: 'whatsapp', status: 'read', message_id: 'x' },
      'invalid-parameter',
      'message_id',
    ],
  ])('and %s is refused', (_, json, code, field) => {
    expect(readMessagesCall(json)).toMatchObject({ ok: false, failure: { code, field } });
  });

  it('takes 512 characters of tracking text', () => {
    expect(readMessagesCall({ ...text, biz_opaque_callback_data: 'x'.repeat(512) }).ok).toBe(true);
  });

  it('and never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => typeof readMessagesCall(json).ok === 'boolean'));
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('to', 'type', 'text', 'context', 'status', 'recipient'), fc.jsonValue()),
        (fields) => typeof readMessagesCall({ ...text, ...fields }).ok === 'boolean',
      ),
    );
  });
});

describe('an accepted send is answered', () => {
  const id = '123456789012345678' as MessageId;
  const wamid = 'wamid.HBgLMTY1MDU1NTEyMzQVAgARGBIwMUI2OUI0QkE2MzBGMzRFNzcA';

  it('with the number as it was written and as it is', () => {
    expect(writeSendAnswer({ input: '+1 650 555 1234' }, { id, waId: '16505551234', isTemplate: false })).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+1 650 555 1234', wa_id: '16505551234' }],
      messages: [{ id: wamid }],
    });
  });

  it('with a status, for a template', () => {
    expect(writeSendAnswer({ input: '16505551234' }, { id, waId: '16505551234', isTemplate: true }).messages).toEqual([
      { id: wamid, message_status: 'accepted' },
    ]);
  });

  it('without the number, for a user id', () => {
    expect(writeSendAnswer({ userId: 'US.1' }, { id, waId: '', userId: 'US.1', isTemplate: false }).contacts).toEqual([
      { input: 'US.1', user_id: 'US.1' },
    ]);
  });
});

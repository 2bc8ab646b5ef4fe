import { describe, expect, it } from 'vitest';
import { fillButton } from './template-buttons.js';
import type { TemplateButton, TemplateParameter } from './template.js';

const text = (value: string): TemplateParameter => ({ type: 'text', text: value });
const other = (value: Record<string, unknown>): TemplateParameter => ({ type: 'other', value });
const quick: TemplateButton = { type: 'QUICK_REPLY', text: 'Stop' };
const url: TemplateButton = { type: 'URL', text: 'Track', url: 'https://example.org/{{1}}' };
const fixed: TemplateButton = { type: 'URL', text: 'Shop', url: 'https://example.org' };
const otp: TemplateButton = { type: 'OTP', text: 'Copy code' };
const coupon: TemplateButton = { type: 'COPY_CODE', text: 'Copy' };
const action = other({ type: 'action', action: {} });

describe('a button of a template', () => {
  it.each<[string, TemplateButton, TemplateParameter | undefined, object]>([
    ['a quick reply by its label', quick, undefined, { type: 'quick_reply', text: 'Stop', payload: 'Stop' }],
    [
      'a quick reply by its payload',
      quick,
      { type: 'payload', payload: 'p' },
      { type: 'quick_reply', text: 'Stop', payload: 'p' },
    ],
    ['a link with its suffix', url, text('7'), { type: 'url', text: 'Track', url: 'https://example.org/7' }],
    ['a link without a place', fixed, undefined, { type: 'url', text: 'Shop', url: 'https://example.org' }],
    ['a password', otp, text('123456'), { type: 'otp', text: 'Copy code', payload: '123456' }],
    ['a coupon', coupon, other({ type: 'coupon_code', coupon_code: 'A1' }), { type: 'copy_code', text: 'Copy', payload: 'A1' }],
    ['products', { type: 'MPM', text: 'View' }, action, { type: 'mpm', text: 'View' }],
    ['a flow', { type: 'FLOW', text: 'Book' }, undefined, { type: 'flow', text: 'Book' }],
    ['a catalogue', { type: 'CATALOG', text: 'All' }, action, { type: 'catalog', text: 'All' }],
    ['a call', { type: 'PHONE_NUMBER', text: 'Call' }, undefined, { type: 'phone_number', text: 'Call' }],
    ['a bill', { type: 'ORDER_DETAILS', text: 'Pay' }, action, { type: 'order_details', text: 'Pay' }],
    ['a call in the chat', { type: 'VOICE_CALL', text: 'Call' }, undefined, { type: 'voice_call', text: 'Call' }],
    [
      'a call for a while',
      { type: 'VOICE_CALL', text: 'Call' },
      other({ type: 'ttl_minutes', ttl_minutes: 10 }),
      { type: 'voice_call', text: 'Call' },
    ],
    [
      'a call with a payload',
      { type: 'VOICE_CALL', text: 'Call' },
      { type: 'payload', payload: 'p' },
      { type: 'voice_call', text: 'Call', payload: 'p' },
    ],
    ['asking for a card', { type: 'REQUEST_CONTACT_INFO' }, undefined, { type: 'request_contact_info', text: '' }],
  ])('is filled: %s', (_, button, parameter, filled) => {
    expect(fillButton(button, 0, parameter)).toEqual(filled);
  });

  it.each<[string, TemplateButton, TemplateParameter | undefined, string]>([
    ['a quick reply with a text', quick, text('x'), 'template-parameter-format'],
    ['a link without its suffix', url, undefined, 'template-parameter-count'],
    ['a link with a payload', url, { type: 'payload', payload: 'p' }, 'template-parameter-format'],
    ['a suffix for a link without a place', fixed, text('x'), 'template-parameter-count'],
    ['too long a link', url, text('x'.repeat(1_981)), 'template-text-too-long'],
    ['no password', otp, undefined, 'template-parameter-count'],
    ['too long a password', otp, text('1'.repeat(16)), 'template-text-too-long'],
    ['no coupon', coupon, undefined, 'template-parameter-count'],
    ['an action for a coupon', coupon, action, 'template-parameter-format'],
    ['products without an action', { type: 'MPM', text: 'View' }, undefined, 'template-parameter-count'],
    ['a bill without an order', { type: 'ORDER_DETAILS' }, undefined, 'template-parameter-count'],
    ['a text for a call in the chat', { type: 'VOICE_CALL', text: 'Call' }, text('x'), 'template-parameter-format'],
    ['a value for asking for a card', { type: 'REQUEST_CONTACT_INFO' }, text('x'), 'template-parameter-count'],
    ['a text for a flow', { type: 'FLOW', text: 'Book' }, text('x'), 'template-parameter-format'],
    ['a value for a call', { type: 'PHONE_NUMBER', text: 'Call' }, text('x'), 'template-parameter-count'],
  ])('is refused: %s', (_, button, parameter, code) => {
    expect(fillButton(button, 0, parameter)).toMatchObject({ failure: { code } });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AssetEvent, InboundBody, MessageAccepted, MessageEvent, MessageReceived, MessageStatusChanged } from '#domain';
import { joinOnPremWebhook, onPremWebhookWriter } from './webhooks.js';

const at = 1_629_290_741_234;
const number = { id: '100000000000001', wabaId: '200000000000001', number: '4930231250', displayNumber: '+49 30 231250' };
const customer = { id: '7', waId: '491713920001', name: 'Kim' };
const everything = { phoneNumberId: '100000000000001', statuses: { sent: true, delivered: true, read: true } };
const kept = (mimeType: string) => ({
  id: '543210987654321',
  mimeType,
  sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
});

function received(body: unknown, more: object = {}): MessageReceived {
  return {
    type: 'message.received',
    id: 'e1',
    at,
    businessId: '1',
    messageId: '42',
    number,
    customer,
    receivedAt: at,
    windowUntil: at + 86_400_000,
    body: body as InboundBody,
    ...more,
  } as MessageReceived;
}

function status(more: object): MessageStatusChanged {
  return {
    type: 'message.status',
    id: 'e2',
    at,
    businessId: '1',
    messageId: '42',
    number,
    customer,
    status: 'delivered',
    statusAt: at,
    bodyType: 'text',
    ...more,
  } as MessageStatusChanged;
}

function parts(events: readonly (MessageEvent | AssetEvent)[], endpoint = everything) {
  const write = onPremWebhookWriter(endpoint);
  return events.flatMap((event) => write(event) ?? []);
}

/** The bytes that go out: key order counts. */
function bytes(event: MessageEvent | AssetEvent): string {
  return JSON.stringify(joinOnPremWebhook(parts([event])));
}

function example(name: string): string {
  return JSON.stringify(JSON.parse(readFileSync(new URL(`./examples/callbacks/${name}.json`, import.meta.url), 'utf8')));
}

describe('what a customer sent', () => {
  const quoted = { context: { messageId: '42', from: 'business' } };
  it.each([
    ['text', received({ type: 'text', text: 'Great!\nThanks' })],
    ['text-quoting-the-business', received({ type: 'text', text: 'Yes' }, quoted)],
    ['text-without-a-name', received({ type: 'text', text: 'Hi' }, { customer: { id: '7', waId: '491713920001' } })],
    ['image', received({ type: 'image', media: kept('image/jpeg'), caption: 'My cat' })],
    ['document', received({ type: 'document', media: kept('application/pdf'), caption: 'Signed', filename: 'contract.pdf' })],
    ['audio', received({ type: 'audio', media: kept('audio/mpeg'), voice: false })],
    ['voice', received({ type: 'audio', media: kept('audio/ogg; codecs=opus'), voice: true })],
    ['video-undownloaded', received({ type: 'video', media: { link: 'https://media.example/v' } })],
    ['sticker', received({ type: 'sticker', media: kept('image/webp'), animated: true })],
    [
      'location',
      received({
        type: 'location',
        latitude: 52.5163,
        longitude: 13.3777,
        name: 'Brandenburger Tor',
        address: 'Pariser Platz, Berlin',
      }),
    ],
    [
      'contacts',
      received({
        type: 'contacts',
        contacts: [
          { phones: [{ type: 'CELL', phone: '+49 171 3920002' }], name: { formatted_name: 'Alex Doe', first_name: 'Alex' } },
        ],
      }),
    ],
    ['button', received({ type: 'button', text: 'Yes', payload: 'yes' }, quoted)],
    ['button-without-payload', received({ type: 'button', text: 'No' })],
    [
      'list-reply',
      received({
        type: 'interactive_reply',
        reply: { type: 'list_reply', list_reply: { id: 'slot-1', title: 'Morning', description: 'Ten to twelve' } },
      }),
    ],
    [
      'flow-reply',
      received({
        type: 'interactive_reply',
        reply: { type: 'nfm_reply', nfm_reply: { response_json: '{"a":1}', name: 'flow' } },
      }),
    ],
    [
      'order',
      received({
        type: 'order',
        catalogId: '77',
        text: 'By noon please',
        items: [{ productRetailerId: 'tea', quantity: 2, itemPrice: 9.5, currency: 'EUR' }],
      }),
    ],
    [
      'system-number-changed',
      received({
        type: 'system',
        kind: 'user_changed_number',
        text: 'Kim changed from 491713920001 to 491713920009',
        newWaId: '491713920009',
      }),
    ],
    [
      'system-identity-changed',
      received({ type: 'system', kind: 'user_identity_changed', text: 'Kim has a new security code', identity: 'Sjvjlx8G6Z0=' }),
    ],
    ['reaction', received({ type: 'reaction', messageId: '41', emoji: '👍' })],
    ['unsupported', received({ type: 'unsupported', kind: 'poll' })],
  ])('%s', (name, event) => {
    expect(bytes(event)).toBe(example(name));
  });
});

describe('what became of a message', () => {
  const conversation = { id: '42', category: 'utility', expiresAt: at + 86_400_000, opened: true };
  it.each([
    ['status-sent', status({ status: 'sent', conversation, opaque: 'order 7' })],
    ['status-delivered', status({ status: 'delivered' })],
    ['status-read', status({ status: 'read', conversation })],
    [
      'status-failed',
      status({
        status: 'failed',
        failure: {
          code: 'window-closed',
          detail: 'More than 24 hours have passed since the customer last replied to this number',
        },
      }),
    ],
    ['status-expired', status({ status: 'expired' })],
  ])('%s', (name, event) => {
    expect(bytes(event)).toBe(example(name));
  });
});

describe('what an endpoint is told', () => {
  const wants = (sent: boolean, delivered: boolean, read: boolean) => ({ ...everything, statuses: { sent, delivered, read } });
  const told = (event: MessageEvent | AssetEvent, endpoint = everything) => parts([event], endpoint).length;

  it.each([
    ['sent', wants(true, false, false), 1],
    ['sent', wants(false, true, true), 0],
    ['delivered', wants(false, true, false), 1],
    ['delivered', wants(true, false, true), 0],
    ['read', wants(false, false, true), 1],
    ['read', wants(true, true, false), 0],
    ['failed', wants(false, false, false), 1],
    ['expired', wants(false, false, false), 1],
    ['accepted', everything, 0],
    ['queued', everything, 0],
    ['unknown', everything, 0],
  ])('status %s under %o: %i', (step, endpoint, count) => {
    expect(told(status({ status: step }), endpoint)).toBe(count);
  });

  it('is nothing of another number', () => {
    const other = { ...everything, phoneNumberId: '100000000000002' };
    expect([told(status({}), other), told(received({ type: 'text', text: 'Hi' }), other)]).toEqual([0, 0]);
  });

  it('is nothing of assets and of acceptance', () => {
    const assets = {
      type: 'phone-number.changed',
      id: 'e',
      at,
      businessId: '1',
      number,
      change: 'registered',
    } as unknown as AssetEvent;
    const accepted = { type: 'message.accepted', id: 'e', at, phoneNumberId: number.id } as unknown as MessageAccepted;
    expect([told(assets), told(accepted)]).toEqual([0, 0]);
  });

  it('joins in one body what came in order', () => {
    const two = received({ type: 'text', text: 'two' }, { messageId: '43' });
    const joined = joinOnPremWebhook(parts([received({ type: 'text', text: 'one' }), status({}), two]));
    expect(Object.keys(joined)).toEqual(['contacts', 'messages', 'statuses']);
    expect(joined.contacts).toHaveLength(2);
    expect(joined.messages?.map((message) => message['text'])).toEqual([{ body: 'one' }, { body: 'two' }]);
    expect(joined.statuses?.map(({ id }) => id)).toEqual(['gBEGSRcTkgABAgkAAAAAAAAAKiQ']);
  });
});

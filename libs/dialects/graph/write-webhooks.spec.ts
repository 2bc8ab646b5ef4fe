import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AssetEvent, InboundBody, MediaId, MessageEvent, MessageReceived, MessageStatusChanged } from '#domain';
import { graphJson } from './graph-json.js';
import { publicMessageId } from './messages.js';
import { type GraphEntry, type GraphPart, joinGraphWebhook } from './webhooks.js';
import { type GraphWebhookWish, type MediaLinks, graphWebhookWriter } from './write-webhooks.js';

const endpoint = {
  version: 'v23.0',
  fields: ['messages', 'message_template_status_update', 'security'],
  wabaIds: ['100000000000001'],
};
const number = {
  id: '100000000000002',
  wabaId: '100000000000001',
  number: '493023125000',
  displayNumber: '+49 30 23125000',
};
const customer = { id: '1', waId: '491713920001', name: 'Ada' };
const base = { id: 'e1', at: 1_795_464_001_500, businessId: '100000000000000' };
const OUT = '180000000000001';
const IN = '180000000000002';

const received = (body: InboundBody, change: object = {}): MessageReceived =>
  ({
    ...base,
    type: 'message.received',
    messageId: IN,
    number,
    customer,
    receivedAt: 1_795_464_000_900,
    body,
    windowUntil: 1_795_550_400_900,
    ...change,
  }) as unknown as MessageReceived;

const conversation = { id: '473600237', category: 'marketing', expiresAt: 1_795_550_400_000, opened: true };
const status = (change: object): MessageStatusChanged =>
  ({
    ...base,
    type: 'message.status',
    messageId: OUT,
    number,
    customer,
    statusAt: 1_795_464_000_000,
    bodyType: 'template',
    opaque: 'order-7',
    ...change,
  }) as unknown as MessageStatusChanged;

const quoted = { context: { messageId: OUT, from: 'business' } };

interface GraphWebhook {
  readonly object: string;
  readonly entry: readonly GraphEntry[];
}

const parts = (events: readonly (MessageEvent | AssetEvent)[], wish: GraphWebhookWish = endpoint, links?: MediaLinks) => {
  const write = graphWebhookWriter(wish, links);
  return events.flatMap((event) => write(event) ?? []);
};
const posted = (some: readonly GraphPart[]): GraphWebhook => JSON.parse(joinGraphWebhook(some).join('')) as GraphWebhook;
const written = (event: MessageEvent | AssetEvent, version = 'v23.0'): GraphWebhook =>
  posted(parts([event], { ...endpoint, version }));
/** The one change that an event becomes. */
const changed = (event: MessageEvent | AssetEvent, wish: GraphWebhookWish = endpoint) =>
  posted(parts([event], wish)).entry[0]?.changes[0];

describe('a webhook is written', () => {
  it.each<[string, MessageEvent | AssetEvent, string?]>([
    ['text', received({ type: 'text', text: 'Grüße 👋' })],
    ['text-reply', received({ type: 'text', text: 'Yes' }, quoted)],
    [
      'image',
      received({
        type: 'image',
        caption: 'Look',
        media: {
          id: '100000000000009' as never,
          mimeType: 'image/jpeg',
          sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        },
      }),
    ],
    ['button', received({ type: 'button', text: 'Yes', payload: 'yes-1' }, quoted)],
    [
      'list-reply',
      received({ type: 'interactive_reply', reply: { type: 'list_reply', list_reply: { id: 'a', title: 'A' } } }, quoted),
    ],
    ['reaction', received({ type: 'reaction', messageId: OUT as never, emoji: '👍' })],
    [
      'system',
      received({ type: 'system', kind: 'user_changed_number', text: 'Ada changed their number', newWaId: '491713920009' }),
    ],
    ['unsupported', received({ type: 'unsupported', kind: 'poll' })],
    ['media-lost', received({ type: 'unsupported', kind: 'video', reason: 'media' })],
    [
      'referral',
      received(
        { type: 'text', text: 'Hi' },
        {
          customer: { ...customer, userId: 'DE.13491208655302741918' },
          origin: {
            referral: {
              sourceUrl: 'https://fb.me/3cr4Wqqkv',
              sourceId: '120225519034800',
              sourceType: 'ad',
              body: 'Summer succulents are here!',
              headline: 'Chat with us',
              media: { type: 'image', url: 'https://scontent.example/i.png' },
              clickId: 'Aff-n8ZTODiE79d22KtAwQKj9e',
              welcomeText: 'Hi there!',
            },
          },
        },
      ),
    ],
    ['forwarded', received({ type: 'text', text: 'Hi' }, { origin: { forwarded: 'often' } })],
    [
      'product-question',
      received(
        { type: 'text', text: 'Hi' },
        { origin: { product: { catalogId: '194836987003835', productRetailerId: 'di9ozbzfi4' } } },
      ),
    ],
    [
      'order',
      received({
        type: 'order',
        catalogId: '194836987003835',
        text: 'Please',
        items: [{ productRetailerId: 'di9ozbzfi4', quantity: 2, itemPrice: 30, currency: 'USD' }],
      }),
    ],
    [
      'flow-reply',
      received({
        type: 'interactive_reply',
        reply: { type: 'nfm_reply', nfm_reply: { name: 'flow', body: 'Sent', response_json: '{"flow_token":"unused"}' } },
      }),
    ],
    [
      'delivered-marketing',
      status({
        status: 'delivered',
        conversation,
        customer: { ...customer, userId: 'DE.13491208655302741918' },
        template: { category: 'MARKETING', isMarketingRoute: true },
      }),
    ],
    ['sent-v23', status({ status: 'sent', conversation })],
    ['delivered-v23', status({ status: 'delivered', conversation })],
    ['sent-v24', status({ status: 'sent', conversation }), 'v24.0'],
    ['read', status({ status: 'read' })],
    [
      'failed',
      status({ status: 'failed', conversation, failure: { code: 'window-closed', detail: 'More than 24 hours have passed' } }),
    ],
    [
      'template-approved',
      {
        ...base,
        type: 'template.status',
        wabaId: number.wabaId,
        templateId: '100000000000005',
        name: 'hello_world',
        language: 'en_US',
        category: 'UTILITY',
        status: 'APPROVED',
      } as unknown as AssetEvent,
    ],
    ['pin-changed', { ...base, type: 'phone-number.changed', number, change: 'pin-changed' } as unknown as AssetEvent],
  ])('%s', (name, event, version) => {
    const example = readFileSync(new URL(`./examples/webhook-${name}.json`, import.meta.url), 'utf8');
    expect(written(event, version)).toEqual(JSON.parse(example));
  });

  it('with an address for what a customer sent, where one can be made', () => {
    const media = {
      id: '100000000000009' as MediaId,
      mimeType: 'video/mp4',
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    };
    const links = {
      linkTo: ({ id, mimeType }: { id: MediaId; mimeType: string | undefined }) =>
        `https://node.example/media/${id}/download?type=${mimeType}`,
    };
    const told = parts([received({ type: 'video', caption: 'Look', media })], endpoint, links);
    const example = readFileSync(new URL('./examples/webhook-video-with-url.json', import.meta.url), 'utf8');
    expect(posted(told)).toEqual(JSON.parse(example));
  });

  it('with the id of what was reacted to as its author knows it', () => {
    const reaction = { type: 'reaction', messageId: OUT as never, emoji: '👍' } as const;
    const own = changed(received(reaction, { reactionTo: 'customer' }));
    expect(own?.value['messages']).toMatchObject([
      { reaction: { message_id: publicMessageId(OUT as never, customer as never, 'in') } },
    ]);
  });

  it('with the conversation of a free entry point in every version, and nothing to pay', () => {
    const free = { ...conversation, category: 'referral_conversion' };
    for (const version of ['v16.0', 'v23.0', 'v24.0', 'v99.1']) {
      expect(written(status({ status: 'sent', conversation: free }), version)).toMatchObject({
        entry: [
          {
            changes: [
              {
                value: {
                  statuses: [
                    {
                      conversation: { origin: { type: 'referral_conversion' } },
                      pricing: { billable: false, type: 'free_entry_point', category: 'referral_conversion' },
                    },
                  ],
                },
              },
            ],
          },
        ],
      });
    }
  });

  it('for a customer who is known by a business-scoped user id alone', () => {
    const hidden = { customer: { id: '1', waId: '', userId: 'US.13491208655302741918' } };
    const [told] = (changed(status({ status: 'sent', ...hidden }))?.value['statuses'] ?? []) as object[];
    expect(told).toMatchObject({ status: 'sent', recipient_user_id: 'US.13491208655302741918' });
    expect(told).not.toHaveProperty('recipient_id');
  });
});

describe('what stands around a status and a message', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', '/', '"\\', 'ü😀'));
  const short = fc.string({ maxLength: 20 });
  const people = fc.record(
    { id: fc.constant('1'), waId: fc.constantFrom('', '491713920001'), userId: short, name: text, identityKeyHash: text },
    { requiredKeys: ['id', 'waId'] },
  );
  const numbers = fc.record({ id: short, wabaId: fc.constant(number.wabaId), number: text, displayNumber: text });

  it('is the JSON of its members, whatever they hold', () => {
    fc.assert(
      fc.property(people, numbers, (who, through) => {
        const ids = { wa_id: who.waId || undefined, user_id: who.userId, identity_key_hash: who.identityKeyHash };
        const name = who.name ?? (who.waId || (who.userId ?? ''));
        const change = (event: MessageEvent, contacts: readonly object[] | undefined) => {
          const [{ changes = '' } = {}] = parts([event]);
          const { statuses, messages } = (JSON.parse(changes) as GraphEntry['changes'][number]).value;
          const metadata = { display_phone_number: through.number, phone_number_id: through.id };
          const value = { messaging_product: 'whatsapp', metadata, contacts, statuses, messages };
          expect(changes).toBe(graphJson({ value, field: 'messages' }));
        };
        const about = { customer: who, number: through };
        change(status({ status: 'sent', ...about }), who.userId === undefined ? undefined : [ids]);
        change(status({ status: 'failed', ...about }), undefined);
        change(received({ type: 'text', text: name }, about), [{ profile: { name }, ...ids }]);
      }),
    );
  });
});

describe('an endpoint hears nothing', () => {
  it.each<[string, MessageEvent | AssetEvent]>([
    ['of acceptance', { ...base, type: 'message.accepted' } as unknown as MessageEvent],
    ['of waiting', status({ status: 'queued' })],
    ['of an outcome that nobody knows', status({ status: 'unknown' })],
    ['when a message expires', status({ status: 'expired' })],
    ['of a reaction on the device', status({ status: 'delivered', bodyType: 'reaction' })],
    ['of a reaction that was seen', status({ status: 'read', bodyType: 'reaction' })],
    ['of registration', { ...base, type: 'phone-number.changed', number, change: 'registered' } as unknown as AssetEvent],
    ["of another's account", received({ type: 'text', text: 'Hi' }, { number: { ...number, wabaId: '100000000000007' } })],
  ])('%s', (_, event) => {
    expect(parts([event])).toEqual([]);
  });

  it('of fields that it did not ask for', () => {
    expect(parts([received({ type: 'text', text: 'Hi' })], { ...endpoint, fields: ['security'] })).toEqual([]);
  });
});

describe('one POST from many changes', () => {
  const five = parts(
    [
      { ...received({ type: 'text', text: '1' }), id: 'e1' as never },
      { ...status({ status: 'sent' }), id: 'e2' as never },
      { ...base, id: 'e3', type: 'phone-number.changed', number, change: 'pin-changed' } as unknown as AssetEvent,
      { ...received({ type: 'text', text: '2' }, { number: { ...number, wabaId: '100000000000009' } }), id: 'e4' as never },
      { ...received({ type: 'text', text: '3' }), id: 'e5' as never },
    ],
    { ...endpoint, wabaIds: ['100000000000001', '100000000000009'] },
  );

  it('has one entry for an account and a time, changes in their order', () => {
    const { object, entry } = posted(five);
    expect(object).toBe('whatsapp_business_account');
    expect(entry.map(({ id, time, changes }) => [id, time, changes.length])).toEqual([
      ['100000000000001', undefined, 3],
      ['100000000000001', 1_795_464_001, 1],
      ['100000000000009', undefined, 1],
    ]);
    expect(entry[0]?.changes.map(({ value }) => Object.keys(value).at(-1))).toEqual(['messages', 'statuses', 'messages']);
  });
});

describe('an address for a number or an account alone', () => {
  const two = [
    received({ type: 'text', text: 'one' }),
    received({ type: 'text', text: 'two' }, { id: 'e2', number: { ...number, id: '7' } }),
  ];
  const told = (wish: object) => {
    const write = graphWebhookWriter({ ...endpoint, ...wish });
    return two.flatMap((event) => (write(event) ? [event.id] : []));
  };

  it.each([
    ['everything', {}, ['e1', 'e2']],
    ['one number’s', { onlyNumber: '7' }, ['e2']],
    ['all but a number’s', { messagesElsewhere: ['7'] }, ['e1']],
    ['nothing of an account that has its own', { messagesElsewhere: ['100000000000001'] }, []],
    ['what is another account’s elsewhere', { messagesElsewhere: ['100000000000009'] }, ['e1', 'e2']],
  ])('is told %s', (_, wish, events) => {
    expect(told(wish)).toEqual(events);
  });

  it('does not take what is no message from the app', () => {
    const event = { ...base, type: 'phone-number.changed', number, change: 'pin-changed' } as unknown as AssetEvent;
    expect(changed(event, { ...endpoint, messagesElsewhere: ['100000000000001'] })?.field).toBe('security');
  });
});

it('a judged display name is told with what was asked for', () => {
  const reviewed = { ...base, type: 'phone-number.name-reviewed', number, decision: 'APPROVED', requestedName: 'The Bank' };
  const told = parts([reviewed as unknown as AssetEvent], { ...endpoint, fields: ['phone_number_name_update'] });
  expect(posted(told).entry[0]).toEqual({
    id: '100000000000001',
    time: 1_795_464_001,
    changes: [
      {
        field: 'phone_number_name_update',
        value: {
          display_phone_number: '493023125000',
          decision: 'APPROVED',
          requested_verified_name: 'The Bank',
          rejection_reason: null,
        },
      },
    ],
  });
});

it('a customer who opens the chat of a business that greets is told as a message without content', () => {
  const value = changed(received({ type: 'request_welcome' }))?.value as { messages: object[] };
  expect(value.messages).toMatchObject([{ from: '491713920001', type: 'request_welcome' }]);
});

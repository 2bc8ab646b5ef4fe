import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConversationCategory, isId, type MessageStatus, type MessageStatusChanged, unixSeconds } from '#domain';
import { writeWebhookError } from './failures.js';
import { graphJson } from './graph-json.js';
import { publicMessageId } from './messages.js';
import { graphVersion } from './versions.js';
import { writeStatus } from './write-status.js';

const told = ['sent', 'delivered', 'read', 'played', 'failed'] as const satisfies readonly MessageStatus[];
const categories: ConversationCategory[] = ['marketing', 'utility', 'authentication', 'service', 'referral_conversion'];

/** Texts of clients and customers: also such as need escapes of every kind. */
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('', '/', '"\\', 'ü😀'));
const userId = fc.oneof(fc.constant('DE.13491208655302741918'), fc.string({ maxLength: 20 }));

const event: fc.Arbitrary<MessageStatusChanged> = fc
  .record(
    {
      messageId: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }).map(String),
      customer: fc.record(
        { id: fc.constant('1'), waId: fc.constantFrom('', '491713920001'), userId },
        { requiredKeys: ['id', 'waId'] },
      ),
      status: fc.constantFrom(...told),
      statusAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      bodyType: fc.constantFrom('text', 'template'),
      template: fc.record({ isMarketingRoute: fc.boolean() }, { requiredKeys: [] }),
      failure: fc.record({ code: fc.constantFrom('window-closed', 'internal'), detail: text }, { requiredKeys: ['code'] }),
      conversation: fc.record({
        id: fc.oneof(fc.constant('473600237'), fc.constant('0a1b2c3d4e5f60718293a4b5c6d7e8f9'), text),
        category: fc.constantFrom(...categories),
        expiresAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
        opened: fc.boolean(),
      }),
      opaque: text,
    },
    { requiredKeys: ['messageId', 'customer', 'status', 'statusAt', 'bodyType'] },
  )
  .map((some) => some as unknown as MessageStatusChanged);

/** The entry as an object, member by member in the order in which they are told. */
function shape(of: MessageStatusChanged, conversationInStatuses: boolean): object {
  const { customer, conversation } = of;
  const isFree = conversation?.category === 'referral_conversion';
  const isLite = of.template?.isMarketingRoute && conversation?.category === 'marketing';
  const category = isLite ? 'marketing_lite' : conversation?.category;
  const hex = conversation && (isId(conversation.id) ? BigInt(conversation.id).toString(16) : conversation.id);
  const isFailed = of.status === 'failed';
  const expiration = conversation && of.status === 'sent' ? String(unixSeconds(conversation.expiresAt)) : undefined;
  const origin = { type: category };
  return {
    id: publicMessageId(of.messageId, customer, 'out'),
    status: of.status,
    timestamp: String(unixSeconds(of.statusAt)),
    recipient_id: customer.waId || undefined,
    recipient_user_id: customer.userId,
    conversation:
      conversation && !isFailed && (conversationInStatuses || isFree)
        ? { id: hex?.padStart(32, '0'), expiration_timestamp: expiration, origin }
        : undefined,
    pricing:
      conversation && !isFailed
        ? { billable: !isFree, pricing_model: 'PMP', type: isFree ? 'free_entry_point' : 'regular', category }
        : undefined,
    biz_opaque_callback_data: of.opaque,
    errors: isFailed ? [writeWebhookError(of.failure ?? { code: 'internal' })] : undefined,
  };
}

describe('a status', () => {
  it.each(['v23.0', 'v24.0'])('is the JSON of its members, whatever they hold: %s', (version) => {
    fc.assert(
      fc.property(event, (some) => {
        expect(writeStatus(some, graphVersion(version))).toBe(graphJson(shape(some, version === 'v23.0')));
      }),
      { numRuns: 500 },
    );
  });
});

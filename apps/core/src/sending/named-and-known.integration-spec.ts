import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcceptMessage } from '#contracts';
import type { MessageId, MessageReceived, MessageStatusChanged, OutboundBody, ReactionBody } from '#domain';
import { hashToken } from '../access/tokens.js';
import { sealFeature } from '../store/feature-content.js';
import { CoreBed, ada, bank, clinic } from '../testing/core-bed.js';

const DAY = 86_400_000;
const text = (body: string): OutboundBody => ({ type: 'text', text: body });
const reaction = (messageId: MessageId): ReactionBody => ({ type: 'reaction', messageId, emoji: '👍' });

describe('messages that name others, and customers named by their user id', () => {
  let bed: CoreBed;
  let core: ReturnType<CoreBed['core']>;
  let instance = 0;

  beforeAll(async () => {
    bed = await CoreBed.open();
  });
  afterAll(() => bed.close());

  beforeEach(async () => {
    core = bed.core(`core-${++instance}`);
    await core.start();
    await core.handsets.create(ada, 'Ada', hashToken('ada-token'));
  });
  afterEach(() => bed.stopCores());

  const accept = async (...items: AcceptMessage[]) => (await core.accept.accept(items, bed.deadline)).results;
  const accepted = async (item: AcceptMessage): Promise<MessageId> => {
    const [result] = await accept(item);
    if (!result?.ok) throw new Error(`refused: ${result?.failure.code}`);
    return result.value.id;
  };
  const writes = async (to: string, change: object = {}, waId = ada): Promise<MessageId> => {
    const id = bed.ids.next<MessageId>();
    await core.inbound.recordAll([
      {
        id,
        phoneNumberId: to as never,
        from: { waId, name: 'Ada' },
        body: { type: 'text', text: 'Hallo' },
        at: bed.clock.now(),
        ...change,
      },
    ]);
    return id;
  };
  const outcomeOf = async (id: MessageId): Promise<MessageStatusChanged> => {
    const last = async (): Promise<MessageStatusChanged | undefined> =>
      (await bed.events()).findLast(
        (event): event is MessageStatusChanged => event.type === 'message.status' && event.messageId === id,
      );
    await bed.until(async () => ['delivered', 'failed'].includes((await last())?.status ?? ''), 'it has ended');
    return (await last()) as MessageStatusChanged;
  };
  const told = async (id: MessageId): Promise<MessageReceived> =>
    (await bed.events()).find((event) => event.type === 'message.received' && event.messageId === id) as MessageReceived;
  const contextOf = async (id: MessageId): Promise<unknown> =>
    (await bed.rows<{ context_id: string | null }>('SELECT context_id FROM core.messages WHERE id = $1', [id]))[0]?.context_id;

  it('quote what stands in the same chat, and leave out everything else', async () => {
    const own = await writes(bank.phoneNumberId);
    const foreign = await writes(clinic.phoneNumberId);
    const others = await writes(bank.phoneNumberId, {}, '491713920002');
    for (const [contextId, kept] of [
      [own, own],
      [foreign, null],
      [others, null],
      ['4711' as MessageId, null],
    ] as const) {
      expect(await contextOf(await accepted(bed.send(ada, text('Ja'), { contextId })))).toBe(kept);
    }
  });

  it('react to a message of the customer, and fail for any other', async () => {
    const own = await writes(bank.phoneNumberId);
    const reactedTo = await writes(bank.phoneNumberId, { body: reaction(own) });
    const sent = await accepted(bed.send(ada, text('Ja')));
    const foreign = await writes(clinic.phoneNumberId);
    expect((await outcomeOf(await accepted(bed.send(ada, reaction(own))))).status).toBe('delivered');
    for (const target of [sent, foreign, reactedTo, '4711' as MessageId]) {
      expect(await outcomeOf(await accepted(bed.send(ada, reaction(target))))).toMatchObject({
        status: 'failed',
        failure: { code: 'reaction-target-invalid' },
      });
    }
  });

  it('of customers are told with their author, and without what is not theirs', async () => {
    await writes(bank.phoneNumberId);
    const sent = await accepted(bed.send(ada, text('Ja')));
    const foreign = await writes(clinic.phoneNumberId);
    expect((await told(await writes(bank.phoneNumberId, { contextId: sent }))).context).toEqual({
      messageId: sent,
      from: 'business',
    });
    const unknown = await writes(bank.phoneNumberId, { contextId: foreign });
    expect(await told(unknown)).not.toHaveProperty('context');
    expect(await contextOf(unknown)).toBeNull();
    const own = await writes(bank.phoneNumberId);
    expect((await told(await writes(bank.phoneNumberId, { body: reaction(own) }))).reactionTo).toBe('customer');
    expect((await told(await writes(bank.phoneNumberId, { body: reaction(sent) }))).reactionTo).toBe('business');
  });

  it('reach a customer by the user id that webhooks tell', async () => {
    const { userId = '' } = (await told(await writes(bank.phoneNumberId))).customer;
    expect(userId).toMatch(/^DE\.\d+$/);
    const [answer] = await accept(bed.send(ada, text('Ja'), { to: { userId } }));
    expect(answer).toMatchObject({ ok: true, value: { waId: ada, userId } });
    const status = await outcomeOf((answer as { value: { id: MessageId } }).value.id);
    expect(status).toMatchObject({ status: 'delivered', customer: { waId: ada, userId } });
    const results = await accept(
      bed.send(ada, text('Ja'), { to: { userId: userId.replace('DE', 'US') } }),
      bed.send(ada, text('Ja'), { to: { userId: 'US.13491208655302741918' } }),
      bed.send(ada, text('Ja'), {
        to: { userId },
        phoneNumberId: clinic.phoneNumberId,
        caller: { door: 'graph', tokenHash: hashToken(clinic.token).toString('base64url'), requestId: 'r' },
      }),
    );
    expect(results.map((result) => (result.ok ? 'ok' : result.failure.code))).toEqual([
      'recipient-invalid',
      'recipient-invalid',
      'recipient-invalid',
    ]);
  });

  it('reach a customer whose identity key is the one expected, and fail for another', async () => {
    await writes(bank.phoneNumberId);
    const { id } = [...(await core.handsets.subscribers([ada])).values()][0] ?? {};
    const known = (await core.handsets.identityKeys([id as never])).get(id as never) ?? '';
    expect(known).toMatch(/^[A-Za-z0-9+/]{11}=$/);
    const unchecked = await accepted(bed.send(ada, text('Ja'), { identityKeyHash: 'another' }));
    expect((await outcomeOf(unchecked)).status).toBe('delivered');
    const from = { waId: ada, name: 'Ada', identityKeyHash: known };
    expect((await told(await writes(bank.phoneNumberId, { from }))).customer.identityKeyHash).toBeUndefined();
    const { businessId, phoneNumberId } = bank;
    const settings = sealFeature(bed.keys, { businessId, id: '77' }, { userIdentityChange: { enabled: true } });
    await bed.rows(
      `INSERT INTO core.number_features (business_id, phone_number_id, feature, id, content, changed_at)
       VALUES ($1, $2, 'settings', 77, $3, 0)`,
      [businessId, phoneNumberId, settings],
    );
    await bed.rows('UPDATE core.epochs SET value = value + 1');
    expect((await told(await writes(bank.phoneNumberId, { from }))).customer.identityKeyHash).toBe(known);
    const before = await accepted(bed.send(ada, text('Ja'), { identityKeyHash: known }));
    expect((await outcomeOf(before)).status).toBe('delivered');
    expect(await core.handsets.renewIdentity(id as never)).not.toBe(known);
    const after = await accepted(bed.send(ada, text('Ja'), { identityKeyHash: known }));
    expect(await outcomeOf(after)).toMatchObject({ status: 'failed', failure: { code: 'recipient-identity-changed' } });
  });

  it('go by the route for marketing only as marketing templates', async () => {
    await bed.rows('UPDATE core.customers SET consent = 1');
    const hello: OutboundBody = {
      type: 'template',
      name: 'hello',
      language: 'en',
      components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ada' }] }],
    };
    const [refused] = await accept(bed.send(ada, hello, { marketing: { fallback: true } }));
    expect(refused).toMatchObject({ ok: false, failure: { code: 'template-not-marketing' } });
  });

  it('ask for an address in its own country alone', async () => {
    await writes(bank.phoneNumberId);
    const asking: OutboundBody = { type: 'interactive', interactive: { type: 'address_message' } };
    const [refused, taken] = await accept(bed.send(ada, asking), bed.send('919876543210', asking));
    expect(refused).toMatchObject({ ok: false, failure: { code: 'invalid-parameter' } });
    expect(taken).toMatchObject({ ok: true });
  });

  // The last one, for it moves the clock.
  it('quote nothing that is older than 30 days', async () => {
    const old = await writes(bank.phoneNumberId);
    bed.clock.advance(30 * DAY + 1);
    const partitions = bed.partitions();
    await partitions.keepUp();
    partitions.onApplicationShutdown();
    await writes(bank.phoneNumberId);
    expect(await contextOf(await accepted(bed.send(ada, text('Ja'), { contextId: old })))).toBeNull();
  });
});

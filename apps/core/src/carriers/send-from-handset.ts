import { Injectable } from '@nestjs/common';
import { type Answered, type Subject, sendFromHandset } from '#contracts';
import {
  type HandsetId,
  IdSequence,
  type InboundBody,
  type MessageId,
  type Result,
  ok,
  readWaId,
  refuse,
  timeOfId,
} from '#domain';
import { Clock } from '#runtime';
import { Directory, type NumberFacts } from '../access/directory.js';
import { AdoptMedia } from '../media/adopt-media.js';
import { Outbox } from '../outbox/outbox.js';
import { type Brought, RecordInbound } from '../receiving/record-inbound.js';
import { type Handset, Handsets } from '../store/handsets.store.js';
import { IdempotencyKeys, keyHashOf } from '../store/idempotency-keys.store.js';

type Question = typeof sendFromHandset extends Subject<infer Asked, unknown> ? Asked : never;
type Sent = { readonly id: MessageId; readonly to: string; readonly from: string };
type Key = NonNullable<Brought['key']>;

/** The customer writes: to whom, as whom, with what; and a request that is asked again is answered as before. */
@Injectable()
export class SendFromHandset {
  constructor(
    private readonly directory: Directory,
    private readonly handsets: Handsets,
    private readonly media: AdoptMedia,
    private readonly inbound: RecordInbound,
    private readonly idempotencyKeys: IdempotencyKeys,
    private readonly outbox: Outbox,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async send(handset: Handset, { caller, to, body, contextId, origin, idempotency }: Question): Promise<Answered<Sent>> {
    const { waId, name, id: handsetId } = handset;
    const digits = to === undefined ? undefined : (readWaId(to) ?? to);
    const phoneNumberId = digits === undefined ? await this.handsets.usualNumber(waId) : await this.handsets.numberWith(digits);
    const number = phoneNumberId && (await this.directory.numbers([phoneNumberId])).get(phoneNumberId);
    if (!number) return refuse('object-not-found', 'No registered business number has these digits', { field: 'to' });
    const sent = (id: MessageId): Sent => ({ id, to: number.number, from: waId });

    const key: Key | undefined = idempotency && {
      hash: keyHashOf(caller.door, handsetId, idempotency),
      fingerprint: Buffer.from(idempotency.fingerprint, 'base64url'),
    };
    const earlier = key && (await this.earlier(number, key));
    if (earlier) return earlier.ok ? ok(sent(earlier.value)) : earlier;

    const adopted = await this.media.adopt(handsetId, number, body);
    if (!adopted.ok) return adopted;
    const id = this.ids.next<MessageId>();
    const { said, identityKeyHash } = await this.identify(handsetId, adopted.value);
    const from = { waId, name, identityKeyHash };
    const at = this.clock.now();
    const [recorded] = await this.inbound.recordAll([
      { id, phoneNumberId: number.id, from, body: said, contextId, origin, at, key },
    ]);
    // A twin may have been faster; its commit is done when this one's has found the key taken.
    const winner = key && !recorded ? await this.earlier(number, key) : undefined;
    return winner?.ok === false ? winner : ok(sent(winner?.value ?? id));
  }

  private async earlier({ businessId }: NumberFacts, key: Key): Promise<Result<MessageId> | undefined> {
    const [taken] = await this.idempotencyKeys.find([{ businessId, keyHash: key.hash }]);
    if (!taken) return undefined;
    if (!taken.fingerprint.equals(key.fingerprint)) {
      return refuse('idempotency-key-reused', 'This Idempotency-Key was used for a different request');
    }
    // Whoever asks again may have had no answer because that core died, before it told anybody. With this answer the customer
    // may write the next message.
    await this.outbox.catchUpWith(timeOfId(taken.messageId));
    return ok(taken.messageId);
  }

  /** Who says that their identity has changed has another key from then on, and tells it. */
  private async identify(
    handsetId: HandsetId,
    body: InboundBody,
  ): Promise<{ readonly said: InboundBody; readonly identityKeyHash: string | undefined }> {
    if (body.type !== 'system' || body.kind !== 'user_identity_changed') {
      return { said: body, identityKeyHash: (await this.handsets.identityKeys([handsetId])).get(handsetId) };
    }
    const identity = await this.handsets.renewIdentity(handsetId);
    return { said: { ...body, identity }, identityKeyHash: identity };
  }
}

import { Injectable } from '@nestjs/common';
import type { AcceptMessage, AcceptedMessage } from '#contracts';
import {
  type BusinessId,
  type EventId,
  HOUR,
  type MessageAccepted,
  type MessageId,
  type NodeSettings,
  type Result,
  laneOf,
  ok,
  refuse,
} from '#domain';
import { Clock } from '#runtime';
import { Outbox, type StagedRows } from '../outbox/outbox.js';
import { MessageContexts, threadName } from '../receiving/message-contexts.js';
import { AcceptsStore, type NewDispatch } from '../store/accepts.store.js';
import { IdempotencyKeys, type NewKey } from '../store/idempotency-keys.store.js';
import { Customers, type KnownCustomer } from '../store/customers.store.js';
import { sealContent } from '../store/message-content.js';
import { MessagesStore, type NewMessage } from '../store/messages.store.js';
import { NodeTraffic } from '../traffic/node-traffic.js';
import type { Dispatchable, PlannedDispatch } from './dispatch.js';
import type { AllowedSend, Candidate } from './judge-sends.js';
import { Lanes } from './lanes.js';

type Answer = Result<AcceptedMessage>;

/** What was written, and what is to be done now that it is. */
interface Committed {
  readonly fresh: readonly { readonly one: AllowedSend; readonly known: KnownCustomer }[];
  readonly dispatches: readonly PlannedDispatch[];
  readonly staged: StagedRows;
  /** Those whose idempotency key was taken. */
  readonly lost: readonly AllowedSend[];
}

/**
 * Commits allowed sends: the messages, their first status, the idempotency rows, the dispatches and the events; then hands
 * them to their lanes. Sends to customers who are known, none of it asked before, are one statement; others take the steps.
 */
@Injectable()
export class CommitSends {
  constructor(
    private readonly accepts: AcceptsStore,
    private readonly idempotencyKeys: IdempotencyKeys,
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly contexts: MessageContexts,
    private readonly outbox: Outbox,
    private readonly lanes: Lanes,
    private readonly traffic: NodeTraffic,
    private readonly clock: Clock,
  ) {}

  /** One answer a send, in order. */
  async commit(open: readonly AllowedSend[], settings: NodeSettings): Promise<Answer[]> {
    const folded = foldKeys(open);
    const refusals = await this.traffic.admit(folded.firsts);
    const now = this.clock.now();
    const firsts = refusals ? folded.firsts.filter((_, index) => !refusals[index]) : folded.firsts;
    const outcome = await this.write(firsts, now, settings).catch((error: unknown) => {
      this.traffic.giveBack(firsts);
      throw error;
    });
    for (const { one, known } of outcome.fresh) this.rememberContext(one, known);
    this.outbox.publish(outcome.staged);
    // Handed over before anybody is answered: a client that waits for its answer before the next send keeps its order.
    await this.lanes.handOver(outcome.dispatches);
    const { lost } = outcome;
    if (firsts === open && lost.length === 0) return open.map((one) => accepted(one, one.item.id));
    this.traffic.giveBack(lost);
    const winnersOfLost = await this.idempotencyKeys.find(
      lost.map((one) => ({ businessId: one.number.businessId, keyHash: one.keyHash as Buffer })),
    );
    const answerOf = new Map<AllowedSend, Answer>();
    refusals?.forEach((refusal, index) => {
      if (refusal) answerOf.set(folded.firsts[index] as AllowedSend, { ok: false, failure: refusal });
    });
    for (const one of firsts) answerOf.set(one, accepted(one, one.item.id));
    for (const [index, one] of lost.entries()) {
      const winner = winnersOfLost[index];
      answerOf.set(one, winner ? repeated(one, winner.fingerprint, winner.messageId) : refuse('unavailable'));
    }
    return open.map((one) => {
      const head = folded.headOf(one);
      if (head === one) return answerOf.get(one) as Answer;
      const answer = answerOf.get(head) as Answer;
      return answer.ok ? repeated(one, fingerprintOf(head), answer.value.id) : answer;
    });
  }

  private async write(sends: readonly AllowedSend[], now: number, settings: NodeSettings): Promise<Committed> {
    return (await this.atOnce(sends, now, settings)) ?? (await this.inSteps(sends, now, settings));
  }

  /** Undefined when it takes the steps: a customer has to be made, or something of it was asked before. Nothing is written then. */
  private async atOnce(sends: readonly AllowedSend[], now: number, settings: NodeSettings): Promise<Committed | undefined> {
    const known: KnownCustomer[] = [];
    for (const one of sends) {
      const { recipient } = one;
      if (!recipient?.customerId || !recipient.wrappedKey || !recipient.hasThread) return undefined;
      known.push(this.customers.known(one.number.businessId, recipient.customerId, recipient.wrappedKey));
    }
    const fresh = sends.map((one, index) => ({ one, known: known[index] as KnownCustomer }));
    const dispatches = this.plan(fresh, now, settings);
    const staged = this.outbox.seal(
      'accepted',
      sends.map((one) => acceptedEvent(one, now)),
    );
    const done = await this.accepts.atOnce({
      messages: fresh.map((send) => rowOf(send.one, send.known, now, settings)),
      keys: keysOf(sends, now),
      dispatches: dispatches.map(newDispatch),
      events: staged,
    });
    return done ? { fresh, dispatches, staged, lost: [] } : undefined;
  }

  /** One transaction: keys first, so that a twin under way is waited for; then whoever is new; then what was not there yet. */
  private inSteps(sends: readonly AllowedSend[], now: number, settings: NodeSettings): Promise<Committed> {
    return this.accepts.transaction(async (tx) => {
      const taken = await this.idempotencyKeys.take(tx, keysOf(sends, now));
      const winners = sends.filter((one) => !one.keyHash || taken.has(one.item.id));
      const known = await this.ensureRecipients(tx, winners);
      const inserted = await this.messages.insert(
        tx,
        winners.map((one, index) => rowOf(one, known[index] as KnownCustomer, now, settings)),
      );
      const fresh = winners.flatMap((one, index) =>
        inserted.has(one.item.id) ? [{ one, known: known[index] as KnownCustomer }] : [],
      );
      const dispatches = this.plan(fresh, now, settings);
      for (const dispatch of dispatches) await this.accepts.insertDispatch(tx, newDispatch(dispatch));
      const staged: StagedRows = await this.outbox.stage(
        tx,
        'accepted',
        fresh.map(({ one }) => acceptedEvent(one, now)),
      );
      return { fresh, dispatches, staged, lost: sends.filter((one) => one.keyHash && !taken.has(one.item.id)) };
    });
  }

  private async ensureRecipients(
    tx: Parameters<Customers['ensure']>[0],
    winners: readonly AllowedSend[],
  ): Promise<readonly KnownCustomer[]> {
    const strangers = winners.filter((one) => !one.recipient?.customerId);
    const made = await (strangers.length === 0
      ? []
      : this.customers.ensure(
          tx,
          strangers.map((one) => ({ businessId: one.number.businessId, waId: one.waId })),
        ));
    let next = 0;
    const known = winners.map((one): KnownCustomer => {
      const { recipient } = one;
      if (!recipient?.customerId || !recipient.wrappedKey) return made[next++] as KnownCustomer;
      return this.customers.known(one.number.businessId, recipient.customerId, recipient.wrappedKey);
    });
    await this.accepts.ensureThreads(
      tx,
      winners.flatMap((one, index) =>
        one.recipient?.hasThread
          ? []
          : [{ businessId: one.number.businessId, phoneNumberId: one.number.id, customerId: (known[index] as KnownCustomer).id }],
      ),
    );
    return known;
  }

  private plan(fresh: Committed['fresh'], now: number, settings: NodeSettings): readonly PlannedDispatch[] {
    return this.lanes.plan(fresh.map(({ one, known }) => dispatchable(one, known, now, settings)));
  }

  private rememberContext(one: AllowedSend, known: KnownCustomer): void {
    const { item, number } = one;
    this.contexts.remember({
      businessId: number.businessId,
      id: item.id,
      thread: threadName(number.businessId, number.id, known.id),
      number: { id: number.id, wabaId: number.wabaId, number: number.number, displayNumber: number.displayNumber },
      customer: { id: known.id, waId: one.waId, userId: this.customers.userIdOf(known, one.waId) },
      bodyType: item.body.type,
      template: one.template,
      opaque: item.opaque,
    });
  }
}

function rowOf(one: AllowedSend, known: KnownCustomer, now: number, settings: NodeSettings): NewMessage {
  const { item, number } = one;
  return {
    businessId: number.businessId,
    id: item.id,
    phoneNumberId: number.id,
    customerId: known.id,
    inbound: false,
    type: item.body.type,
    templateId: one.template?.id ?? null,
    contextId: one.contextId ?? null,
    expiresAt: expiryOf(item, now, settings),
    content: sealContent(known.key, number.businessId, item.id, {
      body: item.body,
      filled: one.filled,
      opaque: item.opaque,
      identityKeyHash: number.checksIdentity ? item.identityKeyHash : undefined,
      isMarketing: item.marketing && true,
      doom: one.doom,
    }),
  };
}

function dispatchable(one: AllowedSend, known: KnownCustomer, now: number, settings: NodeSettings): Dispatchable {
  const { item, number } = one;
  return {
    businessId: number.businessId,
    lane: laneOf(number.id, known.id),
    number,
    windowUntil: one.recipient?.windowUntil ?? undefined,
    doom: one.doom,
    message: {
      id: item.id,
      customerId: known.id,
      waId: one.waId,
      body: item.body,
      filled: one.filled,
      contextId: one.contextId,
      identityKeyHash: number.checksIdentity ? item.identityKeyHash : undefined,
      at: now,
      expiresAt: expiryOf(item, now, settings),
    },
  };
}

function newDispatch({ id, holder, messages }: PlannedDispatch): NewDispatch {
  return { id, holder, messages: messages.map(({ message, businessId }) => ({ businessId, id: message.id })) };
}

/** In key order, so that two batches never wait for each other's keys. */
function keysOf(sends: readonly AllowedSend[], at: number): readonly NewKey[] {
  const keys: NewKey[] = [];
  for (const one of sends) {
    const { item, number, keyHash } = one;
    if (keyHash) keys.push({ businessId: number.businessId, keyHash, fingerprint: fingerprintOf(one), messageId: item.id, at });
  }
  return keys.sort((a, b) => Buffer.compare(a.keyHash, b.keyHash));
}

function acceptedEvent(one: AllowedSend, now: number): MessageAccepted {
  return {
    type: 'message.accepted',
    // A message is accepted once, so its id will do for the event.
    id: one.item.id as string as EventId,
    at: now,
    businessId: one.number.businessId,
    messageId: one.item.id,
    phoneNumberId: one.number.id,
    wabaId: one.number.wabaId,
    door: one.item.caller.door,
    bodyType: one.item.body.type,
    template: one.template,
    warning: one.warning,
  };
}

function accepted(one: AllowedSend, id: MessageId): Answer {
  return ok({ id, waId: one.waId, userId: one.userId, isTemplate: one.item.body.type === 'template' });
}

/** Equal requests get the answer of the first; other requests under its key are refused. */
export function repeated(one: Candidate, fingerprint: Buffer, id: MessageId): Answer {
  if (!fingerprint.equals(fingerprintOf(one))) {
    return refuse('idempotency-key-reused', 'This Idempotency-Key was used for a different request');
  }
  return ok({ id, waId: one.waId, userId: one.userId, isTemplate: one.item.body.type === 'template', replayed: true });
}

function fingerprintOf(one: Candidate): Buffer {
  return Buffer.from(one.item.idempotency?.fingerprint ?? '', 'base64url');
}

function expiryOf(item: AcceptMessage, now: number, settings: NodeSettings): number {
  return now + (item.ttlMs ?? settings.messages.ttlHours * HOUR);
}

/** Equal keys inside a batch are folded before SQL: the first stands for all. */
function foldKeys(open: readonly AllowedSend[]): {
  readonly firsts: readonly AllowedSend[];
  headOf(one: AllowedSend): AllowedSend;
} {
  if (!open.some((one) => one.keyHash)) return { firsts: open, headOf: (one) => one };
  const heads = new Map<string, AllowedSend>();
  const firsts: AllowedSend[] = [];
  const headOf = (one: AllowedSend): AllowedSend =>
    one.keyHash ? (heads.get(scopeOf(one.number.businessId, one.keyHash)) ?? one) : one;
  for (const one of open) {
    if (one.keyHash) {
      const scope = scopeOf(one.number.businessId, one.keyHash);
      if (heads.has(scope)) continue;
      heads.set(scope, one);
    }
    firsts.push(one);
  }
  return { firsts, headOf };
}

function scopeOf(businessId: BusinessId, keyHash: Buffer): string {
  return `${businessId}/${keyHash.toString('base64')}`;
}

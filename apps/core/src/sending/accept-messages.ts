import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { AcceptMessage, AcceptMessagesAnswer, AcceptedMessage, Caller } from '#contracts';
import {
  type BusinessId,
  type CustomerId,
  type EventId,
  type EventTemplate,
  type Failure,
  type FilledTemplate,
  HOUR,
  IdSequence,
  type MessageAccepted,
  type MessageId,
  type NodeSettings,
  type Principal,
  type Result,
  fillTemplate,
  isAskedInItsCountry,
  isId,
  laneOf,
  mayAccept,
  mediaIdsOf,
  needsNumber,
  ok,
  readWaId,
  refuse,
} from '#domain';
import { type CustomerKey, isDataError } from '#postgres';
import { Clock, Log, oneByOne } from '#runtime';
import { refusalOf } from '../access/answers.js';
import { mayEnter } from '../access/authorize.js';
import { Directory, type NumberFacts } from '../access/directory.js';
import { Settings } from '../node/settings.js';
import { Traffic } from '../traffic/traffic.js';
import { countryDialCode } from '../numbers/phone-format.js';
import { Outbox, type StagedRows } from '../outbox/outbox.js';
import { Customers, consentFromRow } from '../store/customers.store.js';
import { MessagesStore, type NewMessage, type RecipientRow } from '../store/messages.store.js';
import type { Dispatchable } from './dispatch.js';
import { waIdsOf } from './known-user-ids.js';
import { type Named, findNamed, namesMessage } from './named-messages.js';
import { Lanes } from './lanes.js';
import { sealContent } from '../store/message-content.js';
import { MessageContexts } from '../receiving/message-contexts.js';
import { sendingNumber } from './sending-number.js';

/** One send that has been allowed so far, with everything its commit needs. */
interface Candidate {
  readonly item: AcceptMessage;
  readonly number: NumberFacts;
  readonly waId: string;
  readonly waHash: Buffer;
  readonly template: EventTemplate | undefined;
  readonly filled: FilledTemplate | undefined;
  readonly keyHash: Buffer | undefined;
  /** The send was addressed by it. */
  readonly userId: string | undefined;
}

/** A candidate whose recipient allows it. */
interface Decided extends Candidate {
  readonly recipient: RecipientRow | undefined;
  readonly warning: 'not-opted-in' | undefined;
  readonly contextId: MessageId | undefined;
  /** Why it will fail, although it is accepted. */
  readonly doom: Failure | undefined;
}

type Answer = Result<AcceptedMessage>;

/** Assets may change between the look-up and the batch's own read; this often a batch starts over before it gives up. */
const ATTEMPTS = 5;

/**
 * Accepts a batch of sends: who asks, from which number, to whom, may they; then one transaction that holds the messages,
 * their first status, the idempotency rows, the dispatch and the events. Only then is anybody answered.
 */
@Injectable()
export class AcceptMessages {
  constructor(
    private readonly directory: Directory,
    private readonly settings: Settings,
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly contexts: MessageContexts,
    private readonly outbox: Outbox,
    private readonly lanes: Lanes,
    private readonly traffic: Traffic,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async accept(items: readonly AcceptMessage[], deadline: number): Promise<AcceptMessagesAnswer> {
    const late = refuse('unavailable', 'The request was too old when it was looked at', { retryAfterSeconds: 1 });
    if (this.clock.real() > deadline) return { results: items.map(() => late) };
    try {
      const results = await oneByOne(
        items,
        (part) => this.acceptAll(part, deadline),
        isDataError,
        (item, error): Answer => {
          this.log.warn('message.unstorable', { messageId: item.id, requestId: item.caller.requestId, error });
          return refuse('invalid-parameter', 'The message holds a value that cannot be stored');
        },
      );
      return { results };
    } catch (error) {
      const refusal = refusalOf(error);
      this.log.warn('messages.refused', { messages: items.length, failure: refusal, error });
      return { results: items.map(() => refusal) };
    }
  }

  private async acceptAll(items: readonly AcceptMessage[], deadline: number): Promise<Answer[]> {
    const answers: (Answer | undefined)[] = items.map(() => undefined);
    const settings = this.settings.current();
    let decided: (Decided | undefined)[] = [];
    for (let attempt = 1; ; attempt++) {
      const epoch = this.directory.seenEpoch;
      const candidates = await this.candidates(items, settings);
      const allowed = candidates.flatMap((candidate) => (candidate.ok ? [candidate.value] : []));
      const situation = await this.messages.situation(
        allowed.map((candidate) => ({
          businessId: candidate.number.businessId,
          phoneNumberId: candidate.number.id,
          waHash: candidate.waHash,
        })),
      );
      this.directory.seen(situation.epoch);
      if (this.directory.seenEpoch !== epoch) {
        if (attempt < ATTEMPTS) continue;
        return items.map(() => refuse('unavailable', 'Assets are being changed', { retryAfterSeconds: 1 }));
      }
      let next = 0;
      decided = candidates.map((candidate, index) => {
        if (!candidate.ok) {
          answers[index] = candidate;
          return undefined;
        }
        const verdict = this.decide(candidate.value, situation.recipients[next++]);
        if (verdict.ok) return verdict.value;
        answers[index] = verdict;
        return undefined;
      });
      break;
    }
    await this.answerRepeats(decided, answers);
    await this.answerUnknownMedia(decided, answers);
    await this.judgeNamed(decided, answers);
    const open = decided.flatMap((one, index) => (one && !answers[index] ? [{ one, index }] : []));
    if (open.length > 0) {
      if (this.clock.real() > deadline) {
        for (const { index } of open) answers[index] = refuse('unavailable', 'The node is too slow', { retryAfterSeconds: 1 });
      } else {
        const committed = await this.commit(
          open.map(({ one }) => one),
          settings,
        );
        for (const [position, { index }] of open.entries()) answers[index] = committed[position];
      }
    }
    return answers.map((answer) => answer ?? refuse('internal'));
  }

  /** Who asks, and for which number; what a template says. No recipient is looked at yet. */
  private async candidates(items: readonly AcceptMessage[], settings: NodeSettings): Promise<Result<Candidate>[]> {
    const principals = await this.directory.principals(unique(items.flatMap((item) => item.caller.tokenHash ?? [])));
    const asked = items.map((item): Result<string> => {
      const principal = principalOf(item.caller, principals);
      if (!principal.ok) return principal;
      if (item.phoneNumberId !== undefined) return ok(item.phoneNumberId);
      return principal.value.kind === 'on-prem-user' ? ok(principal.value.phoneNumberId) : refuse('permission-denied');
    });
    const numbers = await this.directory.numbers(unique(asked.flatMap((one) => (one.ok ? [one.value] : []))));
    const permitted = items.map((item, index): Result<NumberFacts> => {
      const numberId = asked[index] as Result<string>;
      if (!numberId.ok) return numberId;
      const principal = principalOf(item.caller, principals);
      if (!principal.ok) return principal;
      return sendingNumber(principal.value, numbers.get(numberId.value));
    });
    const templates = await this.directory.templates(
      items.flatMap((item, index) => {
        const number = permitted[index] as Result<NumberFacts>;
        if (!number.ok || item.body.type !== 'template') return [];
        return [{ wabaId: number.value.wabaId, name: item.body.name, language: item.body.language }];
      }),
    );
    const byUserId = await this.byUserId(items, permitted);
    return items.map((item, index): Result<Candidate> => {
      const number = permitted[index] as Result<NumberFacts>;
      if (!number.ok) return number;
      const recipient = byUserId.get(index) ?? readNumberOf(item, number.value, settings);
      if (!recipient.ok) return recipient;
      const waId = recipient.value;
      if (waId === number.value.number) return refuse('recipient-is-sender', 'The recipient is the sending number itself');
      if (!isAskedInItsCountry(item.body, waId)) {
        return refuse('invalid-parameter', "The country of an address must be the recipient's", { field: 'interactive.action' });
      }
      let template: EventTemplate | undefined;
      let filled: FilledTemplate | undefined;
      if (item.body.type === 'template') {
        const { name, language, namespace } = item.body;
        const stored = templates.get(`${number.value.wabaId}/${name}/${language}`);
        if (namespace !== undefined && namespace !== number.value.namespace) {
          return refuse('template-not-found', 'The namespace is not the one of this account');
        }
        if (!stored || !['APPROVED', 'PAUSED', 'DISABLED'].includes(stored.status)) {
          return refuse('template-not-found', `template name (${name}) does not exist in ${language}`);
        }
        if (item.marketing && stored.category !== 'MARKETING') {
          return refuse('template-not-marketing', `template ${name} is not of the category MARKETING`);
        }
        if ('userId' in item.to && needsNumber(stored)) {
          return refuse('recipient-needs-number', 'A one-time password is sent to a telephone number only', {
            field: 'recipient',
          });
        }
        if (stored.status === 'PAUSED') return refuse('template-paused', `template ${name} is paused`);
        if (stored.status === 'DISABLED') return refuse('template-disabled', `template ${name} is disabled`);
        const outcome = fillTemplate(stored, item.body.components);
        if ('failure' in outcome) return { ok: false, failure: outcome.failure };
        filled = outcome.filled;
        template = {
          id: stored.id,
          name,
          language,
          category: stored.category,
          ...(item.marketing ? { isMarketingRoute: true } : {}),
        };
      }
      const keyHash = item.idempotency && hashKey(item.caller.door, item.idempotency.route, item.idempotency.key);
      const userId = 'userId' in item.to ? item.to.userId : undefined;
      return ok({ item, number: number.value, waId, waHash: this.customers.hash(waId), template, filled, keyHash, userId });
    });
  }

  /** The recipients of those sends that name one by a business-scoped user id, by position. */
  private async byUserId(
    items: readonly AcceptMessage[],
    permitted: readonly Result<NumberFacts>[],
  ): Promise<ReadonlyMap<number, Result<string>>> {
    const asked = items.flatMap(({ to }, index) => {
      const number = permitted[index];
      return number?.ok && 'userId' in to ? [{ index, businessId: number.value.businessId, userId: to.userId }] : [];
    });
    const waIds = await waIdsOf(this.messages, this.customers, asked);
    return new Map(
      asked.map(({ index }, position) => {
        const waId = waIds[position];
        return [index, waId === undefined ? NOBODY : ok(waId)];
      }),
    );
  }

  private decide(candidate: Candidate, recipient: RecipientRow | undefined): Result<Decided> {
    const verdict = mayAccept(
      candidate.item.body,
      {
        consent: consentFromRow(recipient?.consent ?? 0),
        blocked: recipient?.blocked ?? false,
        windowUntil: recipient?.windowUntil ?? undefined,
      },
      candidate.number.optInPolicy,
    );
    if (verdict && verdict !== 'warn') return { ok: false, failure: verdict };
    return ok({
      ...candidate,
      recipient,
      warning: verdict === 'warn' ? 'not-opted-in' : undefined,
      contextId: undefined,
      doom: undefined,
    });
  }

  /** Looks at the messages that sends quote and react to. */
  private async judgeNamed(decided: (Decided | undefined)[], answers: readonly (Answer | undefined)[]): Promise<void> {
    const naming = decided.flatMap((one, index) => (one && !answers[index] && namesMessage(one.item) ? [{ one, index }] : []));
    if (naming.length === 0) return;
    const named = await findNamed(
      this.messages,
      naming.map(({ one }) => ({ item: one.item, number: one.number, customerId: one.recipient?.customerId ?? undefined })),
      this.clock.now(),
    );
    for (const [position, { one, index }] of naming.entries()) decided[index] = { ...one, ...(named[position] as Named) };
  }

  /** Equal keys get equal answers: those of earlier requests from the database, those of this batch from its first. */
  private async answerRepeats(decided: (Decided | undefined)[], answers: (Answer | undefined)[]): Promise<void> {
    const keyed = decided.flatMap((one, index) => (one?.keyHash ? [{ one, index, keyHash: one.keyHash }] : []));
    if (keyed.length === 0) return;
    const earlier = await this.messages.findKeys(
      keyed.map(({ one, keyHash }) => ({ businessId: one.number.businessId, keyHash })),
    );
    for (const [position, { one, index }] of keyed.entries()) {
      const winner = earlier[position];
      if (winner) answers[index] = repeated(one, winner.fingerprint, winner.messageId);
    }
  }

  /** Media of another business is as unknown as media that never was. Texts cost no question. */
  private async answerUnknownMedia(decided: readonly (Decided | undefined)[], answers: (Answer | undefined)[]): Promise<void> {
    const named = decided.flatMap((one, index) => {
      if (!one || answers[index]) return [];
      const { businessId, wabaId } = one.number;
      return mediaIdsOf(one.item.body).map((id) => ({ index, id, businessId, wabaId }));
    });
    if (named.length === 0) return;
    const asked = named.filter(({ id }) => isId(id));
    const known = await this.messages.knownMedia(asked, this.clock.now());
    const found = new Set(asked.filter((_, position) => known[position]));
    for (const one of named) {
      if (found.has(one)) continue;
      answers[one.index] = refuse('media-not-found', `${one.id} is not a media id of this account`);
    }
  }

  private async commit(open: readonly Decided[], settings: NodeSettings): Promise<Answer[]> {
    const now = this.clock.now();
    const folded = foldKeys(open);
    const refusals = this.traffic.admit(folded.firsts);
    const first = refusals ? folded.firsts.filter((_, index) => !refusals[index]) : folded.firsts;
    const write = this.messages.transaction(async (tx) => {
      const keyed = first.filter((one) => one.keyHash);
      const taken =
        keyed.length === 0
          ? undefined
          : await this.messages.takeKeys(
              tx,
              keyed
                .map((one) => ({
                  businessId: one.number.businessId,
                  keyHash: one.keyHash as Buffer,
                  fingerprint: fingerprintOf(one),
                  messageId: one.item.id,
                  at: now,
                }))
                .sort((a, b) => Buffer.compare(a.keyHash, b.keyHash)),
            );
      const winners = first.filter((one) => !one.keyHash || taken?.has(one.item.id));
      const known = await this.ensureRecipients(tx, winners);
      const inserted = await this.messages.insert(
        tx,
        winners.map((one, index) => this.rowOf(one, known[index] as Known, now, settings)),
      );
      const fresh = winners.flatMap((one, index) => (inserted.has(one.item.id) ? [{ one, known: known[index] as Known }] : []));
      const dispatches = this.lanes.plan(
        fresh.map(({ one, known: recipient }) => this.dispatchable(one, recipient, now, settings)),
      );
      for (const dispatch of dispatches) {
        await this.messages.insertDispatch(tx, {
          id: dispatch.id,
          holder: dispatch.holder,
          messages: dispatch.messages.map(({ message, businessId }) => ({ businessId, id: message.id })),
        });
      }
      const staged: StagedRows = await this.outbox.stage(
        tx,
        'accepted',
        fresh.map(({ one }) => acceptedEvent(one, now)),
      );
      return { winners: new Set(winners.map((one) => one.item.id)), fresh, dispatches, staged };
    });
    const outcome = await write.catch((error: unknown) => {
      this.traffic.giveBack(first);
      throw error;
    });
    for (const { one, known } of outcome.fresh) this.rememberContext(one, known);
    this.outbox.publish(outcome.staged);
    // Handed over before anybody is answered: a client that waits for its answer before the next send keeps its order.
    await this.lanes.handOver(outcome.dispatches);
    const lost = first.filter((one) => !outcome.winners.has(one.item.id));
    this.traffic.giveBack(lost);
    const winnersOfLost = await this.messages.findKeys(
      lost.map((one) => ({ businessId: one.number.businessId, keyHash: one.keyHash as Buffer })),
    );
    const answerOf = new Map<Decided, Answer>();
    refusals?.forEach((refusal, index) => {
      if (refusal) answerOf.set(folded.firsts[index] as Decided, { ok: false, failure: refusal });
    });
    for (const one of first) answerOf.set(one, accepted(one, one.item.id));
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

  private async ensureRecipients(tx: Parameters<Customers['ensure']>[0], winners: readonly Decided[]): Promise<readonly Known[]> {
    const strangers = winners.filter((one) => !one.recipient?.customerId);
    const made = await (strangers.length === 0
      ? []
      : this.customers.ensure(
          tx,
          strangers.map((one) => ({ businessId: one.number.businessId, waId: one.waId })),
        ));
    let next = 0;
    const known = winners.map((one): Known => {
      const { recipient } = one;
      if (!recipient?.customerId || !recipient.wrappedKey) return made[next++] as Known;
      return {
        id: recipient.customerId,
        key: this.customers.key(one.number.businessId, recipient.customerId, recipient.wrappedKey),
      };
    });
    await this.messages.ensureThreads(
      tx,
      winners.flatMap((one, index) =>
        one.recipient?.hasThread
          ? []
          : [{ businessId: one.number.businessId, phoneNumberId: one.number.id, customerId: (known[index] as Known).id }],
      ),
    );
    return known;
  }

  private rowOf(one: Decided, known: Known, now: number, settings: NodeSettings): NewMessage {
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
        identityKeyHash: item.identityKeyHash,
        isMarketing: item.marketing && true,
        doom: one.doom,
      }),
    };
  }

  private dispatchable(one: Decided, known: Known, now: number, settings: NodeSettings): Dispatchable {
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
        identityKeyHash: item.identityKeyHash,
        at: now,
        expiresAt: expiryOf(item, now, settings),
      },
    };
  }

  private rememberContext(one: Decided, known: Known): void {
    const { item, number } = one;
    this.contexts.remember({
      businessId: number.businessId,
      id: item.id,
      number: { id: number.id, wabaId: number.wabaId, number: number.number, displayNumber: number.displayNumber },
      customer: { id: known.id, waId: one.waId, userId: this.customers.userId(number.businessId, known.id, one.waId) },
      bodyType: item.body.type,
      template: one.template,
      opaque: item.opaque,
    });
  }
}

interface Known {
  readonly id: CustomerId;
  readonly key: CustomerKey;
}

const NOBODY = refuse('recipient-invalid', 'No customer has this business-scoped user id', { field: 'recipient' });

function readNumberOf({ to, caller }: AcceptMessage, number: NumberFacts, settings: NodeSettings): Result<string> {
  if (!('input' in to)) return NOBODY;
  const prefix = settings.messages.prependCountryCode && caller.door === 'graph' ? countryDialCode(number.number) : undefined;
  const waId = readWaId(to.input, prefix);
  return waId === undefined ? refuse('recipient-invalid', 'The recipient is not a telephone number', { field: 'to' }) : ok(waId);
}

function principalOf(caller: Caller, principals: ReadonlyMap<string, Result<Principal>>): Result<Principal> {
  if (caller.tokenHash === undefined) return refuse('token-missing', 'An access token is required');
  const principal = principals.get(caller.tokenHash) ?? refuse('token-invalid', 'The access token is not valid');
  if (!principal.ok) return principal;
  const barred = mayEnter(caller.door, principal.value);
  return barred ? ({ ok: false, failure: barred } as const) : principal;
}

function acceptedEvent(one: Decided, now: number): MessageAccepted {
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

function accepted(one: Decided, id: MessageId): Answer {
  return ok({ id, waId: one.waId, userId: one.userId, isTemplate: one.item.body.type === 'template' });
}

function repeated(one: Decided, fingerprint: Buffer, id: MessageId): Answer {
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

function hashKey(door: string, route: string, key: string): Buffer {
  return createHash('sha256').update(`${door}\n${route}\n${key}`).digest();
}

/** Equal keys inside a batch are folded before SQL: the first stands for all. */
function foldKeys(open: readonly Decided[]): { readonly firsts: readonly Decided[]; headOf(one: Decided): Decided } {
  const heads = new Map<string, Decided>();
  const firsts: Decided[] = [];
  const headOf = (one: Decided): Decided => (one.keyHash ? (heads.get(scopeOf(one.number.businessId, one.keyHash)) ?? one) : one);
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

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

import { Injectable } from '@nestjs/common';
import type { AcceptMessage, Caller } from '#contracts';
import {
  type EventTemplate,
  type Failure,
  type FilledTemplate,
  type MessageId,
  type NodeSettings,
  type Principal,
  type Result,
  fillTemplate,
  isAskedInItsCountry,
  mayAccept,
  needsNumber,
  ok,
  readWaId,
  refuse,
} from '#domain';
import { Clock } from '#runtime';
import { mayEnter } from '../access/authorize.js';
import { Directory, type NumberFacts } from '../access/directory.js';
import { countryDialCode } from '../numbers/phone-format.js';
import type { RecipientRow } from '../store/accepts.store.js';
import { keyHashOf } from '../store/idempotency-keys.store.js';
import { Customers, consentFromRow } from '../store/customers.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { waIdsOf } from './known-user-ids.js';
import { type Named, findNamed, namesMessage } from './named-messages.js';
import { sendingNumber } from './sending-number.js';

/** One send that has been allowed so far, with everything its commit needs. */
export interface Candidate {
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
export interface AllowedSend extends Candidate {
  readonly recipient: RecipientRow | undefined;
  readonly warning: 'not-opted-in' | undefined;
  readonly contextId: MessageId | undefined;
  /** Why it will fail, although it is accepted. */
  readonly doom: Failure | undefined;
}

/** Whether a send may be accepted: who asks, from which number, to whom, with which template; and does the recipient allow it. */
@Injectable()
export class JudgeSends {
  constructor(
    private readonly directory: Directory,
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly clock: Clock,
  ) {}

  /** Who asks, and for which number; what a template says. No recipient is looked at yet. */
  async candidates(items: readonly AcceptMessage[], settings: NodeSettings): Promise<Result<Candidate>[]> {
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
      const keyHash = item.idempotency && keyHashOf(item.caller.door, number.value.id, item.idempotency);
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

  /** Does the recipient allow it: consent, block, customer service window. */
  allow(candidate: Candidate, recipient: RecipientRow | undefined): Result<AllowedSend> {
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
  async judgeNamed(decided: (AllowedSend | undefined)[], answers: readonly unknown[]): Promise<void> {
    const naming = decided.flatMap((one, index) => (one && !answers[index] && namesMessage(one.item) ? [{ one, index }] : []));
    if (naming.length === 0) return;
    const named = await findNamed(
      this.messages,
      naming.map(({ one }) => ({ item: one.item, number: one.number, customerId: one.recipient?.customerId ?? undefined })),
      this.clock.now(),
    );
    for (const [position, { one, index }] of naming.entries()) {
      const { contextId, doom } = named[position] as Named;
      decided[index] = { ...one, contextId, doom: doom ?? one.doom };
    }
  }
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

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

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
import { Directory, type NumberFacts, type TemplateKey } from '../access/directory.js';
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
    const permitted = await this.permitted(items);
    const asked: TemplateKey[] = [];
    for (const [index, { body }] of items.entries()) {
      const number = permitted[index] as Result<NumberFacts>;
      if (number.ok && body.type === 'template') {
        asked.push({ wabaId: number.value.wabaId, name: body.name, language: body.language });
      }
    }
    const templates = await this.directory.templates(asked);
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

  /** The number of each send, if its caller may send from it. Judged once for all sends of a token and a number. */
  private async permitted(items: readonly AcceptMessage[]): Promise<readonly Result<NumberFacts>[]> {
    const { askers, askerOf } = askersOf(items);
    const principals = await this.directory.principals(unique(askers.flatMap(({ caller }) => caller.tokenHash ?? [])));
    const asked = askers.map(
      ({ caller, phoneNumberId }): Result<{ readonly principal: Principal; readonly numberId: string }> => {
        const principal = principalOf(caller, principals);
        if (!principal.ok) return principal;
        if (phoneNumberId !== undefined) return ok({ principal: principal.value, numberId: phoneNumberId });
        if (principal.value.kind !== 'on-prem-user') return refuse('permission-denied');
        return ok({ principal: principal.value, numberId: principal.value.phoneNumberId });
      },
    );
    const numbers = await this.directory.numbers(unique(asked.flatMap((one) => (one.ok ? [one.value.numberId] : []))));
    const answers = asked.map((one): Result<NumberFacts> =>
      one.ok ? sendingNumber(one.value.principal, numbers.get(one.value.numberId)) : one,
    );
    return askerOf.map((asker) => answers[asker] as Result<NumberFacts>);
  }

  /** The recipients of those sends that name one by a business-scoped user id, by position. */
  private async byUserId(
    items: readonly AcceptMessage[],
    permitted: readonly Result<NumberFacts>[],
  ): Promise<ReadonlyMap<number, Result<string>>> {
    if (!items.some(({ to }) => 'userId' in to)) return NO_RECIPIENTS;
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
    // Written out: of each message one, and copying by spread costs a microsecond or two.
    return ok({
      item: candidate.item,
      number: candidate.number,
      waId: candidate.waId,
      waHash: candidate.waHash,
      template: candidate.template,
      filled: candidate.filled,
      keyHash: candidate.keyHash,
      userId: candidate.userId,
      recipient,
      warning: verdict === 'warn' ? 'not-opted-in' : undefined,
      contextId: undefined,
      doom: undefined,
    });
  }

  /** Looks at the messages that sends quote and react to. */
  async judgeNamed(decided: (AllowedSend | undefined)[], answers: readonly unknown[]): Promise<void> {
    const naming: { readonly one: AllowedSend; readonly index: number }[] = [];
    for (const [index, one] of decided.entries()) {
      if (one && !answers[index] && namesMessage(one.item)) naming.push({ one, index });
    }
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

const NO_RECIPIENTS: ReadonlyMap<number, Result<string>> = new Map();

/** Who asks for which number. A batch holds few of them. */
interface Asker {
  readonly caller: Caller;
  readonly phoneNumberId: string | undefined;
}

function askersOf(items: readonly AcceptMessage[]): { readonly askers: readonly Asker[]; readonly askerOf: readonly number[] } {
  const askers: Asker[] = [];
  const ofNumber = new Map<string | undefined, number[]>();
  const askerOf = items.map(({ caller, phoneNumberId }) => {
    let known = ofNumber.get(phoneNumberId);
    if (!known) ofNumber.set(phoneNumberId, (known = []));
    for (const position of known) {
      const other = (askers[position] as Asker).caller;
      if (other.tokenHash === caller.tokenHash && other.door === caller.door) return position;
    }
    known.push(askers.length);
    return askers.push({ caller, phoneNumberId }) - 1;
  });
  return { askers, askerOf };
}

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

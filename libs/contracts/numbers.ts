import type { ConversationalAutomation, NameRejection, PhoneNumber, PhoneNumberId, ThroughputLevel } from '#domain';
import type { Answered, Asked, Page, PageQuestion } from './caller.js';
import { subject } from './subjects.js';

export const addNumber = subject<
  Asked<{
    readonly wabaId: string;
    readonly countryCode: string | undefined;
    readonly phoneNumber: string;
    readonly verifiedName: string;
    /** A number that the business holds already; it must be the same. */
    readonly heldNumberId?: string | undefined;
  }>,
  Answered<{ readonly id: PhoneNumberId }>
>('core.numbers.add');

/** A number for a business that belongs to no WABA yet; adding it to one takes it over. */
export const holdNumber = subject<
  Asked<{ readonly businessId: string; readonly phoneNumber: string }>,
  Answered<{ readonly id: string }>
>('core.numbers.hold');

/** The code reaches that number's own handset. */
export const requestCode = subject<
  Asked<{ readonly phoneNumberId: string; readonly method: 'SMS' | 'VOICE'; readonly language: string }>,
  Answered<null>
>('core.numbers.request-code');

export const verifyCode = subject<
  Asked<{ readonly phoneNumberId: string; readonly code: string }>,
  Answered<{ readonly id: PhoneNumberId }>
>('core.numbers.verify-code');

/** Sets the two-step PIN at the first registration, and must match it afterwards. */
export const registerNumber = subject<Asked<{ readonly phoneNumberId: string; readonly pin: string }>, Answered<null>>(
  'core.numbers.register',
);

export const deregisterNumber = subject<Asked<{ readonly phoneNumberId: string }>, Answered<null>>('core.numbers.deregister');

export const setPin = subject<Asked<{ readonly phoneNumberId: string; readonly pin: string }>, Answered<null>>(
  'core.numbers.set-pin',
);

/** `phoneNumberId` undefined: the number of the caller's On-Premises installation. */
export const readNumber = subject<
  Asked<{ readonly phoneNumberId: string | undefined; readonly with?: readonly NumberPart[] | undefined }>,
  Answered<DetailedNumber>
>('core.numbers.read');

/** What of a number is read only when it is asked for. */
export type NumberPart = 'automation' | 'webhooks' | 'business';

export interface DetailedNumber extends PhoneNumber {
  readonly automation?: (ConversationalAutomation & { readonly id: string }) | undefined;
  /** Where the calling app hears of the number's messages: each level that has an address; the first one counts. */
  readonly webhooks?:
    { readonly number?: string | undefined; readonly waba?: string | undefined; readonly app?: string | undefined } | undefined;
  readonly business?: { readonly id: string; readonly appId: string | undefined } | undefined;
}

export const listNumbers = subject<
  Asked<
    {
      readonly wabaId: string;
      readonly accountMode?: PhoneNumber['accountMode'] | undefined;
      /** Default: those registered last first. */
      readonly sort?: NumberSort | undefined;
      readonly with?: readonly NumberPart[] | undefined;
    } & PageQuestion
  >,
  Answered<Page<DetailedNumber>>
>('core.numbers.list');

export interface NumberSort {
  readonly by: 'created' | 'registered';
  readonly order: 'ascending' | 'descending';
}

/** What of a number its business changes by itself; a display name waits for review. */
export const changeNumber = subject<
  Asked<{
    readonly phoneNumberId: string;
    readonly newDisplayName?: string | undefined;
    readonly searchVisibility?: PhoneNumber['searchVisibility'] | undefined;
    /** Empty: none any more. */
    readonly username?: string | undefined;
    /** From another number of the same business, which has none then. */
    readonly takeOver?: boolean | undefined;
  }>,
  Answered<null>
>('core.numbers.change');

/** User names that nobody has and that are like the number's display name. */
export const suggestUsernames = subject<
  Asked<{ readonly phoneNumberId: string }>,
  Answered<{ readonly usernames: readonly string[] }>
>('core.numbers.suggest-usernames');

/** The operator's review of the display name that was asked for last. */
export const reviewDisplayName = subject<
  Asked<{
    readonly phoneNumberId: string;
    readonly decision: 'APPROVE' | 'REJECT';
    readonly reason?: NameRejection | undefined;
  }>,
  Answered<PhoneNumber>
>('core.numbers.review-display-name');

/** Health of the caller's own number and its way out, for the On-Premises `GET /v1/health`. */
export const numberHealth = subject<
  Asked<object>,
  Answered<{ readonly gateway: 'connected' | 'connecting' | 'disconnected' | 'uninitialized' | 'unregistered' }>
>('core.numbers.health');

/** An operator raises a number's throughput, or takes it back. */
export const setThroughput = subject<
  Asked<{ readonly phoneNumberId: string; readonly level: ThroughputLevel }>,
  Answered<PhoneNumber>
>('core.numbers.set-throughput');

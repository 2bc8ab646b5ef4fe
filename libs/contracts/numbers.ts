import type { PhoneNumber, PhoneNumberId, ThroughputLevel } from '#domain';
import type { Answered, Asked, Page, PageQuestion } from './caller.js';
import { subject } from './subjects.js';

export const addNumber = subject<
  Asked<{
    readonly wabaId: string;
    readonly countryCode: string | undefined;
    readonly phoneNumber: string;
    readonly verifiedName: string;
  }>,
  Answered<{ readonly id: PhoneNumberId }>
>('core.numbers.add');

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
export const readNumber = subject<Asked<{ readonly phoneNumberId: string | undefined }>, Answered<PhoneNumber>>(
  'core.numbers.read',
);

export const listNumbers = subject<Asked<{ readonly wabaId: string } & PageQuestion>, Answered<Page<PhoneNumber>>>(
  'core.numbers.list',
);

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

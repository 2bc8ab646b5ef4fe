import type { Answered, Asked, Page, PageQuestion } from './caller.js';
import { subject } from './subjects.js';

/** A way into a chat with a number, with a message to begin with. */
export interface QrCode {
  /** 14 of A–Z and 2–7. */
  readonly code: string;
  readonly prefilledMessage: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** With a code: gives that one another message. */
export const saveQrCode = subject<
  Asked<{ readonly phoneNumberId: string; readonly code?: string | undefined; readonly prefilledMessage: string }>,
  Answered<QrCode>
>('core.numbers.save-qr-code');

export const listQrCodes = subject<
  Asked<{ readonly phoneNumberId: string; readonly code?: string | undefined } & PageQuestion>,
  Answered<Page<QrCode>>
>('core.numbers.list-qr-codes');

export const removeQrCode = subject<Asked<{ readonly phoneNumberId: string; readonly code: string }>, Answered<null>>(
  'core.numbers.remove-qr-code',
);

/** Where a code leads. Anybody who has scanned it may ask. */
export const followQrCode = subject<
  Asked<{ readonly code: string }>,
  Answered<{ readonly number: string; readonly verifiedName: string; readonly prefilledMessage: string }>
>('core.numbers.follow-qr-code');

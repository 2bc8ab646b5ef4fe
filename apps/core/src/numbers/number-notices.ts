import type { Result } from '#domain';

/** How the network itself reaches a number: how a verification code gets to whoever holds it. */
export abstract class NumberNotices {
  /** `waId`: digits with country code. `at`: milliseconds since 1970. Refused when nobody can be reached there. */
  abstract notify(waId: string, text: string, at: number): Promise<Result<null>>;
}

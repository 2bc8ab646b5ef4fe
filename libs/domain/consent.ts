/** Where a customer stands with a business: no record, opt-in, or opt-out (its withdrawal). */
export type ConsentState = 'none' | 'opted-in' | 'opted-out';

/** A recorded act of consent: who asked, how, and the proof. Evidence, so it is only ever added. */
export interface ConsentRecord {
  readonly state: Exclude<ConsentState, 'none'>;
  /** How it was given: `web`, `paper`, `sms`, `ivr`, `import`, `keyword` … */
  readonly source: string;
  /** What it was given for, in the business's own words. */
  readonly purpose?: string | undefined;
  /** Where the proof can be found. */
  readonly evidence?: string | undefined;
  /** When the customer gave it (milliseconds since 1970). */
  readonly givenAt: number;
}

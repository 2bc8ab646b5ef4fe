/**
 * Ids are decimal strings everywhere in the program: `bigint` does not survive JSON and a double holds only 53 bits.
 *
 * Two families:
 * - *asset ids* (business, WABA, phone number, template, app, media …) are 15 random digits, so that they fit a double:
 *   the platform's own webhooks carry `message_template_id` as a JSON number.
 * - *row ids* (messages, outbox rows, deliveries, ledger lines …) are made by `IdSequence`: 63 bits, ordered by time, so
 *   that indexes grow at the right and the id itself is the partition key.
 */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type BusinessId = Id<'business'>;
export type WabaId = Id<'waba'>;
export type AppId = Id<'app'>;
export type PhoneNumberId = Id<'phone-number'>;
export type TemplateId = Id<'template'>;
export type MediaId = Id<'media'>;
export type CustomerId = Id<'customer'>;
export type MessageId = Id<'message'>;
export type ConversationId = Id<'conversation'>;
export type LedgerLineId = Id<'ledger-line'>;
export type OutboxId = Id<'outbox'>;
export type EndpointId = Id<'endpoint'>;
export type DeliveryId = Id<'delivery'>;
export type HandsetId = Id<'handset'>;
export type EventId = Id<'event'>;

/** 2026-01-01T00:00:00Z: row ids count milliseconds from here, which leaves 41 bits good until 2095. */
export const ID_EPOCH = 1_767_225_600_000;
const NODE_BITS = 12n;
const SEQUENCE_BITS = 10n;
const SEQUENCE_LIMIT = 1 << Number(SEQUENCE_BITS);

/**
 * Makes row ids: 41 bits of milliseconds since `ID_EPOCH`, 12 bits that tell one writer from another, 10 bits of sequence.
 * Within one writer ids only grow, also when the clock steps back or more than 1,024 are asked for in one millisecond.
 * Writers draw their 12 bits at random, so two could agree: whoever inserts a message compares what a taken id holds.
 */
export class IdSequence {
  private lastMs = 0;
  private sequence = 0;
  /** The id that `lastMs` begins with. */
  private first = 0n;

  constructor(
    private readonly now: () => number,
    private readonly writer: number,
  ) {
    if (!Number.isInteger(writer) || writer < 0 || writer >= 1 << Number(NODE_BITS)) {
      throw new RangeError(`writer must be an integer of 12 bits, got ${writer}`);
    }
    this.begin(0);
  }

  next<T extends string>(): T {
    const ms = this.now() - ID_EPOCH;
    if (ms > this.lastMs) this.begin(ms);
    else if (++this.sequence >= SEQUENCE_LIMIT) this.begin(this.lastMs + 1);
    return (this.first + BigInt(this.sequence)).toString() as T;
  }

  private begin(ms: number): void {
    this.lastMs = ms;
    this.sequence = 0;
    this.first = (BigInt(ms) << (NODE_BITS + SEQUENCE_BITS)) | (BigInt(this.writer) << SEQUENCE_BITS);
  }
}

/** The smallest row id of a moment: the bound of a partition, or of "everything since". */
export function firstIdAt(ms: number): string {
  return (BigInt(Math.max(0, ms - ID_EPOCH)) << (NODE_BITS + SEQUENCE_BITS)).toString();
}

/** The moment (milliseconds since 1970) at which a row id was made. */
export function timeOfId(id: string): number {
  return Number(BigInt(id) >> (NODE_BITS + SEQUENCE_BITS)) + ID_EPOCH;
}

const ROW_ID = /^(?:0|[1-9]\d{0,18})$/;
const MAX_ROW_ID = (1n << 63n) - 1n;

/** True for text that Postgres takes as a non-negative `bigint`; everything else is answered as an unknown id. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && ROW_ID.test(text) && BigInt(text) <= MAX_ROW_ID;
}

/** An asset id from 52 random bits (`random` is in [0, 1)): 15 digits, never starting with 0. */
export function assetId<T extends string>(random: () => number): T {
  return String(100_000_000_000_000 + Math.floor(random() * 900_000_000_000_000)) as T;
}

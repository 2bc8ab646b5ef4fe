import type { BusinessId, HandsetId, HandsetMark, HandsetMessage, MessageId } from '#domain';

/** A handset as the network knows it. */
export interface Subscriber {
  readonly id: HandsetId;
  /** Without a socket: true when the network's own mailbox takes messages for it, false when they wait. */
  readonly online: boolean;
}

/** A message for a handset that has not said that it has it. */
export interface Undelivered {
  readonly handsetId: HandsetId;
  readonly businessId: BusinessId;
  readonly messageId: MessageId;
  readonly expiresAt: number;
}

/** One that waits, as it can be pushed. */
export interface Waiting extends Undelivered {
  readonly message: HandsetMessage;
  readonly lane: number;
}

/** Who has a handset; core knows it. */
export interface Subscribers {
  /** Subscribers by wa_id; numbers without a handset are absent. */
  subscribers(waIds: readonly string[]): Promise<ReadonlyMap<string, Subscriber>>;
  /** The hash of each handset's identity key, base64. */
  identityKeys(handsetIds: readonly HandsetId[]): Promise<ReadonlyMap<HandsetId, string>>;
}

/** What the network has to keep; core does. */
export interface Mailboxes {
  /** Keeps messages for handsets that are away; those already kept are left as they are. */
  wait(messages: readonly Undelivered[]): Promise<void>;
  /** What waits for these handsets, oldest first. */
  waiting(handsetIds: readonly HandsetId[]): Promise<readonly Waiting[]>;
  /** Forgets what has arrived. */
  arrived(messages: readonly { readonly handsetId: HandsetId; readonly messageId: MessageId }[]): Promise<void>;
}

/** The way to handsets with a socket, wherever that is held. */
export interface HandsetSockets {
  /** What becomes known of a handset's own messages; a handset without a socket does not hear of it. */
  mark(instance: string, marks: readonly HandsetMark[]): void;
  push(instance: string, messages: readonly { readonly handsetId: HandsetId; readonly message: HandsetMessage }[]): void;
}

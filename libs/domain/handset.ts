import type { HandsetId, MessageId } from './ids.js';
import type { OutboundBody } from './message.js';
import type { FilledTemplate } from './template.js';

/** A message as a handset shows it. */
export interface HandsetMessage {
  readonly id: MessageId;
  /** The business's number, digits; for a verification code the sender is `relais`. */
  readonly from: string;
  /** The handset's own wa_id. */
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly body: OutboundBody;
  /** What a template reads like. */
  readonly filled?: FilledTemplate | undefined;
  readonly contextId?: MessageId | undefined;
  readonly status: 'sent' | 'delivered' | 'read';
}

/** A business has read what this handset wrote. */
export interface HandsetMark {
  readonly handsetId: HandsetId;
  /** The handset's own wa_id. */
  readonly waId: string;
  /** The business's number, digits. */
  readonly from: string;
  /** The newest message that was read; it and all before it were. */
  readonly messageId: MessageId;
  /** The business is writing: to be shown until its next message, for 25 seconds at most. */
  readonly isTyping: boolean;
}

/** The part of a bus message that its bookkeeping needs. */
export interface Settleable {
  readonly id: string;
  ack(): void;
  nak(delayMs: number): void;
}

interface InHand<M extends Settleable> {
  /** Every copy that was handed out; each is settled, so that the bus forgets them all. */
  readonly copies: M[];
  left: number;
  failed: boolean;
}

const TRY_AGAIN_MS = 1_000;

/**
 * Messages whose events are on their way. One is acked when every endpoint is done with its share: several POSTs may carry
 * one message, and one POST several messages. One that failed anywhere is asked for again, once all of it has ended; what
 * did succeed is then found in the records. A message that comes again while it is in hand is not worked on twice.
 */
export class MessagesInHand<M extends Settleable> {
  private readonly inHand = new Map<string, InHand<M>>();

  get size(): number {
    return this.inHand.size;
  }

  /** True when it is in hand already; this copy is then settled with the others. */
  takesOver(message: M): boolean {
    const known = this.inHand.get(message.id);
    known?.copies.push(message);
    return known !== undefined;
  }

  /** Holds a message until as many shares are settled; without any it is acked at once. */
  hold(message: M, shares: number): void {
    if (shares === 0) message.ack();
    else this.inHand.set(message.id, { copies: [message], left: shares, failed: false });
  }

  /** One share of a message has ended. */
  settled(id: string, wentWell: boolean): void {
    const held = this.inHand.get(id);
    if (!held) return;
    held.left -= 1;
    if (!wentWell) held.failed = true;
    if (held.left > 0) return;
    this.inHand.delete(id);
    for (const copy of held.copies)
      if (held.failed) copy.nak(TRY_AGAIN_MS);
      else copy.ack();
  }
}

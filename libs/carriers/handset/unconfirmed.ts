import type { HandsetId, MessageId } from '#domain';
import type { Undelivered } from './ports.js';

/** A message that was pushed to a handset, which has not said yet that it has it. */
export interface Pushed extends Undelivered {
  /** Also kept in the store, so that its arrival has to be told there. */
  readonly stored: boolean;
}

/**
 * What was pushed and is not confirmed yet, by handset and message. A handset waits for one message as a rule, and that stands
 * here by itself: a map for one entry would cost more than all else there is to do for it.
 */
export class Unconfirmed {
  private readonly byHandset = new Map<HandsetId, Pushed | Map<MessageId, Pushed>>();

  add(one: Pushed): void {
    const pending = this.byHandset.get(one.handsetId);
    if (pending instanceof Map) pending.set(one.messageId, one);
    else if (pending === undefined || pending.messageId === one.messageId) this.byHandset.set(one.handsetId, one);
    else {
      const several = new Map([
        [pending.messageId, pending],
        [one.messageId, one],
      ]);
      this.byHandset.set(one.handsetId, several);
    }
  }

  has(handsetId: HandsetId, messageId: MessageId): boolean {
    const pending = this.byHandset.get(handsetId);
    return pending instanceof Map ? pending.has(messageId) : pending?.messageId === messageId;
  }

  /** Takes a message out; undefined when it was not there. */
  take(handsetId: HandsetId, messageId: MessageId): Pushed | undefined {
    const pending = this.byHandset.get(handsetId);
    if (!(pending instanceof Map)) {
      if (pending?.messageId !== messageId) return undefined;
      this.byHandset.delete(handsetId);
      return pending;
    }
    const one = pending.get(messageId);
    pending.delete(messageId);
    if (pending.size === 0) this.byHandset.delete(handsetId);
    return one;
  }

  /** Those of one handset, in the order in which they were added. */
  of(handsetId: HandsetId): readonly Pushed[] {
    const pending = this.byHandset.get(handsetId);
    if (pending === undefined) return [];
    return pending instanceof Map ? [...pending.values()] : [pending];
  }

  handsets(): readonly HandsetId[] {
    return [...this.byHandset.keys()];
  }
}

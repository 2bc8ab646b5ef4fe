import { Injectable } from '@nestjs/common';
import type { MessageId } from '#domain';

/** Receipts follow within moments; those of older messages may go to any core. At least so many of the latest are known. */
const KEPT = 50_000;

/** Which core pushed which message: its receipts are for that core. */
@Injectable()
export class Pushers {
  /** Two generations: to drop the older one whole costs less than to keep all in order of their use. */
  private latest = new Map<MessageId, string>();
  private earlier = new Map<MessageId, string>();

  note(id: MessageId, core: string): void {
    if (this.latest.size >= KEPT) {
      this.earlier = this.latest;
      this.latest = new Map();
    }
    this.latest.set(id, core);
  }

  of(id: MessageId): string | undefined {
    return this.latest.get(id) ?? this.earlier.get(id);
  }
}

import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { MessageId } from '#domain';

/** Receipts follow within moments; those of older messages may go to any core. */
const KEPT = 100_000;

/** Which core pushed which message: its receipts are for that core. */
@Injectable()
export class Pushers {
  private readonly kept = new LRUCache<MessageId, string>({ max: KEPT });

  note(id: MessageId, core: string): void {
    this.kept.set(id, core);
  }

  of(id: MessageId): string | undefined {
    return this.kept.get(id);
  }
}

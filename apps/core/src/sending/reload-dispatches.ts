import { Injectable } from '@nestjs/common';
import { type MessageId, type OutboundBody, laneOf, timeOfId } from '#domain';
import { isUnavailable } from '#postgres';
import { Clock, Log } from '#runtime';
import { Directory } from '../access/directory.js';
import { CarrierSessions } from '../carriers/carrier-sessions.js';
import { RecordReceipts } from '../receiving/record-receipts.js';
import { Customers } from '../store/customers.store.js';
import type { DispatchRow } from '../store/dispatches.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { Dispatch, type Dispatchable } from './dispatch.js';
import { openContent } from '../store/message-content.js';

/**
 * Brings dispatches back from the database: those of a core that died, and those that another core accepted. A message
 * that may have reached its carrier is not sent again unless the carrier takes a repeat for the same message.
 */
@Injectable()
export class ReloadDispatches {
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly dispatch: Dispatch,
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly directory: Directory,
    private readonly sessions: CarrierSessions,
    private readonly receipts: RecordReceipts,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Takes what stands in the database, oldest first. One reload after the other: the rows are read anew for each, so a row
   * never overtakes an older one that is still being read back.
   */
  take(read: () => Promise<readonly DispatchRow[]>): Promise<void> {
    const taken = this.last.then(async () => {
      for (const row of await read()) {
        if (this.dispatch.hasTaken(row.id)) continue;
        try {
          await this.reload(row);
        } catch (error) {
          // What follows must not overtake it; a row that cannot be read at all must not keep the others waiting.
          if (isUnavailable(error)) throw error;
          this.log.error('dispatch.reload-failed', { dispatchId: row.id, error });
        }
      }
    });
    this.last = taken.catch(() => undefined);
    return taken;
  }

  private async reload(row: DispatchRow): Promise<void> {
    const loaded = await this.messages.load(row.messages);
    const left = loaded.filter((message) => message.status === 'accepted' || message.status === 'queued');
    const numbers = await this.directory.numbers([...new Set(left.map((message) => message.phoneNumberId))]);
    const again: Dispatchable[] = [];
    const unknown: MessageId[] = [];
    for (const message of left) {
      const number = numbers.get(message.phoneNumberId);
      if (!number) continue;
      if (row.attempted && !this.sessions.carrierOf(number).capabilities.idempotent) {
        unknown.push(message.id);
        continue;
      }
      const key = this.customers.key(message.businessId, message.customerId, message.wrappedKey);
      const identity = this.customers.openIdentity(message.businessId, message.customerId, key, message.identity);
      const content = openContent(key, message.businessId, message.id, message.content);
      again.push({
        businessId: message.businessId,
        lane: laneOf(number.id, message.customerId),
        number,
        windowUntil: message.windowUntil ?? undefined,
        doom: content.doom,
        message: {
          id: message.id,
          customerId: message.customerId,
          waId: identity.waId,
          body: content.body as OutboundBody,
          filled: content.filled,
          contextId: message.contextId ?? undefined,
          identityKeyHash: content.identityKeyHash,
          at: timeOfId(message.id),
          expiresAt: message.expiresAt ?? Number.MAX_SAFE_INTEGER,
        },
      });
    }
    this.log.info('dispatch.reloaded', { dispatchId: row.id, again: again.length, unknown: unknown.length });
    const now = this.clock.now();
    await this.receipts.recordAll(
      unknown.map((messageId, index) => ({
        messageId,
        status: 'unknown',
        at: now,
        dispatchId: again.length === 0 && index === unknown.length - 1 ? row.id : undefined,
      })),
    );
    if (again.length > 0) this.dispatch.take({ id: row.id, messages: again });
    else if (unknown.length === 0) await this.receipts.close(row.id);
  }
}

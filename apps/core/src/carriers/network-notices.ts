import { Injectable } from '@nestjs/common';
import { type Result, ok, refuse } from '#domain';
import { NumberNotices } from '../numbers/number-notices.js';
import { HandsetMailboxes } from '../store/handset-mailboxes.store.js';
import { Handsets } from '../store/handsets.store.js';

/** Verification codes reach the number's own handset, as an SMS would. */
@Injectable()
export class NetworkNotices extends NumberNotices {
  constructor(
    private readonly handsets: Handsets,
    private readonly mailboxes: HandsetMailboxes,
  ) {
    super();
  }

  override async notify(waId: string, text: string): Promise<Result<null>> {
    const subscriber = (await this.handsets.subscribers([waId])).get(waId);
    if (!subscriber) return refuse('recipient-unreachable', 'No handset has this number, so no code can reach it');
    await this.mailboxes.notify(subscriber.id, text);
    return ok(null);
  }
}

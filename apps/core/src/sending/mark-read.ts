import { Injectable } from '@nestjs/common';
import type { ReadMark } from '#carriers/port';
import { type CustomerId, type MessageId, type Principal, type Result, ok, refuse } from '#domain';
import { Log } from '#runtime';
import { Directory, type NumberFacts } from '../access/directory.js';
import { CarrierSessions } from '../carriers/carrier-sessions.js';
import { Customers } from '../store/customers.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { sendingNumber } from './sending-number.js';

/** Marks a customer's message, and all earlier ones of its thread, as read by the business. */
@Injectable()
export class MarkRead {
  constructor(
    private readonly directory: Directory,
    private readonly messages: MessagesStore,
    private readonly customers: Customers,
    private readonly sessions: CarrierSessions,
    private readonly log: Log,
  ) {}

  async mark(
    principal: Principal,
    question: {
      readonly phoneNumberId: string | undefined;
      readonly messageId: MessageId;
      readonly typing?: boolean | undefined;
    },
  ): Promise<Result<null>> {
    const asked = question.phoneNumberId ?? (principal.kind === 'on-prem-user' ? principal.phoneNumberId : undefined);
    if (asked === undefined) return refuse('permission-denied');
    const number = sendingNumber(principal, await this.directory.number(asked));
    if (!number.ok) return number;
    const { businessId, id } = number.value;
    const reader = await this.messages.transaction((tx) => this.messages.markRead(tx, businessId, id, question.messageId));
    if (reader === undefined) {
      return refuse('message-not-found', 'No message of a customer has this id', { field: 'message_id' });
    }
    const mark = { messageId: question.messageId, isTyping: question.typing ?? false };
    // It is recorded; that the customer sees it is not what the caller waits for.
    void this.show(number.value, reader, mark).catch((error: unknown) =>
      this.log.warn('read-mark.not-shown', { phoneNumberId: id, error }),
    );
    return ok(null);
  }

  private async show(number: NumberFacts, customer: CustomerId, mark: Omit<ReadMark, 'waId'>): Promise<void> {
    if (!this.sessions.carrierOf(number).capabilities.readMarks) return;
    const { businessId } = number;
    const [row] = await this.messages.identities([{ businessId, id: customer }]);
    if (!row) return;
    const key = this.customers.key(businessId, customer, row.wrappedKey);
    const { waId } = this.customers.openIdentity(businessId, customer, key, row.identity);
    await (await this.sessions.sessionOf(number)).markRead?.({ waId, ...mark });
  }
}

import { Injectable } from '@nestjs/common';
import { type MessageId, type Principal, type Result, ok, refuse } from '#domain';
import { Directory } from '../access/directory.js';
import { MessagesStore } from '../store/messages.store.js';
import { sendingNumber } from './sending-number.js';

/** Marks a customer's message, and all earlier ones of its thread, as read by the business. */
@Injectable()
export class MarkRead {
  constructor(
    private readonly directory: Directory,
    private readonly messages: MessagesStore,
  ) {}

  async mark(
    principal: Principal,
    question: { readonly phoneNumberId: string | undefined; readonly messageId: MessageId },
  ): Promise<Result<null>> {
    const asked = question.phoneNumberId ?? (principal.kind === 'on-prem-user' ? principal.phoneNumberId : undefined);
    if (asked === undefined) return refuse('permission-denied');
    const number = sendingNumber(principal, await this.directory.number(asked));
    if (!number.ok) return number;
    const { businessId, id } = number.value;
    const thread = await this.messages.transaction((tx) => this.messages.markRead(tx, businessId, id, question.messageId));
    return thread === undefined
      ? refuse('message-not-found', 'No message of a customer has this id', { field: 'message_id' })
      : ok(null);
  }
}

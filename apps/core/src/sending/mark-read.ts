import { Injectable } from '@nestjs/common';
import type { Answered, Asked } from '#contracts';
import { type MessageId, ok, refuse } from '#domain';
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
    question: Asked<{ readonly phoneNumberId: string | undefined; readonly messageId: MessageId }>,
  ): Promise<Answered<null>> {
    const principal = await this.directory.resolve(question.caller);
    if (!principal.ok) return principal;
    const asked = question.phoneNumberId ?? (principal.value.kind === 'on-prem-user' ? principal.value.phoneNumberId : undefined);
    if (asked === undefined) return refuse('permission-denied');
    const number = sendingNumber(principal.value, await this.directory.number(asked));
    if (!number.ok) return number;
    const thread = await this.messages.transaction((tx) =>
      this.messages.markRead(tx, number.value.businessId, number.value.id, question.messageId),
    );
    return thread === undefined
      ? refuse('object-not-found', 'No message of a customer has this id', { field: 'message_id' })
      : ok(null);
  }
}

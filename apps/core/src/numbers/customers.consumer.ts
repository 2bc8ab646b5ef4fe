import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Stop } from '#bus';
import {
  blockCustomers,
  followQrCode,
  listBlocked,
  listMessageHistory,
  listQrCodes,
  readMessageHistory,
  removeQrCode,
  saveQrCode,
  unblockCustomers,
} from '#contracts';
import { Answers } from '../access/answers.js';
import { BlockCustomers } from './block-customers.js';
import { MessageHistories } from './message-histories.js';
import { QrCodes } from './qr-codes.js';

/** Answers what is asked of a number's customers: who is blocked, which codes lead to it, what became of its messages. */
@Injectable()
export class CustomersConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private stops: Stop[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly blocked: BlockCustomers,
    private readonly codes: QrCodes,
    private readonly histories: MessageHistories,
  ) {}

  onApplicationBootstrap(): void {
    const { answers, blocked, codes, histories } = this;
    this.stops = [
      answers.serve(blockCustomers, (question, asker) => blocked.block(asker, question.phoneNumberId, question.users)),
      answers.serve(unblockCustomers, (question, asker) => blocked.unblock(asker, question.phoneNumberId, question.users)),
      answers.serve(listBlocked, (question, asker) => blocked.list(asker, question.phoneNumberId, question)),
      answers.serve(saveQrCode, (question, asker) => codes.save(asker, question)),
      answers.serve(listQrCodes, (question, asker) => codes.list(asker, question)),
      answers.serve(removeQrCode, (question, asker) => codes.remove(asker, question.phoneNumberId, question.code)),
      answers.serveAnybody(followQrCode, (question) => codes.follow(question.code)),
      answers.serve(listMessageHistory, (question, asker) => histories.list(asker, question)),
      answers.serve(readMessageHistory, (question, asker) => histories.read(asker, question.messageId)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops.reverse()) await stop();
  }
}

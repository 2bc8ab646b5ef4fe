import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus } from '#bus';
import { acceptMessages, markRead } from '#contracts';
import { Answers } from '../access/answers.js';
import { AcceptMessages } from './accept-messages.js';
import { MarkRead } from './mark-read.js';

/** Sends and read marks, as the doors ask for them. */
@Injectable()
export class SendingConsumer implements OnApplicationBootstrap {
  private stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly answers: Answers,
    private readonly accept: AcceptMessages,
    private readonly markAsRead: MarkRead,
  ) {}

  onApplicationBootstrap(): void {
    this.stops = [
      this.bus.serve(acceptMessages, ({ items, deadline }) => this.accept.accept(items, deadline)),
      this.answers.serve(markRead, (question, { principal }) => this.markAsRead.mark(principal, question)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
  }
}

import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '#bus';
import { acceptMessages, markRead } from '#contracts';
import { AcceptMessages } from './accept-messages.js';
import { MarkRead } from './mark-read.js';

/** Sends and read marks, as the doors ask for them. */
@Injectable()
export class SendingConsumer implements OnApplicationBootstrap, OnApplicationShutdown {
  private stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly accept: AcceptMessages,
    private readonly markAsRead: MarkRead,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.stops = [
      await this.bus.serve(acceptMessages, ({ items, deadline }) => this.accept.accept(items, deadline)),
      await this.bus.serve(markRead, (question) => this.markAsRead.mark(question)),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
  }

  onApplicationShutdown(): void {
    this.stops = [];
  }
}

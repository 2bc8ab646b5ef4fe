import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { monotonic, type Log } from '#runtime';
import type { RemoteFailure } from './bus-errors.js';
import { decode, encode, failureHeaders, timeoutOf } from './wire.js';

export interface ServeOptions {
  /** Instances of one queue share the questions; the app's name by default. */
  readonly queue?: string | undefined;
  /** How many questions are worked on at once; 64 by default. Ten times as many may wait. */
  readonly concurrency?: number | undefined;
}

export interface QuestionContext {
  /** `monotonic()` after which the asker has gone; Infinity when it did not say. */
  readonly deadline: number;
}

const WAITING_PER_WORKER = 10;

/** Answers the questions of one subject, many at a time, and always says something to whoever asked. */
export class Service<Q, A> {
  private readonly subscription: Subscription;
  private readonly concurrency: number;
  private readonly waiting: {
    readonly message: Msg;
    readonly deadline: number;
  }[] = [];
  private running = 0;
  private whenIdle: (() => void)[] = [];
  private readonly tellOverloaded: (overload: {
    readonly subject: string;
    readonly running: number;
    readonly waiting: number;
  }) => void;

  constructor(
    nats: NatsConnection,
    private readonly subject: string,
    private readonly handler: (question: Q, context: QuestionContext) => Promise<A>,
    private readonly log: Log,
    options: {
      readonly queue: string;
      readonly concurrency?: number | undefined;
    },
  ) {
    this.concurrency = options.concurrency ?? 64;
    this.tellOverloaded = log.joinedWarnings('bus.overloaded');
    this.subscription = nats.subscribe(subject, {
      queue: options.queue,
      callback: (error, message) => {
        if (error) log.error('bus.subscription-failed', { subject, error });
        else this.receive(message);
      },
    });
  }

  /** Takes no new questions, and resolves when those that were taken are answered. */
  async stop(connected: boolean): Promise<void> {
    if (!this.subscription.isClosed()) {
      if (connected) await this.subscription.drain().catch(() => undefined);
      else this.subscription.unsubscribe();
    }
    if (this.running > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  private receive(message: Msg): void {
    const deadline = monotonic() + (timeoutOf(message) ?? Number.POSITIVE_INFINITY);
    if (this.running < this.concurrency) {
      void this.answer(message, deadline);
    } else if (this.waiting.length < this.concurrency * WAITING_PER_WORKER) {
      this.waiting.push({ message, deadline });
    } else {
      this.tellOverloaded({ subject: this.subject, running: this.running, waiting: this.waiting.length });
      this.refuse(message, 'overloaded');
    }
  }

  private async answer(message: Msg, deadline: number): Promise<void> {
    this.running += 1;
    try {
      const question = this.read(message);
      if (question) {
        const answer = await this.handler(question.value, { deadline });
        // An answer that does not fit a NATS message throws here and is reported like any other failure.
        if (message.reply) message.respond(encode(answer));
      }
    } catch (error) {
      this.log.error('bus.handler-failed', { subject: this.subject, error });
      this.refuse(message, 'internal');
    } finally {
      this.running -= 1;
      this.next();
    }
  }

  private read(message: Msg): { readonly value: Q } | undefined {
    try {
      return { value: decode<Q>(message.data) };
    } catch (error) {
      this.log.error('bus.question-malformed', {
        subject: this.subject,
        error,
      });
      this.refuse(message, 'malformed');
      return undefined;
    }
  }

  private refuse(message: Msg, failure: RemoteFailure): void {
    try {
      if (message.reply) message.respond(undefined, { headers: failureHeaders(failure) });
    } catch (error) {
      this.log.warn('bus.answer-lost', { subject: this.subject, error });
    }
  }

  private next(): void {
    while (this.running < this.concurrency) {
      const head = this.waiting.shift();
      if (!head) break;
      // Whoever asked has stopped listening, so the work would be for nobody.
      if (monotonic() < head.deadline) void this.answer(head.message, head.deadline);
    }
    if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }
}

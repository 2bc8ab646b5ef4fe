import { AckPolicy, DeliverPolicy, JetStreamApiCodes, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import { createInbox, nanos, type Msg, type Subscription } from '@nats-io/transport-node';
import { eventStream } from '#contracts';
import { monotonic, sleep, type Log } from '#runtime';
import type { BusConnection } from './connection.js';
import { BusUnavailable } from './bus-errors.js';
import type { EventStream } from './event-stream.js';
import type { Instances } from './instances.js';

export interface EventMessage {
  /** The id it was published under; the outbox row's. */
  readonly id: string;
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Handed out before: what it asks for may have been done. */
  readonly redelivered: boolean;
  /** Settled for good. */
  ack(): void;
  /** Hand it out again after `delayMs`. */
  nak(delayMs: number): void;
}

export interface ConsumeEvents {
  /** Instances that give the same name share the messages. */
  readonly durable: string;
  /** One subject, which may have wildcards. */
  readonly subjects: string;
  readonly maxBatch: number;
  /** A batch holds no more than so many bytes; unbounded unless given. At least 1 MB, the most that one message can have. */
  readonly maxBytes?: number | undefined;
  /**
   * Fetches whatever there is so often, in one go, instead of being handed each message as it comes; more often only while
   * full batches come. For a consumer that need not be quick: few large batches cost a fraction of many small ones.
   */
  readonly lookEveryMs?: number | undefined;
  /**
   * Messages may also be settled after `handle` has resolved: until then they stay with this instance, for as long as it
   * lives and the connection holds. For a consumer whose work for one message must not keep the next ones waiting.
   */
  readonly settlesLater?: boolean | undefined;
  /**
   * Called with one batch at a time, in the order of the stream. A message that is not settled within twenty seconds of its end
   * comes again (unless `settlesLater`); after a call that throws, all that it left unsettled come again after a second.
   */
  handle(batch: readonly EventMessage[]): Promise<void>;
}

const ACK_WAIT_MS = 20_000;
const PULL_EXPIRES_MS = 5000;
const HEARTBEAT_MS = 1000;
/** Two heartbeats missed and a half. */
const SILENCE_MS = 3500;
/**
 * After its time a pull is taken for ended although nobody said so: servers before 2.9.16 forget one without a word when a
 * message comes in the moment after its end, and the message would wait until the silence is noticed.
 */
const END_GRACE_MS = 100;
const AFTER_FAILURE_MS = 1000;
/** So often the consumer is looked for before it is made although others of this app are there. */
const LEAVE_TO_OTHERS = 4;

/**
 * A durable pull consumer: one pull is open while a batch is being handled, so at most two batches are in memory. Whatever
 * is missing (connection, stream, consumer) is waited for or made again.
 */
export class EventConsumer {
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;
  /** Fetched or being handled: told to the server from time to time, so that it does not hand them to others. */
  private readonly atHand = new Set<Msg>();
  private waiting: string | undefined;
  private leftToOthers = 0;

  constructor(
    private readonly connection: BusConnection,
    private readonly stream: EventStream,
    private readonly log: Log,
    private readonly options: ConsumeEvents,
    private readonly others: Pick<Instances, 'isAlone' | 'hasCompany'>,
  ) {
    this.finished = this.run();
  }

  /** What it cannot be fed without, in words; undefined while it is being fed. */
  get waitsFor(): string | undefined {
    return this.waiting;
  }

  /** Resolves when the batch that is being handled is done; what was fetched beyond it goes back at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const working = setInterval(() => this.tell([...this.atHand], '+WPI'), ACK_WAIT_MS / 3);
    for (let failures = 0; !signal.aborted;) {
      try {
        if (this.connection.connected) {
          await this.connection.unlessLost(this.options.durable, this.stream.ensure(), signal);
          await this.connection.unlessLost(this.options.durable, this.ensureConsumer(), signal);
          failures = 0;
          this.waiting = undefined;
          await this.pull(signal);
        }
      } catch (error) {
        if (signal.aborted) break;
        if (this.connection.connected) {
          failures += 1;
          this.tellFailure(failures, error);
        }
      }
      if (!signal.aborted) await sleep(Math.min(100 * (failures + 1), 1000), signal).catch(() => undefined);
    }
    clearInterval(working);
  }

  private tellFailure(failures: number, error: unknown): void {
    const { durable } = this.options;
    const isMissing = error instanceof BusUnavailable && error.reason === 'stream-missing';
    this.waiting = isMissing ? 'the event stream is not there: core makes it' : 'events cannot be consumed';
    if (!isMissing) this.log.warn('events.consumer-retrying', { durable, failures, error });
    else if (failures === 1) this.log.warn('events.waiting-for-stream', { durable });
  }

  /** Pulls and handles until something goes wrong or it is stopped. */
  private async pull(signal: AbortSignal): Promise<void> {
    const { maxBatch, durable, lookEveryMs = 0 } = this.options;
    const looks = lookEveryMs > 0;
    const { nats } = this.connection;
    const buffer: Msg[] = [];
    const inbox = createInbox();
    let pulls = 0;
    let asked = 0;
    let askAgainAt = 0;
    let endsAt = 0;
    let heardAt = monotonic();
    let lost: string | undefined;
    let wake = (): void => undefined;
    const lose = (reason: string): void => {
      lost ??= reason;
      wake();
    };
    const subscription = nats.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        heardAt = monotonic();
        if (error) return lose(error.message);
        const status = message.data.length === 0 ? (message.headers?.code ?? 0) : 0;
        if (status === 0) {
          asked -= 1;
          if (signal.aborted) {
            this.tell([message], nakBody(0));
          } else {
            this.atHand.add(message);
            buffer.push(message);
          }
        } else if (status === STATUS.pullExpired || status === STATUS.noMessages || isFull(status, message)) {
          // Of an earlier pull that was taken for ended, it says nothing new.
          if (message.subject !== `${inbox}.${pulls}`) return;
          asked = 0;
          if (status === STATUS.conflict) askAgainAt = 0;
        } else if (status !== STATUS.heartbeat) {
          lose(`${status} ${message.headers?.description ?? ''}`);
        }
        wake();
      },
    });
    const forgetDown = this.connection.onDown(() => lose('connection lost'));
    const onStop = (): void => wake();
    signal.addEventListener('abort', onStop);
    try {
      while (!signal.aborted && lost === undefined) {
        // Who looks from time to time takes all of a pull together, and asks for more only then.
        const batch = looks && asked > 0 ? [] : buffer.splice(0, maxBatch);
        if (asked > 0 && monotonic() >= endsAt) asked = 0;
        if (asked <= 0 && monotonic() >= askAgainAt && !(looks && batch.length > 0)) {
          asked = maxBatch;
          heardAt = monotonic();
          askAgainAt = looks ? heardAt + lookEveryMs : 0;
          endsAt = heardAt + PULL_EXPIRES_MS + END_GRACE_MS;
          const reply = `${inbox}.${++pulls}`;
          nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${eventStream}.${durable}`, this.pullBody(), { reply });
        }
        if (batch.length > 0) {
          if (batch.length === maxBatch) askAgainAt = 0;
          await this.handle(batch, signal);
          continue;
        }
        const pauseMs = Math.max(asked > 0 ? Math.min(HEARTBEAT_MS, endsAt - monotonic()) : askAgainAt - monotonic(), 1);
        const timedOut = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(true), pauseMs);
          wake = () => {
            clearTimeout(timer);
            resolve(false);
          };
        });
        if (timedOut && asked > 0 && monotonic() - heardAt > SILENCE_MS) lose('the server is silent');
      }
      if (lost !== undefined) throw new Error(lost);
    } finally {
      forgetDown();
      signal.removeEventListener('abort', onStop);
      this.tell(buffer, nakBody(0));
      await this.closeSubscription(subscription);
      // Not ours any more: given back, or, when the pull was lost, perhaps with another instance already.
      for (const message of lost === undefined ? buffer : [...this.atHand]) this.atHand.delete(message);
    }
  }

  private async handle(messages: readonly Msg[], signal: AbortSignal): Promise<void> {
    const open = new Set(messages);
    const settle = (message: Msg, word: string): void => {
      this.atHand.delete(message);
      if (open.delete(message)) this.tell([message], word);
    };
    try {
      await this.options.handle(messages.map((message) => eventOf(message, (word) => settle(message, word))));
    } catch (error) {
      this.log.error('events.handler-failed', { durable: this.options.durable, messages: open.size, error });
      for (const message of open) settle(message, nakBody(AFTER_FAILURE_MS));
      await sleep(AFTER_FAILURE_MS, signal).catch(() => undefined);
    }
    if (this.options.settlesLater) return;
    // From here on the server counts its seconds; the handler may still settle them.
    for (const message of messages) this.atHand.delete(message);
  }

  private pullBody(): string {
    const { maxBatch, maxBytes, lookEveryMs = 0 } = this.options;
    return JSON.stringify({
      batch: maxBatch,
      ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
      expires: nanos(PULL_EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
      // Ends with the last message that there is, and waits only while there is none.
      ...(lookEveryMs > 0 ? { no_wait: true } : {}),
    });
  }

  private tell(messages: readonly Msg[], word: string): void {
    // A word that is lost costs a redelivery, which consumers know how to take.
    if (!this.connection.connected) return;
    for (const { reply } of messages) if (reply) this.connection.nats.publish(reply, word);
  }

  private async closeSubscription(subscription: Subscription): Promise<void> {
    if (subscription.isClosed()) return;
    if (this.connection.connected && this.stopping.signal.aborted) await subscription.drain().catch(() => undefined);
    else subscription.unsubscribe();
  }

  private async ensureConsumer(): Promise<void> {
    const { durable, subjects, maxBatch } = this.options;
    const { consumers } = await jetstreamManager(this.connection.nats, {
      checkAPI: false,
      timeout: 3000,
    });
    const wanted = {
      filter_subject: subjects,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: Math.max(1000, 4 * maxBatch),
    };
    try {
      const { config, num_ack_pending: handedOut, ack_floor: settled } = await consumers.info(eventStream, durable);
      if (handedOut > 0 && (await this.others.isAlone())) {
        // Handed to a process that has died, or over a connection that was lost: they would come again only after their
        // time, behind what is newer. Begun anew behind the last that was settled, everything comes at once and in order.
        await consumers.delete(eventStream, durable);
        await consumers.add(eventStream, {
          durable_name: durable,
          ack_policy: AckPolicy.Explicit,
          deliver_policy: DeliverPolicy.StartSequence,
          opt_start_seq: settled.stream_seq + 1,
          ...wanted,
        });
        this.log.info('events.consumer-begun-anew', { durable, handedOut, after: settled.stream_seq });
      } else if (
        config.filter_subject !== wanted.filter_subject ||
        config.ack_wait !== wanted.ack_wait ||
        config.max_ack_pending !== wanted.max_ack_pending
      ) {
        await consumers.update(eventStream, durable, wanted);
      }
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.ConsumerNotFound) throw error;
      // Another instance may just be beginning it anew: made here and now, it would begin with the whole stream.
      if (this.others.hasCompany() && ++this.leftToOthers < LEAVE_TO_OTHERS) throw error;
      this.leftToOthers = 0;
      await consumers.add(eventStream, {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ...wanted,
      });
      this.log.info('events.consumer-created', { durable, subjects });
    }
  }
}

function eventOf(message: Msg, settle: (word: string) => void): EventMessage {
  return {
    id: message.headers?.get('Nats-Msg-Id') ?? '',
    subject: message.subject,
    payload: message.data,
    redelivered: deliveriesOf(message.reply) > 1,
    ack: () => settle('+ACK'),
    nak: (delayMs) => settle(nakBody(delayMs)),
  };
}

/** What the server says in place of a message. */
const STATUS = { heartbeat: 100, noMessages: 404, pullExpired: 408, conflict: 409 } as const;

/** The next message does not fit into what was asked for. */
function isFull(status: number, message: Msg): boolean {
  return status === STATUS.conflict && /max_?bytes/i.test(message.headers?.description ?? '');
}

function nakBody(delayMs: number): string {
  return delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(delayMs) })}` : '-NAK';
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.…`, or with a domain and an account behind `ACK` on servers that have domains.
 */
function deliveriesOf(reply: string | undefined): number {
  const tokens = reply?.split('.') ?? [];
  return Number(tokens[tokens.length > 9 ? 6 : 4] ?? 1);
}

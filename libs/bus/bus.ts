import { randomBytes } from 'node:crypto';
import { NoRespondersError, RequestError, TimeoutError, type Msg } from '@nats-io/transport-node';
import type { Announcement, Notice, Subject } from '#contracts';
import { sleep, type Clock, type Log, type Metrics } from '#runtime';
import { BusRemoteError, BusUnavailable } from './bus-errors.js';
import { BusConnection } from './connection.js';
import { EventConsumer, type ConsumeEvents } from './event-consumer.js';
import { EventStream, type Exclusively, type StreamKeeping } from './event-stream.js';
import { Instances, type Instance } from './instances.js';
import { Service, type QuestionContext, type ServeOptions } from './service.js';
import { tellMetrics } from './tell-metrics.js';
import { decode, encode, failureOf, timeoutHeaders } from './wire.js';

/** Ends what was begun; resolves when nothing of it is running any more. */
export type Stop = () => Promise<void>;

export interface BusOptions {
  /** `nats://user:password@host:4222`, several separated by commas. */
  readonly url: string;
  /** The app's name; the queue group of its services. */
  readonly name: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Tells instances apart in logs; a random part is added, so two of one name do no harm. */
  readonly instance?: string | undefined;
  /** This app makes the event stream, in one process at a time, which this sees to. All others leave it out, and wait for it. */
  readonly makesStream?: Exclusively | undefined;
}

/** Shorter than the five seconds in which a door must have answered its client. */
const REQUEST_TIMEOUT_MS = 4000;
const ANNOUNCE_TIMEOUT_MS = 5000;
const MAX_REQUESTS_OUTSTANDING = 2000;
const MAX_EVENTS_OUTSTANDING = 2000;
const EPOCH_EVERY_MS = 2000;

export interface StreamState {
  /** When the stream was created; another answer means another stream, which began empty. */
  readonly epoch: string;
  /** Another answer means that the server was started again: what it had not written down yet is gone. */
  readonly server: string;
}

export class Bus {
  private readonly instances: Instances;
  private readonly events: EventStream;
  private readonly consumers = new Set<EventConsumer>();
  private readonly running = new Set<Stop>();
  private readonly questions = new Set<(error: BusUnavailable) => void>();

  private constructor(
    private readonly connection: BusConnection,
    private readonly options: BusOptions,
    /** This process, as others see it in confirmations. */
    readonly instance: string,
  ) {
    const self: Instance = {
      id: instance,
      app: options.name,
      startedAt: options.clock.real(),
    };
    this.instances = new Instances(connection, self, options.log);
    const limits = { maxOutstanding: MAX_EVENTS_OUTSTANDING, publishTimeoutMs: REQUEST_TIMEOUT_MS };
    this.events = new EventStream(connection, options.log, limits, options.makesStream);
    connection.onDown(() => {
      for (const reject of this.questions) reject(new BusUnavailable('connection-lost', 'request'));
    });
  }

  /** Waits for a server that is not there yet; comes back for ever when it goes. */
  static async connect(options: BusOptions): Promise<Bus> {
    const instance = `${options.instance ?? options.name}-${randomBytes(4).toString('hex')}`;
    return new Bus(await BusConnection.open({ ...options, name: instance }), options, instance);
  }

  /** The app's name, which all its instances share. */
  get app(): string {
    return this.options.name;
  }

  get connected(): boolean {
    return this.connection.connected;
  }

  /** For a readiness check: undefined when connected and, where events are consumed, fed by the stream; otherwise the reason. */
  async check(): Promise<string | undefined> {
    if (!this.connected) return 'bus: not connected';
    for (const consumer of this.consumers) if (consumer.waitsFor !== undefined) return `bus: ${consumer.waitsFor}`;
    return undefined;
  }

  /** Every instance of every app that is alive, this one first. */
  alive(): readonly Instance[] {
    return this.instances.alive();
  }

  /**
   * Asks one instance of whoever serves the subject.
   * @throws BusUnavailable at once when not connected, when nobody serves, or when too many questions are open; at once when
   * the connection is lost; and after `timeoutMs` (4 s by default).
   * @throws BusRemoteError when the one who was asked failed.
   */
  async request<Q, A>(subject: Subject<Q, A>, question: Q, options?: { readonly timeoutMs?: number | undefined }): Promise<A> {
    const { name } = subject;
    if (!this.connected) throw new BusUnavailable('not-connected', name);
    if (this.questions.size >= MAX_REQUESTS_OUTSTANDING) throw new BusUnavailable('too-many-outstanding', name);
    const timeout = options?.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const answer = await this.ask(name, encode(question), timeout);
    const failure = failureOf(answer);
    if (failure === 'overloaded') throw new BusUnavailable('overloaded', name);
    if (failure !== undefined) throw new BusRemoteError(name, failure);
    return decode<A>(answer.data);
  }

  /** Answers questions, many at a time. What the handler throws is logged here and told to the asker as an internal failure. */
  serve<Q, A>(
    subject: Subject<Q, A>,
    handler: (question: Q, context: QuestionContext) => Promise<A>,
    options: ServeOptions = {},
  ): Stop {
    const service = new Service<Q, A>(this.connection.nats, subject.name, handler, this.options.log, {
      queue: options.queue ?? this.options.name,
      concurrency: options.concurrency,
    });
    return this.register(() => service.stop(this.connected));
  }

  /**
   * Tells every live instance of every app that listens, and waits until each has confirmed. `missing` are those that did
   * not confirm in time (5 s by default), or whose handler failed.
   * @throws BusUnavailable when not connected.
   */
  async announce<Q>(
    subject: Announcement<Q>,
    message: Q,
    options?: { readonly timeoutMs?: number | undefined },
  ): Promise<{ confirmed: string[]; missing: string[] }> {
    return this.instances.announce(subject.name, message, options?.timeoutMs ?? ANNOUNCE_TIMEOUT_MS);
  }

  /** From now on announcers wait for this instance; confirmed when the handler resolves. */
  onAnnouncement<Q>(subject: Announcement<Q>, handler: (message: Q) => Promise<void>): Stop {
    const stop = this.instances.listen(subject.name, handler);
    return this.register(async () => stop());
  }

  /** Fire and forget: lost when nobody listens, or when the server is away. */
  publish<Q>(subject: Notice<Q>, message: Q): void {
    if (this.connected) this.connection.nats.publish(subject.name, encode(message));
  }

  /** Each instance hears each notice. What the handler throws is logged. */
  subscribe<Q>(subject: Notice<Q>, handler: (message: Q) => void | Promise<void>): Stop {
    const { log } = this.options;
    const subscription = this.connection.nats.subscribe(subject.name, {
      callback: (error, message) => {
        if (error)
          return log.error('bus.subscription-failed', {
            subject: subject.name,
            error,
          });
        void (async () => handler(decode<Q>(message.data)))().catch((failure: unknown) =>
          log.error('bus.notice-failed', {
            subject: subject.name,
            error: failure,
          }),
        );
      },
    });
    return this.register(async () => {
      if (!subscription.isClosed()) subscription.unsubscribe();
    });
  }

  /** From now on the quality app hears this process's metrics, as those of this app's name and this instance. */
  tellMetrics(metrics: Metrics): Stop {
    return this.register(tellMetrics(this, metrics, this.options.log));
  }

  /**
   * Adds one message to the event stream, durable when it resolves. The same id within two minutes is folded.
   * @throws BusUnavailable on whatever kept it from being written; publishing it again does no harm.
   */
  async publishEvents(subject: string, id: string, payload: Uint8Array): Promise<void> {
    return this.events.publish(subject, id, payload);
  }

  /**
   * Sees that the stream is there. Idempotent; whoever makes the stream also does it by itself when it publishes and when it
   * watches. @throws BusUnavailable when another app must make it, and has not.
   */
  async ensureStreams(): Promise<void> {
    await this.events.ensure();
  }

  /** Calls the listener each time the server has gone: what was published last may not have arrived. */
  onDisconnected(listener: () => void): Stop {
    const forget = this.connection.onDown(listener);
    return this.register(async () => forget());
  }

  /** Which event stream there is now, and which run of the server holds it. */
  async streamState(): Promise<StreamState> {
    const epoch = await this.events.epoch();
    return { epoch, server: this.server };
  }

  /** The run of a server to which this process is, or was last, connected. */
  get server(): string {
    return this.connection.nats.info?.server_id ?? '';
  }

  /** How the event stream is kept. @throws BusUnavailable when it cannot be asked. */
  async streamKeeping(): Promise<StreamKeeping> {
    return this.events.keeping();
  }

  consumeEvents(options: ConsumeEvents): Stop {
    const consumer = new EventConsumer(this.connection, this.events, this.options.log, options, this.instances);
    this.consumers.add(consumer);
    return this.register(async () => {
      await consumer.stop();
      this.consumers.delete(consumer);
    });
  }

  /**
   * Calls the handler with the stream's time of creation: soon after now, and whenever it has become another or another run
   * of the server holds it. A server that lost its store, or the end of it, can only be filled again by whoever has the
   * outbox. A handler that throws is called again.
   */
  watchStream(handler: (epoch: string, server: string) => Promise<void>): Stop {
    const stopping = new AbortController();
    const watching = (async () => {
      for (let seen: string | undefined; !stopping.signal.aborted;) {
        try {
          const now = this.connected ? await this.streamState() : undefined;
          const state = now && `${now.epoch} ${now.server}`;
          if (now && state !== seen) {
            await handler(now.epoch, now.server);
            seen = state;
          }
        } catch (error) {
          if (this.connected) this.options.log.warn('events.epoch-unknown', { error });
        }
        await sleep(EPOCH_EVERY_MS, stopping.signal).catch(() => undefined);
      }
    })();
    return this.register(async () => {
      stopping.abort();
      await watching;
    });
  }

  /** Says goodbye, finishes what is being answered and handled, sends out what is waiting, and closes. */
  async close(): Promise<void> {
    this.instances.close();
    await Promise.all([...this.running].map((stop) => stop()));
    await this.connection.close();
    for (const reject of this.questions) reject(new BusUnavailable('closed', 'request'));
  }

  private ask(subject: string, question: Uint8Array, timeout: number): Promise<Msg> {
    return new Promise<Msg>((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.questions.delete(fail);
        reject(unavailable(subject, error));
      };
      this.questions.add(fail);
      this.connection.nats
        .request(subject, question, {
          timeout,
          headers: timeoutHeaders(timeout),
        })
        .then((answer) => {
          this.questions.delete(fail);
          resolve(answer);
        }, fail);
    });
  }

  private register(stop: Stop): Stop {
    let stopped: Promise<void> | undefined;
    const once: Stop = () => {
      this.running.delete(once);
      return (stopped ??= stop());
    };
    this.running.add(once);
    return once;
  }
}

/** Errors that are not about the bus (a question larger than a NATS message) are bugs of the caller and stay as they are. */
function unavailable(subject: string, error: unknown): unknown {
  if (error instanceof BusUnavailable) return new BusUnavailable(error.reason, subject);
  if (error instanceof TimeoutError || (error instanceof Error && error.cause instanceof TimeoutError)) {
    return new BusUnavailable('timeout', subject);
  }
  if (error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())) {
    return new BusUnavailable('no-responders', subject);
  }
  if (error instanceof Error && ['ClosedConnectionError', 'DrainingConnectionError', 'ConnectionError'].includes(error.name)) {
    return new BusUnavailable('closed', subject);
  }
  return error;
}

import { jetstream, jetstreamManager, JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { DiscardPolicy, RetentionPolicy, StorageType, type JetStreamClient, type StreamInfo } from '@nats-io/jetstream';
import { nanos, RequestError, TimeoutError } from '@nats-io/transport-node';
import { eventStream } from '#contracts';
import type { Log } from '#runtime';
import { BusUnavailable } from './bus-errors.js';
import type { BusConnection } from './connection.js';

const HOUR_MS = 3_600_000;
const SUBJECTS = ['relais.events.>'];
const MAX_AGE = nanos(24 * HOUR_MS);
/** The relay publishes a row again within seconds, so two minutes of memory fold nearly all of its duplicates. */
const DUPLICATE_WINDOW = nanos(120_000);
const API_TIMEOUT_MS = 3000;

/** The stream that wakes and feeds consumers. What is in it is also in Postgres, so losing it costs time and nothing else. */
export class EventStream {
  private readonly client: JetStreamClient;
  private outstanding = 0;
  private ensuring: Promise<StreamInfo> | undefined;

  constructor(
    private readonly connection: BusConnection,
    private readonly log: Log,
    private readonly limits: {
      readonly maxOutstanding: number;
      readonly publishTimeoutMs: number;
    },
  ) {
    this.client = jetstream(connection.nats, {
      timeout: limits.publishTimeoutMs,
    });
  }

  /** Resolves when the server has written it down; throws `BusUnavailable` otherwise, and then it may be there or not. */
  async publish(subject: string, id: string, payload: Uint8Array): Promise<void> {
    if (!this.connection.connected) throw new BusUnavailable('not-connected', subject);
    if (this.outstanding >= this.limits.maxOutstanding) throw new BusUnavailable('too-many-outstanding', subject);
    this.outstanding += 1;
    try {
      await this.connection.unlessLost(subject, this.publishOrMakeStream(subject, id, payload));
    } catch (error) {
      if (error instanceof BusUnavailable) throw error;
      throw new BusUnavailable(isTimeout(error) ? 'timeout' : 'stream-unavailable', subject, { cause: error });
    } finally {
      this.outstanding -= 1;
    }
  }

  /** Creates the stream, or brings its limits up to date; what an operator added (replicas, placement) stays. One at a time. */
  ensure(): Promise<StreamInfo> {
    this.ensuring ??= this.connection.unlessLost(eventStream, this.ensureNow()).finally(() => (this.ensuring = undefined));
    return this.ensuring;
  }

  /** When the stream that is there now was created; another answer means another, empty stream. */
  async epoch(): Promise<string> {
    return (await this.ensure()).created;
  }

  private async publishOrMakeStream(subject: string, id: string, payload: Uint8Array): Promise<void> {
    try {
      await this.client.publish(subject, payload, {
        msgID: id,
        timeout: this.limits.publishTimeoutMs,
      });
    } catch (error) {
      // Nobody listens on the subject: the stream is gone. A server without JetStream looks the same, and fails again below.
      if (!isMissingStream(error)) throw error;
      await this.ensure();
      await this.client.publish(subject, payload, {
        msgID: id,
        timeout: this.limits.publishTimeoutMs,
      });
    }
  }

  private async ensureNow(): Promise<StreamInfo> {
    const manager = await jetstreamManager(this.connection.nats, {
      checkAPI: false,
      timeout: API_TIMEOUT_MS,
    });
    try {
      const info = await manager.streams.info(eventStream);
      const { config } = info;
      if (
        config.max_age === MAX_AGE &&
        config.duplicate_window === DUPLICATE_WINDOW &&
        SUBJECTS.length === config.subjects?.length &&
        SUBJECTS.every((subject) => config.subjects?.includes(subject))
      ) {
        return info;
      }
      this.log.warn('events.stream-updated', { stream: eventStream });
      return await manager.streams.update(eventStream, {
        ...config,
        subjects: SUBJECTS,
        max_age: MAX_AGE,
        duplicate_window: DUPLICATE_WINDOW,
      });
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound) throw error;
    }
    const created = await manager.streams.add({
      name: eventStream,
      subjects: SUBJECTS,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_age: MAX_AGE,
      duplicate_window: DUPLICATE_WINDOW,
    });
    this.log.info('events.stream-created', {
      stream: eventStream,
      created: created.created,
    });
    return created;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof TimeoutError || (error instanceof Error && error.cause instanceof TimeoutError);
}

function isMissingStream(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if (at instanceof RequestError && at.isNoResponders()) return true;
    if (at.name === 'JetStreamNotEnabled' || at.name === 'NoRespondersError') return true;
  }
  return false;
}

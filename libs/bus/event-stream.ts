import { jetstream, jetstreamManager, JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import {
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
  type StreamAPI,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos, RequestError, TimeoutError } from '@nats-io/transport-node';
import { allEvents, eventStream } from '#contracts';
import { type Log, monotonic, sleep } from '#runtime';
import { BusUnavailable } from './bus-errors.js';
import type { BusConnection } from './connection.js';

const HOUR_MS = 3_600_000;
const wanted = {
  subjects: [allEvents],
  max_age: nanos(24 * HOUR_MS),
  /** The relay publishes a row again within seconds, so two minutes of memory fold nearly all of its duplicates. */
  duplicate_window: nanos(120_000),
};
const API_TIMEOUT_MS = 3000;
const LISTENS_WITHIN_MS = 1000;
const LISTENS_PAUSE_MS = 10;

/** How the event stream is kept, as it says itself. */
export interface StreamKeeping {
  readonly storage: string;
  readonly persistMode: string | undefined;
  /** The cluster whose servers hold it; undefined when one server does, which belongs to none. */
  readonly cluster: string | undefined;
  /** Names of the servers that hold it. */
  readonly servers: readonly string[];
  /** The run of a server to which this process is connected. */
  readonly connectedTo: { readonly id: string; readonly version: string };
}

/** Runs work that no other process runs at the same time. */
export type Exclusively = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * The stream that wakes and feeds consumers. What is in it is also in Postgres, so losing it costs time and nothing else. One
 * app makes it and keeps its limits, one process of it at a time: two that create it at the same moment leave a NATS 2.9
 * server with a stream that misses some of what is published. All others wait until it is there.
 */
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
    /** Undefined: another app makes the stream. */
    private readonly makeExclusively: Exclusively | undefined,
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

  /**
   * Sees that the stream is there. Whoever makes it also brings its limits up to date; what an operator added (replicas,
   * placement) stays.
   * @throws BusUnavailable when another app must make it, and has not.
   */
  ensure(): Promise<StreamInfo> {
    this.ensuring ??= this.connection.unlessLost(eventStream, this.ensureNow()).finally(() => (this.ensuring = undefined));
    return this.ensuring;
  }

  /** When the stream that is there now was created; another answer means another, empty stream. */
  async epoch(): Promise<string> {
    return (await this.ensure()).created;
  }

  async keeping(): Promise<StreamKeeping> {
    await this.ensure();
    // Whoever makes a stream is not told which servers hold it.
    const { streams } = await jetstreamManager(this.connection.nats, { checkAPI: false, timeout: API_TIMEOUT_MS });
    const { config, cluster } = await this.connection.unlessLost(eventStream, streams.info(eventStream));
    const { server_id: id = '', version = '' } = this.connection.nats.info ?? {};
    const servers = [cluster?.leader ?? '', ...(cluster?.replicas ?? []).map(({ name }) => name)];
    return {
      storage: config.storage,
      persistMode: config.persist_mode,
      cluster: cluster?.name || undefined,
      servers: servers.filter((name) => name !== ''),
      connectedTo: { id, version },
    };
  }

  private async publishOrMakeStream(subject: string, id: string, payload: Uint8Array): Promise<void> {
    const options = { msgID: id, timeout: this.limits.publishTimeoutMs };
    for (let until: number | undefined; ;) {
      try {
        await this.client.publish(subject, payload, options);
        return;
      } catch (error) {
        // Nobody listens on the subject: the stream is gone. A server without JetStream looks the same, and fails again below.
        if (!isMissingStream(error) || (until !== undefined && monotonic() > until)) throw error;
        await this.ensure();
        // One that another process makes just now is shown for a moment before it listens.
        if (until !== undefined) await sleep(LISTENS_PAUSE_MS);
        until ??= monotonic() + LISTENS_WITHIN_MS;
      }
    }
  }

  private async ensureNow(): Promise<StreamInfo> {
    const { streams } = await jetstreamManager(this.connection.nats, { checkAPI: false, timeout: API_TIMEOUT_MS });
    const found = await find(streams);
    if (!this.makeExclusively) {
      if (found) return found;
      throw new BusUnavailable('stream-missing', eventStream);
    }
    if (found && isAsWanted(found.config)) return found;
    return this.makeExclusively(async () => this.make(streams, await find(streams)));
  }

  private async make(streams: StreamAPI, found: StreamInfo | undefined): Promise<StreamInfo> {
    if (found) {
      if (isAsWanted(found.config)) return found;
      this.log.warn('events.stream-updated', { stream: eventStream });
      return streams.update(eventStream, { ...found.config, ...wanted });
    }
    const created = await streams.add({
      name: eventStream,
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      ...wanted,
    });
    this.log.info('events.stream-created', { stream: eventStream, created: created.created });
    return created;
  }
}

async function find(streams: StreamAPI): Promise<StreamInfo | undefined> {
  try {
    return await streams.info(eventStream);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

function isAsWanted({ max_age, duplicate_window, subjects }: StreamInfo['config']): boolean {
  return (
    max_age === wanted.max_age &&
    duplicate_window === wanted.duplicate_window &&
    wanted.subjects.length === subjects?.length &&
    wanted.subjects.every((subject) => subjects.includes(subject))
  );
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

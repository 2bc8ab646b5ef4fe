import { type Log, sleep } from '#runtime';
import type { Bus, Stop } from './bus.js';
import type { StreamKeeping } from './event-stream.js';

/** `sync_interval: always` came with it. */
const OLDEST_THAT_SYNCS = [2, 10] as const;
const MONITOR_TIMEOUT_MS = 1_500;
const LOOK_EVERY_MS = 2_000;
const NS_A_SECOND = 1e9;

/** What a server's `/varz` tells, as far as it matters here. */
interface Varz {
  readonly server_id?: string | undefined;
  readonly server_name?: string | undefined;
  readonly version?: string | undefined;
  readonly jetstream?:
    | {
        readonly config?: { readonly sync_always?: boolean | undefined; readonly sync_interval?: number | undefined } | undefined;
      }
    | undefined;
}

/** Why events could be lost although the stream has confirmed them, whatever its servers do; undefined when they could not. */
export function forgetfulStream({ storage, persistMode }: StreamKeeping): string | undefined {
  if (storage !== 'file') return `the event stream is kept in ${storage}: create it again with file storage`;
  return persistMode === 'async'
    ? 'the event stream is written to the disk later: create it again without persist_mode'
    : undefined;
}

/**
 * Why the servers of the stream may confirm an event before it is on the disk; undefined when it is proved that none does. They
 * tell no client so, only whoever asks their monitoring port: `monitors` are the addresses of those.
 */
export async function lazyServers(keeping: StreamKeeping, monitors: readonly string[]): Promise<string | undefined> {
  if (isTooOld(keeping.connectedTo.version)) return tooOld(keeping.connectedTo.version);
  if (monitors.length === 0) return 'NATS_MONITOR_URL is not set: nothing shows that NATS writes each event to the disk at once';
  const asked = await Promise.all(monitors.map((url) => ask(url)));
  for (const answer of asked) {
    const reason = typeof answer === 'string' ? answer : lazyServer(answer);
    if (reason !== undefined) return reason;
  }
  const shown = asked.filter((answer): answer is Varz => typeof answer !== 'string');
  if (keeping.cluster === undefined) {
    const isShown = shown.some(({ server_id }) => server_id === keeping.connectedTo.id);
    return isShown ? undefined : 'NATS_MONITOR_URL leads to another NATS server than NATS_URL';
  }
  if (keeping.servers.length === 0) return 'no server of the cluster leads the event stream';
  const missing = keeping.servers.filter((name) => !shown.some(({ server_name }) => server_name === name));
  return missing.length === 0 ? undefined : `NATS_MONITOR_URL lacks servers that hold the event stream: ${missing.join(', ')}`;
}

/**
 * Whether what the event stream has confirmed is on the disk. Asked again until it is proved, and for every server or run of a
 * server that comes after.
 */
export class StreamDurability {
  /** The run of a server for which `reason` was found. */
  private judged: string | undefined;
  private reason: string | undefined;

  constructor(
    private readonly bus: Pick<Bus, 'connected' | 'server' | 'streamKeeping'>,
    private readonly options: {
      readonly monitors: readonly string[];
      /** Servers that write events to the disk a while after they have confirmed them are good enough. */
      readonly allowLazySync: boolean;
      readonly log: Log;
    },
  ) {
    this.reason = options.allowLazySync ? undefined : 'it is not known yet how the event stream is kept';
  }

  /** For a readiness check: the reason why not, or undefined. */
  check(): string | undefined {
    return this.reason;
  }

  watch(): Stop {
    if (this.options.allowLazySync) this.options.log.info('events.lazy-sync-allowed');
    const stopping = new AbortController();
    const watching = (async () => {
      while (!stopping.signal.aborted) {
        await this.look();
        await sleep(LOOK_EVERY_MS, stopping.signal).catch(() => undefined);
      }
    })();
    return async () => {
      stopping.abort();
      await watching;
    };
  }

  /** A stream that cannot be asked now changes nothing: what was confirmed is as safe as it was. */
  private async look(): Promise<void> {
    const { server } = this.bus;
    if (!this.bus.connected || (this.judged === server && this.reason === undefined)) return;
    const keeping = await this.bus.streamKeeping().catch(() => undefined);
    if (!keeping) return;
    const reason = forgetfulStream(keeping) ?? (this.options.allowLazySync ? undefined : await this.askServers(keeping));
    const isNews = this.judged === undefined || reason !== this.reason;
    this.judged = keeping.connectedTo.id;
    this.reason = reason;
    if (!isNews) return;
    if (reason !== undefined) this.options.log.warn('events.stream-unsafe', { reason });
    else this.options.log.info('events.stream-safe', { server: keeping.connectedTo.id });
  }

  private askServers(keeping: StreamKeeping): Promise<string | undefined> {
    return lazyServers(keeping, this.options.monitors);
  }
}

function lazyServer({ server_name = 'nats-server', version = '0', jetstream }: Varz): string | undefined {
  if (isTooOld(version)) return tooOld(version);
  const config = jetstream?.config;
  if (!config) return `${server_name} has no JetStream`;
  if (config.sync_always === true) return undefined;
  const interval = config.sync_interval === undefined ? 'not always' : `${config.sync_interval / NS_A_SECOND} s`;
  return `sync_interval of ${server_name} is ${interval}: set it to always`;
}

/** What the server tells, or why it does not. */
async function ask(url: string): Promise<Varz | string> {
  const { host } = new URL(url);
  try {
    const answer = await fetch(new URL('/varz', url), { signal: AbortSignal.timeout(MONITOR_TIMEOUT_MS), redirect: 'error' });
    if (!answer.ok) return `the NATS monitor at ${host} answers ${answer.status}`;
    const varz: unknown = await answer.json();
    return isVarz(varz) ? varz : `there is no NATS monitor at ${host}`;
  } catch (error) {
    if (error instanceof SyntaxError) return `there is no NATS monitor at ${host}`;
    return `the NATS monitor at ${host} cannot be reached`;
  }
}

function isVarz(answer: unknown): answer is Varz {
  return typeof answer === 'object' && answer !== null && typeof (answer as Varz).server_id === 'string';
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [oldestMajor, oldestMinor] = OLDEST_THAT_SYNCS;
  return !(major > oldestMajor || (major === oldestMajor && minor >= oldestMinor));
}

function tooOld(version: string): string {
  return `nats-server ${version} is too old to write each event to the disk at once: ${OLDEST_THAT_SYNCS.join('.')} or newer is needed`;
}

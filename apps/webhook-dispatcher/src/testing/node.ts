import { NestFactory } from '@nestjs/core';
import type { Bus, EventMessage } from '#bus';
import { type TestBus, testBus } from '#bus/testing';
import {
  type DomainEvent,
  type Endpoint,
  type EventSubject,
  eventSealPurpose,
  eventSubject,
  hello,
  listEndpoints,
  writeEvents,
} from '#contracts';
import { IdSequence, type NodeSettings, type OutboxId, defaultSettings } from '#domain';
import { Database, NodeKeys } from '#postgres';
import { type TestDatabase, testDatabase } from '#postgres/testing';
import { Clock, Health, HealthChecks, Lifecycle, Log, Metrics, NodeClock, ProcessConfig, loadConfig } from '#runtime';
import { RecordingLog } from '#runtime/testing';
import { DispatcherConfig } from '../dispatcher.config.js';
import { Dispatcher } from '../dispatcher.js';
import { DispatcherModule } from '../dispatcher.module.js';
import { migrations, schema } from '../store/migrations/index.js';

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');

/** One dispatcher, as its process would run it, without the process. */
export interface RunningDispatcher {
  readonly log: RecordingLog;
  readonly clock: NodeClock;
  readonly health: Health;
  readonly metrics: Metrics;
  get<T>(type: abstract new (...args: never[]) => T): T;
  /** As SIGTERM does. */
  stop(): Promise<void>;
}

/** What surrounds a dispatcher: a database and a bus of its own, and core, as far as dispatchers can tell. */
export interface TestNode {
  readonly database: Database;
  readonly databaseUrl: string;
  readonly bus: TestBus;
  readonly core: Bus;
  readonly keys: NodeKeys;
  /** What core lists; changed by `subscribe`. */
  endpoints: Endpoint[];
  settings: NodeSettings;
  clockOffsetMs: number;
  /** One commit of core. Answers the outbox id. */
  publish(kind: EventSubject, events: readonly DomainEvent[], id?: string): Promise<string>;
  /** The same as the bus would hand it out once more; `words` is what became of it. */
  again(id: string, events: readonly DomainEvent[]): EventMessage & { readonly words: string[] };
  start(): Promise<RunningDispatcher>;
  rows<T>(sql: string): Promise<T[]>;
  close(): Promise<void>;
}

/** Webhooks of a spec go to the loopback, which an operator would have to open like this. */
export const openSettings: NodeSettings = {
  ...defaultSettings,
  webhooks: { ...defaultSettings.webhooks, allowHttp: true, allowLoopback: true, allowAnyPort: true },
};

export async function testNode(): Promise<TestNode> {
  const [own, bus]: [TestDatabase, TestBus] = await Promise.all([testDatabase({ schema, migrations }), testBus()]);
  const core = await bus.connect('core');
  await core.ensureStreams();
  const database = new Database({ url: own.url, applicationName: 'spec', max: 2, log: new RecordingLog() });
  const keys = NodeKeys.from(MASTER_KEY);
  const ids = new IdSequence(() => Date.now(), 1);
  const running: RunningDispatcher[] = [];
  const node: TestNode = {
    database,
    databaseUrl: own.url,
    bus,
    core,
    keys,
    endpoints: [],
    settings: openSettings,
    clockOffsetMs: 0,
    publish: async (kind, events, id = ids.next<OutboxId>()) => {
      await core.publishEvents(eventSubject(kind), id, keys.seal(writeEvents(events), eventSealPurpose));
      return id;
    },
    again: (id, events) => {
      const words: string[] = [];
      const payload = keys.seal(writeEvents(events), eventSealPurpose);
      const ack = (): void => void words.push('ack');
      const nak = (delayMs: number): void => void words.push(`nak ${delayMs}`);
      return { id, subject: eventSubject('status'), payload, redelivered: true, ack, nak, words };
    },
    start: async () => {
      const dispatcher = await startDispatcher(own.url, bus.url);
      running.push(dispatcher);
      return dispatcher;
    },
    rows: async <T>(sql: string) => (await database.pool.query(sql)).rows as T[],
    close: async () => {
      await Promise.all(running.map((dispatcher) => dispatcher.stop()));
      await database.close();
      await bus.close();
      await own.close();
    },
  };
  core.serve(hello, async () => ({ clockOffsetMs: node.clockOffsetMs, settings: node.settings, mediaUrlKey: '' }));
  core.serve(listEndpoints, async () => ({ endpoints: node.endpoints }));
  return node;
}

async function startDispatcher(databaseUrl: string, natsUrl: string): Promise<RunningDispatcher> {
  const config = loadConfig(DispatcherConfig, { DATABASE_URL: databaseUrl, NATS_URL: natsUrl, RELAIS_MASTER_KEY: MASTER_KEY });
  const log = new RecordingLog();
  const clock = new NodeClock();
  const lifecycle = new Lifecycle(log);
  const health = new Health(lifecycle);
  const metrics = new Metrics('webhook-dispatcher', { processMetrics: false });
  const parts = [
    { provide: ProcessConfig, useValue: config },
    { provide: DispatcherConfig, useValue: config },
    { provide: Log, useValue: log },
    { provide: Clock, useValue: clock },
    { provide: NodeClock, useValue: clock },
    { provide: Metrics, useValue: metrics },
    { provide: Lifecycle, useValue: lifecycle },
    { provide: HealthChecks, useValue: health },
  ];
  class Parts {}
  class Root {}
  const app = await NestFactory.createApplicationContext(
    {
      module: Root,
      imports: [
        { module: Parts, global: true, providers: parts, exports: parts.map(({ provide }) => provide) },
        DispatcherModule,
      ],
    },
    { logger: false, abortOnError: false },
  );
  await app.get(Dispatcher, { strict: false }).start();
  lifecycle.markStarted();
  let stopped: Promise<boolean> | undefined;
  return {
    log,
    clock,
    health,
    metrics,
    get: (type) => app.get(type as never, { strict: false }),
    stop: async () => {
      await (stopped ??= lifecycle.stop(20_000));
    },
  };
}

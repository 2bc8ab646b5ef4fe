import 'reflect-metadata';
import { Global, Module, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { MediaStore } from '#media-store';
import { Clock, HealthChecks, Lifecycle, Log, Metrics, NodeClock, ProcessConfig } from '#runtime';
import { ManualClock, RecordingLog } from '#runtime/testing';
import { ApiConfig } from '../../api.config.js';
import { BusLink } from '../bus-link.js';
import { HttpModule } from '../http.module.js';
import { NodeConnection } from '../node-connection.js';
import { DoorServer } from '../server.js';
import { FakeBusLink } from './fake-bus-link.js';

export interface DoorApp {
  readonly app: NestFastifyApplication;
  readonly link: FakeBusLink;
  readonly log: RecordingLog;
  readonly lifecycle: Lifecycle;
  call(request: DoorCall): Promise<DoorAnswer>;
}

export interface DoorCall {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface DoorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

class NoMediaStore extends MediaStore {
  override async stage(source: AsyncIterable<Uint8Array>) {
    let bytes = 0;
    for await (const chunk of source) bytes += chunk.length;
    return { stagingId: 'staged', bytes, sha256: 'ab'.repeat(32), sniffedType: undefined };
  }
  override async keep() {
    return undefined;
  }
  override async settle() {}
  override async discard() {}
  override async read() {
    return undefined;
  }
  override async remove() {
    return false;
  }
  override async sweep() {
    return 0;
  }
}

/** Doors behind the real frame (server, parsers, filter), on a fake bus. */
export async function doorApp(
  modules: readonly Type[],
  configure: (app: NestFastifyApplication) => void = () => undefined,
): Promise<DoorApp> {
  const link = new FakeBusLink();
  const log = new RecordingLog();
  const clock = new ManualClock();
  const lifecycle = new Lifecycle(log);
  const metrics = new Metrics('api', { processMetrics: false });
  const config = Object.assign(new ApiConfig(), { mediaDir: '/nowhere', publicUrl: 'http://node.example', httpPort: 0 });
  const parts = [
    { provide: ProcessConfig, useValue: config },
    { provide: ApiConfig, useValue: config },
    { provide: Log, useValue: log },
    { provide: Clock, useValue: clock },
    { provide: NodeClock, useValue: clock },
    { provide: Metrics, useValue: metrics },
    { provide: Lifecycle, useValue: lifecycle },
    { provide: HealthChecks, useValue: { add: () => undefined } },
  ];

  @Global()
  @Module({ providers: parts, exports: parts.map(({ provide }) => provide) })
  class Runtime {}

  const server = new DoorServer();
  const made = await Test.createTestingModule({ imports: [Runtime, HttpModule, ...modules] })
    .overrideProvider(BusLink)
    .useValue(link)
    .overrideProvider(NodeConnection)
    .useValue({})
    .overrideProvider(MediaStore)
    .useValue(new NoMediaStore())
    .compile();
  const adapter = new FastifyAdapter({ bodyLimit: 262_144, ...server.options().fastify } as never);
  const app = made.createNestApplication<NestFastifyApplication>(adapter, { bodyParser: false });
  await server.configure(app, { log, metrics, isHttps: false });
  configure(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, link, log, lifecycle, call: (request) => call(app, request) };
}

async function call(app: NestFastifyApplication, { method = 'POST', url, headers = {}, body }: DoorCall): Promise<DoorAnswer> {
  const answer = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) } as never);
  let parsed: unknown = answer.body;
  try {
    parsed = JSON.parse(answer.body);
  } catch {
    // Not every answer is JSON.
  }
  return { status: answer.statusCode, headers: answer.headers, body: parsed };
}

import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Bus } from '#bus';
import { type TestBus, testBus } from '#bus/testing';
import {
  type Answered,
  type Asked,
  checkUrl,
  type DomainEvent,
  eventSealPurpose,
  handshake,
  readEvents,
  type Subject,
} from '#contracts';
import * as contracts from '#contracts';
import { allScopes, type Door, IdSequence, ok, type Permission, refuse, type Result } from '#domain';
import { Database, NodeKeys } from '#postgres';
import { type TestDatabase, testDatabase } from '#postgres/testing';
import { Clock, Log, Metrics, NodeClock } from '#runtime';
import { SilentLog } from '#runtime/testing';
import { AssetsModule } from '../../assets/assets.module.js';
import { CoreConfig } from '../../core.config.js';
import { MediaModule } from '../../media/media.module.js';
import { NodeModule } from '../../node/node.module.js';
import { NumberNotices } from '../../numbers/number-notices.js';
import { NumberSessions } from '../../numbers/number-sessions.js';
import { NumbersModule } from '../../numbers/numbers.module.js';
import { Outbox } from '../../outbox/outbox.js';
import { Customers } from '../../store/customers.store.js';
import { migrations } from '../../store/migrations/index.js';
import { OutboxStore } from '../../store/outbox.store.js';
import { MessagesStore } from '../../store/messages.store.js';
import { ReceivedMedia } from '../../store/received-media.store.js';
import { Partitions } from '../../store/partitions.store.js';
import { StoreModule } from '../../store/store.module.js';
import { UploadsModule } from '../../uploads/uploads.module.js';
import { WebhooksModule } from '../../webhooks/webhooks.module.js';
import { AccessModule } from '../access.module.js';
import { hashToken } from '../tokens.js';

export const bootstrapToken = 'the-first-operator-of-this-node-0001';
const allPermissions: readonly Permission[] = [
  'whatsapp_business_messaging',
  'whatsapp_business_management',
  'business_management',
];

/** What the network told numbers, and what carriers were told of them. */
class Network extends NumberNotices {
  readonly texts: { waId: string; text: string }[] = [];
  async notify(waId: string, text: string): Promise<Result<null>> {
    this.texts.push({ waId, text });
    return ok(null);
  }
}
class Sessions extends NumberSessions {
  readonly told: string[] = [];
  async changed(phoneNumberId: string): Promise<void> {
    this.told.push(phoneNumberId);
  }
}

/** A business with a WABA, an app, and a system user's token that may do everything. */
export interface Tenant {
  readonly businessId: string;
  readonly wabaId: string;
  readonly appId: string;
  readonly appSecret: string;
  readonly token: string;
}

/** Core's assets on real PostgreSQL and NATS, asked over the bus as the doors ask. */
export class AssetBed {
  readonly network = new Network();
  readonly sessions = new Sessions();
  private numbersMade = 0;

  private constructor(
    readonly app: INestApplicationContext,
    readonly clock: NodeClock,
    readonly keys: NodeKeys,
    readonly db: Database,
    private readonly buses: TestBus,
    private readonly door: Bus,
    readonly databaseUrl: string,
    private readonly releases: (() => Promise<void>)[],
  ) {}

  static async open(options: { readonly sandbox?: boolean } = {}): Promise<AssetBed> {
    const database: TestDatabase = await testDatabase({ schema: 'core', migrations });
    const buses = await testBus();
    const directory = await mkdtemp(join(tmpdir(), `relais-test-${process.pid}-media-`));
    const bed = await AssetBed.start(database, buses, directory, options.sandbox ?? false);
    await bed.serveDispatcher();
    return bed;
  }

  private static async start(database: TestDatabase, buses: TestBus, directory: string, sandbox: boolean): Promise<AssetBed> {
    const log = new SilentLog();
    const clock = new NodeClock();
    const db = new Database({ url: database.url, applicationName: 'core-spec', max: 8, schema: 'core', log });
    const keys = NodeKeys.from(Buffer.alloc(32, 7).toString('base64'));
    const bus = await buses.connect('core');
    await bus.ensureStreams();
    // Nobody connects by these, but nobody may call them either.
    const servers = { databaseUrl: 'postgres://198.51.100.7:5432/relais', natsUrl: 'nats://198.51.100.8:4222' };
    const config = Object.assign(new CoreConfig(), {
      ...servers,
      bootstrapToken,
      sandbox,
      mediaDir: directory,
      logLevel: 'silent',
    });
    const network = new Network();
    const sessions = new Sessions();
    const shared = [
      { provide: Database, useValue: db },
      { provide: NodeKeys, useValue: keys },
      { provide: Bus, useValue: bus },
      { provide: Log, useValue: log },
      { provide: Clock, useValue: clock },
      { provide: NodeClock, useValue: clock },
      { provide: CoreConfig, useValue: config },
      { provide: Metrics, useValue: new Metrics('core', { processMetrics: false }) },
      { provide: IdSequence, useValue: new IdSequence(() => clock.now(), randomInt(4096)) },
      { provide: NumberNotices, useValue: network },
      { provide: NumberSessions, useValue: sessions },
    ];
    const app = await Test.createTestingModule({ imports: modules(shared) }).compile();
    await app.init();
    const bed = new AssetBed(app, clock, keys, db, buses, await buses.connect('api'), database.url, [
      () => app.close(),
      () => buses.close(),
      () => db.close(),
      () => database.close(),
      () => rm(directory, { recursive: true, force: true }),
    ]);
    return Object.assign(bed, { network, sessions });
  }

  async close(): Promise<void> {
    for (const release of this.releases) await release();
  }

  ask<Q extends object, V>(
    subject: Subject<Asked<Q>, Answered<V>>,
    question: Q,
    token: string | undefined,
    door: Door,
  ): Promise<Result<V>> {
    const tokenHash = token === undefined ? undefined : hashToken(token).toString('base64url');
    return this.door.request(subject, { ...question, caller: { door, tokenHash, requestId: 'spec' } });
  }

  graph<Q extends object, V>(subject: Subject<Asked<Q>, Answered<V>>, question: Q, token: string): Promise<Result<V>> {
    return this.ask(subject, question, token, 'graph');
  }

  onPrem<Q extends object, V>(subject: Subject<Asked<Q>, Answered<V>>, question: Q, token: string): Promise<Result<V>> {
    return this.ask(subject, question, token, 'on-prem');
  }

  /** As the dispatcher asks. */
  askDispatcher<Q, A>(subject: Subject<Q, A>, question: Q): Promise<A> {
    return this.door.request(subject, question);
  }

  /** As the bootstrap operator, unless told otherwise. */
  async operate<Q extends object, V>(subject: Subject<Asked<Q>, Answered<V>>, question: Q, token = bootstrapToken): Promise<V> {
    return valueOf(await this.ask(subject, question, token, 'admin'));
  }

  async tenant(name: string): Promise<Tenant> {
    const { businessId } = await this.operate(contracts.createBusiness, { name });
    const waba = await this.operate(contracts.createWaba, { businessId, name });
    const app = await this.operate(contracts.createApp, { businessId, name });
    const { token } = await this.operate(contracts.createSystemUserToken, {
      businessId,
      name,
      appId: app.appId,
      permissions: allPermissions,
      wabas: 'all',
    });
    return { businessId, wabaId: waba.id, appId: app.appId, appSecret: app.appSecret, token };
  }

  /** A number of a tenant, registered by its real steps. */
  async number(tenant: Tenant, registered = true): Promise<string> {
    const phoneNumber = `3023125${String(++this.numbersMade).padStart(3, '0')}`;
    const added = await this.graph(
      contracts.addNumber,
      { wabaId: tenant.wabaId, countryCode: '49', phoneNumber, verifiedName: 'Test' },
      tenant.token,
    );
    const { id } = valueOf(added);
    if (!registered) return id;
    valueOf(await this.graph(contracts.requestCode, { phoneNumberId: id, method: 'SMS', language: 'en_US' }, tenant.token));
    valueOf(await this.graph(contracts.verifyCode, { phoneNumberId: id, code: this.lastCode() }, tenant.token));
    valueOf(await this.graph(contracts.registerNumber, { phoneNumberId: id, pin: '123456' }, tenant.token));
    return id;
  }

  lastCode(): string {
    const code = /\d{6}/.exec(this.network.texts.at(-1)?.text ?? '')?.[0];
    if (code === undefined) throw new Error('no code was sent');
    return code;
  }

  /** An On-Premises admin of a number, logged in with a password of their own. */
  async admin(phoneNumberId: string, username: string): Promise<string> {
    const { oneTimePassword } = await this.operate(contracts.createOnPremAdmin, { phoneNumberId, username });
    const login = await this.ask(
      contracts.login,
      { username, password: oneTimePassword, newPassword: 'A-good-passw0rd' },
      undefined,
      'on-prem',
    );
    return valueOf(login).token;
  }

  operatorToken(name = 'operator'): Promise<{ tokenId: string; token: string }> {
    return this.operate(contracts.createOperatorToken, { name, scopes: allScopes });
  }

  async advance(ms: number): Promise<void> {
    await this.app.get(Partitions).keepUp(this.clock.now() + ms);
    this.clock.setOffset(this.clock.offset() + ms);
  }

  async rows<T = Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.db.pool.query(sql, [...values])).rows as T[];
  }

  /** Every event in the outbox, opened, oldest first. */
  async events(): Promise<DomainEvent[]> {
    const rows = await this.rows<{ payload: Buffer }>('SELECT payload FROM core.outbox ORDER BY id');
    return rows.flatMap((row) => readEvents(this.keys.open(row.payload, eventSealPurpose).toString('utf8')));
  }

  /** A dispatcher that finds every address good but those that say `bad` or `private`. */
  private async serveDispatcher(): Promise<void> {
    const bus = await this.buses.connect('webhook-dispatcher');
    bus.serve(handshake, async ({ url }) =>
      url.includes('bad') ? refuse('webhook-handshake-failed', 'The challenge was not answered') : ok(null),
    );
    bus.serve(checkUrl, async ({ url }) =>
      url.includes('private') ? refuse('webhook-url-refused', 'The address is private') : ok(null),
    );
  }
}

function modules(shared: readonly { readonly provide: unknown; readonly useValue: unknown }[]) {
  class FoundationForSpecs {}
  Global()(FoundationForSpecs);
  Module({
    providers: [...(shared as never[]), Customers, MessagesStore, Outbox, OutboxStore, Partitions, ReceivedMedia],
    exports: [...shared.map(({ provide }) => provide as never), Customers, Outbox, Partitions, ReceivedMedia],
  })(FoundationForSpecs);
  return [
    FoundationForSpecs,
    StoreModule,
    AccessModule,
    AssetsModule,
    NumbersModule,
    MediaModule,
    NodeModule,
    UploadsModule,
    WebhooksModule,
  ];
}

/** The value of an answer that must be one. */
export function valueOf<V>(result: Result<V>): V {
  if (!result.ok) throw new Error(`refused: ${result.failure.code} ${result.failure.detail ?? ''}`);
  return result.value;
}

/** The code of an answer that must be a refusal. */
export function codeOf(result: Result<unknown>): string {
  if (result.ok) throw new Error(`answered: ${JSON.stringify(result.value)}`);
  return result.failure.code;
}

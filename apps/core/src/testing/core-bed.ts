import { randomInt } from 'node:crypto';
import type { Bus } from '#bus';
import { type TestBus, testBus } from '#bus/testing';
import { HandsetCarrier, HandsetNetwork } from '#carriers/handset';
import type { Carrier } from '#carriers/port';
import type { AcceptMessage, DomainEvent } from '#contracts';
import { eventSealPurpose, readEvents } from '#contracts';
import { IdSequence, type MessageId, type NodeSettings, type OutboundBody, defaultSettings } from '#domain';
import { Database, NodeKeys } from '#postgres';
import { type TestDatabase, testDatabase } from '#postgres/testing';
import { Metrics, ProcessConfig } from '#runtime';
import { ManualClock, SilentLog } from '#runtime/testing';
import { Directory } from '../access/directory.js';
import { hashToken } from '../access/tokens.js';
import { Ledger } from '../billing/ledger.js';
import { OpenConversations } from '../billing/open-conversations.js';
import { CarrierSessions } from '../carriers/carrier-sessions.js';
import { HeldLanes } from '../carriers/held-lanes.js';
import { carriersFrom } from '../carriers/carriers.js';
import { Outbox } from '../outbox/outbox.js';
import { MessageContexts } from '../receiving/message-contexts.js';
import { RecordInbound } from '../receiving/record-inbound.js';
import { RecordReceipts } from '../receiving/record-receipts.js';
import { AcceptMessages } from '../sending/accept-messages.js';
import { CommitSends } from '../sending/commit-sends.js';
import { JudgeSends } from '../sending/judge-sends.js';
import { AcceptsStore } from '../store/accepts.store.js';
import { Dispatch } from '../sending/dispatch.js';
import type { FetchLinks } from '../sending/fetch-links.js';
import { Lanes } from '../sending/lanes.js';
import { ReloadDispatches } from '../sending/reload-dispatches.js';
import { Chains } from '../store/chain.store.js';
import { ConversationsStore } from '../store/conversations.store.js';
import { Customers } from '../store/customers.store.js';
import { DirectoryStore } from '../store/directory.store.js';
import { DispatchesStore } from '../store/dispatches.store.js';
import { HandsetMailboxes } from '../store/handset-mailboxes.store.js';
import { Handsets } from '../store/handsets.store.js';
import { IdempotencyKeys } from '../store/idempotency-keys.store.js';
import { InboundStore } from '../store/inbound.store.js';
import { MessagesStore } from '../store/messages.store.js';
import { migrations } from '../store/migrations/index.js';
import { OutboxStore } from '../store/outbox.store.js';
import { Partitions } from '../store/partitions.store.js';
import { ReceiptsStore } from '../store/receipts.store.js';
import { SettingsStore } from '../store/settings.store.js';
import { NodeTraffic } from '../traffic/node-traffic.js';
import { TrafficKeepers } from '../traffic/traffic-keepers.js';
import { Traffic } from '../traffic/traffic.js';

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');

/** Two businesses; the second so that specs can try the first one's ids. */
export const bank = {
  businessId: '100000000000001',
  wabaId: '200000000000001',
  phoneNumberId: '300000000000001',
  number: '493023125000',
  token: 'bank-token',
};
export const clinic = {
  businessId: '100000000000002',
  wabaId: '200000000000002',
  phoneNumberId: '300000000000002',
  number: '493023125001',
  token: 'clinic-token',
};
export const ada = '491713920001';

/** Core's hot path on real PostgreSQL and NATS, wired by hand, with a clock that stands still. */
export class CoreBed {
  readonly clock = new ManualClock();
  readonly log = new SilentLog();
  /** Without limits of traffic: specs send as much as they like to one customer. */
  settings: NodeSettings = {
    ...defaultSettings,
    traffic: { ...defaultSettings.traffic, standardPerSecond: 100_000, pairBurst: 1_000_000 },
  };
  readonly keys = NodeKeys.from(MASTER_KEY);
  readonly ids = new IdSequence(() => this.clock.now(), randomInt(4096));
  private readonly running = new Set<() => Promise<void>>();

  private constructor(
    readonly url: string,
    readonly db: Database,
    readonly bus: Bus,
    private readonly releases: (() => Promise<void>)[],
  ) {}

  /** On the bus that all specs share, unless a spec brings its own. */
  static async open(own?: TestBus): Promise<CoreBed> {
    const database: TestDatabase = await testDatabase({ schema: 'core', migrations });
    const bus = own ?? (await testBus());
    const log = new SilentLog();
    const db = new Database({ url: database.url, applicationName: 'core-spec', max: 8, schema: 'core', log });
    const bed = new CoreBed(database.url, db, await bus.connect('core'), [
      () => bus.close(),
      () => db.close(),
      () => database.close(),
    ]);
    await bed.bus.ensureStreams();
    const partitions = bed.partitions();
    await partitions.keepUp();
    // A clock that is moved by years would otherwise call it thousands of times.
    partitions.onApplicationShutdown();
    await bed.seed();
    return bed;
  }

  async close(): Promise<void> {
    for (const release of this.releases) await release();
  }

  /** Every core that runs: one left behind would lease the next case's lanes, and lock its tables. */
  async stopCores(): Promise<void> {
    for (const stop of this.running) await stop();
  }

  partitions(): Partitions {
    return new Partitions(this.db, this.clock, new SettingsStore(this.db), this.log);
  }

  /**
   * One core, with everything it keeps in memory; a bed can have several, one after the other or at once. Its messages leave
   * by the handset network unless a spec brings a carrier of its own.
   */
  core(instance: string, carrier?: Carrier) {
    const { db, clock, log, keys, ids, bus } = this;
    const metrics = new Metrics('core', { processMetrics: false });
    const customers = new Customers(keys, ids, clock);
    const messages = new MessagesStore(db);
    const directory = new Directory(new DirectoryStore(db), keys, clock, { bootstrapToken: undefined } as never);
    const outboxStore = new OutboxStore(db);
    const outbox = new Outbox(outboxStore, bus, keys, ids, clock, log, metrics);
    const contexts = new MessageContexts(messages, customers, directory);
    const dispatches = new DispatchesStore(db);
    const conversationsStore = new ConversationsStore(db);
    const conversations = new OpenConversations(conversationsStore, clock);
    const ledger = new Ledger(conversationsStore, new Chains());
    const receipts = new RecordReceipts(
      new ReceiptsStore(db),
      contexts,
      conversations,
      ledger,
      dispatches,
      outbox,
      ids,
      clock,
      log,
      metrics,
    );
    const config = Object.assign(new ProcessConfig(), { instance });
    const keepers = new TrafficKeepers();
    const traffic = new NodeTraffic(new Traffic({ current: () => this.settings }, clock), keepers, bus, log, config);
    const keptKeys = new IdempotencyKeys(db);
    const inbound = new RecordInbound(directory, customers, messages, new InboundStore(), keptKeys, outbox, traffic, ids, clock);
    const handsets = new Handsets(db, keys, ids, clock);
    const pushes: { instance: string; ids: readonly string[] }[] = [];
    const network = new HandsetNetwork(
      handsets,
      new HandsetMailboxes(db, keys, messages, customers, ids),
      {
        mark: () => undefined,
        push: (to, list) => void pushes.push({ instance: to, ids: list.map(({ message }) => message.id) }),
      },
      () => clock.now(),
    );
    const sessions = new CarrierSessions(carriersFrom([carrier ?? new HandsetCarrier(network)]), receipts, inbound, log);
    // Messages of these specs have no linked media.
    const links = { isNeeded: () => false } as unknown as FetchLinks;
    const dispatch = new Dispatch(sessions, receipts, links, dispatches, clock, log, metrics);
    const reload = new ReloadDispatches(dispatch, messages, customers, directory, sessions, receipts, clock, log);
    const lanes = new Lanes(dispatch, reload, dispatches, bus, new HeldLanes(), keepers, outbox, ids, log, config);
    const accepts = new AcceptsStore(db);
    const commits = new CommitSends(accepts, keptKeys, messages, customers, contexts, outbox, lanes, traffic, clock);
    const judge = new JudgeSends(directory, messages, customers, clock);
    const accept = new AcceptMessages(
      directory,
      judge,
      commits,
      { current: () => this.settings } as never,
      accepts,
      keptKeys,
      clock,
      log,
    );
    const stop = async (): Promise<void> => {
      this.running.delete(stop);
      await lanes.onApplicationShutdown();
      await traffic.onApplicationShutdown();
      await receipts.onApplicationShutdown();
      await inbound.onApplicationShutdown();
      await outbox.onApplicationShutdown();
    };
    return {
      accept,
      customers,
      directory,
      dispatch,
      dispatches,
      handsets,
      inbound,
      lanes,
      messages,
      network,
      outbox,
      pushes,
      receipts,
      sessions,
      conversationsStore,
      start: async () => {
        this.running.add(stop);
        await outbox.onApplicationBootstrap();
        traffic.onApplicationBootstrap();
        await lanes.onApplicationBootstrap();
      },
      stop,
    };
  }

  /** A send as a door would hand it over. */
  send(to: string, body: OutboundBody, change: Partial<AcceptMessage> = {}): AcceptMessage {
    return {
      id: this.ids.next<MessageId>(),
      caller: { door: 'graph', tokenHash: hashToken(bank.token).toString('base64url'), requestId: 'r' },
      phoneNumberId: bank.phoneNumberId,
      to: { input: to },
      body,
      ...change,
    };
  }

  get deadline(): number {
    return this.clock.real() + 4_000;
  }

  async rows<T = Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.db.pool.query(sql, [...values])).rows as T[];
  }

  /** Every event in the outbox, opened, oldest first. */
  async events(): Promise<DomainEvent[]> {
    const rows = await this.rows<{ payload: Buffer }>('SELECT payload FROM core.outbox ORDER BY id');
    return rows.flatMap((row) => readEvents(this.keys.open(row.payload, eventSealPurpose).toString('utf8')));
  }

  async until(holds: () => Promise<boolean>, what: string): Promise<void> {
    for (let waited = 0; waited < 5_000; waited += 10) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`waited in vain until ${what}`);
  }

  private async seed(): Promise<void> {
    for (const { businessId, wabaId, phoneNumberId, number, token } of [bank, clinic]) {
      await this.rows('INSERT INTO core.businesses (id, name, created_at) VALUES ($1, $2, 0)', [businessId, 'b']);
      await this.rows(
        `INSERT INTO core.wabas (business_id, id, name, currency, timezone_id, namespace, opt_in_policy, created_at)
         VALUES ($1, $2, 'w', 'EUR', '1', $3, 'refuse', 0)`,
        [businessId, wabaId, `ns_${wabaId}`],
      );
      await this.rows(
        `INSERT INTO core.phone_numbers (business_id, id, waba_id, number, verified_name, status, code_verification, name_status,
           quality_rating, account_mode, carrier, is_registered, pin_wrong_guesses, created_at)
         VALUES ($1, $2, $3, $4, 'n', 'CONNECTED', 'VERIFIED', 'APPROVED', 'GREEN', 'LIVE', 'handset', true, 0, 0)`,
        [businessId, phoneNumberId, wabaId, number],
      );
      await this.rows(
        `INSERT INTO core.tokens (business_id, id, hash, kind, name, permissions, scopes, issued_at)
         VALUES ($1, $2, $3, 'system-user', 't', '{whatsapp_business_messaging}', '{}', 0)`,
        [businessId, `4${businessId.slice(1)}`, hashToken(token)],
      );
    }
    await this.rows(
      `INSERT INTO core.templates (business_id, id, waba_id, name, language, category, status, parameter_format, components, created_at)
       VALUES ($1, '500000000000001', $2, 'hello', 'en', 'UTILITY', 'APPROVED', 'POSITIONAL', '[{"type":"BODY","text":"Hello {{1}}"}]', 0)`,
      [bank.businessId, bank.wabaId],
    );
  }
}

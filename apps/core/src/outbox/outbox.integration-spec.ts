import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '#bus';
import { busAt, startNats } from '#bus/testing';
import { type DomainEvent, eventSealPurpose, readEvents } from '#contracts';
import { type EventId, SECOND } from '#domain';
import { Database } from '#postgres';
import { Metrics } from '#runtime';
import { OutboxStore } from '../store/outbox.store.js';
import { CoreBed } from '../testing/core-bed.js';
import { Outbox, type StagedRows } from './outbox.js';

/** Where a relay can be killed: nothing after that point happens any more. */
type ChaosPoint = 'claimed' | 'published';

const CUSTOMERS = 10;

describe('the outbox', () => {
  let bed: CoreBed;
  let releases: (() => Promise<void>)[];
  /** What a consumer of the stream was told, in order: `customer/number`. */
  let told: string[];

  beforeEach(async () => {
    bed = await CoreBed.open();
    told = [];
    const stop = listen(bed);
    releases = [() => bed.close(), stop];
  });
  afterEach(async () => {
    for (const release of releases.toReversed()) await release();
  });

  const listen = ({ bus, keys }: CoreBed): (() => Promise<void>) =>
    bus.consumeEvents({
      durable: 'spec',
      subjects: 'relais.events.>',
      maxBatch: 200,
      handle: async (batch) => {
        for (const message of batch) {
          const events = readEvents(keys.open(message.payload as Buffer, eventSealPurpose).toString('utf8'));
          told.push(...events.map(({ id }) => id));
          message.ack();
        }
      },
    });

  /** The outbox of one core process, which can be killed. */
  const relay = async (chaos?: ChaosPoint) => {
    const life = { dead: false, reached: false };
    const death = gate();
    const name = `relay-${Math.random().toString(36).slice(2)}`;
    const db = new Database({ url: bed.url, applicationName: name, max: 4, schema: 'core', log: bed.log });
    const die = async (): Promise<never> => {
      life.reached = true;
      return never();
    };
    const bus = new Proxy(bed.bus, {
      get(target, key) {
        if (key === 'publishEvents') {
          return async (...told_: Parameters<Bus['publishEvents']>) => {
            if (chaos === 'claimed') return die();
            await target.publishEvents(...told_);
            return chaos === 'published' ? die() : undefined;
          };
        }
        if (key === 'watchStream') {
          // The bus outlives this process here, and waits for whoever it has told something.
          return (tell: Parameters<Bus['watchStream']>[0]) =>
            target.watchStream((...what) => Promise.race([tell(...what), death.opened]));
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const store = new OutboxStore(mortal(db, life));
    const metrics = new Metrics('core', { processMetrics: false });
    const outbox = new Outbox(store, bus, bed.keys, bed.ids, bed.clock, bed.log, metrics);
    await outbox.onApplicationBootstrap();
    const kill = async (): Promise<void> => {
      life.dead = true;
      death.open();
      await bed.rows('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name]);
    };
    releases.push(async () => {
      // What is dead has left its connections as they are.
      if (life.dead) return;
      await outbox.onApplicationShutdown();
      await db.close();
    });
    return { outbox, store, db, life, kill };
  };
  type Relay = Awaited<ReturnType<typeof relay>>;

  const stage = (by: Relay, event: string, beforeCommit: () => Promise<void> = async () => undefined): Promise<StagedRows> =>
    bed.db.transaction(async (tx) => {
      const rows = await by.outbox.stage(tx, 'accepted', [anEvent(event)]);
      await beforeCommit();
      return rows;
    });
  const inTurn = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${index % CUSTOMERS}/${Math.floor(index / CUSTOMERS)}`);
  const unpublished = async (): Promise<number> =>
    (await bed.rows<{ n: number }>('SELECT count(*)::int AS n FROM core.outbox WHERE NOT published'))[0]?.n ?? 0;
  const isLevel = (by: Relay): Promise<void> =>
    bed.until(async () => isPublishingFromMemory(by.outbox), 'it publishes from memory');

  it('tells a thousand events that commit behind an open transaction at once, and the held one as soon as it is there', async () => {
    const core = await relay();
    await isLevel(core);
    const hold = gate();
    const held = stage(core, 'held/0', () => hold.opened);
    for (const event of inTurn(1_000)) core.outbox.publish(await stage(core, event));
    await bed.until(async () => told.length === 1_000, 'the later ones are told while the first is still open');
    expect(told).not.toContain('held/0');
    expectOrder(told);
    hold.open();
    core.outbox.publish(await held);
    await bed.until(async () => told.includes('held/0'), 'the held one is told');
    expect(told).toHaveLength(1_001);
    await bed.until(async () => (await unpublished()) === 0, 'nothing is left');
  });

  it('finds what was committed below everything that a sweep has already published', async () => {
    const dead = await relay();
    const hold = gate();
    const held = stage(dead, 'held/0', () => hold.opened);
    const later = inTurn(1_000);
    for (const event of later) await stage(dead, event);
    await dead.kill();
    const heir = await relay();
    await bed.until(async () => told.length === 1_000, 'the sweep publishes what is committed');
    expect(told).toEqual(later);
    await isLevel(heir);
    // Its core died right after the commit, so only a sweep can find it; that gives a living core some seconds first.
    hold.open();
    await held;
    await bed.clock.advance(6 * SECOND);
    await bed.until(async () => told.length === 1_001, 'the held one is told');
    expect(told.at(-1)).toBe('held/0');
    await bed.until(async () => (await unpublished()) === 0, 'nothing is left');
  });

  it('tells a server that lost what it had acknowledged, and that first, before anything new', async () => {
    for (const release of releases.toReversed()) await release();
    const server = await startNats();
    bed = await CoreBed.open(busAt(server.url));
    releases = [() => server.stop(), () => bed.close()];
    const core = await relay();
    await isLevel(core);
    for (const event of inTurn(50)) core.outbox.publish(await stage(core, event));
    await bed.until(async () => (await unpublished()) === 0, 'everything is acknowledged');
    // Nothing is under way when it goes, so no publish fails.
    await server.kill();
    await bed.until(async () => !bed.bus.connected, 'the server is missed');
    await server.start({ wipe: true });
    await bed.until(async () => bed.bus.connected, 'the server is found again');
    releases.push(listen(bed));
    for (const event of inTurn(100).slice(50)) core.outbox.publish(await stage(core, event));
    await bed.until(async () => told.length === 100, 'everything is told');
    expect(told).toEqual(inTurn(100));
  });

  it.each<[string, ChaosPoint]>([
    ['has claimed rows and published none', 'claimed'],
    ['has published and not marked', 'published'],
  ])('loses nothing and tells nothing twice when a relay dies that %s', async (_, point) => {
    const writer = await relay();
    await isLevel(writer);
    const events = inTurn(300);
    await writer.kill();
    for (const event of events) await stage(writer, event);
    const doomed = await relay(point);
    await bed.until(async () => doomed.life.reached, 'the chaos point is reached');
    await doomed.kill();
    expect(await unpublished()).toBe(300);
    await relay();
    await bed.until(async () => (await unpublished()) === 0, 'everything is published');
    await bed.until(async () => told.length >= 300, 'everything is told');
    expect(told).toEqual(events);
  });

  it.each<[string, ChaosPoint]>([
    ['before it publishes', 'claimed'],
    ['before it marks', 'published'],
  ])('loses nothing and tells nothing twice when a core dies after its commit, %s from memory', async (_, point) => {
    const doomed = await relay(point);
    await isLevel(doomed);
    const events = inTurn(100);
    for (const event of events) doomed.outbox.publish(await stage(doomed, event));
    await bed.until(async () => doomed.life.reached, 'the chaos point is reached');
    await doomed.kill();
    await relay();
    await bed.until(async () => (await unpublished()) === 0, 'everything is published');
    await bed.until(async () => told.length >= 100, 'everything is told');
    expect(told).toEqual(events);
  });

  it('tells what another core committed before it died, for whoever has to come after it', async () => {
    const doomed = await relay('claimed');
    const heir = await relay();
    await isLevel(doomed);
    await isLevel(heir);
    doomed.outbox.publish(await stage(doomed, '0/0'));
    await bed.until(async () => doomed.life.reached, 'it is about to publish');
    const committed = bed.clock.now();
    await doomed.kill();
    // By itself it would give a living core some seconds first.
    await heir.outbox.catchUpWith(committed);
    heir.outbox.publish(await stage(heir, '0/1'));
    await bed.until(async () => told.length === 2, 'both are told');
    expect(told).toEqual(['0/0', '0/1']);
  });

  it('remembers nobody who has waited in vain', async () => {
    const core = await relay('claimed');
    await isLevel(core);
    core.outbox.publish(await stage(core, '0/0'));
    await bed.until(async () => core.life.reached, 'it is about to publish');
    const waits = Array.from({ length: 3 }, () => core.outbox.catchUpWith(bed.clock.now()));
    expect(waitingFor(core.outbox)).toBe(3);
    await Promise.all(waits);
    expect(waitingFor(core.outbox)).toBe(0);
    await core.kill();
  });
});

function waitingFor(outbox: Outbox): number {
  return [...(Reflect.get(outbox, 'waiting') as Iterable<unknown>)].length;
}

function anEvent(id: string): DomainEvent {
  return { type: 'message.accepted', id: id as EventId } as DomainEvent;
}

/** Each customer's events in the order in which they were committed, each once. */
function expectOrder(told: readonly string[]): void {
  for (let customer = 0; customer < CUSTOMERS; customer++) {
    const own = told.filter((event) => event.startsWith(`${customer}/`));
    expect(own).toEqual(own.map((_, index) => `${customer}/${index}`));
  }
}

function isPublishingFromMemory(outbox: Outbox): boolean {
  return (outbox as unknown as { state: string }).state === 'level';
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** A database that its process hears nothing more of once that is dead. */
function mortal(db: Database, life: { readonly dead: boolean }): Database {
  const whileAlive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (life.dead) return never();
    try {
      const result = await work();
      return life.dead ? await never() : result;
    } catch (error) {
      if (life.dead) return never();
      throw error;
    }
  };
  return new Proxy(db, {
    get(target, key) {
      if (key === 'query') return (...what: Parameters<Database['query']>) => whileAlive(() => target.query(...what));
      if (key === 'transaction') {
        return (...what: Parameters<Database['transaction']>) => whileAlive(() => target.transaction(...what));
      }
      return Reflect.get(target, key) as unknown;
    },
  });
}

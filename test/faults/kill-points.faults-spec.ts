import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/the-node.js';
import { CutCore, whereItHappened } from './cut-core.js';
import { Cut } from './cut-proxy.js';
import { FaultyNode } from './faulty-node.js';
import { granted, type Operation } from './load.js';
import { Trial } from './trial.js';
import { sendCarefully, sendersAt, type Way, ways } from './ways-to-send.js';

const AT_ONCE = 50;
const EVENTS = 'relais.events.';
/** The advisory lock under which unpublished rows are claimed. */
const SWEEP_LOCK = 740_118;
const SOME = 5;
const LATER = 1_000;
/** The last customer has no socket of the fleet's: it brings its own. */
const CUSTOMERS = { relay: 6, writer: 11, all: 12 };

/** Kills at the places where a crash can do harm, each at exactly that place. */
describe('a core that is killed at an exact point', () => {
  let world: FaultyNode;
  let trial: Trial;
  let doors: readonly string[];
  let cores: readonly CutCore[];
  let sent = 0;

  beforeAll(async () => {
    world = await FaultyNode.open(CUSTOMERS.all);
    trial = new Trial(world, () => doors);
    doors = [world.node.baseUrl];
    cores = [await CutCore.open(world, 'core-a')];
    await world.node.apps.core.stop();
  });
  afterAll(async () => {
    await world.close();
    await Promise.all(cores.map((core) => core.close()));
  });

  beforeEach(async () => {
    for (const core of cores) {
      core.arm(undefined);
      await core.part.start();
    }
    await world.healed();
  });

  const count = async (what: string): Promise<number> =>
    (await world.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${what}`))[0]?.n ?? 0;
  const unpublished = async (): Promise<string[]> =>
    (await world.rows<{ id: string }>('SELECT id FROM core.outbox WHERE NOT published')).map(({ id }) => id);
  /** What a customer writes goes to the business's endpoint: the ids under which it was told of this text. */
  const toldOf = (text: string): readonly string[] =>
    world.catcher
      .graphValues()
      .flatMap((value) => value.messages ?? [])
      .filter((message: any) => message.text?.body === text)
      .map((message: any) => message.id);
  const isTold = (text: string): Promise<true> =>
    eventually(`${text} is told`, () => (toldOf(text).length > 0 ? true : undefined));
  const allTold = (operations: readonly Operation[]): Promise<true> =>
    eventually('every message is told of', () => {
      const delivered = new Set(
        world.catcher
          .graphValues()
          .flatMap((value) => value.statuses ?? [])
          .filter(({ status }) => status === 'delivered')
          .map(({ id }) => id),
      );
      return operations.every(({ id }) => delivered.has(id)) || undefined;
    });

  describe('the relay', () => {
    /** A few texts to each of some customers, each after the answer to the one before. */
    const send = async (texts: number): Promise<readonly Operation[]> => {
      const way = await ways['Graph messages']!(world);
      const operations = await Promise.all(
        world.customers.slice(0, CUSTOMERS.relay).map(async (customer) => {
          const [sender] = await sendersAt(way, doors, 1, customer);
          const own: Operation[] = [];
          for (let n = sent + 1; n <= sent + texts; n++) {
            const text = `${customer.waId}/${n}`;
            const told = await sender!.send(text, text);
            expect(told.status, told.text).toBe(way.accepted);
            own.push(granted({ text, waId: customer.waId, n, keyed: true, id: way.idOf(told, customer) }));
          }
          sender!.close();
          return own;
        }),
      );
      sent += texts;
      trial.all.push(...operations.flat());
      return operations.flat();
    };
    const allDelivered = (): Promise<true> =>
      eventually('every message is delivered', async () =>
        (await count(
          `core.messages m WHERE NOT inbound AND NOT EXISTS
             (SELECT FROM core.message_status s WHERE s.business_id = m.business_id AND s.id = m.id AND s.status IN (4, 5))`,
        )) === 0
          ? true
          : undefined,
      );
    /** What comes behind has been told: whatever was told twice would have been by then. */
    const judge = async (title: string): Promise<void> => {
      await world.healed();
      await send(1);
      expect((await trial.judge(title)).toldTwiceNow).toBe(0);
    };

    it('before its publish, between claim and publish, and between publish and mark: everything is published, in order', async () => {
      const [core] = cores as [CutCore];
      const publishedBefore = await count('core.outbox WHERE published');
      const publish = Cut.publishes(({ subject }) => subject.startsWith(EVENTS));
      core.arm(publish);
      await send(4);
      await whereItHappened(publish, cores);
      await allDelivered();
      await core.kill();
      expect(await count('core.outbox WHERE published'), 'marked, though it never left').toBe(publishedBefore);
      const left = await unpublished();
      expect(left.length, 'INVALID: too few events').toBeGreaterThan(SOME);

      // The first sweep of a core that starts takes everything. It dies before its first publish, then amid them, then after.
      for (const amid of [false, true]) {
        const through = amid ? (await unpublished()).length - SOME : 0;
        let publishes = 0;
        const claimed = Cut.publishes(({ subject }) => subject.startsWith(EVENTS) && ++publishes > through);
        core.arm(claimed);
        await core.part.start();
        await whereItHappened(claimed, cores);
        await eventually('INVALID without it: the rows are claimed', async () =>
          (await count(`pg_locks WHERE locktype = 'advisory' AND granted AND objid = ${SWEEP_LOCK}`)) === 1 ? true : undefined,
        );
        await core.kill();
        expect(await unpublished(), 'marked before all of it was published').toEqual(expect.arrayContaining(left));
      }
      const mark = Cut.statement('outbox.mark');
      core.arm(mark);
      await core.part.start();
      await whereItHappened(mark, cores);
      await core.kill();
      expect(await unpublished(), 'INVALID: it has been marked').toEqual(expect.arrayContaining(left));

      await core.part.start();
      await judge('the relay was killed before its publish, and at each step of its sweep');
    });

    it('after a publish from memory, and before it is marked: nothing is told twice', async () => {
      const [core] = cores as [CutCore];
      const mark = Cut.statement('outbox.mark');
      core.arm(mark);
      const operations = await send(4);
      await whereItHappened(mark, cores);
      await allTold(operations);
      await core.kill();
      expect((await unpublished()).length, 'INVALID: too few events').toBeGreaterThan(SOME);
      await core.part.start();
      await judge('the relay was killed before its mark');
    });

    it('after the commit of what stayed open below a thousand later events: they did not wait, and it is not skipped', async () => {
      const [core] = cores as [CutCore];
      const way = await ways['a handset by REST']!(world);
      const customer = world.customers[CUSTOMERS.writer]!;
      const [sender] = await sendersAt(way, doors, 1, customer);
      const open = Cut.answerTo('outbox.insert');
      core.arm(open);
      const answer = sendCarefully(sender!, 'held', 'held');
      await whereItHappened(open, cores);
      core.arm(undefined);
      const before = await count('core.outbox');
      const later: Operation[] = [];
      while ((await count('core.outbox')) < before + LATER) later.push(...(await send(20)));
      await allTold(later);
      expect(toldOf('held'), 'INVALID: it did not stay open').toEqual([]);

      const commit = Cut.answerToCommitOf('threads.open-windows');
      core.arm(commit);
      open.release();
      await whereItHappened(commit, cores);
      await core.kill();
      const lowest = 'SELECT min(id) FROM core.outbox WHERE NOT published';
      expect(await count(`core.outbox WHERE id > (${lowest})`), 'INVALID: it is not the lowest').toBeGreaterThanOrEqual(LATER);
      await core.part.start();
      const told = await answer;
      expect(told.status, told.text).toBe(way.accepted);
      sender!.close();
      await isTold('held');
      await judge('the relay was killed after a commit below a thousand later ones');
      expect(toldOf('held')).toEqual([way.idOf(told, customer)]);
    });
  });

  describe('between commit and answer', () => {
    beforeAll(async () => {
      const [second, api] = await Promise.all([
        CutCore.open(world, 'core-b'),
        world.node.addInstance('api', { instance: 'api-2' }),
      ]);
      cores = [...cores, second];
      doors = [world.node.baseUrl, api.url];
    });

    /** Fifty equal requests over both doors; the core that comes there first is killed where the cut has stopped it. */
    const fiftyAtOnce = async (name: string, way: Way, cut: Cut, committed = 1): Promise<void> => {
      const customer = world.customers[way.inbound ? CUSTOMERS.writer : CUSTOMERS.relay + Object.keys(ways).indexOf(name)]!;
      const senders = await sendersAt(way, doors, AT_ONCE, customer);
      const key = `${name}/${(sent += 1)}`;
      const messages = `core.messages WHERE ${way.inbound ? '' : 'NOT '}inbound`;
      const before = await count(messages);
      let waiting = AT_ONCE;
      for (const core of cores) core.arm(cut);
      const answers = senders.map((sender) => sendCarefully(sender, key, key).finally(() => (waiting -= 1)));
      const victim = await whereItHappened(cut, cores);
      // Where it has committed nothing, the other core may have.
      expect(await count(messages), 'INVALID: it has not committed').toBeGreaterThanOrEqual(before + committed);
      expect(waiting, 'INVALID: nobody waits for that answer').toBeGreaterThan(0);
      await victim.kill();
      for (const core of cores) core.arm(undefined);
      // What a customer writes, the other core alone answers for: what the dead one has told nobody must still come first.
      if (!way.inbound) await victim.part.start();

      const given = await Promise.all(answers);
      expect(new Set(given.map(({ status }) => status)), given.find(({ status }) => status !== way.accepted)?.text).toEqual(
        new Set([way.accepted]),
      );
      expect(new Set(given.map(({ text }) => text)).size, 'equal answers').toBe(1);
      const other = await sendCarefully(senders[0]!, key, 'another body');
      expect(other.status, 'another body under the same key').toBe(422);
      const again = await sendCarefully(senders[1]!, key, key);
      expect(again, 'asked again later').toEqual(given[0]);
      expect(await count(messages), 'messages').toBe(before + 1);
      for (const sender of senders) sender.close();

      if (way.inbound) await toldOnce(way, key, way.idOf(given[0]!, customer));
      else {
        const operation = { waId: customer.waId, n: sent, keyed: true, id: way.idOf(given[0]!, customer) };
        trial.all.push(granted({ text: way.shown(key), ...operation }));
      }
      expect((await trial.judge(name)).toldTwiceNow).toBe(0);
    };

    const toldOnce = async (way: Way, text: string, id: string): Promise<void> => {
      const [behind] = await sendersAt(way, doors.slice(0, 1), 1, world.customers[CUSTOMERS.writer]!);
      expect((await sendCarefully(behind!, `${text}, behind`, `${text}, behind`)).status).toBe(way.accepted);
      behind!.close();
      await isTold(`${text}, behind`);
      expect(toldOf(text)).toEqual([id]);
    };

    it.each(Object.entries(ways))('%s: fifty equal requests are one message with one answer', async (name, open) => {
      const way = await open(world);
      const committing = way.inbound ? 'idempotency.take' : 'messages.accept-keyed';
      await fiftyAtOnce(name, way, Cut.answerToCommitOf(committing));
    });

    it('and the same where it dies before its commit', async () => {
      const name = 'Graph messages';
      await fiftyAtOnce(name, await ways[name]!(world), Cut.statement('messages.accept-keyed'), 0);
    });

    it('and the same where it has answered, and its answer is lost', async () => {
      const name = 'Graph messages';
      const isAnswer = ({ subject, content }: { readonly subject: string; readonly content: Buffer }): boolean =>
        subject.startsWith('_INBOX.') && content.includes('"results":[{"ok":true');
      await fiftyAtOnce(name, await ways[name]!(world), Cut.publishes(isAnswer));
    });
  });
});

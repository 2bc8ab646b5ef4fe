import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AcceptMessage } from '#contracts';
import { defaultSettings, type OutboundBody } from '#domain';
import { ada, bank, CoreBed } from '../testing/core-bed.js';

const text = (body: string): OutboundBody => ({ type: 'text', text: body });
const fingerprint = createHash('sha256').update('body').digest('base64url');
const strangers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `4917200${from + index}`);

/** The limits where messages are accepted. The clock stands still but for the spec. */
describe('limits of traffic', () => {
  let bed: CoreBed;
  let core: ReturnType<CoreBed['core']>;

  beforeAll(async () => {
    bed = await CoreBed.open();
    bed.settings = defaultSettings;
  });
  afterAll(() => bed.close());
  beforeEach(async () => {
    core = bed.core('core-1');
    await core.start();
  });
  afterEach(() => bed.stopCores());

  const accept = async (items: readonly AcceptMessage[]): Promise<string[]> =>
    (await core.accept.accept(items, bed.deadline)).results.map((result) => (result.ok ? 'ok' : result.failure.code));
  const stored = async (): Promise<number> =>
    (await bed.rows<{ n: number }>('SELECT count(*)::int AS n FROM core.messages'))[0]?.n ?? 0;

  it('refuses what is beyond the throughput of the number, and stores nothing of it', async () => {
    const before = await stored();
    const answers = await accept(strangers(1_000, 90).map((to) => bed.send(to, text('x'))));
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(80);
    expect(answers.slice(80)).toEqual(Array.from({ length: 10 }, () => 'rate-limited'));
    expect(await stored()).toBe(before + 80);
    await bed.clock.advance(1_000);
    expect(await accept([bed.send(strangers(1_089, 1)[0] as string, text('x'))])).toEqual(['ok']);
  });

  it('refuses the 46th message to one customer, and lets them be written to again after six seconds', async () => {
    const answers = await accept(Array.from({ length: 46 }, () => bed.send(ada, text('x'))));
    expect([answers.indexOf('pair-rate-limited'), answers.filter((answer) => answer === 'ok').length]).toEqual([45, 45]);
    expect(await accept([bed.send(ada, text('x'))])).toEqual(['pair-rate-limited']);
    await bed.clock.advance(6_000);
    expect(await accept([bed.send(ada, text('x'))])).toEqual(['ok']);
  });

  it('takes many calls with one key for one message', async () => {
    const idempotency = { key: 'k', route: 'POST messages', fingerprint };
    const twins = (): AcceptMessage[] => Array.from({ length: 60 }, () => bed.send(ada, text('x'), { idempotency }));
    const answers = await Promise.all([accept(twins()), accept(twins()), accept(twins())]);
    expect(new Set(answers.flat())).toEqual(new Set(['ok']));
    const others = await accept(Array.from({ length: 45 }, () => bed.send(ada, text('y'))));
    expect(others.filter((answer) => answer === 'ok')).toHaveLength(44);
  });

  it('gives back what a lost database did not take', async () => {
    await bed.rows('ALTER TABLE core.messages RENAME TO messages_away');
    const all = Array.from({ length: 45 }, () => bed.send(ada, text('x')));
    await expect(accept(all)).rejects.toThrow();
    await bed.rows('ALTER TABLE core.messages_away RENAME TO messages');
    expect(new Set(await accept(all))).toEqual(new Set(['ok']));
  });

  it('follows the level of the number', async () => {
    await bed.rows("UPDATE core.phone_numbers SET throughput = 'HIGH'");
    await bed.rows('UPDATE core.epochs SET value = value + 1');
    expect(new Set(await accept(strangers(2_000, 400).map((to) => bed.send(to, text('x')))))).toEqual(new Set(['ok']));
    await bed.rows("UPDATE core.phone_numbers SET throughput = 'STANDARD'");
    await bed.rows('UPDATE core.epochs SET value = value + 1');
  });

  it('follows the settings', async () => {
    bed.settings = { ...defaultSettings, traffic: { ...defaultSettings.traffic, pairBurst: 2 } };
    expect(await accept(Array.from({ length: 3 }, () => bed.send(ada, text('x'))))).toEqual(['ok', 'ok', 'pair-rate-limited']);
    bed.settings = defaultSettings;
  });

  describe('with two cores', () => {
    let other: ReturnType<CoreBed['core']>;

    beforeEach(async () => {
      other = bed.core('core-2');
      await other.start();
    });

    const acceptAt = async (at: typeof core, items: readonly AcceptMessage[]): Promise<string[]> =>
      (await at.accept.accept(items, bed.deadline)).results.map((result) => (result.ok ? 'ok' : result.failure.code));
    /** Both at once, in batches. */
    const acceptAtBoth = async (recipients: readonly string[]): Promise<string[]> => {
      const batches = Array.from({ length: recipients.length / 10 }, (_, index) => recipients.slice(index * 10, index * 10 + 10));
      const answers = await Promise.all(
        batches.map((batch, index) =>
          acceptAt(
            index % 2 ? core : other,
            batch.map((to) => bed.send(to, text('x'))),
          ),
        ),
      );
      return answers.flat();
    };
    const count = (answers: readonly string[], wanted: string): number => answers.filter((answer) => answer === wanted).length;

    it('lets a number through as often as with one, whichever accepts', async () => {
      const answers = await acceptAtBoth(strangers(3_000, 200));
      expect([count(answers, 'ok'), count(answers, 'rate-limited')]).toEqual([80, 120]);
      await bed.clock.advance(1_000);
      expect(count(await acceptAtBoth(strangers(3_200, 100)), 'ok')).toBe(80);
    });

    it('lets one customer be written to as often as with one, whichever accepts', async () => {
      await bed.clock.advance(60_000);
      const answers = await acceptAtBoth(Array.from({ length: 60 }, () => strangers(4_000, 1)[0] as string));
      expect([count(answers, 'ok'), count(answers, 'pair-rate-limited')]).toEqual([45, 15]);
    });

    it('counts what customers write at either, and gives back what was not sent', async () => {
      await bed.clock.advance(60_000);
      const from = (index: number) => ({
        id: bed.ids.next<never>(),
        phoneNumberId: bank.phoneNumberId as never,
        from: { waId: strangers(5_000, 60)[index] as string, name: 'x' },
        body: { type: 'text' as const, text: 'x' },
        at: bed.clock.now(),
      });
      await Promise.all([
        core.inbound.recordAll(Array.from({ length: 30 }, (_, index) => from(index))),
        other.inbound.recordAll(Array.from({ length: 30 }, (_, index) => from(30 + index))),
      ]);
      await bed.rows('ALTER TABLE core.messages RENAME TO messages_away');
      const failing = strangers(6_000, 10).map((to) => bed.send(to, text('x')));
      await Promise.allSettled([acceptAt(core, failing), acceptAt(other, failing)]);
      await bed.rows('ALTER TABLE core.messages_away RENAME TO messages');
      // A notice takes a moment.
      await bed.bus.streamState();
      expect(count(await acceptAtBoth(strangers(6_100, 40)), 'ok')).toBe(20);
    });

    it('accepts by itself when the other has gone', async () => {
      await bed.clock.advance(60_000);
      await core.stop();
      const answers = await acceptAt(
        other,
        strangers(7_000, 100).map((to) => bed.send(to, text('x'))),
      );
      expect(count(answers, 'ok')).toBe(80);
      core = bed.core('core-1');
      await core.start();
    });
  });
});

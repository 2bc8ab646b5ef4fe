import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CoreBed, bank } from '../testing/core-bed.js';

const DAY = 86_400_000;

describe('partitions', () => {
  let bed: CoreBed;
  beforeAll(async () => {
    bed = await CoreBed.open();
  });
  afterAll(() => bed.close());

  const names = async (table: string): Promise<string[]> =>
    (
      await bed.rows<{ name: string }>(
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1`,
        [`core.${table}`],
      )
    ).map((row) => row.name.replace(/^core\./, ''));

  it('are there from yesterday to three days ahead', async () => {
    for (const table of ['messages', 'message_status', 'outbox']) {
      expect(await names(table)).toEqual(
        ['20260309', '20260310', '20260311', '20260312', '20260313'].map((day) => `${table}_${day}`),
      );
    }
  });

  it('are dropped past their retention, but never an unpublished event', async () => {
    await bed.rows(`INSERT INTO core.outbox (id, subject, payload, published) VALUES ($1, 's', '', false)`, [bed.ids.next()]);
    await bed.clock.advance(400 * DAY);
    const partitions = bed.partitions();
    await partitions.keepUp();
    expect(await names('messages')).toEqual(
      ['20270413', '20270414', '20270415', '20270416', '20270417'].map((day) => `messages_${day}`),
    );
    expect(await names('outbox')).toContain('outbox_20260310');
    expect(await names('outbox')).not.toContain('outbox_20260309');
    await bed.rows('UPDATE core.outbox SET published = true');
    await partitions.keepUp();
    expect(await names('outbox')).not.toContain('outbox_20260310');
    partitions.onApplicationShutdown();
  });

  it('idempotency keys are forgotten after their days', async () => {
    const add = (at: number, count: number): Promise<unknown> =>
      bed.rows(
        `INSERT INTO core.idempotency_keys (business_id, key_hash, fingerprint, message_id, created_at)
         SELECT $1, decode(md5($2::int8::text || i::text), 'hex'), '', 1, $2::int8 FROM generate_series(1, $3) i`,
        [bank.businessId, at, count],
      );
    await add(bed.clock.now() - 8 * DAY, 12_000);
    await add(bed.clock.now() - 6 * DAY, 3);
    const partitions = bed.partitions();
    await partitions.keepUp();
    partitions.onApplicationShutdown();
    expect(await bed.rows('SELECT count(*)::int AS n FROM core.idempotency_keys')).toEqual([{ n: 3 }]);
  });
});

import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DAY, HOUR, type NodeSettings, defaultSettings, firstIdAt, patchSettings } from '#domain';
import { Database } from '#postgres';
import { Clock, Log } from '#runtime';
import { SettingsStore } from './settings.store.js';

/** How long the outbox keeps events that were published: longer than the streams, which keep a day. */
const OUTBOX_DAYS = 2;
/** Partitions are there this long before their day begins. */
const AHEAD_DAYS = 3;
const PURGE_BATCH = 5_000;

const EXISTING = {
  name: 'partitions.existing',
  text: `SELECT c.relname AS name FROM pg_inherits i
         JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
         WHERE n.nspname = 'core' AND p.relname = $1`,
};

const PURGE_KEYS = {
  name: 'idempotency.purge',
  text: `DELETE FROM core.idempotency_keys WHERE (business_id, key_hash) IN
           (SELECT business_id, key_hash FROM core.idempotency_keys WHERE created_at < $1::int8 ORDER BY created_at LIMIT $2)
         RETURNING 1`,
};

/**
 * What lives by time: makes the partitions of the coming days and drops those that are past their retention, one UTC day of
 * row ids each. Statuses go with their messages; the outbox only when nothing in it is unpublished. What is billed, and the
 * evidence, stays.
 */
@Injectable()
export class Partitions implements OnApplicationShutdown {
  private next: { cancel(): void } | undefined;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
    private readonly log: Log,
  ) {}

  onApplicationShutdown(): void {
    this.next?.cancel();
  }

  /** Called once the clock is right, every hour of it, and before it is moved (then with the time to come). */
  async keepUp(now: number = this.clock.now()): Promise<void> {
    this.next?.cancel();
    this.next = this.clock.at(this.clock.now() + HOUR, () =>
      this.keepUp().catch((error: unknown) => this.log.error('partitions.failed', { error })),
    );
    const { messageDays, idempotencyDays } = await this.retention();
    const today = Math.floor(now / DAY);
    for (const table of ['messages', 'message_status', 'outbox'] as const) {
      const existing = await this.existing(table);
      for (let day = today - 1; day <= today + AHEAD_DAYS; day++) {
        const name = nameOf(table, day);
        if (!existing.has(name)) await this.make(table, name, day);
      }
      const oldest = nameOf(table, today - (table === 'outbox' ? OUTBOX_DAYS : messageDays));
      for (const name of existing) if (name < oldest) await this.drop(table, name);
    }
    await this.purgeKeys(now - idempotencyDays * DAY);
  }

  private async retention(): Promise<NodeSettings['retention']> {
    const stored = patchSettings(defaultSettings, await this.settings.read());
    return 'settings' in stored ? stored.settings.retention : defaultSettings.retention;
  }

  private async existing(table: string): Promise<ReadonlySet<string>> {
    const rows = await this.db.query<{ name: string }>(EXISTING, [table]);
    return new Set(rows.map((row) => row.name));
  }

  private async make(table: string, name: string, day: number): Promise<void> {
    // Names and bounds are made here from numbers; nothing a client sent comes near this text.
    const options = table === 'message_status' ? 'WITH (fillfactor = 50)' : '';
    await this.db.pool.query(
      `CREATE TABLE IF NOT EXISTS core.${name} PARTITION OF core.${table}
       FOR VALUES FROM (${firstIdAt(day * DAY)}) TO (${firstIdAt((day + 1) * DAY)}) ${options}`,
    );
    this.log.info('partition.made', { name });
  }

  private async drop(table: string, name: string): Promise<void> {
    if (table === 'outbox') {
      const { rows } = await this.db.pool.query<{ left: boolean }>(
        `SELECT EXISTS (SELECT FROM core.${name} WHERE NOT published) AS left`,
      );
      if (rows[0]?.left) {
        this.log.warn('partition.kept', { name, reason: 'it holds unpublished events' });
        return;
      }
    }
    await this.db.pool.query(`DROP TABLE IF EXISTS core.${name}`);
    this.log.info('partition.dropped', { name, table });
  }

  private async purgeKeys(before: number): Promise<void> {
    for (;;) {
      const gone = await this.db.query(PURGE_KEYS, [before, PURGE_BATCH]);
      if (gone.length < PURGE_BATCH) return;
    }
  }
}

function nameOf(table: string, day: number): string {
  return `${table}_${new Date(day * DAY).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DAY, HOUR, firstIdAt } from '#domain';
import { Database } from '#postgres';
import { Clock, Log } from '#runtime';

/** Tables that live in partitions of one UTC day of row ids, and how many days of them are kept (undefined: for ever). */
const partitioned = [
  { table: 'messages', keptDays: undefined },
  { table: 'message_status', keptDays: undefined },
  { table: 'outbox', keptDays: 2 },
] as const;

/** Partitions are there this long before their day begins. */
const AHEAD_DAYS = 3;

const EXISTING = {
  name: 'partitions.existing',
  text: `SELECT c.relname AS name FROM pg_inherits i
         JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace
         WHERE n.nspname = 'core' AND p.relname = $1`,
};

/** Makes the partitions of the coming days and drops those that are past their retention. */
@Injectable()
export class Partitions implements OnApplicationBootstrap, OnApplicationShutdown {
  private next: { cancel(): void } | undefined;

  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.keepUp();
  }

  onApplicationShutdown(): void {
    this.next?.cancel();
  }

  /** Called at start, every hour of the node's clock, and before the clock is moved (then with the time to come). */
  async keepUp(now: number = this.clock.now()): Promise<void> {
    this.next?.cancel();
    this.next = this.clock.at(this.clock.now() + HOUR, () =>
      this.keepUp().catch((error: unknown) => this.log.error('partitions.failed', { error })),
    );
    const today = Math.floor(now / DAY);
    for (const { table, keptDays } of partitioned) {
      const existing = new Set((await this.db.query<{ name: string }>(EXISTING, [table])).map((row) => row.name));
      for (let day = today - 1; day <= today + AHEAD_DAYS; day++) {
        const name = nameOf(table, day);
        if (!existing.has(name)) await this.make(table, name, day);
      }
      if (keptDays === undefined) continue;
      const oldest = nameOf(table, today - keptDays);
      for (const name of existing) if (name < oldest) await this.drop(table, name);
    }
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

  /** Only of the outbox, and only when nothing in it is unpublished. */
  private async drop(table: string, name: string): Promise<void> {
    const { rows } = await this.db.pool.query<{ left: boolean }>(
      `SELECT EXISTS (SELECT FROM core.${name} WHERE NOT published) AS left`,
    );
    if (rows[0]?.left) {
      this.log.warn('partition.kept', { name, reason: 'it holds unpublished events' });
      return;
    }
    await this.db.pool.query(`DROP TABLE core.${name}`);
    this.log.info('partition.dropped', { name, table });
  }
}

function nameOf(table: string, day: number): string {
  return `${table}_${new Date(day * DAY).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

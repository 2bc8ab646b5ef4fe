import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '#postgres';

const READ_SETTINGS = { name: 'settings.read', text: 'SELECT settings FROM core.node_settings' };
const LOCK_SETTINGS = { name: 'settings.lock', text: 'SELECT settings FROM core.node_settings FOR UPDATE' };
const WRITE_SETTINGS = {
  name: 'settings.write',
  text: `INSERT INTO core.node_settings (settings, changed_at) VALUES ($1, $2)
         ON CONFLICT (singleton) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at`,
};
const ENSURE_SETTINGS = {
  name: 'settings.ensure',
  text: `INSERT INTO core.node_settings (settings, changed_at) VALUES ('{}', $1) ON CONFLICT (singleton) DO NOTHING`,
};
const READ_OFFSET = { name: 'clock.read', text: 'SELECT offset_ms FROM core.clock' };
const ADVANCE = { name: 'clock.advance', text: 'UPDATE core.clock SET offset_ms = offset_ms + $1 RETURNING offset_ms' };
const CLAIM_KEY = {
  name: 'node-key.claim',
  text: 'INSERT INTO core.node_key (fingerprint) VALUES ($1) ON CONFLICT (singleton) DO NOTHING',
};
const READ_KEY = { name: 'node-key.read', text: 'SELECT fingerprint FROM core.node_key' };

/** What the node remembers of itself. Settings are kept as the nested object of what was set; defaults are not stored. */
@Injectable()
export class SettingsStore {
  constructor(private readonly db: Database) {}

  async read(): Promise<unknown> {
    const [row] = await this.db.query<{ settings: unknown }>(READ_SETTINGS);
    return row?.settings ?? {};
  }

  /** Two changes wait for each other here. */
  async lock(tx: Tx, now: number): Promise<unknown> {
    await tx.query(ENSURE_SETTINGS, [now]);
    const [row] = await tx.query<{ settings: unknown }>(LOCK_SETTINGS);
    return row?.settings ?? {};
  }

  async write(tx: Tx, settings: unknown, at: number): Promise<void> {
    await tx.query(WRITE_SETTINGS, [JSON.stringify(settings), at]);
  }

  async clockOffset(): Promise<number> {
    const [row] = await this.db.query<{ offset_ms: string }>(READ_OFFSET);
    return Number(row?.offset_ms ?? 0);
  }

  async advanceClock(tx: Tx, ms: number): Promise<number> {
    const [row] = await tx.query<{ offset_ms: string }>(ADVANCE, [ms]);
    if (!row) throw new Error('core.clock is empty: the schema was not migrated');
    return Number(row.offset_ms);
  }

  /** The fingerprint of the master key that this node's rows are sealed with; the first key that comes is it. */
  async claimKey(fingerprint: string): Promise<string> {
    await this.db.query(CLAIM_KEY, [fingerprint]);
    const [row] = await this.db.query<{ fingerprint: string }>(READ_KEY);
    return row?.fingerprint ?? '';
  }
}

import { Injectable } from '@nestjs/common';
import type { ThroughputLevel } from '#domain';
import { Database } from '#postgres';

/** A token, an app, an operator or a handset, as it is found by the hash of what it presents. */
export interface TokenRow {
  readonly hash: Buffer;
  readonly kind: 'system-user' | 'on-prem-user' | 'operator' | 'app' | 'handset';
  readonly id: string;
  readonly business_id: string | null;
  readonly app_id: string | null;
  readonly permissions: readonly string[] | null;
  readonly scopes: readonly string[] | null;
  readonly wabas: readonly string[] | null;
  readonly phone_number_id: string | null;
  readonly username: string | null;
  readonly role: 'admin' | 'user' | null;
  readonly issued_at: string | null;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

export interface NumberRow {
  readonly id: string;
  readonly business_id: string;
  readonly waba_id: string;
  readonly number: string;
  readonly status: string;
  readonly is_registered: boolean;
  readonly carrier: string;
  readonly account_mode: string;
  readonly opt_in_policy: string;
  readonly namespace: string;
  readonly throughput: ThroughputLevel;
  /** Sealed; null where nobody has set anything. */
  readonly settings_id: string | null;
  readonly settings: Buffer | null;
}

export interface TemplateRow {
  readonly id: string;
  readonly business_id: string;
  readonly waba_id: string;
  readonly name: string;
  readonly language: string;
  readonly category: string;
  readonly status: string;
  readonly parameter_format: string;
  readonly components: unknown;
  readonly rejected_reason: string | null;
}

/** What was found, and the epoch of the snapshot it was found in. */
export interface Snapshot<Row> {
  readonly epoch: string;
  readonly rows: readonly Row[];
}

type WithEpoch<Row> = { readonly epoch: string } & { readonly [Column in keyof Row]: Row[Column] | null };

const EPOCH = { name: 'directory.epoch', text: 'SELECT value AS epoch FROM core.epochs' };

// Each query reads the epoch in the same snapshot as its rows, also when it finds none.
const TOKENS = {
  name: 'directory.tokens',
  text: `SELECT e.value AS epoch, f.* FROM core.epochs e LEFT JOIN (
           SELECT t.hash, t.kind, t.id, t.business_id, t.app_id, t.permissions, t.scopes, t.wabas, t.phone_number_id,
                  t.username, u.role, t.issued_at, t.expires_at, t.revoked_at
           FROM core.tokens t
           LEFT JOIN core.on_prem_users u
             ON u.business_id = t.business_id AND u.phone_number_id = t.phone_number_id AND u.username = t.username
           WHERE t.hash = ANY ($1::bytea[])
           UNION ALL
           SELECT o.hash, 'operator', o.id, NULL, NULL, NULL, o.scopes, NULL, NULL, NULL, NULL, o.issued_at, o.expires_at, o.revoked_at
           FROM core.operator_tokens o WHERE o.hash = ANY ($1::bytea[])
           UNION ALL
           SELECT a.token_hash, 'app', a.id, a.business_id, a.id, NULL, NULL, NULL, NULL, NULL, NULL, a.created_at, NULL, NULL
           FROM core.apps a WHERE a.token_hash = ANY ($1::bytea[])
           UNION ALL
           SELECT h.token_hash, 'handset', h.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, h.created_at, NULL, NULL
           FROM core.handsets h WHERE h.token_hash = ANY ($1::bytea[])
         ) f ON true`,
};

const NUMBERS = {
  name: 'directory.numbers',
  text: `SELECT e.value AS epoch, f.* FROM core.epochs e LEFT JOIN (
           SELECT n.id, n.business_id, n.waba_id, n.number, n.status, n.is_registered, n.carrier, n.account_mode, n.throughput,
                  w.opt_in_policy, w.namespace, s.id AS settings_id, s.content AS settings
           FROM core.phone_numbers n
           JOIN core.wabas w ON w.business_id = n.business_id AND w.id = n.waba_id
           LEFT JOIN LATERAL (SELECT id, content FROM core.number_features
             WHERE business_id = n.business_id AND phone_number_id = n.id AND feature = 'settings' OFFSET 0) s ON true
           WHERE n.id = ANY ($1::int8[])
         ) f ON true`,
};

const TEMPLATES = {
  name: 'directory.templates',
  text: `SELECT e.value AS epoch, f.* FROM core.epochs e LEFT JOIN (
           SELECT t.id, t.business_id, t.waba_id, t.name, t.language, t.category, t.status, t.parameter_format, t.components,
                  t.rejected_reason
           FROM (SELECT DISTINCT * FROM unnest($1::int8[], $2::text[], $3::text[])) k(waba_id, name, language)
           JOIN core.wabas w ON w.id = k.waba_id
           JOIN core.templates t
             ON t.business_id = w.business_id AND t.waba_id = w.id AND t.name = k.name AND t.language = k.language
         ) f ON true`,
};

const OPERATORS = {
  name: 'directory.operators',
  text: `SELECT EXISTS (SELECT 1 FROM core.operator_tokens
                        WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)) AS present`,
};

/** The reads behind `Directory`, each for a whole batch. */
@Injectable()
export class DirectoryStore {
  constructor(private readonly db: Database) {}

  async epoch(): Promise<string> {
    const [row] = await this.db.query<{ epoch: string }>(EPOCH);
    if (!row) throw new Error('core.epochs is empty: the schema was not migrated');
    return row.epoch;
  }

  async tokens(hashes: readonly Buffer[]): Promise<Snapshot<TokenRow>> {
    return snapshot(await this.db.query<WithEpoch<TokenRow>>(TOKENS, [hashes]), 'hash');
  }

  async numbers(ids: readonly string[]): Promise<Snapshot<NumberRow>> {
    return snapshot(await this.db.query<WithEpoch<NumberRow>>(NUMBERS, [ids]), 'id');
  }

  async templates(
    keys: readonly { readonly wabaId: string; readonly name: string; readonly language: string }[],
  ): Promise<Snapshot<TemplateRow>> {
    const values = [keys.map((key) => key.wabaId), keys.map((key) => key.name), keys.map((key) => key.language)];
    return snapshot(await this.db.query<WithEpoch<TemplateRow>>(TEMPLATES, values), 'id');
  }

  /** Whether the node has an operator whose token is good. */
  async hasOperator(now: number): Promise<boolean> {
    const [row] = await this.db.query<{ present: boolean }>(OPERATORS, [now]);
    return row?.present === true;
  }
}

function snapshot<Row>(rows: readonly WithEpoch<Row>[], key: keyof Row): Snapshot<Row> {
  const epoch = rows[0]?.epoch;
  if (epoch === undefined) throw new Error('core.epochs is empty: the schema was not migrated');
  return { epoch, rows: rows.filter((row) => row[key] !== null) as unknown as Row[] };
}

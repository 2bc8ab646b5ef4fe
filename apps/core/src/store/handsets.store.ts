import { Injectable } from '@nestjs/common';
import type { Subscriber, Subscribers } from '#carriers/handset';
import { type HandsetId, IdSequence, type PhoneNumberId } from '#domain';
import { Database, NodeKeys, rowAad } from '#postgres';
import { Clock } from '#runtime';
import { Recent } from './recent.js';

/** Who carries a handset. */
export interface Handset {
  readonly id: HandsetId;
  readonly waId: string;
  readonly name: string;
  readonly online: boolean;
}

const KEPT = 100_000;
const IDENTITY_KEY_BYTES = 8;

interface IdentityRow {
  readonly id: HandsetId;
  readonly identity_generation: number;
}

const CREATE = {
  name: 'handsets.create',
  text: `INSERT INTO core.handsets (id, wa_hash, identity, token_hash, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (wa_hash) DO NOTHING RETURNING id`,
};
const BY_NUMBER = {
  name: 'handsets.by-number',
  text: 'SELECT id, wa_hash, online FROM core.handsets WHERE wa_hash = ANY ($1::bytea[])',
};
const BY_TOKEN = {
  name: 'handsets.by-token',
  text: 'SELECT id, token_hash, identity, online FROM core.handsets WHERE token_hash = ANY ($1::bytea[])',
};
const IDENTITIES = {
  name: 'handsets.identities',
  text: 'SELECT id, identity_generation FROM core.handsets WHERE id = ANY ($1::int8[])',
};
const RENEW_IDENTITY = {
  name: 'handsets.renew-identity',
  text: 'UPDATE core.handsets SET identity_generation = identity_generation + 1 WHERE id = $1 RETURNING id, identity_generation',
};
const SET_ONLINE = {
  name: 'handsets.set-online',
  text: 'UPDATE core.handsets SET online = $2 WHERE id = ANY ($1::int8[]) AND online <> $2',
};
const NUMBER = {
  name: 'handsets.number',
  text: 'SELECT id FROM core.phone_numbers WHERE number = $1 AND is_registered',
};
const LAST_NUMBER = {
  name: 'handsets.last-number',
  text: `SELECT m.phone_number_id AS id FROM core.customers c
         JOIN LATERAL (SELECT phone_number_id, id FROM core.messages m
                       WHERE m.business_id = c.business_id AND m.customer_id = c.id ORDER BY m.id DESC LIMIT 1) m ON true
         WHERE c.wa_hash = $1 ORDER BY m.id DESC LIMIT 1`,
};
const ONLY_NUMBER = {
  name: 'handsets.only-number',
  text: 'SELECT id FROM core.phone_numbers WHERE is_registered ORDER BY id LIMIT 2',
};

/** Subscribers of the handset network: who they are, and whom they write to. Their identity is sealed. */
@Injectable()
export class Handsets implements Subscribers {
  private readonly byNumber = new Recent<string, HandsetId>(KEPT);
  private readonly byToken = new Recent<string, Omit<Handset, 'online'>>(KEPT);
  /** By itself, because it alone changes. */
  private readonly online = new Recent<HandsetId, boolean>(KEPT);

  constructor(
    private readonly db: Database,
    private readonly keys: NodeKeys,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  /** Undefined when the number has a handset already. */
  async create(waId: string, name: string, tokenHash: Buffer): Promise<HandsetId | undefined> {
    const id = this.ids.next<HandsetId>();
    const identity = this.keys.seal(JSON.stringify({ waId, name }), identityAad(id));
    const [row] = await this.db.query<{ id: HandsetId }>(CREATE, [
      id,
      this.keys.index(waId),
      identity,
      tokenHash,
      this.clock.now(),
    ]);
    return row?.id;
  }

  /** Handsets by the SHA-256 of their token, base64url. */
  async byTokens(hashes: readonly string[]): Promise<ReadonlyMap<string, Handset>> {
    const found = new Map<string, Handset>();
    const missing: string[] = [];
    for (const hash of hashes) {
      const kept = this.byToken.get(hash);
      const online = kept && this.online.get(kept.id);
      if (kept && online !== undefined) found.set(hash, { ...kept, online });
      else missing.push(hash);
    }
    if (missing.length > 0) {
      const rows = await this.db.query<{ id: HandsetId; token_hash: Buffer; identity: Buffer; online: boolean }>(BY_TOKEN, [
        missing.map((hash) => Buffer.from(hash, 'base64url')),
      ]);
      for (const row of rows) {
        const identity = JSON.parse(this.keys.open(row.identity, identityAad(row.id)).toString('utf8')) as {
          waId: string;
          name: string;
        };
        const handset = { id: row.id, ...identity };
        const hash = row.token_hash.toString('base64url');
        this.byToken.set(hash, handset);
        this.online.set(row.id, row.online);
        found.set(hash, { ...handset, online: row.online });
      }
    }
    return found;
  }

  async subscribers(waIds: readonly string[]): Promise<ReadonlyMap<string, Subscriber>> {
    const found = new Map<string, Subscriber>();
    const missing = new Map<string, string>();
    for (const waId of waIds) {
      const id = this.byNumber.get(waId);
      const online = id && this.online.get(id);
      if (id && online !== undefined) found.set(waId, { id, online });
      else missing.set(this.keys.index(waId).toString('hex'), waId);
    }
    if (missing.size > 0) {
      const rows = await this.db.query<{ id: HandsetId; wa_hash: Buffer; online: boolean }>(BY_NUMBER, [
        [...missing.keys()].map((hash) => Buffer.from(hash, 'hex')),
      ]);
      for (const row of rows) {
        const waId = missing.get(row.wa_hash.toString('hex')) as string;
        this.byNumber.set(waId, row.id);
        this.online.set(row.id, row.online);
        found.set(waId, { id: row.id, online: row.online });
      }
    }
    return found;
  }

  async identityKeys(ids: readonly HandsetId[]): Promise<ReadonlyMap<HandsetId, string>> {
    if (ids.length === 0) return new Map();
    const rows = await this.db.query<IdentityRow>(IDENTITIES, [ids]);
    return new Map(rows.map((row) => [row.id, this.identityKey(row)]));
  }

  /** The handset is another device, or was set up anew: its identity key is a new one. */
  async renewIdentity(id: HandsetId): Promise<string> {
    const [row] = await this.db.query<IdentityRow>(RENEW_IDENTITY, [id]);
    if (!row) throw new Error('a handset that was just asked is missing');
    return this.identityKey(row);
  }

  async setOnline(ids: readonly HandsetId[], online: boolean): Promise<void> {
    await this.db.query(SET_ONLINE, [ids, online]);
    this.knowOnline(ids, online);
  }

  /** Another core has written it down. */
  knowOnline(ids: readonly HandsetId[], online: boolean): void {
    for (const id of ids) this.online.set(id, online);
  }

  /** The registered number with these digits. */
  async numberWith(digits: string): Promise<PhoneNumberId | undefined> {
    return (await this.db.query<{ id: PhoneNumberId }>(NUMBER, [digits]))[0]?.id;
  }

  /** The number this handset talked to last, or the only one there is. */
  async usualNumber(waId: string): Promise<PhoneNumberId | undefined> {
    const [last] = await this.db.query<{ id: PhoneNumberId }>(LAST_NUMBER, [this.keys.index(waId)]);
    if (last) return last.id;
    const all = await this.db.query<{ id: PhoneNumberId }>(ONLY_NUMBER, []);
    return all.length === 1 ? all[0]?.id : undefined;
  }

  private identityKey({ id, identity_generation: generation }: IdentityRow): string {
    return this.keys.index(`identity-key/${id}/${generation}`).toString('base64', 0, IDENTITY_KEY_BYTES);
  }
}

function identityAad(id: string): string {
  return rowAad('0', 'handsets', id, 'identity');
}

import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Caller } from '#contracts';
import {
  type AppId,
  allScopes,
  type BusinessId,
  type HandsetId,
  isId,
  type NumberStatus,
  ok,
  type OptInPolicy,
  type Permission,
  type PhoneNumberId,
  type Principal,
  refuse,
  type Result,
  type Scope,
  type StoredTemplate,
  type ThroughputLevel,
  type WabaId,
} from '#domain';
import { NodeKeys } from '#postgres';
import { Clock } from '#runtime';
import { CoreConfig } from '../core.config.js';
import { displayNumber } from '../numbers/phone-format.js';
import { DirectoryStore, type NumberRow, type TemplateRow, type TokenRow } from '../store/directory.store.js';
import { openFeature } from '../store/feature-content.js';
import { mayEnter } from './authorize.js';
import { hashFromCaller, hashToken } from './tokens.js';

/** What the hot path must know of a number. */
export interface NumberFacts {
  readonly id: PhoneNumberId;
  readonly businessId: BusinessId;
  readonly wabaId: WabaId;
  /** Digits with country code. */
  readonly number: string;
  readonly displayNumber: string;
  readonly status: NumberStatus;
  readonly isRegistered: boolean;
  readonly carrier: string;
  readonly optInPolicy: OptInPolicy;
  readonly namespace: string;
  readonly accountMode: 'LIVE' | 'SANDBOX';
  readonly throughput: ThroughputLevel;
  /** It asks who is behind a customer's number: webhooks tell the key, and a send may name the one that it is meant for. */
  readonly checksIdentity: boolean;
}

export interface TemplateKey {
  readonly wabaId: string;
  readonly name: string;
  readonly language: string;
}

interface KnownToken {
  readonly principal: Principal;
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
  readonly revoked: boolean;
}

const PRINCIPALS_KEPT = 50_000;
const NUMBERS_KEPT = 20_000;
const TEMPLATES_KEPT = 20_000;

/**
 * Who is asking and with what, from memory. What is kept is valid for one epoch: every change of assets or access moves
 * `core.epochs` in its own transaction, every batch reads that number, and `seen` drops everything when it has moved. So a
 * revoked token is refused from the moment the revoking call was answered, by every core, without anybody being told. What
 * was not found is not kept, so a new token works at once.
 */
@Injectable()
export class Directory {
  private epoch = 0n;
  private readonly tokens = new LRUCache<string, KnownToken>({ max: PRINCIPALS_KEPT });
  private readonly numbersById = new LRUCache<string, NumberFacts>({ max: NUMBERS_KEPT });
  private readonly templatesByKey = new LRUCache<string, StoredTemplate>({ max: TEMPLATES_KEPT });
  private readonly bootstrapHash: string | undefined;

  constructor(
    private readonly store: DirectoryStore,
    private readonly keys: NodeKeys,
    private readonly clock: Clock,
    config: CoreConfig,
  ) {
    this.bootstrapHash = config.bootstrapToken ? hashToken(config.bootstrapToken).toString('base64url') : undefined;
  }

  /** To be called with what a batch's own read saw as `core.epochs.value`, before anything is looked up for that batch. */
  seen(epoch: string): void {
    const now = BigInt(epoch);
    if (now <= this.epoch) return;
    this.epoch = now;
    this.tokens.clear();
    this.numbersById.clear();
    this.templatesByKey.clear();
  }

  /** The epoch that what is kept belongs to. A batch that looked things up under one and reads another starts over. */
  get seenEpoch(): string {
    return this.epoch.toString();
  }

  /** Who these token hashes (base64url) speak for; each is answered. Refused as `token-invalid` or `token-expired`. */
  async principals(hashes: readonly string[]): Promise<Map<string, Result<Principal>>> {
    const tokens = await this.knownTokens(hashes);
    const now = this.clock.now();
    const answers = new Map<string, Result<Principal>>();
    for (const hash of new Set(hashes)) {
      answers.set(hash, judge(tokens.get(hash), now));
    }
    return answers;
  }

  /** Facts of numbers by their ids, of whatever business; ids that do not exist are absent. */
  async numbers(ids: readonly string[]): Promise<Map<string, NumberFacts>> {
    return this.lookUp(this.numbersById, ids.filter(isId), async (missing) => {
      const { epoch, rows } = await this.store.numbers(missing);
      return { epoch, found: rows.map((row) => [row.id, numberFrom(row, this.keys)] as const) };
    });
  }

  /** Templates by `wabaId/name/language`; those that do not exist are absent. */
  async templates(keys: readonly TemplateKey[]): Promise<Map<string, StoredTemplate>> {
    const byName = new Map(keys.filter((key) => isId(key.wabaId)).map((key) => [templateKey(key), key]));
    return this.lookUp(this.templatesByKey, [...byName.keys()], async (missing) => {
      const { epoch, rows } = await this.store.templates(missing.map((name) => byName.get(name) as TemplateKey));
      return { epoch, found: rows.map((row) => [templateKey(templateFrom(row)), templateFrom(row)] as const) };
    });
  }

  /** The principal of a single question: reads the epoch first. */
  async resolve(caller: Caller): Promise<Result<Principal>> {
    if (caller.tokenHash === undefined) return refuse('token-missing', 'An access token is required');
    this.seen(await this.store.epoch());
    const answer = (await this.principals([caller.tokenHash])).get(caller.tokenHash) as Result<Principal>;
    if (!answer.ok) return answer;
    const barred = mayEnter(caller.door, answer.value);
    return barred ? { ok: false, failure: barred } : answer;
  }

  /** One number, freshly: for questions that do not come in batches. The epoch must have been seen. */
  async number(id: string): Promise<NumberFacts | undefined> {
    return (await this.numbers([id])).get(id);
  }

  /** What is known of a token, also of one that is no longer good. */
  async inspect(hash: string): Promise<{ readonly known: KnownToken; readonly valid: boolean } | undefined> {
    this.seen(await this.store.epoch());
    const known = (await this.knownTokens([hash])).get(hash);
    return known && { known, valid: judge(known, this.clock.now()).ok };
  }

  private async knownTokens(hashes: readonly string[]): Promise<Map<string, KnownToken>> {
    const good = hashes.filter((hash) => hashFromCaller(hash) !== undefined);
    const found = await this.lookUp(this.tokens, good, async (missing) => {
      const snapshot = await this.store.tokens(missing.map((hash) => hashFromCaller(hash) as Buffer));
      return {
        epoch: snapshot.epoch,
        found: snapshot.rows.map((row) => [row.hash.toString('base64url'), tokenFrom(row)] as const),
      };
    });
    const bootstrap = this.bootstrapHash;
    if (bootstrap !== undefined && good.includes(bootstrap) && !(await this.store.hasOperator(this.clock.now()))) {
      found.set(bootstrap, bootstrapOperator);
    }
    return found;
  }

  private async lookUp<Value extends object>(
    cache: LRUCache<string, Value>,
    keys: readonly string[],
    load: (missing: readonly string[]) => Promise<{ epoch: string; found: readonly (readonly [string, Value])[] }>,
  ): Promise<Map<string, Value>> {
    const answers = new Map<string, Value>();
    const missing = new Set<string>();
    for (const key of keys) {
      const kept = cache.get(key);
      if (kept) answers.set(key, kept);
      else missing.add(key);
    }
    if (missing.size === 0) return answers;
    const { epoch, found } = await load([...missing]);
    // The rows are of this epoch's snapshot: a newer one drops what is kept, and rows of an older one must not be kept.
    this.seen(epoch);
    const current = BigInt(epoch) === this.epoch;
    for (const [key, value] of found) {
      answers.set(key, value);
      if (current) cache.set(key, value);
    }
    return answers;
  }
}

export function templateKey(key: TemplateKey): string {
  return `${key.wabaId}/${key.name}/${key.language}`;
}

const bootstrapOperator: KnownToken = {
  principal: { kind: 'operator', id: 'bootstrap', businessId: undefined, scopes: allScopes },
  issuedAt: undefined,
  expiresAt: undefined,
  revoked: false,
};

function judge(token: KnownToken | undefined, now: number): Result<Principal> {
  if (!token || token.revoked) return refuse('token-invalid', 'The access token is not valid');
  if (token.expiresAt !== undefined && now >= token.expiresAt) return refuse('token-expired', 'The access token has expired');
  return ok(token.principal);
}

function tokenFrom(row: TokenRow): KnownToken {
  return {
    principal: principalFrom(row),
    issuedAt: millisecondsFrom(row.issued_at),
    expiresAt: millisecondsFrom(row.expires_at),
    revoked: row.revoked_at !== null,
  };
}

function principalFrom(row: TokenRow): Principal {
  switch (row.kind) {
    case 'system-user':
      return {
        kind: 'system-user',
        id: row.id,
        businessId: row.business_id as BusinessId,
        appId: (row.app_id ?? undefined) as AppId | undefined,
        permissions: (row.permissions ?? []) as readonly Permission[],
        wabas: row.wabas ?? 'all',
      };
    case 'on-prem-user':
      return {
        kind: 'on-prem-user',
        id: row.id,
        businessId: row.business_id as BusinessId,
        phoneNumberId: row.phone_number_id as PhoneNumberId,
        username: row.username ?? '',
        role: row.role ?? 'user',
      };
    case 'operator':
      return {
        kind: 'operator',
        id: row.id,
        businessId: (row.business_id ?? undefined) as BusinessId | undefined,
        scopes: (row.scopes ?? []) as readonly Scope[],
      };
    case 'app':
      return { kind: 'app', id: row.id, businessId: row.business_id as BusinessId, appId: row.id as AppId };
    case 'handset':
      return { kind: 'handset', id: row.id, handsetId: row.id as HandsetId };
  }
}

function checksIdentity({ business_id: businessId, settings_id: id, settings: content }: NumberRow, keys: NodeKeys): boolean {
  return id !== null && content !== null && openFeature(keys, 'settings', { businessId, id, content }).userIdentityChange.enabled;
}

function numberFrom(row: NumberRow, keys: NodeKeys): NumberFacts {
  return {
    id: row.id as PhoneNumberId,
    businessId: row.business_id as BusinessId,
    wabaId: row.waba_id as WabaId,
    number: row.number,
    displayNumber: displayNumber(row.number),
    status: row.status as NumberStatus,
    isRegistered: row.is_registered,
    carrier: row.carrier,
    optInPolicy: row.opt_in_policy as OptInPolicy,
    namespace: row.namespace,
    accountMode: row.account_mode as 'LIVE' | 'SANDBOX',
    throughput: row.throughput,
    checksIdentity: checksIdentity(row, keys),
  };
}

function templateFrom(row: TemplateRow): StoredTemplate {
  return {
    id: row.id as StoredTemplate['id'],
    wabaId: row.waba_id as WabaId,
    name: row.name,
    language: row.language,
    category: row.category as StoredTemplate['category'],
    status: row.status as StoredTemplate['status'],
    parameterFormat: row.parameter_format as StoredTemplate['parameterFormat'],
    components: row.components as StoredTemplate['components'],
    rejectedReason: row.rejected_reason ?? undefined,
  };
}

function millisecondsFrom(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}

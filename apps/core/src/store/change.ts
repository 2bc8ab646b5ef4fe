import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DomainEvent, EventSubject } from '#contracts';
import { IdSequence, type Principal } from '#domain';
import type { Tx } from '#postgres';
import { Clock } from '#runtime';
import { Outbox, type StagedRows } from '../outbox/outbox.js';
import { type AuditRow, AuditStore, NODE_BUSINESS } from './audit.store.js';
import { sha256Hex } from './chain.store.js';

/** Who makes a change: a caller that has been resolved, or the node itself. */
export type ChangeCaller =
  { readonly principal: Principal; readonly requestId: string; readonly ip?: string | undefined } | 'system';

export interface AuditEntry {
  /** `noun.verbed`, as in log lines. */
  readonly action: string;
  /** Kind and id of what was changed, such as `template/123`. */
  readonly object: string;
  /** Whose chain it belongs to; the caller's business, or the node, when absent. */
  readonly businessId?: string | undefined;
  /** What was there before and after; only digests are kept. Never a secret: a short one could be guessed from its digest. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly result?: 'done' | 'refused' | undefined;
}

/** What a change leaves behind besides its rows. */
export interface Note {
  event(kind: EventSubject, event: DomainEvent): void;
  audit(entry: AuditEntry): void;
}

/** One transaction: SQL, and repositories on the same connection. */
export interface ChangeTx extends Tx {
  readonly rows: EntityManager;
}

export interface ChangeOptions {
  /** False for what nobody keeps in memory (a new token, a consent): caches then stay. */
  readonly movesEpoch?: boolean | undefined;
}

const MOVE_EPOCH = { name: 'epochs.move', text: 'UPDATE core.epochs SET value = value + 1' };

/**
 * The unit of work of every change to assets and access. One transaction holds the change, its audit rows under a link of
 * their chain, its events, and the step of the epoch that makes every core drop what it keeps in memory; after the commit
 * the events are published from memory. Work that notes nothing (a refusal) moves nothing.
 */
@Injectable()
export class Changes {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditStore,
    private readonly outbox: Outbox,
    private readonly ids: IdSequence,
    private readonly clock: Clock,
  ) {}

  async run<T>(caller: ChangeCaller, work: (tx: ChangeTx, note: Note) => Promise<T>, options: ChangeOptions = {}): Promise<T> {
    const staged: StagedRows[] = [];
    const result = await this.dataSource.transaction(async (rows) => {
      const tx = onOneConnection(rows);
      const entries: AuditEntry[] = [];
      const events = new Map<EventSubject, DomainEvent[]>();
      const value = await work(tx, {
        audit: (entry) => void entries.push(entry),
        event: (kind, event) => {
          const ofKind = events.get(kind);
          if (ofKind) ofKind.push(event);
          else events.set(kind, [event]);
        },
      });
      await this.audit.add(
        tx,
        entries.map((entry) => this.auditRow(caller, entry)),
      );
      for (const [kind, ofKind] of events) staged.push(await this.outbox.stage(tx, kind, ofKind));
      // Last, because its row lock makes all other changes wait until this one has committed.
      if ((entries.length > 0 || events.size > 0) && options.movesEpoch !== false) await tx.query(MOVE_EPOCH);
      return value;
    });
    for (const rows of staged) this.outbox.publish(rows);
    return result;
  }

  private auditRow(caller: ChangeCaller, entry: AuditEntry): AuditRow {
    const principal = caller === 'system' ? undefined : caller.principal;
    const own = principal && 'businessId' in principal ? principal.businessId : undefined;
    return {
      businessId: entry.businessId ?? own ?? NODE_BUSINESS,
      id: this.ids.next(),
      at: this.clock.now(),
      actorKind: principal?.kind ?? 'system',
      actorId: principal?.id ?? 'system',
      action: entry.action,
      object: entry.object,
      beforeDigest: digestOf(entry.before),
      afterDigest: digestOf(entry.after),
      result: entry.result ?? 'done',
      requestId: caller === 'system' ? '' : caller.requestId,
      ip: caller === 'system' ? null : (caller.ip ?? null),
    };
  }
}

function digestOf(value: unknown): string | null {
  return value === undefined ? null : sha256Hex(JSON.stringify(value));
}

/** The transaction as a `Tx`, for stores that speak SQL. TypeORM prepares no statements by name, so the name goes unused. */
function onOneConnection(rows: EntityManager): ChangeTx {
  const runner = rows.queryRunner;
  if (!runner) throw new Error('a transaction has a connection of its own');
  return {
    rows,
    query: async <Row>(statement: { readonly text: string }, values: readonly unknown[] = []) =>
      (await runner.query(statement.text, [...values], true)).records as Row[],
  };
}

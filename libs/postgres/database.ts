import pg from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { createDataSource } from './data-source.js';
import { readServerSettings, refuseOldServer, unsafeDurability, type ServerSettings } from './server-checks.js';
import { sessionConfig } from './session.js';

/** The part of a log that this library writes to; any wide-line log has it. */
export interface DatabaseLog {
  info(event: string, fields?: object): void;
  warn(event: string, fields?: object): void;
  error(event: string, fields?: object): void;
}

/** A prepared statement. The name is its identity on a connection, so one name has one text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** One transaction on one connection; good only inside the `work` it was handed to. */
export interface Tx {
  query<Row = Record<string, unknown>>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly applicationName: string;
  /** Connections at most. */
  readonly max: number;
  readonly log: DatabaseLog;
  /** The schema that unqualified names are looked up in. */
  readonly schema?: string | undefined;
}

/** `int8`, `numeric` and `date` come back as text: a double holds neither of the first two, and a `date` has no zone. */
export class Database {
  readonly pool: pg.Pool;

  constructor(private readonly options: DatabaseOptions) {
    this.pool = new pg.Pool({
      ...sessionConfig(options),
      max: options.max,
      idleTimeoutMillis: 30_000,
      // The pool must not keep a process alive that has nothing else to do.
      allowExitOnIdle: true,
    });
    // A lost connection is an `error` event on its client, in the pool or out of it; without a listener it ends the process.
    this.pool.on('error', (error) => options.log.warn('database.idle-connection-lost', { error }));
    this.pool.on('connect', (client) => client.on('error', (error) => options.log.warn('database.connection-lost', { error })));
  }

  /** The hot path: one round trip, planned once a connection. */
  async query<Row = Record<string, unknown>>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.pool.query(prepared(statement, values))).rows as Row[];
  }

  /**
   * Commits what `work` did, or nothing of it. When the connection is lost during the COMMIT itself the outcome is unknown
   * and the error says so by being thrown: whoever asks again does it idempotently.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      const result = await work({
        query: async <Row>(statement: Statement, values: readonly unknown[] = []) =>
          (await client.query(prepared(statement, values))).rows as Row[],
      });
      const { command } = await client.query('COMMIT');
      // PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error: `work` has swallowed one.
      if (command !== 'COMMIT') throw new Error('the transaction was rolled back: an error inside it was not passed on');
      return result;
    } catch (error) {
      // Whatever state the connection is in, another user must not inherit it.
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** TypeORM over the same server; it opens no connection until it is initialised. */
  dataSource(options: { readonly schema: string; readonly entities?: DataSourceOptions['entities'] }): DataSource {
    return createDataSource({
      ...options,
      url: this.options.url,
      applicationName: this.options.applicationName,
    });
  }

  async serverSettings(): Promise<ServerSettings> {
    const [settings] = await this.query<ServerSettings>(readServerSettings);
    if (!settings) throw new Error('PostgreSQL answered no settings');
    return settings;
  }

  /** Throws `UnsupportedServer` for PostgreSQL < 18. An unsafe server is only warned of: tests and trials run on one on purpose. */
  async verifyServer(): Promise<ServerSettings> {
    const settings = await this.serverSettings();
    refuseOldServer(settings);
    const unsafe = unsafeDurability(settings);
    if (unsafe) this.options.log.warn('database.unsafe', { reason: unsafe });
    return settings;
  }

  /** For a readiness check: undefined when the database answers, otherwise the reason in a few words. */
  async check(): Promise<string | undefined> {
    try {
      await this.query(ping);
      return undefined;
    } catch (error) {
      return `database: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Waits for the statements that are running. */
  async close(): Promise<void> {
    await this.pool.end();
  }
}

const ping: Statement = { name: 'ping', text: 'SELECT 1' };

function prepared(statement: Statement, values: readonly unknown[]): pg.QueryConfig {
  return {
    name: statement.name,
    text: statement.text,
    values: values as unknown[],
  };
}

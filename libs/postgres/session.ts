import pg from 'pg';

/** How each connection of the node behaves; all of it is set when the connection opens, so no statement is spent on it. */
export interface SessionOptions {
  readonly url: string;
  readonly applicationName: string;
  /** The one schema that unqualified names are looked up in; `public` when it is not given. */
  readonly schema?: string | undefined;
  readonly statementTimeoutMs?: number | undefined;
  readonly lockTimeoutMs?: number | undefined;
}

const SECOND = 1000;
const DATE_OID = 1082;

/** Connection options for `pg`, from one URL. */
export function sessionConfig(options: SessionOptions): pg.ClientConfig {
  const statementTimeout = options.statementTimeoutMs ?? 15 * SECOND;
  const settings: Record<string, string> = {
    // Every statement of the node looks rows up by key. A plan is chosen once, often while its tables are still empty, when
    // reading all of a table costs nothing; so what costs nothing then must not be chosen, or it is paid for at every call
    // until somebody analyses the table. The planner still takes such a way where there is no other.
    plan_cache_mode: 'force_generic_plan',
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    statement_timeout: `${statementTimeout}`,
    lock_timeout: `${options.lockTimeoutMs ?? 2 * SECOND}`,
    idle_in_transaction_session_timeout: `${15 * SECOND}`,
    search_path: `${pg.escapeIdentifier(options.schema ?? 'public')},pg_temp`,
    TimeZone: 'UTC',
  };
  return {
    connectionString: withoutOptions(options.url),
    application_name: options.applicationName,
    options: [optionsIn(options.url), ...Object.entries(settings).map(([name, value]) => `-c ${name}=${escapeOption(value)}`)]
      .filter((part) => part !== '')
      .join(' '),
    keepAlive: true,
    connectionTimeoutMillis: 5 * SECOND,
    // The server cancels first; this is for a server that has stopped answering at all.
    ...(statementTimeout === 0 ? {} : { query_timeout: statementTimeout + 5 * SECOND }),
    types: { getTypeParser },
  };
}

/** The driver reads a `date` as midnight of the machine's own zone; here it stays the text that the server sent. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === DATE_OID && format !== 'binary'
    ? (text: string) => text
    : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'];

function optionsIn(url: string): string {
  return URL.canParse(url) ? (new URL(url).searchParams.get('options') ?? '') : '';
}

/** What the URL says would win over the options given beside it. */
function withoutOptions(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  parsed.searchParams.delete('options');
  parsed.searchParams.delete('application_name');
  return parsed.href;
}

function escapeOption(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll(' ', '\\ ');
}

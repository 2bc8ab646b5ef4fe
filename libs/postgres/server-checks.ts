/** What `SELECT name, setting FROM pg_settings` tells, as far as it matters here. */
export interface ServerSettings {
  readonly server_version_num: string;
  readonly server_version: string;
  readonly fsync: string;
  readonly synchronous_commit: string;
  readonly full_page_writes: string;
}

/** `RETURNING old.*` and other things of version 18 are used, so an older server would fail in the middle of a send. */
export const OLDEST_SERVER = 180_000;

export class UnsupportedServer extends Error {
  override readonly name = 'UnsupportedServer';
}

/** Throws one clear line when the server is older than PostgreSQL 18. */
export function refuseOldServer(settings: Pick<ServerSettings, 'server_version' | 'server_version_num'>): void {
  if (Number(settings.server_version_num) >= OLDEST_SERVER) return;
  throw new UnsupportedServer(
    `PostgreSQL 18 or newer is needed, but DATABASE_URL leads to PostgreSQL ${settings.server_version}: upgrade that server or name another one`,
  );
}

/** Why an acknowledged commit could be lost on this server; undefined when it could not. */
export function unsafeDurability(settings: ServerSettings): string | undefined {
  const unsafe = [
    ...(settings.fsync === 'on' ? [] : [`fsync is ${settings.fsync}`]),
    // `remote_apply` and `remote_write` wait for more than the local disk, `local` for the local disk alone.
    ...(settings.synchronous_commit === 'off' ? ['synchronous_commit is off'] : []),
    ...(settings.full_page_writes === 'on' ? [] : [`full_page_writes is ${settings.full_page_writes}`]),
  ];
  return unsafe.length === 0 ? undefined : `${unsafe.join(', ')}: a message answered 2xx could be lost`;
}

export const readServerSettings = {
  name: 'read-server-settings',
  text: `SELECT current_setting('server_version_num') AS server_version_num,
                current_setting('server_version') AS server_version,
                current_setting('fsync') AS fsync,
                current_setting('synchronous_commit') AS synchronous_commit,
                current_setting('full_page_writes') AS full_page_writes`,
} as const;

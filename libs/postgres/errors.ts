/** The SQLSTATE of an error that PostgreSQL itself answered; undefined for everything else (sockets, timeouts, bugs). */
export function sqlState(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = driverErrorOf(at), depth++) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !SOCKET_CODE.test(code)) return code;
  }
  return undefined;
}

/** The constraint that a row broke, so that a caller can tell the unique race it expects from a bug. */
export function brokenConstraint(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = driverErrorOf(at), depth++) {
    const constraint = (at as { constraint?: unknown }).constraint;
    if (typeof constraint === 'string') return constraint;
  }
  return undefined;
}

/**
 * True when a row is at fault, not the server: SQLSTATE class 22 (data) and 23 (constraints). A batch that fails so is
 * split until the row is found. A unique violation is in class 23 too: whoever expects that race handles it before asking.
 */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && (state.startsWith('22') || state.startsWith('23'));
}

/**
 * True when the server could not do it now, and the same statement may succeed later: connection lost or refused, shutting
 * down (57P0x), out of resources (53xxx), rolled back for a deadlock or serialization (40xxx), a lock or statement timeout.
 */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) {
    return (
      state.startsWith('08') ||
      state.startsWith('53') ||
      state.startsWith('40') ||
      state.startsWith('58') ||
      state.startsWith('57P') ||
      state === QUERY_CANCELED ||
      state === LOCK_NOT_AVAILABLE ||
      state === READ_ONLY_TRANSACTION ||
      state === IDLE_IN_TRANSACTION
    );
  }
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = driverErrorOf(at), depth++) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
    if (DRIVER_MESSAGES.some((message) => (at as Error).message.startsWith(message))) return true;
    if (at instanceof AggregateError && at.errors.length > 0 && at.errors.every(isUnavailable)) return true;
  }
  return false;
}

const QUERY_CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';
/** What a failed-over primary answers until the clients find the new one. */
const READ_ONLY_TRANSACTION = '25006';
const IDLE_IN_TRANSACTION = '25P03';

/** Node's five-letter socket errors look like SQLSTATEs; no SQLSTATE class of PostgreSQL starts with E. */
const SOCKET_CODE = /^E/;
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
/** The driver gives these no code. */
const DRIVER_MESSAGES = [
  'Connection terminated',
  'Connection ended unexpectedly',
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
];

function driverErrorOf(error: Error): unknown {
  return (error as { driverError?: unknown }).driverError ?? error.cause;
}

/**
 * Why the bus could not be used. After `timeout` and `connection-lost` the question may have been acted upon; after the
 * others it has not.
 */
export type BusUnavailableReason =
  | 'not-connected'
  | 'connection-lost'
  | 'no-responders'
  | 'timeout'
  | 'too-many-outstanding'
  | 'overloaded'
  | 'stream-unavailable'
  | 'stream-missing'
  | 'closed';

/** The bus, or whoever should answer, is away or full. Asking again later makes sense. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
  readonly retryAfterSeconds: number;

  constructor(
    readonly reason: BusUnavailableReason,
    readonly subject: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${subject}: the bus is unavailable (${reason})`, options);
    this.retryAfterSeconds = reason === 'overloaded' || reason === 'too-many-outstanding' ? 1 : 2;
  }
}

/** The one who was asked failed while answering; what happened there is in its own log. */
export class BusRemoteError extends Error {
  override readonly name = 'BusRemoteError';
  constructor(
    readonly subject: string,
    readonly failure: RemoteFailure,
  ) {
    super(`${subject}: the answering app failed (${failure})`);
  }
}

/** `malformed`: the question was no JSON. */
export type RemoteFailure = 'internal' | 'malformed' | 'overloaded';

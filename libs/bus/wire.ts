import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { decodeUtf8, encodeUtf8 } from '#runtime';
import type { RemoteFailure } from './bus-errors.js';

/** JSON in UTF-8; nothing at all stands for `undefined`. */
export function encode(value: unknown): Uint8Array {
  return value === undefined ? EMPTY : encodeUtf8(JSON.stringify(value));
}

/** @throws SyntaxError */
export function decode<T>(data: Uint8Array): T {
  if (data.length === 0) return undefined as T;
  return JSON.parse(decodeUtf8(data)) as T;
}

const EMPTY = new Uint8Array(0);

const FAILURE = 'Relais-Failure';
const TIMEOUT = 'Relais-Timeout-Ms';
const NO_RESPONDERS = 503;

export function failureHeaders(failure: RemoteFailure): MsgHdrs {
  const wire = headers();
  wire.set(FAILURE, failure);
  return wire;
}

export function failureOf(message: Msg): RemoteFailure | undefined {
  const failure = message.headers?.get(FAILURE);
  return failure === '' ? undefined : (failure as RemoteFailure | undefined);
}

/** How long the asker waits: whoever answers need not work for one that has gone. Relative, because machines' clocks differ. */
export function timeoutHeaders(timeoutMs: number): MsgHdrs {
  const wire = headers();
  wire.set(TIMEOUT, String(timeoutMs));
  return wire;
}

export function timeoutOf(message: Msg): number | undefined {
  const text = message.headers?.get(TIMEOUT);
  const timeout = text ? Number(text) : Number.NaN;
  return Number.isFinite(timeout) && timeout > 0 ? timeout : undefined;
}

/** What the server itself answers on a reply subject when nobody listens. */
export function isNoResponders(message: Msg): boolean {
  return message.data.length === 0 && message.headers?.code === NO_RESPONDERS;
}

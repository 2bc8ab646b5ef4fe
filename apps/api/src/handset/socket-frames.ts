import { type Failure, type Result, ok, refuse } from '#domain';
import { malformedText } from '../http/well-formed.js';
import type { HandsetMessageJson } from './message-json.js';

/** What a client may write on a handset socket. */
export type ClientFrame =
  | { readonly type: 'attach'; readonly tokens: readonly string[] }
  | { readonly type: 'receipts'; readonly receipts: readonly WrittenReceipt[] }
  | {
      readonly type: 'send';
      readonly ref: string | undefined;
      readonly from: string | undefined;
      readonly idempotencyKey: unknown;
      readonly message: unknown;
    };

export interface WrittenReceipt {
  readonly id: string;
  /** The handset's wa_id; may be left out on a socket of one handset. */
  readonly to: string | undefined;
  readonly status: 'delivered' | 'read' | 'played';
}

/** What the node writes. */
export type ServerFrame =
  | { readonly type: 'attached'; readonly handsets: readonly ({ readonly waId: string } | null)[] }
  | { readonly type: 'detached'; readonly handsets: readonly { readonly waId: string }[] }
  | { readonly type: 'messages'; readonly messages: readonly HandsetMessageJson[] }
  | { readonly type: 'read'; readonly id: string; readonly from: string; readonly to: string; readonly typing?: true }
  | { readonly type: 'accepted'; readonly ref: string | undefined; readonly id: string }
  | {
      readonly type: 'refused';
      readonly ref?: string | undefined;
      readonly code: Failure['code'];
      readonly detail?: string | undefined;
      readonly field?: string | undefined;
      readonly retryAfterSeconds?: number | undefined;
    };

export function refusedFrame(failure: Failure, ref?: string): ServerFrame {
  return { type: 'refused', ref, ...failure };
}

export const mostHandsets = 20_000;
const MOST_RECEIPTS = 10_000;
const LONGEST_REF = 256;

/** Reads one frame; what cannot be read is refused and changes nothing. */
export function readFrame(text: string): Result<ClientFrame> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse('malformed-json', 'The frame is not valid JSON');
  }
  if (!isRecord(json)) return refuse('invalid-parameter', 'A frame must be a JSON object');
  const unfit = malformedText(json);
  if (unfit) return { ok: false, failure: unfit };
  switch (json['type']) {
    case 'attach':
      return readAttach(json['tokens']);
    case 'receipts':
      return readReceipts(json['receipts']);
    case 'send':
      return readSend(json);
    default:
      return refuse('invalid-parameter', 'type must be attach, receipts or send', { field: 'type' });
  }
}

function readAttach(tokens: unknown): Result<ClientFrame> {
  const field = 'tokens';
  if (!Array.isArray(tokens) || tokens.length === 0)
    return refuse('invalid-parameter', 'tokens must be a list of tokens', { field });
  if (tokens.length > mostHandsets) return refuse('invalid-parameter', `At most ${mostHandsets} handsets a socket`, { field });
  if (!tokens.every((token) => typeof token === 'string' && token !== ''))
    return refuse('invalid-parameter', 'A token must be a text', { field });
  return ok({ type: 'attach', tokens: tokens as string[] });
}

function readReceipts(receipts: unknown): Result<ClientFrame> {
  const field = 'receipts';
  if (!Array.isArray(receipts)) return refuse('invalid-parameter', 'receipts must be a list', { field });
  if (receipts.length > MOST_RECEIPTS) return refuse('invalid-parameter', `At most ${MOST_RECEIPTS} receipts a frame`, { field });
  const read: WrittenReceipt[] = [];
  for (const [position, receipt] of receipts.entries()) {
    if (!isRecord(receipt)) return refuse('invalid-parameter', 'A receipt must be an object', { field: `receipts[${position}]` });
    const { id, to, status } = receipt;
    if (typeof id !== 'string') return refuse('invalid-parameter', 'id must be a text', { field: `receipts[${position}].id` });
    if (to !== undefined && typeof to !== 'string')
      return refuse('invalid-parameter', 'to must be a text', { field: `receipts[${position}].to` });
    if (status !== 'delivered' && status !== 'read' && status !== 'played') {
      return refuse('invalid-parameter', 'status must be delivered, read or played', { field: `receipts[${position}].status` });
    }
    read.push({ id, to, status });
  }
  return ok({ type: 'receipts', receipts: read });
}

function readSend(json: Record<string, unknown>): Result<ClientFrame> {
  const { ref, from, idempotencyKey, message } = json;
  if (ref !== undefined && (typeof ref !== 'string' || ref.length > LONGEST_REF)) {
    return refuse('invalid-parameter', `ref must be a text of at most ${LONGEST_REF} characters`, { field: 'ref' });
  }
  if (from !== undefined && typeof from !== 'string')
    return refuse('invalid-parameter', 'from must be a text', { field: 'from' });
  return ok({ type: 'send', ref, from, idempotencyKey, message });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { WebhookField } from './app-subscriptions.js';
import { graphJson, graphText } from './graph-json.js';

/** What happened at one WABA. `time` (Unix seconds) stands with every field but `messages`. */
export interface GraphEntry {
  readonly id: string;
  readonly time?: number | undefined;
  readonly changes: readonly GraphChange[];
}

export interface GraphChange {
  readonly value: Readonly<Record<string, unknown>>;
  readonly field: WebhookField;
}

/** An entry whose changes are written already, in the JSON of `graphJson`: what a POST is put together from. */
export interface GraphPart {
  readonly wabaId: string;
  readonly time: number | undefined;
  /** The JSON of each change, commas between them. */
  readonly changes: string;
}

/**
 * The JSON of one POST from many parts: neighbours of one WABA and one time become one entry, and changes keep their order.
 * At most 1,000 of them and 3 MB belong in a POST; whoever joins sees to that. It comes in pieces, ASCII all, which stand one
 * behind the other: put together they would only be copied once more.
 */
export function joinGraphWebhook(parts: readonly GraphPart[]): readonly string[] {
  const entries = new Map<string, Joined>();
  let entry: Joined | undefined;
  for (const part of parts) {
    const { wabaId, time, changes } = part;
    if (entry?.wabaId !== wabaId || entry.time !== time) entry = entries.get(`${wabaId} ${time ?? ''}`);
    if (entry) entry.pieces.push(`,${changes}`);
    else entries.set(`${wabaId} ${time ?? ''}`, (entry = { wabaId, time, pieces: [head(part), changes] }));
  }
  const pieces = ['{"object":"whatsapp_business_account","entry":['];
  for (const joined of entries.values()) {
    if (pieces.length > 1) pieces.push(',');
    for (const piece of joined.pieces) pieces.push(piece);
    pieces.push(TAIL);
  }
  pieces.push(']}');
  return pieces;
}

interface Joined extends Pick<GraphPart, 'wabaId' | 'time'> {
  readonly pieces: string[];
}

const TAIL = ']}';

function head({ wabaId, time }: GraphPart): string {
  return `{"id":"${graphText(wabaId)}",${time === undefined ? '' : `"time":${time},`}"changes":[`;
}

/** A part as JSON of its own, for whoever keeps it: a `GraphEntry`. */
export function writeGraphEntry(part: GraphPart): string {
  return head(part) + part.changes + TAIL;
}

/** The part that was kept as this entry. */
export function readGraphEntry({ id, time, changes }: GraphEntry): GraphPart {
  return { wabaId: id, time, changes: changes.map(graphJson).join(',') };
}

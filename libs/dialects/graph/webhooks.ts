import type { WebhookField } from './app-subscriptions.js';

/** One POST to an endpoint. */
export interface GraphWebhook {
  readonly object: 'whatsapp_business_account';
  readonly entry: readonly GraphEntry[];
}

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

/**
 * One POST from many entries: neighbours of one WABA and one time become one entry, and changes keep their order. At most
 * 1,000 of them and 3 MB belong in a POST; whoever joins sees to that.
 */
export function joinGraphWebhook(entries: readonly GraphEntry[]): GraphWebhook {
  const joined = new Map<string, { id: string; time?: number; changes: GraphChange[] }>();
  for (const { id, time, changes } of entries) {
    const key = `${id} ${time ?? ''}`;
    const known = joined.get(key);
    if (known) known.changes.push(...changes);
    else joined.set(key, { id, ...(time === undefined ? {} : { time }), changes: [...changes] });
  }
  return { object: 'whatsapp_business_account', entry: [...joined.values()] };
}

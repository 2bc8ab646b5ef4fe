import type { Endpoint } from '#contracts';
import type { WaitingDelivery } from '../store/backlog.store.js';
import type { Webhook } from './attempts.js';
import { cutToBytes } from './plan-shares.js';
import { encodeWebhook, readKept } from './webhook.js';

/** As many of the waiting as fit into one webhook: all of them, unless their bytes turn out longer than was planned. */
export function fitting(
  endpoint: Endpoint,
  waiting: readonly WaitingDelivery[],
): { readonly rows: readonly WaitingDelivery[]; readonly webhook: Webhook } {
  const parts = waiting.flatMap((row) => readKept(endpoint.dialect, row.parts));
  const asUpdates = parts.map((part) => ({ part, source: '', through: 0 }));
  const [first] = cutToBytes(asUpdates, (some) => encodeWebhook(endpoint.dialect, some));
  if (first && first.updates.length === parts.length)
    return { rows: waiting, webhook: { bytes: first.bytes, updates: parts.length } };
  if (waiting.length > 1) return fitting(endpoint, waiting.slice(0, Math.ceil(waiting.length / 2)));
  // One row was cut to fit when it was made, and goes as it is.
  return { rows: waiting, webhook: { bytes: encodeWebhook(endpoint.dialect, parts), updates: parts.length } };
}

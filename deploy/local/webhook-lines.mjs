// Shows on the terminal what the sandbox's webhook receiver gets, one short line each.

const EVERY_MS = 500;

/**
 * Follows a receiver until the answer is called.
 * @param {string} url
 * @param {import('./screen.mjs').Screen} screen
 */
export function watchWebhooks(url, screen) {
  let since = 0;
  let asking = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    void ask().finally(() => (asking = false));
  }, EVERY_MS);

  async function ask() {
    try {
      const answer = await fetch(`${url}/events?since=${since}`, { signal: AbortSignal.timeout(2_000) });
      const { last, events } = await answer.json();
      // A receiver that was started again counts from the beginning.
      since = last;
      for (const event of events) screen.line(lineOf(event));
    } catch {
      // It is being started again; what it gets until then stands in its log.
    }
  }

  return () => clearInterval(timer);
}

/** `10:42:31  webhook /graph (signature valid)  message text from 491713920001, status delivered` */
export function lineOf({ receivedAt, path, signature, body }) {
  const time = receivedAt.slice(11, 19);
  const things = [...thingsOf(body)];
  const shown = things.slice(0, 4).join(', ') + (things.length > 4 ? ` and ${things.length - 4} more` : '');
  return `  ${time}  webhook ${path} (signature ${signature})  ${shown || JSON.stringify(body).slice(0, 120)}`;
}

function* thingsOf(body) {
  const values = body?.entry
    ? body.entry.flatMap(({ changes }) => changes ?? []).map(({ field, value }) => ({ field, ...value }))
    : [body];
  for (const value of values) {
    if (value === null || typeof value !== 'object') continue;
    for (const message of value.messages ?? []) yield `message ${message.type} from ${message.from}`;
    for (const status of value.statuses ?? []) yield `status ${status.status} to ${status.recipient_id}`;
    if (!value.messages && !value.statuses && value.field) yield value.field;
  }
}

import type { Endpoint } from '#contracts';
import type { AttemptOutcome } from '#domain';
import { Clock, OutboundFailed, OutboundRefused, type Outbound } from '#runtime';
import { retryAfterSeconds } from './judge-attempt.js';
import { signature } from './webhook.js';

const MAX_RESPONSE_BYTES = 65_536;

/** One POST. 200 and nothing else is success, in both dialects; what the receiver says besides is not looked at. */
export async function postWebhook(
  outbound: Pick<Outbound, 'request'>,
  clock: Clock,
  endpoint: Endpoint,
  body: Buffer,
  options: { readonly userAgent: string; readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<AttemptOutcome> {
  try {
    const { status, headers } = await outbound.request({
      method: 'POST',
      url: endpoint.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': options.userAgent,
        ...(endpoint.dialect === 'graph' ? { 'x-hub-signature-256': signature(body, endpoint.appSecret) } : {}),
      },
      body,
      timeoutMs: options.timeoutMs,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      signal: options.signal,
    });
    if (status === 200) return { kind: 'acknowledged', status };
    return { kind: 'refused', status, retryAfterSeconds: retryAfterSeconds(headers['retry-after'], clock.real()) };
  } catch (error) {
    if (error instanceof OutboundRefused) return { kind: 'barred', reason: error.reason };
    if (error instanceof OutboundFailed) return { kind: 'unreachable', reason: `${error.fault}: ${error.message}` };
    throw error;
  }
}

/** Where it went, without what the query may hold. */
export function urlForLog(url: string): string {
  return URL.canParse(url) ? `${new URL(url).origin}${new URL(url).pathname}` : '';
}

/** An outcome in a word or two, for a row and a log line. */
export function outcomeText(outcome: AttemptOutcome): string {
  switch (outcome.kind) {
    case 'acknowledged':
    case 'refused':
      return String(outcome.status);
    case 'unreachable':
    case 'barred':
      return `${outcome.kind}: ${outcome.reason}`.slice(0, 200);
  }
}

import { type Result, ok, refuse } from '#domain';
import { type Outbound, OutboundRefused } from '#runtime';

/** The asking app waits four seconds at most. */
const HANDSHAKE_TIMEOUT_MS = 3_000;

/**
 * The platform's handshake: the address must answer 200 with the challenge as its body, and nothing else will do. The query
 * is appended as text, so that what the client's own query says stays as it was written.
 */
export async function shakeHands(
  outbound: Pick<Outbound, 'request'>,
  asked: { readonly url: string; readonly verifyToken: string },
  challenge: string,
): Promise<Result<null>> {
  const query = new URLSearchParams({
    'hub.mode': 'subscribe',
    'hub.challenge': challenge,
    'hub.verify_token': asked.verifyToken,
  });
  const url = `${asked.url}${asked.url.includes('?') ? '&' : '?'}${query}`;
  try {
    const answer = await outbound.request({ method: 'GET', url, timeoutMs: HANDSHAKE_TIMEOUT_MS, maxResponseBytes: 4_096 });
    if (answer.status !== 200) return failed(`it answered ${answer.status}`);
    if (answer.truncated || answer.body.toString('utf8') !== challenge) return failed('its answer is not the challenge');
    return ok(null);
  } catch (error) {
    if (error instanceof OutboundRefused) return refuse('webhook-url-refused', `The callback URL is refused: ${error.reason}`);
    return failed(error instanceof Error ? error.message : 'it could not be called');
  }
}

function failed(reason: string): Result<null> {
  return refuse('webhook-handshake-failed', `The callback URL could not be verified: ${reason}`);
}

import { sleep } from '#runtime';
import { BusUnavailable } from './bus-errors.js';

const ASK_AGAIN_MS = 500;
/** What is not the bus's fault is told at once; that nobody answers yet, only now and then. */
const TELL_EVERY = 20;

/**
 * Asks again until an answer comes: who should answer may start later than who asks.
 * @throws the signal's reason, once it is aborted.
 */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): Promise<T> {
  for (let asked = 1; ; asked++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof BusUnavailable) || asked % TELL_EVERY === 0) onError(error);
      await sleep(ASK_AGAIN_MS, signal);
    }
  }
}

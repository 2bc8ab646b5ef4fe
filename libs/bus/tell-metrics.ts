import { type Notice, telemetry } from '#contracts';
import type { Log, Metrics } from '#runtime';

const EVERY_MS = 4_000;

/** As much of the bus as telling needs. */
interface Voice {
  readonly app: string;
  readonly instance: string;
  readonly connected: boolean;
  publish<Q>(subject: Notice<Q>, message: Q): void;
}

/**
 * Tells everybody this process's own metrics every four seconds, so that the quality app can serve them with all others. A
 * notice that is lost is not missed. Once stopped, no metric is read any more: what it reads may be closed.
 */
export function tellMetrics(bus: Voice, metrics: Metrics, log: Log): () => Promise<void> {
  let telling: Promise<void> | undefined;
  const tell = async (): Promise<void> => {
    if (!bus.connected) return;
    try {
      bus.publish(telemetry, { app: bus.app, instance: bus.instance, metrics: await metrics.snapshot() });
    } catch (error) {
      log.warn('telemetry.failed', { error });
    }
  };
  const timer = setInterval(() => {
    // A metric that is slow to read is not asked for again meanwhile.
    telling ??= tell().finally(() => (telling = undefined));
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await telling;
  };
}

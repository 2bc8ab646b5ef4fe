import { telemetry } from '#contracts';
import type { Log, Metrics } from '#runtime';
import type { Bus, Stop } from './bus.js';

const EVERY_MS = 2_000;

/**
 * Tells everybody this process's own metrics every two seconds, so that the quality app can serve them with all others. A
 * notice that is lost is not missed. Once stopped, no metric is read any more: what it reads may be closed.
 */
export function tellMetrics(bus: Pick<Bus, 'app' | 'connected' | 'instance' | 'publish'>, metrics: Metrics, log: Log): Stop {
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

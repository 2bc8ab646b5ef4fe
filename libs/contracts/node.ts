import type { ConversationCategory, ConversationCounter, NodeSettings } from '#domain';
import type { Answered, Asked } from './caller.js';
import { announcement, notice, subject } from './subjects.js';

export interface NodeGreeting {
  /** How far the clock has been moved forward, in milliseconds. */
  readonly clockOffsetMs: number;
  readonly settings: NodeSettings;
  /** Signs and checks download URLs; 32 bytes, base64. */
  readonly mediaUrlKey: string;
}

/** What every app asks core before it is ready. */
export const hello = subject<{ readonly app: string; readonly instance: string }, NodeGreeting>('core.node.hello');

export const readSettings = subject<Asked<object>, Answered<NodeSettings>>('core.node.read-settings');

/** Validated, audited, applied by every app before it is answered. `patch` is the caller's JSON as it came. */
export const changeSettings = subject<Asked<{ readonly patch: unknown }>, Answered<NodeSettings>>('core.node.change-settings');

export const settingsChanged = announcement<{ readonly settings: NodeSettings }>('relais.settings.changed');

/** Sandbox only. Answered when every app has confirmed. */
export const advanceClock = subject<
  Asked<{ readonly advanceMs: number }>,
  Answered<{ readonly offsetMs: number; readonly now: number; readonly confirmed: readonly string[] }>
>('core.node.advance-clock');

export const clockMoved = announcement<{ readonly offsetMs: number }>('relais.clock.moved');

/** Counters derived from the ledger, per number, UTC day and category. */
export const readCounters = subject<
  Asked<{
    readonly phoneNumberId?: string | undefined;
    /** `YYYY-MM-DD`, inclusive. */
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    readonly category?: ConversationCategory | undefined;
    readonly businessId?: string | undefined;
  }>,
  Answered<readonly ConversationCounter[]>
>('core.node.read-counters');

/** Compares the counters with the ledger and, on demand, rebuilds them. */
export const reconcileCounters = subject<
  Asked<{ readonly rebuild: boolean }>,
  Answered<{ readonly lines: number; readonly counted: number; readonly differences: number }>
>('core.node.reconcile-counters');

/** Each app's own metrics, as Prometheus client JSON; the quality app serves them all together. */
export const telemetry = notice<{
  readonly app: string;
  readonly instance: string;
  readonly metrics: readonly unknown[];
}>('relais.telemetry');

/** How long updates wait for company: a webhook costs much the same whether it carries ten of them or hundreds. */
const WINDOW_MS = 25;
/** The same where so many come that the longer window saves half of the webhooks. */
const BUSY_WINDOW_MS = 40;
const BUSY_UPDATES_A_MS = 5;

/** At which pace updates come for one endpoint, and what window that calls for. */
export class Pace {
  private updatesAMs = 0;
  private takenAt = -Infinity;

  get windowMs(): number {
    return this.updatesAMs >= BUSY_UPDATES_A_MS ? BUSY_WINDOW_MS : WINDOW_MS;
  }

  /** Everything that came since the last call has been taken; `now` in milliseconds, by a clock that only goes on. */
  taken(updates: number, now: number): void {
    this.updatesAMs = updates / Math.max(now - this.takenAt, 1);
    this.takenAt = now;
  }
}

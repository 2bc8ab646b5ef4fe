// Starts a process of the node again when it ends although nobody asked, and says so.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from './supervised.mjs';

const WINDOW_MS = 60_000;
const TOO_OFTEN = 5;
const LONGEST_DELAY_MS = 30_000;

export class Keeper {
  #crashes = [];
  #stopped = new AbortController();

  /**
   * @param {import('./screen.mjs').Screen} screen
   * @param {() => import('./supervised.mjs').Supervised} supervised
   */
  constructor(screen, supervised) {
    this.screen = screen;
    this.supervised = supervised;
  }

  /** To be called when the process ended although nobody asked. */
  async crashed(how) {
    const { name, logFile } = this.supervised();
    let words = describe(how);
    while (!this.#stopped.signal.aborted) {
      const now = performance.now();
      this.#crashes = [...this.#crashes.filter((at) => now - at < WINDOW_MS), now];
      const often = this.#crashes.length >= TOO_OFTEN;
      const delay = often ? LONGEST_DELAY_MS : 1_000 * 2 ** (this.#crashes.length - 1);
      this.screen.line(
        often
          ? `! ${name} keeps failing (${this.#crashes.length} times in a minute, now: ${words}). Its log: ${logFile}. Next try in ${delay / 1000} s`
          : `! ${name} ended unexpectedly (${words}); starting it again in ${delay / 1000} s. Its log: ${logFile}`,
      );
      try {
        await sleep(delay, undefined, { signal: this.#stopped.signal });
        if (this.supervised().running) return;
        await this.supervised().start(this.#stopped.signal);
        this.screen.line(`  ${name} is back`);
        return;
      } catch (error) {
        words = error.message.split('\n')[0];
      }
    }
  }

  /** From here on nothing is started again. */
  stop() {
    this.#stopped.abort(new Error('the node stops'));
  }
}

import { Injectable } from '@nestjs/common';

/** Which lanes are this core's, for those who must know without asking the database. */
@Injectable()
export class HeldLanes {
  private held: ReadonlySet<number> = new Set();
  private untold = false;
  private readonly listeners: (() => Promise<void>)[] = [];

  holds(lane: number): boolean {
    return this.held.has(lane);
  }

  /** Called after lanes have come to this core: what their last core kept in memory has to be found again. */
  onTaken(listener: () => Promise<void>): void {
    this.listeners.push(listener);
  }

  /**
   * What is held from now on; true if something has come to it. To be called before anything of these lanes is dispatched: a
   * handset that catches up at that moment is pushed what waits in lanes that are held, and what is new goes behind that.
   */
  set(held: ReadonlySet<number>): boolean {
    const hasTaken = [...held].some((lane) => !this.held.has(lane));
    this.held = held;
    this.untold ||= hasTaken;
    return hasTaken;
  }

  /** Calls the listeners if lanes have come since they were called last. */
  async tell(): Promise<void> {
    if (!this.untold) return;
    for (const listener of this.listeners) await listener();
    this.untold = false;
  }
}

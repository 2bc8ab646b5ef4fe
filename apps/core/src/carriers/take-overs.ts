import { Injectable } from '@nestjs/common';

/** Told when this core has taken over from one that died: what the dead one kept in memory has to be found again. */
@Injectable()
export class TakeOvers {
  private readonly listeners: (() => Promise<void>)[] = [];

  onTakenOver(listener: () => Promise<void>): void {
    this.listeners.push(listener);
  }

  async tell(): Promise<void> {
    for (const listener of this.listeners) await listener();
  }
}

import { Injectable } from '@nestjs/common';
import { laneOfNumber } from '#domain';

/** Which core keeps the limits of which number: the one that holds a lane of the number's own, so they move with the lanes. */
@Injectable()
export class TrafficKeepers {
  private holders: ReadonlyMap<number, string> = new Map();
  private only: string | undefined;

  /** By lane, as the last lease has it. */
  set(holders: ReadonlyMap<number, string>): void {
    this.holders = holders;
    const all = new Set(holders.values());
    this.only = all.size === 1 ? [...all][0] : undefined;
  }

  /** Whether one core keeps the limits of all numbers. */
  areAll(instance: string): boolean {
    return this.only === instance;
  }

  /** Undefined until there was a lease. */
  of(phoneNumberId: string): string | undefined {
    return this.only ?? this.holders.get(laneOfNumber(phoneNumberId));
  }
}

import { Injectable } from '@nestjs/common';
import { TotalStore } from '../store/total.store.js';

/**
 * Compares the totals with what the rollups add up to, number by number, and on demand makes the ones that differ again. The
 * totals are a cache: this is how an operator, and the node itself once a day, can know that it is a true one.
 */
@Injectable()
export class ReconcileTotals {
  constructor(private readonly totals: TotalStore) {}

  async run({ rebuild }: { readonly rebuild: boolean }): Promise<{ readonly numbers: number; readonly differences: number }> {
    const numbers = await this.totals.numbers();
    let differences = 0;
    for (const number of numbers) {
      const found = await this.totals.compare(number);
      if (found > 0 && rebuild) await this.totals.rebuild(number);
      differences += found;
    }
    return { numbers: numbers.length, differences };
  }
}

/** Numbers that look random and can be had again: `FAULTS_SEED=… npm run test:faults` repeats a run's choices. */
export class Seed {
  readonly value: number;
  private state: number;

  constructor(value = Number(process.env['FAULTS_SEED']) || Math.floor(Math.random() * 0x7fffffff)) {
    this.value = value;
    this.state = value | 0;
    process.stdout.write(`seed ${value} (FAULTS_SEED=${value} npm run test:faults)\n`);
  }

  /** From 0 up to 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    return list.map(() => left.splice(Math.floor(this.next() * left.length), 1)[0] as T);
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** At most so many at a time; those who wait are served in their order. */
export class Permits {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly size: number) {}

  get inUse(): number {
    return this.taken;
  }

  /** Answers the function that gives the permit back; calling it again does nothing. */
  async acquire(): Promise<() => void> {
    const release = this.tryAcquire();
    if (release) return release;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.releaser();
  }

  tryAcquire(): (() => void) | undefined {
    if (this.taken >= this.size) return undefined;
    this.taken += 1;
    return this.releaser();
  }

  private releaser(): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.waiting.shift();
      // Handed on rather than freed, so that nobody who comes now overtakes those who wait.
      if (next) next();
      else this.taken -= 1;
    };
  }
}

/** Where collected lines go: many at a time, in one text. */
export interface LineOutput {
  write(lines: string): unknown;
  flushSync(): void;
}

/**
 * Collects lines up to a length in characters and a time, and hands them on as one text. To add a line costs nothing but the
 * line: outputs that collect by themselves count the bytes of all they hold whenever one comes. A process that has nothing
 * else to do lives until its last lines are handed on.
 */
export class CollectedLines {
  private lines = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly output: LineOutput,
    private readonly atOnce: number,
    private readonly withinMs: number,
  ) {}

  write(line: string): void {
    this.lines += line;
    if (this.lines.length >= this.atOnce) this.flush();
    else this.timer ??= setTimeout(this.onTimer, this.withinMs);
  }

  /** Begins to write what is collected. */
  flush(): void {
    if (this.lines === '') return;
    const { lines } = this;
    this.lines = '';
    this.output.write(lines);
  }

  /** Writes what is collected, and whatever was begun, before it returns. */
  flushSync(): void {
    this.flush();
    this.output.flushSync();
  }

  private readonly onTimer = (): void => {
    this.timer = undefined;
    this.flush();
  };
}

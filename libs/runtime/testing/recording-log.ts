import { Log, type LogLevel } from '../log.js';

export interface RecordedLine {
  readonly level: Exclude<LogLevel, 'silent'>;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that remembers its lines; children write into the same list, with their fields merged in. */
export class RecordingLog extends Log {
  constructor(
    readonly lines: RecordedLine[] = [],
    private readonly bindings: object = {},
  ) {
    super();
  }

  debug(event: string, fields?: object): void {
    this.record('debug', event, fields);
  }

  info(event: string, fields?: object): void {
    this.record('info', event, fields);
  }

  warn(event: string, fields?: object): void {
    this.record('warn', event, fields);
  }

  error(event: string, fields?: object): void {
    this.record('error', event, fields);
  }

  child(fields: object): RecordingLog {
    return new RecordingLog(this.lines, { ...this.bindings, ...fields });
  }

  /** The lines of one event. */
  of(event: string): readonly RecordedLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  private record(level: RecordedLine['level'], event: string, fields: object = {}): void {
    this.lines.push({ level, event, fields: { ...this.bindings, ...fields } });
  }
}

/** A log that says nothing. */
export class SilentLog extends Log {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
  child(): SilentLog {
    return this;
  }
}

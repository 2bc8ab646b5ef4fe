import { pino } from 'pino';
import { CollectedLines } from './collected-lines.js';
import { type JoinOptions, JoinedLines } from './joined-lines.js';
import { isSecretName, redactFields, redactString } from './redaction.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * One wide line per unit of work: an event named `noun.verbed`, with ids and decisions as fields. Never message text, and
 * no secrets: fields are redacted by their names (see `redaction.ts`).
 */
export abstract class Log {
  abstract debug(event: string, fields?: object): void;
  abstract info(event: string, fields?: object): void;
  abstract warn(event: string, fields?: object): void;
  /** An `error` among the fields is written with type, message, code, stack and causes. */
  abstract error(event: string, fields?: object): void;
  /** A log whose lines all carry these fields as well. */
  abstract child(fields: object): Log;
  /**
   * A writer of one event at `info`, for what happens thousands of times a second: the names of its fields are worked out
   * once. The lines are those that `info` would write.
   */
  lineWriter<Name extends string>(event: string, _names: readonly Name[]): (fields: LineFields<Name>) => void {
    return (fields) => this.info(event, fields);
  }
  /**
   * A writer of one event at `warn` that may come many times a second, such as once a batch while another part is away: at most
   * one line a second of each kind (see `JoinedLines`). Made once, for as long as the process lives.
   */
  joinedWarnings<Fields extends object>(event: string, options?: JoinOptions<Fields>): (fields: Fields) => void {
    const lines = new JoinedLines<Fields>((fields) => this.warn(event, fields), options);
    this.onFlush(() => lines.flush());
    return (fields) => lines.tell(fields);
  }
  /** Asks to be called before everything is written out. */
  protected onFlush(_flush: () => void): void {}
  /** Changes what is written, for this log and all its children, without a restart. */
  setLevel(_level: LogLevel): void {}
  /** Writes out what is still in memory; called before the process ends. */
  flush(): void {}
}

/** Values of one line, plain ones only; what is undefined is left out. */
export type LineFields<Name extends string> = { readonly [name in Name]: string | number | undefined };

export interface LogOptions {
  readonly app: string;
  readonly instance: string;
  readonly level: LogLevel;
  /** Where lines go; standard output unless told otherwise. */
  readonly destination?: { write(line: string): void } | undefined;
}

/** JSON lines on standard output: `{"level":"info","time":"…","app":"…","instance":"…","event":"message.accepted",…}`. */
export function createLog(options: LogOptions): Log {
  const destination = options.destination ?? standardOutput();
  const output = pino(
    {
      level: 'debug',
      base: { app: options.app, instance: options.instance },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return new PinoLog(output, { threshold: rank(options.level), joined: [] }, destination);
}

/** So much is collected before it is written; one write a line would cost more than the line. */
const WRITTEN_AT_ONCE = 8_192;
/** What is collected is written at the latest then, so a process that is killed outright loses no more than that. */
const WRITTEN_WITHIN_MS = 100;

function standardOutput(): Destination {
  const output = pino.destination({ dest: 1, sync: false });
  // A reader that has gone away (a closed pipe) must not take the process down with it.
  output.on('error', () => {});
  const destination = new CollectedLines(output, WRITTEN_AT_ONCE, WRITTEN_WITHIN_MS);
  process.once('exit', () => flushNow(destination));
  return destination;
}

const rank = (level: LogLevel): number => LOG_LEVELS.indexOf(level);

interface Destination {
  write(line: string): unknown;
  /** Begins to write what is collected. */
  flush?(): void;
  flushSync?(): void;
}

function flushNow(destination: Destination): void {
  try {
    destination.flushSync?.();
  } catch {
    // The destination was never opened or is gone: there is nowhere left to write to.
  }
}

class PinoLog extends Log {
  constructor(
    private readonly output: pino.Logger,
    /** Shared with all children, so that a change of level and a flush reach them. */
    private readonly shared: { threshold: number; readonly joined: (() => void)[] },
    private readonly destination: Destination,
  ) {
    super();
  }

  debug(event: string, fields?: object): void {
    if (this.shared.threshold <= 0) this.output.debug(redacted(fields), event);
  }

  info(event: string, fields?: object): void {
    if (this.shared.threshold <= 1) this.output.info(redacted(fields), event);
  }

  warn(event: string, fields?: object): void {
    if (this.shared.threshold > 2) return;
    this.output.warn(redacted(fields), event);
    this.destination.flush?.();
  }

  error(event: string, fields?: object): void {
    if (this.shared.threshold > 3) return;
    this.output.error(redacted(fields), event);
    this.destination.flush?.();
  }

  child(fields: object): Log {
    return new PinoLog(this.output.child(redacted(fields)), this.shared, this.destination);
  }

  override setLevel(level: LogLevel): void {
    this.shared.threshold = rank(level);
  }

  override lineWriter<Name extends string>(event: string, names: readonly Name[]): (fields: LineFields<Name>) => void {
    const level = '{"level":"info"';
    const bound = JSON.stringify(this.output.bindings()).slice(1, -1);
    const fields = names.map((name) => ({ name, lead: `,${JSON.stringify(name)}:`, isSecret: isSecretName(name) }));
    const end = `,"event":${JSON.stringify(event)}}\n`;
    return (values) => {
      if (this.shared.threshold > 1) return;
      let line = `${level}${pino.stdTimeFunctions.isoTime()},${bound}`;
      for (const { name, lead, isSecret } of fields) {
        const value = values[name];
        if (value !== undefined) line += lead + (isSecret ? REDACTED : written(value));
      }
      this.destination.write(line + end);
    };
  }

  protected override onFlush(flush: () => void): void {
    this.shared.joined.push(flush);
  }

  override flush(): void {
    for (const flush of this.shared.joined) flush();
    flushNow(this.destination);
  }
}

const REDACTED = '"[redacted]"';
/** Neither to be escaped nor able to hold a credential. */
const PLAIN = /^[\w.:/-]{0,200}$/;

function written(value: string | number): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  return PLAIN.test(value) ? `"${value}"` : JSON.stringify(redactString(value));
}

function redacted(fields: object | undefined): Record<string, unknown> {
  return fields === undefined ? {} : redactFields(fields);
}

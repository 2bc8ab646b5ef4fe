import { pino } from 'pino';
import { redactFields } from './redaction.js';

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
  /** Changes what is written, for this log and all its children, without a restart. */
  setLevel(_level: LogLevel): void {}
  /** Writes out what is still in memory; called before the process ends. */
  flush(): void {}
}

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
  return new PinoLog(output, { threshold: rank(options.level) }, destination);
}

type StandardOutput = ReturnType<typeof pino.destination>;

function standardOutput(): StandardOutput {
  const destination = pino.destination({ dest: 1, sync: false });
  // A reader that has gone away (a closed pipe) must not take the process down with it.
  destination.on('error', () => {});
  return destination;
}

const rank = (level: LogLevel): number => LOG_LEVELS.indexOf(level);

class PinoLog extends Log {
  constructor(
    private readonly output: pino.Logger,
    /** Shared with all children, so that a change of level reaches them. */
    private readonly shared: { threshold: number },
    private readonly destination: { flushSync?(): void; write(line: string): unknown },
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
    if (this.shared.threshold <= 2) this.output.warn(redacted(fields), event);
  }

  error(event: string, fields?: object): void {
    if (this.shared.threshold <= 3) this.output.error(redacted(fields), event);
  }

  child(fields: object): Log {
    return new PinoLog(this.output.child(redacted(fields)), this.shared, this.destination);
  }

  override setLevel(level: LogLevel): void {
    this.shared.threshold = rank(level);
  }

  override flush(): void {
    try {
      this.destination.flushSync?.();
    } catch {
      // The destination was never opened or is gone: there is nowhere left to write to.
    }
  }
}

function redacted(fields: object | undefined): Record<string, unknown> {
  return fields === undefined ? {} : redactFields(fields);
}

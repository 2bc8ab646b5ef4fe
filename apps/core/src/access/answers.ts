import { Injectable } from '@nestjs/common';
import { Bus, BusUnavailable, type Stop } from '#bus';
import type { Answered, Asked, Caller, Subject } from '#contracts';
import { type Failure, type Principal, refuse, type Result } from '#domain';
import { isUnavailable, sqlState } from '#postgres';
import { Log, monotonic } from '#runtime';
import { Directory } from './directory.js';

/** Who asks, once it is known who that is. */
export interface Asker {
  readonly principal: Principal;
  readonly caller: Caller;
  readonly requestId: string;
  readonly ip?: string | undefined;
}

/** A refusal thrown from inside a transaction, so that nothing of it is committed. */
export class RolledBack extends Error {
  constructor(readonly failure: Failure) {
    super(failure.code);
  }
}

/**
 * Serves questions of callers: resolves who asks, lets the use case answer, and writes one line. What the database cannot do
 * now is answered as such; a bug is left to the bus, which answers it as one.
 */
@Injectable()
export class Answers {
  constructor(
    private readonly bus: Bus,
    private readonly directory: Directory,
    private readonly log: Log,
  ) {}

  /** To principals of the door they came through. */
  serve<Q extends object, V>(
    subject: Subject<Asked<Q>, Answered<V>>,
    answer: (question: Asked<Q>, asker: Asker) => Promise<Result<V>> | Result<V>,
  ): Stop {
    return this.bus.serve(subject, (question) =>
      this.answered(subject.name, question.caller, async (noted) => {
        const resolved = await this.directory.resolve(question.caller);
        if (!resolved.ok) return resolved;
        noted.principal = resolved.value;
        const { requestId, ip } = question.caller;
        return answer(question, { principal: resolved.value, caller: question.caller, requestId, ip });
      }),
    );
  }

  /** To anybody. */
  serveAnybody<Q extends object, V>(
    subject: Subject<Asked<Q>, Answered<V>>,
    answer: (question: Asked<Q>) => Promise<Result<V>> | Result<V>,
  ): Stop {
    return this.bus.serve(subject, (question) => this.answered(subject.name, question.caller, async () => answer(question)));
  }

  private async answered<V>(
    subject: string,
    caller: Caller,
    work: (noted: { principal?: Principal }) => Promise<Result<V>>,
  ): Promise<Result<V>> {
    const started = monotonic();
    const noted: { principal?: Principal } = {};
    const result = await work(noted).catch(refusalOf);
    this.log.info('question.answered', {
      subject,
      requestId: caller.requestId,
      door: caller.door,
      principal: noted.principal && `${noted.principal.kind}/${noted.principal.id}`,
      outcome: result.ok ? 'ok' : result.failure.code,
      tookMs: Math.round(monotonic() - started),
    });
    return result;
  }
}

/** What an error means to whoever asked; a bug is thrown on. */
export function refusalOf(error: unknown): Result<never> {
  if (error instanceof RolledBack) return { ok: false, failure: error.failure };
  if (error instanceof BusUnavailable) {
    return refuse('unavailable', 'A part of the node is away', { retryAfterSeconds: error.retryAfterSeconds });
  }
  if (isUnavailable(error)) return refuse('unavailable', 'The database is away', { retryAfterSeconds: 2 });
  // Class 22: what Postgres cannot hold. Broken constraints (23) are answered by whoever expects them, and are bugs elsewhere.
  if (sqlState(error)?.startsWith('22')) return refuse('invalid-parameter', 'A value cannot be stored');
  throw error;
}

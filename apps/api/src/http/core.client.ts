import { Injectable } from '@nestjs/common';
import { BusRemoteError, BusUnavailable } from '#bus';
import type { Answered, Asked, Subject } from '#contracts';
import { BusLink } from './bus-link.js';
import { Refused } from './caller.js';

/** Shorter than the five seconds within which a client has its answer. */
const ASK_TIMEOUT_MS = 4_000;

/** Asks core on behalf of a caller. */
@Injectable()
export class Core {
  constructor(private readonly link: BusLink) {}

  /** @throws Refused with what core refuses, or as `unavailable` when nobody answers. */
  async ask<Q, V>(
    subject: Subject<Asked<Q>, Answered<V>>,
    question: Asked<Q>,
    options?: { readonly timeoutMs?: number | undefined },
  ): Promise<V> {
    const answer = await this.request(subject, question, options?.timeoutMs ?? ASK_TIMEOUT_MS);
    if (!answer.ok) throw new Refused(answer.failure);
    return answer.value;
  }

  private async request<Q, A>(subject: Subject<Q, A>, question: Q, timeoutMs: number): Promise<A> {
    try {
      return await this.link.request(subject, question, { timeoutMs });
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
  }
}

/** What a client is told when the bus, or whoever should answer on it, failed; undefined for anything else. */
export function refusalOf(error: unknown): Refused | undefined {
  if (error instanceof BusUnavailable) {
    return Refused.as('unavailable', 'The node cannot answer just now', { retryAfterSeconds: error.retryAfterSeconds });
  }
  // What went wrong is in the log of the app that was asked.
  return error instanceof BusRemoteError ? Refused.as('internal', 'Something went wrong inside the node') : undefined;
}

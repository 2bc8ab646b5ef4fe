import { Injectable } from '@nestjs/common';
import {
  type Failure,
  failure,
  type NodeSettings,
  pay,
  SECOND,
  type ThroughputLevel,
  throughputLimit,
  type TrafficLimit,
  waitFor,
} from '#domain';
import { Clock } from '#runtime';
import { Settings } from '../node/settings.js';

/** What is asked to pass. */
export interface Send {
  readonly number: { readonly id: string; readonly throughput: ThroughputLevel };
  readonly waId: string;
}

/** Entries looked at for every message, to forget what owes nothing: more than one, so that forgetting outruns remembering. */
const LOOKED_AT = 2;

/** What a number or a pair has still to wait off, as `PaidUntil`; changed in place, for it changes with every message. */
interface Debt {
  readonly of: string;
  until: number;
}

interface Limits {
  readonly of: NodeSettings['traffic'];
  readonly STANDARD: TrafficLimit;
  readonly HIGH: TrafficLimit;
  readonly pair: TrafficLimit;
}

/**
 * The limits of traffic (platform: throughput, pair rate limit), in the memory of the core that keeps them. What they let through
 * at once waits in its lane; what is beyond them is refused, and what was let through for nothing is given back. A core that
 * starts again forgets what was sent before.
 */
@Injectable()
export class Traffic {
  private readonly numbers = new Map<string, Debt>();
  private readonly pairs = new Map<string, Debt>();
  private readonly sweeps = { numbers: this.numbers.values(), pairs: this.pairs.values() };
  private limits: Limits | undefined;

  constructor(
    private readonly settings: Pick<Settings, 'current'>,
    private readonly clock: Clock,
  ) {}

  /** A refusal for each send that is beyond a limit, in the order of the sends; undefined when all may pass. */
  admit(sends: readonly Send[]): readonly (Failure | undefined)[] | undefined {
    const limits = this.currentLimits();
    const now = this.clock.now();
    let refusals: (Failure | undefined)[] | undefined;
    for (let index = 0; index < sends.length; index++) {
      const { number, waId } = sends[index] as Send;
      const key = pairKey(number.id, waId);
      const rate = limits[number.throughput];
      const ofPair = this.pairs.get(key);
      const ofNumber = this.numbers.get(number.id);
      const pairWait = waitFor(ofPair?.until, now, limits.pair);
      const wait = pairWait > 0 ? pairWait : waitFor(ofNumber?.until, now, rate);
      if (wait > 0) {
        refusals ??= [];
        refusals[index] = pairWait > 0 ? beyondPair(limits.pair, wait) : beyondThroughput(rate, wait);
        continue;
      }
      owe(this.pairs, ofPair, key, pay(ofPair?.until, now, limits.pair));
      owe(this.numbers, ofNumber, number.id, pay(ofNumber?.until, now, rate));
    }
    this.forget(now, sends.length);
    return refusals;
  }

  /** What was let through and then not sent. */
  giveBack(sends: readonly Send[]): void {
    const limits = this.currentLimits();
    for (const { number, waId } of sends) {
      const ofPair = this.pairs.get(pairKey(number.id, waId));
      if (ofPair) ofPair.until -= limits.pair.intervalMs;
      const ofNumber = this.numbers.get(number.id);
      if (ofNumber) ofNumber.until -= limits[number.throughput].intervalMs;
    }
  }

  /** Messages that came from customers: nobody refuses them, but they use up the number's throughput as well. */
  received(number: Send['number'], count: number): void {
    const rate = this.currentLimits()[number.throughput];
    const owed = this.numbers.get(number.id);
    owe(this.numbers, owed, number.id, pay(owed?.until, this.clock.now(), rate, count));
  }

  /** How much is remembered, for a gauge. */
  get size(): number {
    return this.numbers.size + this.pairs.size;
  }

  private currentLimits(): Limits {
    const of = this.settings.current().traffic;
    if (this.limits?.of === of) return this.limits;
    this.limits = {
      of,
      STANDARD: throughputLimit(of.standardPerSecond),
      HIGH: throughputLimit(of.highPerSecond),
      pair: { burst: of.pairBurst, intervalMs: of.pairIntervalSeconds * SECOND },
    };
    return this.limits;
  }

  private forget(now: number, messages: number): void {
    this.sweeps.pairs = sweep(this.pairs, this.sweeps.pairs, now, messages * LOOKED_AT);
    this.sweeps.numbers = sweep(this.numbers, this.sweeps.numbers, now, messages * LOOKED_AT);
  }
}

function owe(debts: Map<string, Debt>, owed: Debt | undefined, of: string, until: number): void {
  if (owed) owed.until = until;
  else debts.set(of, { of, until });
}

/** Looks at the next few entries and drops what has passed; iterators of a map live through its changes. */
function sweep(debts: Map<string, Debt>, at: MapIterator<Debt>, now: number, steps: number): MapIterator<Debt> {
  for (let step = 0; step < steps; step++) {
    const next = at.next();
    if (next.done) return debts.values();
    if (next.value.until <= now) debts.delete(next.value.of);
  }
  return at;
}

function pairKey(numberId: string, waId: string): string {
  return `${numberId}/${waId}`;
}

function beyondThroughput(limit: TrafficLimit, waitMs: number): Failure {
  return failure('rate-limited', `This phone number may send and receive ${limit.burst} messages a second`, {
    retryAfterSeconds: Math.ceil(waitMs / SECOND),
  });
}

function beyondPair(limit: TrafficLimit, waitMs: number): Failure {
  const sentence = `Too many messages to this recipient: one in ${limit.intervalMs / SECOND} seconds, and at most ${limit.burst} at once`;
  return failure('pair-rate-limited', sentence, { retryAfterSeconds: Math.ceil(waitMs / SECOND) });
}

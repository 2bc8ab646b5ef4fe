import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Bus } from '#bus';
import { notice, subject } from '#contracts';
import type { Failure } from '#domain';
import { Log, ProcessConfig } from '#runtime';
import { type Send, Traffic } from './traffic.js';
import { TrafficKeepers } from './traffic-keepers.js';

/** How long a batch of sends waits for a core that keeps the limits of its numbers. */
const ASK_MS = 300;

const admitAt = (instance: string) =>
  subject<{ readonly sends: readonly Send[] }, { readonly refusals: readonly (Failure | null)[] | null }>(
    `core.traffic.admit.${instance}`,
  );

type Correction =
  | { readonly kind: 'given-back'; readonly sends: readonly Send[] }
  | { readonly kind: 'received'; readonly number: Send['number']; readonly count: number };

const correctAt = (instance: string) => notice<Correction>(`core.traffic.correct.${instance}`);

/**
 * The limits of traffic of the whole node: whichever core accepts, each number's are kept by one, which is asked once a
 * batch. With one core nobody is asked; where the one who keeps them does not answer, the core that accepts judges by what
 * it knows itself, because a limit is not worth a refusal.
 */
@Injectable()
export class NodeTraffic implements OnApplicationBootstrap, OnApplicationShutdown {
  private stops: (() => Promise<void>)[] = [];
  private readonly instance: string;
  private readonly tellSilent: (silence: { readonly keeper: string; readonly sends: number; readonly error: unknown }) => void;

  constructor(
    private readonly own: Traffic,
    private readonly keepers: TrafficKeepers,
    private readonly bus: Bus,
    log: Log,
    config: ProcessConfig,
  ) {
    this.instance = config.instance;
    this.tellSilent = log.joinedWarnings('traffic.keeper-silent', { by: ({ keeper }) => keeper, adds: ['sends'] });
  }

  onApplicationBootstrap(): void {
    this.stops = [
      this.bus.serve(admitAt(this.instance), async ({ sends }) => {
        const refusals = this.own.admit(sends);
        return { refusals: refusals ? sends.map((_, index) => refusals[index] ?? null) : null };
      }),
      this.bus.subscribe(correctAt(this.instance), (correction) => {
        if (correction.kind === 'given-back') this.own.giveBack(correction.sends);
        else this.own.received(correction.number, correction.count);
      }),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
  }

  /** A refusal for each send that is beyond a limit, in the order of the sends; undefined when all may pass. */
  async admit(sends: readonly Send[]): Promise<readonly (Failure | undefined)[] | undefined> {
    const others = this.byKeeper(sends);
    if (!others) return this.own.admit(sends);
    const refusals: (Failure | undefined)[] = [];
    await Promise.all(
      [...others].map(async ([keeper, positions]) => {
        const asked = positions.map((position) => sends[position] as Send);
        const answer = await this.ask(keeper, asked);
        positions.forEach((position, index) => (refusals[position] = answer?.[index] ?? undefined));
      }),
    );
    return refusals.some((refusal) => refusal !== undefined) ? refusals : undefined;
  }

  /** What was let through and then not sent. */
  giveBack(sends: readonly Send[]): void {
    const others = this.byKeeper(sends);
    if (!others) return this.own.giveBack(sends);
    for (const [keeper, positions] of others) {
      const ofKeeper = positions.map((position) => sends[position] as Send);
      if (keeper === this.instance) this.own.giveBack(ofKeeper);
      else this.bus.publish(correctAt(keeper), { kind: 'given-back', sends: ofKeeper.map(plain) });
    }
  }

  /** Messages that came from customers: nobody refuses them, but they use up the number's throughput as well. */
  received({ id, throughput }: Send['number'], count: number): void {
    const keeper = this.keepers.of(id) ?? this.instance;
    if (keeper === this.instance) this.own.received({ id, throughput }, count);
    else this.bus.publish(correctAt(keeper), { kind: 'received', number: { id, throughput }, count });
  }

  private async ask(keeper: string, sends: readonly Send[]): Promise<readonly (Failure | null | undefined)[] | null | undefined> {
    if (keeper === this.instance) return this.own.admit(sends);
    try {
      const { refusals } = await this.bus.request(admitAt(keeper), { sends: sends.map(plain) }, { timeoutMs: ASK_MS });
      return refusals;
    } catch (error) {
      this.tellSilent({ keeper, sends: sends.length, error });
      return this.own.admit(sends);
    }
  }

  /** Positions of the sends by who keeps their numbers; undefined when that is this core alone. */
  private byKeeper(sends: readonly Send[]): ReadonlyMap<string, readonly number[]> | undefined {
    if (this.keepers.areAll(this.instance)) return undefined;
    const positions = new Map<string, number[]>();
    for (const [index, { number }] of sends.entries()) {
      const keeper = this.keepers.of(number.id) ?? this.instance;
      const group = positions.get(keeper);
      if (group) group.push(index);
      else positions.set(keeper, [index]);
    }
    return positions.size === 0 || (positions.size === 1 && positions.has(this.instance)) ? undefined : positions;
  }
}

/** Without the rest of what is being sent. */
function plain({ number, waId }: Send): Send {
  return { number: { id: number.id, throughput: number.throughput }, waId };
}

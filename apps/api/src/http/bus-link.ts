import { Injectable } from '@nestjs/common';
import { type Bus, BusUnavailable } from '#bus';
import type { Notice, Subject } from '#contracts';

/** The bus as the doors see it: the process serves before its bus is there, and refuses what needs it. */
@Injectable()
export class BusLink {
  private bus: Bus | undefined;
  private readonly waiting: ((bus: Bus) => void)[] = [];

  get connected(): boolean {
    return this.bus?.connected ?? false;
  }

  /** Once, when the bus has been reached for the first time; from then on it comes back by itself. */
  attach(bus: Bus): void {
    this.bus = bus;
    for (const listener of this.waiting.splice(0)) listener(bus);
  }

  /** Runs when the bus is there: at once, or later. For subscriptions, which outlive a lost connection. */
  whenThere(listener: (bus: Bus) => void): void {
    if (this.bus) listener(this.bus);
    else this.waiting.push(listener);
  }

  /** @throws BusUnavailable, BusRemoteError as `Bus.request` does. */
  request<Q, A>(subject: Subject<Q, A>, question: Q, options?: { readonly timeoutMs?: number | undefined }): Promise<A> {
    if (!this.bus) return Promise.reject(new BusUnavailable('not-connected', subject.name));
    return this.bus.request(subject, question, options);
  }

  /** Lost while the bus is away. */
  publish<Q>(subject: Notice<Q>, message: Q): void {
    this.bus?.publish(subject, message);
  }
}

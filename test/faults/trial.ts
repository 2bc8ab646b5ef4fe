import { expect } from 'vitest';
import { check, type Findings } from './checker.js';
import type { FaultyNode } from './faulty-node.js';
import { Load, type LoadOptions, type Operation } from './load.js';
import { expectSound, tell } from './report.js';
import { Seed } from './seed.js';

/** Fewer prove nothing. */
export const FEWEST_OPERATIONS = 1_000;

/** What is tried on one node: loads one after the other, and after each the comparison of everything so far. */
export class Trial {
  readonly seed = new Seed();
  readonly all: Operation[] = [];
  private loads = 0;
  private toldTwiceBefore = 0;

  constructor(
    readonly world: FaultyNode,
    private readonly doors: () => readonly string[] = () => [world.sandbox.baseUrl],
  ) {}

  /** Clients that send from now on, until `finish`. */
  load(more: Partial<LoadOptions> = {}): Load {
    this.loads += 1;
    return new Load({
      customers: this.world.customers,
      senders: 16,
      urls: () => this.doors().map((door) => this.world.sendUrl(door)),
      token: this.world.sandbox.graph.accessToken,
      seed: this.seed,
      first: this.loads * 1_000_000,
      ...more,
    });
  }

  async finish(running: Load): Promise<void> {
    await running.stop();
    this.all.push(...running.operations);
    expect(running.accepted, 'INVALID: too few operations').toBeGreaterThan(0);
    // Whoever is refused is told when to come back.
    expect([...running.troubles.keys()].filter((what) => what.includes('without Retry-After'))).toEqual([]);
  }

  /** Waits until the node has healed, and compares; returns what was told twice since the last time. */
  async judge(title: string): Promise<Findings & { readonly toldTwiceNow: number }> {
    await this.world.healed();
    const findings = await check(this.world, this.all);
    tell(title, findings);
    expectSound(title, findings);
    const toldTwiceNow = findings.toldTwice - this.toldTwiceBefore;
    this.toldTwiceBefore = findings.toldTwice;
    return { ...findings, toldTwiceNow };
  }
}

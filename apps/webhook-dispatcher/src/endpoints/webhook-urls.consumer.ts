import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import { checkUrl, handshake } from '#contracts';
import { type Result, ok, refuse } from '#domain';
import { Log, Outbound, monotonic } from '#runtime';
import { shakeHands } from './shake-hands.js';

/** Core asks whether an address may be called, and whether it answers the platform's handshake. */
@Injectable()
export class WebhookUrlsConsumer {
  constructor(
    private readonly bus: Bus,
    private readonly outbound: Outbound,
    private readonly log: Log,
  ) {}

  start(): void {
    this.bus.serve(handshake, (question) => this.shakeHands(question), { concurrency: 64 });
    this.bus.serve(checkUrl, ({ url }) => this.check(url), { concurrency: 64 });
  }

  private async shakeHands(question: { readonly url: string; readonly verifyToken: string }): Promise<Result<null>> {
    const began = monotonic();
    const answer = await shakeHands(this.outbound, question, String(randomInt(100_000_000, 1_000_000_000)));
    const host = URL.canParse(question.url) ? new URL(question.url).host : undefined;
    const outcome = answer.ok ? 'verified' : answer.failure.code;
    this.log.info('handshake.attempted', { host, outcome, durationMs: Math.round(monotonic() - began) });
    return answer;
  }

  private async check(url: string): Promise<Result<null>> {
    const checked = await this.outbound.check(url);
    return checked.ok ? ok(null) : refuse('webhook-url-refused', `The address is refused: ${checked.reason}`);
  }
}

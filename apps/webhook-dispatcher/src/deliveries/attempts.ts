import { Injectable } from '@nestjs/common';
import { NodeState } from '#bus';
import type { Endpoint } from '#contracts';
import { type AttemptOutcome, SECOND } from '#domain';
import { Clock, Log, Outbound, monotonic } from '#runtime';
import { DeliveryMetrics } from './delivery-metrics.js';
import { outcomeText, postWebhook, urlForLog } from './post-webhook.js';
import { MAX_BYTES } from './webhook.js';

/** What goes out in one POST. */
export interface Webhook {
  readonly bytes: Buffer;
  readonly updates: number;
}

export interface Attempt {
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
}

/** The name we go by at receivers. */
export abstract class UserAgent {
  abstract readonly text: string;
}

/** One POST, and the one line that tells of it. */
@Injectable()
export class Attempts {
  constructor(
    private readonly outbound: Outbound,
    private readonly clock: Clock,
    private readonly node: NodeState,
    private readonly metrics: DeliveryMetrics,
    private readonly userAgent: UserAgent,
    private readonly log: Log,
  ) {}

  /** How long a POST may take, in milliseconds. */
  get timeoutMs(): number {
    return this.node.settings.webhooks.timeoutSeconds * SECOND;
  }

  async make(endpoint: Endpoint, webhook: Webhook): Promise<Attempt> {
    const began = monotonic();
    const outcome = await this.post(endpoint, webhook);
    return { outcome, durationMs: Math.round((monotonic() - began) * 10) / 10 };
  }

  /** `attempt` counts from 1; `nextAttemptAt` undefined: none is needed, or none is left. */
  tell(endpoint: Endpoint, webhook: Webhook, made: Attempt, attempt: number, nextAttemptAt: number | undefined): void {
    const { outcome, durationMs } = made;
    this.metrics.attempted(endpoint.dialect, outcome, webhook.updates, webhook.bytes.length, durationMs);
    const fields = {
      endpointId: endpoint.id,
      businessId: endpoint.businessId,
      dialect: endpoint.dialect,
      url: urlForLog(endpoint.url),
      updates: webhook.updates,
      bytes: webhook.bytes.length,
      outcome: outcome.kind,
      status: outcomeText(outcome),
      durationMs,
      attempt,
      ...(nextAttemptAt === undefined ? {} : { nextAttemptAt: new Date(nextAttemptAt).toISOString() }),
    };
    if (outcome.kind === 'acknowledged') this.log.info('delivery.attempted', fields);
    else this.log.warn('delivery.attempted', fields);
  }

  private async post(endpoint: Endpoint, webhook: Webhook): Promise<AttemptOutcome> {
    if (webhook.bytes.length > MAX_BYTES)
      this.log.warn('delivery.oversized', { endpointId: endpoint.id, bytes: webhook.bytes.length });
    try {
      return await postWebhook(this.outbound, this.clock, endpoint, webhook.bytes, {
        userAgent: this.userAgent.text,
        timeoutMs: this.timeoutMs,
      });
    } catch (error) {
      // A bug of ours must not stop the lane: it is told as what it is and retried like any failure.
      this.log.error('delivery.failed', { endpointId: endpoint.id, error });
      return { kind: 'unreachable', reason: 'internal error' };
    }
  }
}

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Bus, NodeState } from '#bus';
import { Clock, HealthChecks, Lifecycle, Log, Metrics, ProcessConfig } from '#runtime';
import { BusLink } from './bus-link.js';

/** Joins the node. The process serves from its first moment; until the bus is there and core has answered it is not ready. */
@Injectable()
export class NodeConnection implements OnApplicationBootstrap {
  constructor(
    private readonly link: BusLink,
    private readonly node: NodeState,
    private readonly clock: Clock,
    private readonly config: ProcessConfig,
    private readonly log: Log,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: Metrics,
    health: HealthChecks,
  ) {
    health.add('bus', async () => (link.connected ? undefined : 'not connected'));
    health.add('core', async () => (node.known ? undefined : 'has not answered yet'));
  }

  onApplicationBootstrap(): void {
    this.join().catch((error: unknown) => {
      if (!this.lifecycle.draining) throw error;
    });
  }

  private async join(): Promise<void> {
    const { natsUrl, instance } = this.config;
    const bus = await Bus.connect({ url: natsUrl, name: 'api', instance, log: this.log, clock: this.clock });
    this.lifecycle.onStop('bus', () => bus.close());
    bus.tellMetrics(this.metrics);
    this.link.attach(bus);
    await this.node.start(bus, this.lifecycle.signal);
  }
}

import { Module } from '@nestjs/common';
import { NodeModule } from '../node/node.module.js';
import { Settings } from '../node/settings.js';
import { Clock, Metrics } from '#runtime';
import { NodeTraffic } from './node-traffic.js';
import { TrafficKeepers } from './traffic-keepers.js';
import { Traffic } from './traffic.js';

/** How much may pass, each second and to each customer. */
@Module({
  imports: [NodeModule],
  providers: [
    {
      provide: Traffic,
      useFactory: (settings: Settings, clock: Clock, metrics: Metrics) => {
        const traffic = new Traffic(settings, clock);
        metrics.gauge('traffic_remembered', 'Numbers and pairs that still owe a pause', [], (gauge) => gauge.set(traffic.size));
        return traffic;
      },
      inject: [Settings, Clock, Metrics],
    },
    NodeTraffic,
    TrafficKeepers,
  ],
  exports: [NodeTraffic, TrafficKeepers],
})
export class TrafficModule {}

import { type DynamicModule, Module } from '@nestjs/common';
import { Clock, NodeClock } from './clock.js';
import { HealthChecks } from './health.js';
import { Lifecycle } from './lifecycle.js';
import { Log } from './log.js';
import { Metrics } from './metrics.js';
import { ProcessConfig } from './process.config.js';

/** What `runApp` has made before the app's own modules exist. */
export interface RuntimeParts<C extends ProcessConfig = ProcessConfig> {
  readonly config: C;
  readonly log: Log;
  readonly clock: NodeClock;
  readonly metrics: Metrics;
  readonly lifecycle: Lifecycle;
  readonly health: HealthChecks;
}

/**
 * Makes the process's own parts injectable everywhere: the configuration by its class (and as `ProcessConfig`), `Log`,
 * `Clock`, `NodeClock`, `Metrics`, `Lifecycle` and `HealthChecks`.
 */
@Module({})
export class RuntimeModule {
  static with(parts: RuntimeParts): DynamicModule {
    const providers = [
      { provide: ProcessConfig, useValue: parts.config },
      { provide: parts.config.constructor as new () => ProcessConfig, useValue: parts.config },
      { provide: Log, useValue: parts.log },
      { provide: Clock, useValue: parts.clock },
      { provide: NodeClock, useValue: parts.clock },
      { provide: Metrics, useValue: parts.metrics },
      { provide: Lifecycle, useValue: parts.lifecycle },
      { provide: HealthChecks, useValue: parts.health },
    ];
    return { module: RuntimeModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}

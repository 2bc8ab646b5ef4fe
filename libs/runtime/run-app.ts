import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from './config.js';
import type { HttpOptions } from './http-server.js';
import { createLog } from './log.js';
import type { ProcessConfig } from './process.config.js';
import type { RuntimeParts } from './runtime.module.js';

export interface AppOptions<C extends ProcessConfig> {
  /** `api`, `core` … : in log lines, metrics and on the bus. */
  readonly name: string;
  readonly configType: new () => C;
  /** The app's root module. What `runApp` has made is injectable everywhere, and handed over here for wiring by hand. */
  readonly module: (config: C, parts: RuntimeParts<C>) => Type | DynamicModule;
  readonly http?: ((config: C, parts: RuntimeParts<C>) => HttpOptions) | undefined;
  /** Nest's own options, such as `rawBody` or `bodyParser`. */
  readonly nest?: Omit<NestApplicationOptions, 'logger' | 'abortOnError'> | undefined;
  /** Pipes, filters, plugins, OpenAPI: before the app is initialised. */
  readonly configure?: ((app: NestFastifyApplication, config: C, parts: RuntimeParts<C>) => Promise<void> | void) | undefined;
  /**
   * What may take its time, such as waiting for a dependency: runs once the process listens. Until it is done
   * `/health/startup` and `/health/ready` answer 503; if it throws, the process ends with 1.
   */
  readonly start?: ((app: NestFastifyApplication, config: C, parts: RuntimeParts<C>) => Promise<void>) | undefined;
}

/**
 * Runs an app from its environment to its exit. SIGTERM or SIGINT: readiness turns 503, requests are accepted for a short
 * grace, then the server stops listening and every answer closes its connection, requests in flight are finished, and what
 * was started is stopped in reverse; exit code 0 within 25 s (1 if a part failed to stop). A second signal exits with 1 at
 * once. An error that nobody caught is logged and ends the process with 1, because its state can no longer be trusted.
 */
export async function runApp<C extends ProcessConfig>(options: AppOptions<C>): Promise<void> {
  const config = configOrExit(options.configType);
  const log = createLog({ app: options.name, instance: config.instance, level: config.logLevel });
  const exit = (code: number): void => {
    log.flush();
    process.exit(code);
  };
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error('app.crashed', { cause: event, error });
      exit(1);
    });
  }
  try {
    // Only who runs an app pays for loading Nest; everyone else uses this library for its mechanisms.
    const { startApp } = await import('./nest-app.js');
    await startApp(options, config, log, exit);
  } catch (error) {
    log.error('app.start-failed', { error });
    exit(1);
  }
}

/** There is no log yet whose level and name would be known, so the refusal goes to standard error as it is. */
function configOrExit<C extends ProcessConfig>(type: new () => C): C {
  try {
    return loadConfig(type);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

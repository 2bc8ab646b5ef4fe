/** A health check answers undefined when all is well, and otherwise the reason, for an operator to read. */
export type HealthCheck = () => Promise<string | undefined>;

/** Where the parts of an app register what they need in order to work. */
export abstract class HealthChecks {
  /** A name such as `postgres` or `bus`; registering a name again replaces its check. */
  abstract add(name: string, check: HealthCheck): void;
}

export interface HealthReport {
  readonly status: 'ok' | 'unavailable';
  readonly reasons: Readonly<Record<string, string>>;
}

/** A check that has not answered by then counts as failed: probes themselves give up after a few seconds. */
const CHECK_TIMEOUT_MS = 2_000;

/**
 * The health of one process. Alive: the process answers. Started: it has finished its start. Ready: started, not
 * draining, and every check is content. A dependency that is away makes a process unready and never dead, because a
 * restart would not bring it back.
 */
export class Health extends HealthChecks {
  private readonly checks = new Map<string, HealthCheck>();
  private running: Promise<HealthReport> | undefined;

  constructor(private readonly state: { readonly started: boolean; readonly draining: boolean }) {
    super();
  }

  add(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  live(): HealthReport {
    return report({});
  }

  startup(): HealthReport {
    return report(this.state.started ? {} : { startup: 'still starting' });
  }

  /** Probes that come together share one run of the checks. */
  async ready(): Promise<HealthReport> {
    // Without asking the checks: what is being shut down may no longer answer them.
    if (this.state.draining) return report({ draining: 'shutting down' });
    this.running ??= this.run().finally(() => (this.running = undefined));
    return this.running;
  }

  private async run(): Promise<HealthReport> {
    const outcomes = await Promise.all([...this.checks].map(async ([name, check]) => [name, await outcomeOf(check)] as const));
    const failed = outcomes.filter((outcome): outcome is readonly [string, string] => outcome[1] !== undefined);
    return report({ ...this.startup().reasons, ...Object.fromEntries(failed) });
  }
}

async function outcomeOf(check: HealthCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(), tooSlow]);
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  } finally {
    clearTimeout(timer);
  }
}

function report(reasons: Readonly<Record<string, string>>): HealthReport {
  return { status: Object.keys(reasons).length === 0 ? 'ok' : 'unavailable', reasons };
}

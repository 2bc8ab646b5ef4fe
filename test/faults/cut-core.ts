import type { AppPart, ExternalServer, NatsPart, PostgresPart } from '../../deploy/local/node.mjs';
import type { FaultyNode } from './faulty-node.js';
import { type Cut, CutProxy } from './cut-proxy.js';

/** A cut that waits for something that was on its way when it was armed happens within moments, or never. */
const HAPPENS_WITHIN_MS = 15_000;

/** A core that reaches its database and its bus through proxies, and can be cut off from them. */
export class CutCore {
  private constructor(
    readonly part: AppPart,
    private readonly proxies: readonly CutProxy[],
  ) {}

  static async open({ node }: FaultyNode, instance: string): Promise<CutCore> {
    const postgres = await CutProxy.ofPostgres((node.postgres as PostgresPart | ExternalServer).url);
    const nats = await CutProxy.ofNats((node.nats as NatsPart | ExternalServer).url);
    const env = { DATABASE_URL: postgres.url, NATS_URL: nats.url };
    return new CutCore(await node.addInstance('core', { instance, env }), [postgres, nats]);
  }

  arm(cut: Cut | undefined): void {
    for (const proxy of this.proxies) proxy.arm(cut);
  }

  has(proxy: CutProxy): boolean {
    return this.proxies.includes(proxy);
  }

  /** Ends it where it stands; whatever comes after it meets no cut. */
  async kill(): Promise<void> {
    await this.part.kill();
    this.arm(undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}

/** @returns the core that was cut off */
export async function whereItHappened(cut: Cut, cores: readonly CutCore[]): Promise<CutCore> {
  let late: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error('INVALID: a planned cut did not happen')), HAPPENS_WITHIN_MS);
  });
  try {
    const proxy = await Promise.race([cut.happened, never]);
    return cores.find((core) => core.has(proxy)) as CutCore;
  } finally {
    clearTimeout(late);
  }
}

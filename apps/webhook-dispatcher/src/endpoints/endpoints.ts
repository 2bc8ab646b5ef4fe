import { Injectable } from '@nestjs/common';
import type { Endpoint } from '#contracts';
import { Clock } from '#runtime';
import { EndpointStore, type EndpointVersion } from '../store/endpoint.store.js';

/** Changes whose commit a list may not have seen yet, although they are older than it. */
const LIST_MARGIN_MS = 10_000;

interface Known {
  readonly endpoint: Endpoint;
  readonly changedAt: number;
}

/**
 * Every endpoint, in memory, by its business: events of one business never meet another's endpoints. The table is the truth
 * that dispatchers share, since each change is told to one of them only; `refresh` takes up what the others were told.
 */
@Injectable()
export class Endpoints {
  private readonly byKey = new Map<string, Known>();
  private readonly byBusiness = new Map<string, Endpoint[]>();
  private readonly listeners: ((endpoint: Endpoint) => void)[] = [];

  constructor(
    private readonly store: EndpointStore,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.byKey.size;
  }

  of(businessId: string): readonly Endpoint[] {
    return this.byBusiness.get(businessId) ?? [];
  }

  /** The endpoint as it is now; undefined once it is removed. */
  find(businessId: string, id: string): Endpoint | undefined {
    return this.byKey.get(keyOf(businessId, id))?.endpoint;
  }

  /** Those whose client has not said yet where it wants its webhooks. */
  withoutAddress(): readonly Endpoint[] {
    return [...this.byKey.values()].flatMap(({ endpoint }) => (endpoint.url === '' ? [endpoint] : []));
  }

  /** Hears of every endpoint that appears or changes. */
  onChange(listener: (endpoint: Endpoint) => void): void {
    this.listeners.push(listener);
  }

  async changed(endpoint: Endpoint, at: number): Promise<void> {
    const before = this.find(endpoint.businessId, endpoint.id);
    const moved = before !== undefined && before.url !== endpoint.url;
    if (await this.store.put(endpoint, at, moved)) this.remember({ endpoint, changedAt: at });
  }

  async removed(businessId: string, id: string, at: number): Promise<void> {
    if (await this.store.remove(businessId, id, at, this.clock.now())) this.forget(keyOf(businessId, id));
  }

  /** Takes core's own list, asked for at `askedAt`, as the truth of shortly before that moment. */
  async replaceAll(list: readonly Endpoint[], askedAt: number): Promise<void> {
    const asOf = askedAt - LIST_MARGIN_MS;
    const listed = new Set(list.map((endpoint) => keyOf(endpoint.businessId, endpoint.id)));
    for (const endpoint of list) {
      const known = this.find(endpoint.businessId, endpoint.id);
      if (!known || JSON.stringify(known) !== JSON.stringify(endpoint)) await this.changed(endpoint, asOf);
    }
    for (const { businessId, id } of await this.store.versions())
      if (!listed.has(keyOf(businessId, id))) await this.removed(businessId, id, asOf);
  }

  /** Makes memory equal to the table. */
  async refresh(): Promise<void> {
    const versions = await this.store.versions();
    const current = new Set(versions.map((version) => keyOf(version.businessId, version.id)));
    for (const key of this.byKey.keys()) if (!current.has(key)) this.forget(key);
    const stale = versions.filter((version) => this.isStale(version));
    for (const known of await this.store.read(stale)) this.remember(known);
  }

  private isStale(version: EndpointVersion): boolean {
    return this.byKey.get(keyOf(version.businessId, version.id))?.changedAt !== version.changedAt;
  }

  private remember(known: Known): void {
    const { endpoint } = known;
    const key = keyOf(endpoint.businessId, endpoint.id);
    const others = (this.byBusiness.get(endpoint.businessId) ?? []).filter(({ id }) => id !== endpoint.id);
    this.byKey.set(key, known);
    this.byBusiness.set(endpoint.businessId, [...others, endpoint]);
    for (const listener of this.listeners) listener(endpoint);
  }

  private forget(key: string): void {
    const known = this.byKey.get(key);
    if (!known) return;
    this.byKey.delete(key);
    const { businessId, id } = known.endpoint;
    this.byBusiness.set(
      businessId,
      this.of(businessId).filter((endpoint) => endpoint.id !== id),
    );
  }
}

function keyOf(businessId: string, id: string): string {
  return `${businessId}/${id}`;
}

import { Injectable } from '@nestjs/common';
import { Bus } from '#bus';
import { checkUrl, type Endpoint, type OnPremSettings } from '#contracts';
import { failure, ok, type Result } from '#domain';
import { Clock } from '#runtime';
import { type Asker, RolledBack } from '../access/answers.js';
import { requireOnPrem } from '../access/authorize.js';
import { Changes } from '../store/change.js';
import { SubscriptionsStore } from '../store/subscriptions.store.js';
import { Endpoints } from './endpoints.js';
import { factorySettings, mergeSettings, readCallbackSettings, type SettingsTree } from './on-prem-settings.js';

/** What an installation has set; more than this is no settings. */
const MAX_BYTES = 16_384;
const CHECK_TIMEOUT_MS = 3_000;

/** Settings of On-Premises installations, and the endpoints that follow from them. */
@Injectable()
export class Installations {
  constructor(
    private readonly store: SubscriptionsStore,
    private readonly endpoints: Endpoints,
    private readonly changes: Changes,
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  async read(asker: Asker): Promise<Result<OnPremSettings>> {
    const allowed = requireOnPrem(asker.principal, 'admin');
    if ('failure' in allowed) return { ok: false, failure: allowed.failure };
    const { businessId, phoneNumberId } = allowed.user;
    const installation = await this.store.findInstallation(this.store.reader, businessId, phoneNumberId);
    return ok(mergeSettings(factorySettings, installation?.settings ?? {}));
  }

  /** What is absent stays; a fault anywhere changes nothing. A new address is judged by the dispatcher's rules first. */
  async patch(asker: Asker, patch: SettingsTree): Promise<Result<null>> {
    const allowed = requireOnPrem(asker.principal, 'admin');
    if ('failure' in allowed) return { ok: false, failure: allowed.failure };
    const { businessId, phoneNumberId } = allowed.user;
    const read = readCallbackSettings(mergeSettings(factorySettings, patch));
    if ('failure' in read) return { ok: false, failure: read.failure };
    const { url } = read.callbacks;
    if (url !== '') {
      const checked = await this.bus.request(checkUrl, { url }, { timeoutMs: CHECK_TIMEOUT_MS });
      if (!checked.ok) return { ok: false, failure: { ...checked.failure, field: 'webhooks.url' } };
    }
    await this.change(asker, businessId, phoneNumberId, (settings) => mergeSettings(settings, patch));
    return ok(null);
  }

  async reset(asker: Asker): Promise<Result<null>> {
    const allowed = requireOnPrem(asker.principal, 'admin');
    if ('failure' in allowed) return { ok: false, failure: allowed.failure };
    await this.change(asker, allowed.user.businessId, allowed.user.phoneNumberId, () => ({}));
    return ok(null);
  }

  /** Every endpoint there is, for a dispatcher that starts. */
  async allEndpoints(): Promise<readonly Endpoint[]> {
    const [subscriptions, installations] = await Promise.all([this.store.allParts(), this.store.allInstallations()]);
    return [
      ...subscriptions.flatMap((parts) => this.endpoints.graph(parts)),
      ...installations.map((installation) => this.endpoints.onPrem(installation)),
    ];
  }

  private async change(
    asker: Asker,
    businessId: string,
    phoneNumberId: string,
    change: (settings: SettingsTree) => SettingsTree,
  ): Promise<void> {
    await this.changes.run(
      asker,
      async (tx, note) => {
        const installation = await this.store.lockInstallation(tx, businessId, phoneNumberId);
        const settings = { ...change(installation.settings) };
        if (Buffer.byteLength(JSON.stringify(settings)) > MAX_BYTES)
          throw new RolledBack(failure('body-too-large', 'Too many settings'));
        // Both halves were sound; their sum must be, too, because endpoints are made from it.
        const read = readCallbackSettings(mergeSettings(factorySettings, settings));
        if ('failure' in read) throw new RolledBack(read.failure);
        await this.store.updateInstallation(tx, installation, settings, this.clock.now());
        note.audit({
          action: 'on-prem-settings.changed',
          object: `phone-number/${phoneNumberId}`,
          before: installation.settings,
          after: settings,
        });
        note.event('assets', this.endpoints.changed(this.endpoints.onPrem({ ...installation, settings })));
      },
      { movesEpoch: false },
    );
  }
}

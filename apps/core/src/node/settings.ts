import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Bus, BusUnavailable, type Stop } from '#bus';
import { settingsChanged } from '#contracts';
import { defaultSettings, type NodeSettings, ok, patchSettings, type Result, SECOND } from '#domain';
import { Clock, Log } from '#runtime';
import { type Asker } from '../access/answers.js';
import { requireScope } from '../access/authorize.js';
import { CoreConfig } from '../core.config.js';
import { Changes } from '../store/change.js';
import { SettingsStore } from '../store/settings.store.js';

/** Cores that were cut off while a change was announced find it in the row this often. */
const REFRESH_MS = 5 * SECOND;

/** The node's settings: the row decides, every app keeps a copy and is told of changes before they are answered. */
@Injectable()
export class Settings implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private values: NodeSettings = defaultSettings;
  private stop: Stop | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: SettingsStore,
    private readonly changes: Changes,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly config: CoreConfig,
  ) {}

  current(): NodeSettings {
    return this.values;
  }

  async onModuleInit(): Promise<void> {
    await this.refresh();
  }

  onApplicationBootstrap(): void {
    this.stop = this.bus.onAnnouncement(settingsChanged, async ({ settings }) => this.apply(settings));
    this.timer = setInterval(
      () => void this.refresh().catch((error: unknown) => this.log.warn('settings.refresh-failed', { error })),
      REFRESH_MS,
    );
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.stop?.();
  }

  async read(asker: Asker): Promise<Result<NodeSettings>> {
    const barred = requireScope(asker.principal, 'settings:read');
    if (barred) return { ok: false, failure: barred };
    await this.refresh();
    return ok(this.values);
  }

  /** Answered when every app that is alive has taken the change over. */
  async change(asker: Asker, patch: unknown): Promise<Result<NodeSettings>> {
    const barred = requireScope(asker.principal, 'settings:write');
    if (barred) return { ok: false, failure: barred };
    const changed = await this.changes.run(
      asker,
      async (tx, note): Promise<Result<NodeSettings>> => {
        const before = readStored(await this.store.lock(tx, this.clock.now()));
        const patched = patchSettings(before, patch);
        if ('failure' in patched) return { ok: false, failure: patched.failure };
        if (patched.changed.length > 0) {
          await this.store.write(tx, patched.settings, this.clock.now());
          for (const name of patched.changed) {
            note.audit({
              action: 'setting.changed',
              object: `setting/${name}`,
              before: valueOf(before, name),
              after: valueOf(patched.settings, name),
            });
          }
        }
        return ok(patched.settings);
      },
      { movesEpoch: false },
    );
    if (!changed.ok) return changed;
    this.apply(changed.value);
    await this.tellEverybody(changed.value);
    return changed;
  }

  private async refresh(): Promise<void> {
    this.apply(readStored(await this.store.read()));
  }

  private apply(settings: NodeSettings): void {
    this.values = settings;
    this.log.setLevel(settings.logs.debug ? 'debug' : this.config.logLevel);
  }

  private async tellEverybody(settings: NodeSettings): Promise<void> {
    try {
      const { missing } = await this.bus.announce(settingsChanged, { settings });
      if (missing.length > 0) this.log.warn('settings.not-confirmed', { missing });
    } catch (error) {
      // The change is committed and stays: who did not hear of it now asks for it when the bus is back.
      if (!(error instanceof BusUnavailable)) throw error;
      this.log.warn('settings.not-announced', { error });
    }
  }
}

/** Stored values over the defaults, one by one: what an older or newer version stored and this one does not take is left out. */
export function readStored(stored: unknown): NodeSettings {
  let settings = defaultSettings;
  for (const [group, values] of Object.entries(Object(stored) as Record<string, unknown>)) {
    for (const [name, value] of Object.entries(Object(values) as Record<string, unknown>)) {
      const patched = patchSettings(settings, { [group]: { [name]: value } });
      if ('settings' in patched) settings = patched.settings;
    }
  }
  return settings;
}

function valueOf(settings: NodeSettings, name: string): unknown {
  const [group = '', field = ''] = name.split('.');
  return (settings as unknown as Record<string, Record<string, unknown>>)[group]?.[field];
}

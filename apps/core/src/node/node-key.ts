import { Injectable, type OnModuleInit } from '@nestjs/common';
import { NodeKeys } from '#postgres';
import { SettingsStore } from '../store/settings.store.js';

/** Refuses to start with another master key than the one that the rows are sealed with. */
@Injectable()
export class NodeKey implements OnModuleInit {
  constructor(
    private readonly keys: NodeKeys,
    private readonly store: SettingsStore,
  ) {}

  async onModuleInit(): Promise<void> {
    const fingerprint = await this.store.claimKey(this.keys.fingerprint);
    if (fingerprint === this.keys.fingerprint) return;
    throw new Error(
      `RELAIS_MASTER_KEY is not the key of this database: its fingerprint is ${this.keys.fingerprint}, and the database was sealed with ${fingerprint}`,
    );
  }

  /** Signs and checks download URLs. */
  get mediaUrlKey(): string {
    return this.keys.derive('media-url').toString('base64');
  }
}

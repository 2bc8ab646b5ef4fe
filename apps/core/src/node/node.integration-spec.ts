import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { advanceClock, changeSettings, createOperatorToken, hello, readSettings } from '#contracts';
import { allScopes, defaultSettings, HOUR } from '#domain';
import { NodeKeys } from '#postgres';
import { AssetBed, bootstrapToken, codeOf, valueOf } from '../access/testing/asset-bed.js';
import { SettingsStore } from '../store/settings.store.js';
import { NodeKey } from './node-key.js';
import { readStored } from './settings.js';

let bed: AssetBed;

beforeAll(async () => {
  bed = await AssetBed.open({ sandbox: true });
});

afterAll(() => bed.close());

const change = (patch: unknown, token = bootstrapToken) => bed.ask(changeSettings, { patch }, token, 'admin');

describe('settings', () => {
  it('are the defaults until somebody changes them', async () => {
    expect(valueOf(await bed.ask(readSettings, {}, bootstrapToken, 'admin'))).toEqual(defaultSettings);
  });

  it('are changed, kept, told and audited', async () => {
    const changed = valueOf(await change({ webhooks: { allowHttp: true }, messages: { ttlHours: 48 } }));
    expect(changed.webhooks.allowHttp).toBe(true);
    expect(changed.messages.ttlHours).toBe(48);
    expect((await bed.askDispatcher(hello, { app: 'api', instance: 'a' })).settings).toEqual(changed);
    expect(readStored(await new SettingsStore(bed.db).read())).toEqual(changed);
    const audited = await bed.rows<{ object: string }>(
      `SELECT object FROM core.audit WHERE action = 'setting.changed' ORDER BY object`,
    );
    expect(audited.map((row) => row.object)).toEqual(['setting/messages.ttlHours', 'setting/webhooks.allowHttp']);
  });

  it('change as a whole or not at all', async () => {
    const before = valueOf(await bed.ask(readSettings, {}, bootstrapToken, 'admin'));
    expect(codeOf(await change({ media: { allowHttp: true }, messages: { ttlHours: 0 } }))).toBe('invalid-parameter');
    expect(codeOf(await change({ media: { nonsense: true } }))).toBe('unknown-parameter');
    expect(codeOf(await change('nonsense'))).toBe('invalid-parameter');
    expect(valueOf(await bed.ask(readSettings, {}, bootstrapToken, 'admin'))).toEqual(before);
  });

  it('do not lose one of two changes made at once', async () => {
    await Promise.all([change({ media: { allowLoopback: true } }), change({ onPrem: { contactsAlwaysValid: false } })]);
    const after = valueOf(await bed.ask(readSettings, {}, bootstrapToken, 'admin'));
    expect([after.media.allowLoopback, after.onPrem.contactsAlwaysValid]).toEqual([true, false]);
  });

  it('leave out what another version stored', () => {
    expect(readStored({ messages: { ttlHours: 12, gone: 1 }, gone: { x: 1 }, webhooks: 7 })).toEqual({
      ...defaultSettings,
      messages: { ...defaultSettings.messages, ttlHours: 12 },
    });
  });
});

describe('the clock', () => {
  const advance = (advanceMs: number, token = bootstrapToken) => bed.ask(advanceClock, { advanceMs }, token, 'admin');

  it('moves forward, and is told to whoever asks', async () => {
    const before = bed.clock.now();
    const { offsetMs, now } = valueOf(await advance(25 * HOUR));
    expect(offsetMs).toBe(25 * HOUR);
    expect(now - before).toBeGreaterThanOrEqual(25 * HOUR);
    expect((await bed.askDispatcher(hello, { app: 'api', instance: 'a' })).clockOffsetMs).toBe(25 * HOUR);
    expect(valueOf(await advance(90 * 24 * HOUR)).offsetMs).toBe(25 * HOUR + 90 * 24 * HOUR);
    // Rows of the time to come have somewhere to lie.
    expect((await change({ messages: { ttlHours: 24 } })).ok).toBe(true);
  });

  it('moves by no step that is none', async () => {
    for (const step of [0, -1, 1.5, Number.NaN, 400 * 24 * HOUR]) expect(codeOf(await advance(step))).toBe('invalid-parameter');
  });

  it('is no matter of a business', async () => {
    const { businessId } = await bed.tenant('Bank');
    const { token } = await bed.operate(createOperatorToken, { name: 'bound', businessId, scopes: allScopes });
    expect(codeOf(await advance(HOUR, token))).toBe('permission-denied');
    expect(codeOf(await change({ messages: { ttlHours: 24 } }, token))).toBe('permission-denied');
  });
});

describe('the master key', () => {
  it('must be the one that the rows are sealed with', async () => {
    const other = NodeKeys.from(Buffer.alloc(32, randomInt(8, 200)).toString('base64'));
    await expect(new NodeKey(other, new SettingsStore(bed.db)).onModuleInit()).rejects.toThrow(
      /RELAIS_MASTER_KEY is not the key/,
    );
    await new NodeKey(bed.keys, new SettingsStore(bed.db)).onModuleInit();
  });
});

describe('outside the sandbox', () => {
  it('the clock cannot be moved', async () => {
    const production = await AssetBed.open();
    try {
      expect(codeOf(await production.ask(advanceClock, { advanceMs: HOUR }, bootstrapToken, 'admin'))).toBe('unknown-path');
      expect(production.clock.offset()).toBe(0);
    } finally {
      await production.close();
    }
  });
});

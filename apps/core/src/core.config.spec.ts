import { expect, it } from 'vitest';
import { ConfigRefused, loadConfig } from '#runtime';
import { CoreConfig } from './core.config.js';

const needed = {
  NATS_URL: 'nats://nats:4222',
  DATABASE_URL: 'postgres://postgres/relais',
  RELAIS_MASTER_KEY: 'k',
  RELAIS_MEDIA_DIR: '/media',
};

it('asks the monitors of NATS that it is told of, and is content with nothing less unless it is told so', () => {
  expect(loadConfig(CoreConfig, needed)).toMatchObject({ natsMonitorUrls: [], allowLazySync: false });
  const told = { ...needed, NATS_MONITOR_URL: 'http://nats:8222, https://10.0.0.7:8222/', RELAIS_ALLOW_LAZY_SYNC: 'true' };
  const natsMonitorUrls = ['http://nats:8222', 'https://10.0.0.7:8222/'];
  expect(loadConfig(CoreConfig, told)).toMatchObject({ natsMonitorUrls, allowLazySync: true });
});

it.each(['nats:8222', 'nats://nats:4222', 'http://'])('does not start with %s as a monitor', (url) => {
  expect(() => loadConfig(CoreConfig, { ...needed, NATS_MONITOR_URL: url })).toThrow(ConfigRefused);
});

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APPS } from '../../deploy/local/apps.mjs';
import { root } from './planted-tree.js';

const directory = join(root, 'deploy/compose');
const compose = readFileSync(join(directory, 'compose.yaml'), 'utf8');

/** The text of each service, by its name: what stands two spaces deep below `services:`. */
const services = new Map(
  (compose.split(/^services:$/m)[1] ?? '')
    .split(/^networks:$/m)[0]
    ?.split(/^ {2}(?=[a-z-]+:$)/m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf(':')), text]),
);

describe('deploy/compose', () => {
  it('runs the four apps on PostgreSQL and NATS, after the migrations', () => {
    expect([...services.keys()]).toEqual([
      'postgres',
      'nats',
      'nats-volume',
      'migrate',
      'api',
      'core',
      'webhook-dispatcher',
      'quality-metrics',
    ]);
    expect(compose).toContain('migrate: { condition: service_completed_successfully }');
  });

  it('starts each app, as the image does the api, with the settings of V8 that `npm start` gives it', () => {
    const words = (text: string | undefined): readonly string[] => text?.match(/[^\s"',[\]]+/g) ?? [];
    const commandOf = (name: string): readonly string[] => words(/command:\s*\[([^\]]*)\]/.exec(services.get(name) ?? '')?.[1]);
    const wanted = APPS.map(({ name, flags }) => [
      name,
      ['node', ...flags, '--enable-source-maps', `dist/apps/${name}/src/main.js`],
    ]);
    expect(APPS.map(({ name }) => [name, commandOf(name)])).toEqual(wanted);
    const image = /^CMD \[(.*)\]$/m.exec(readFileSync(join(root, 'deploy/Dockerfile'), 'utf8'))?.[1];
    expect(words(image)).toEqual(Object.fromEntries(wanted)['api']);
  });

  it('has NATS write every acknowledged event to the disk, and core see that it does', () => {
    const nats = readFileSync(join(directory, 'nats.conf'), 'utf8');
    expect(nats).toMatch(/^ {2}sync_interval: always$/m);
    expect(nats).toMatch(/^http: "0\.0\.0\.0:8222"$/m);
    expect(services.get('core')).toMatch(/^ +NATS_MONITOR_URL: http:\/\/nats:8222$/m);
    expect(compose).not.toContain('RELAIS_ALLOW_LAZY_SYNC');
  });

  it('gives the api neither the database nor the key of the node', () => {
    expect(services.get('api')).not.toMatch(/database|master_key|DATABASE_URL|MASTER_KEY/);
  });

  it('lets nothing but the api be reached from outside', () => {
    expect([...services].filter(([, text]) => text.includes('ports:')).map(([name]) => name)).toEqual(['api']);
  });

  it('holds no secret: each comes from a file that git does not know', () => {
    expect(compose).not.toMatch(
      /^ +[A-Z_]*(PASSWORD|KEY|TOKEN|_URL): *['"]?(?!\/run\/secrets\/|\$\{RELAIS_PUBLIC_URL|http:\/\/nats:8222$)\S/m,
    );
    expect(readFileSync(join(directory, '.gitignore'), 'utf8').split('\n')).toEqual(expect.arrayContaining(['secrets/', '.env']));
    expect(readdirSync(directory)).toContain('.env.example');
  });
});

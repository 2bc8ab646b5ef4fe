import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigRefused, describeConfig, env, loadConfig } from './config.js';
import { ProcessConfig } from './process.config.js';

class Base {
  @env('LIMIT', { description: 'How many.', default: '10' })
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit!: number;
}

class Example extends Base {
  @env('DATABASE_URL', { description: 'Where the rows are.', secret: true })
  @IsUrl({ protocols: ['postgres'], require_tld: false })
  readonly databaseUrl!: string;

  @env('LOUD', { description: 'Says more.', default: 'false' })
  readonly loud!: boolean;

  @env('NAMES', { description: 'A list.', default: '' })
  readonly names!: readonly string[];

  @env('NOTE', { description: 'May be left out.' })
  @IsOptional()
  @IsString()
  readonly note?: string | undefined;

  @env('PLACE', { description: 'Has a value of its own.' })
  @IsString()
  readonly place: string = 'here';
}

const URL = 'postgres://relais:pw@localhost/relais';
const directory = mkdtempSync(join(tmpdir(), 'config-spec-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = (name: string, content: string): string => {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
};

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    loadConfig(Example, environment);
  } catch (error) {
    if (error instanceof ConfigRefused) return error.faults;
    throw error;
  }
  throw new Error('not refused');
};

describe('loadConfig', () => {
  it('fills in defaults', () => {
    expect({ ...loadConfig(Example, { DATABASE_URL: URL }) }).toEqual({
      limit: 10,
      databaseUrl: URL,
      loud: false,
      names: [],
      place: 'here',
      note: undefined,
    });
  });

  it('converts by the declared type', () => {
    const config = loadConfig(Example, {
      DATABASE_URL: URL,
      LIMIT: ' 42 ',
      LOUD: 'Yes',
      NAMES: 'a, b,,c',
      NOTE: '7',
      PLACE: 'there',
    });
    expect({ ...config }).toEqual({ limit: 42, databaseUrl: URL, loud: true, names: ['a', 'b', 'c'], note: '7', place: 'there' });
    expect(config).toBeInstanceOf(Example);
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig(Example, { DATABASE_URL: URL, LIMIT: '', LOUD: '', NOTE: '' })).toMatchObject({ limit: 10, loud: false });
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig(Example, { DATABASE_URL: URL }))).toBe(true);
  });

  it('reads a secret from a file, without the line break at its end', () => {
    expect(loadConfig(Example, { DATABASE_URL_FILE: file('url', `${URL}\n`) }).databaseUrl).toBe(URL);
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['a missing one', {}, ['DATABASE_URL is missing. Where the rows are.']],
    ['no number', { DATABASE_URL: URL, LIMIT: 'many' }, ['LIMIT must be a number (it is "many"). How many.']],
    ['a number out of bounds', { DATABASE_URL: URL, LIMIT: '101' }, ['LIMIT must not be greater than 100. How many.']],
    ['a broken number', { DATABASE_URL: URL, LIMIT: '1.5' }, ['LIMIT must be an integer number. How many.']],
    ['no boolean', { DATABASE_URL: URL, LOUD: 'maybe' }, ['LOUD must be true or false (it is "maybe"). Says more.']],
    [
      'both a value and a file',
      { DATABASE_URL: URL, DATABASE_URL_FILE: '/nowhere' },
      ['DATABASE_URL and DATABASE_URL_FILE are both set; only one may be.'],
    ],
    [
      'an unreadable file',
      { DATABASE_URL_FILE: '/nowhere/at/all' },
      ['DATABASE_URL cannot be read from DATABASE_URL_FILE: ENOENT (/nowhere/at/all).'],
    ],
  ])('refuses %s', (_label, environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults);
  });

  it('names every fault in one message, and shows no secret', () => {
    const load = (): Example => loadConfig(Example, { DATABASE_URL: 'mysql://canary-secret@x/y', LIMIT: 'x', LOUD: 'x' });
    expect(load).toThrow(
      [
        '3 environment variables are not as needed:',
        '  LIMIT must be a number (it is "x"). How many.',
        '  LOUD must be true or false (it is "x"). Says more.',
        '  DATABASE_URL must be a URL address. Where the rows are.',
      ].join('\n'),
    );
    expect(load).not.toThrow('canary');
  });

  it('ignores NAME_FILE of what is no secret', () => {
    expect(loadConfig(Example, { DATABASE_URL: URL, LIMIT_FILE: '/nowhere' }).limit).toBe(10);
  });
});

describe('describeConfig', () => {
  it('lists every variable, the base first', () => {
    expect(describeConfig(Example)).toEqual([
      { name: 'LIMIT', description: 'How many.', default: '10', secret: false, required: false },
      { name: 'DATABASE_URL', description: 'Where the rows are.', default: undefined, secret: true, required: true },
      { name: 'LOUD', description: 'Says more.', default: 'false', secret: false, required: false },
      { name: 'NAMES', description: 'A list.', default: '', secret: false, required: false },
      { name: 'NOTE', description: 'May be left out.', default: undefined, secret: false, required: false },
      { name: 'PLACE', description: 'Has a value of its own.', default: undefined, secret: false, required: false },
    ]);
  });
});

describe('ProcessConfig', () => {
  it('needs nothing but the bus', () => {
    expect(loadConfig(ProcessConfig, { NATS_URL: 'nats://127.0.0.1:4222', RELAIS_INSTANCE: 'core-0' })).toMatchObject({
      httpHost: '127.0.0.1',
      httpPort: 0,
      logLevel: 'info',
      instance: 'core-0',
      sandbox: false,
      drainMs: 500,
      natsUrl: 'nats://127.0.0.1:4222',
    });
  });

  it('names an instance by itself', () => {
    expect(loadConfig(ProcessConfig, { NATS_URL: 'nats://x' }).instance).toMatch(new RegExp(`^[\\w.-]{1,50}-${process.pid}$`));
  });

  it('refuses an unknown log level', () => {
    expect(() => loadConfig(ProcessConfig, { NATS_URL: 'nats://x', RELAIS_LOG_LEVEL: 'loud' })).toThrow(
      'RELAIS_LOG_LEVEL must be one of',
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byteas, int2s, int8s, texts, times } from './arrays.js';
import { Database } from './database.js';
import { type TestDatabase, testDatabase } from './testing/index.js';
import { sqlState } from './errors.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('array parameters', () => {
  let database: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await testDatabase();
    db = new Database({ url: database.url, applicationName: 'arrays-spec', max: 1, log: silent });
  });
  afterAll(async () => {
    await db.close();
    await database.close();
  });

  it('arrive as they were', async () => {
    const [row] = await db.query(
      {
        name: 'arrays.echo',
        text: `SELECT $1::int8[]::text[] AS ids, $2::int2[] AS small, $3::bytea[] AS bytes, $4::text[] AS words,
                      $5::int8[]::text[] AS moments`,
      },
      [
        int8s(['9223372036854775807', '0', null]),
        int2s([7, null]),
        byteas([Buffer.from([0, 92, 34, 255]), Buffer.alloc(0), null]),
        texts(['', 'NULL', '{"\\', 'Grüße 👩‍👩‍👧', null]),
        times([1_767_225_600_000, null, 0, -1, Number.MAX_SAFE_INTEGER]),
      ],
    );
    expect(row).toEqual({
      ids: ['9223372036854775807', '0', null],
      small: [7, null],
      bytes: [Buffer.from([0, 92, 34, 255]), Buffer.alloc(0), null],
      words: ['', 'NULL', '{"\\', 'Grüße 👩‍👩‍👧', null],
      moments: ['1767225600000', null, '0', '-1', '9007199254740991'],
    });
  });

  it('may be empty', async () => {
    const [row] = await db.query(
      {
        name: 'arrays.count',
        text: 'SELECT cardinality($1::int8[]) AS ids, cardinality($2::bytea[]) AS bytes, cardinality($3::text[]) AS words',
      },
      [int8s([]), byteas([]), texts([])],
    );
    expect(row).toEqual({ ids: 0, bytes: 0, words: 0 });
  });

  it('refuse what cannot be stored as a fault of the data', async () => {
    const refused = await db.query({ name: 'arrays.nul', text: 'SELECT $1::text[]' }, [texts(['a\0b'])]).catch(sqlState);
    expect(refused).toBe('22021');
  });
});

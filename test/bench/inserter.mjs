// Bare inserts by `unnest`, one commit a batch: what this machine can do today in Postgres alone.
import pg from 'pg';
import { serveParent } from './child.mjs';
import { randomFrom, someTexts } from './texts.mjs';

const ROWS = 100;
const AT_ONCE = 2;

async function insert({ url, seconds }) {
  const texts = someTexts(randomFrom(2));
  const until = performance.now() + seconds * 1_000;
  const pool = new pg.Pool({ connectionString: url, max: AT_ONCE });
  try {
    await pool.query('CREATE TABLE IF NOT EXISTS bench_insert (id bigint PRIMARY KEY, body text NOT NULL)');
    await pool.query('TRUNCATE bench_insert');
    let next = 0;
    let rows = 0;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (performance.now() < until) {
          const ids = Array.from({ length: ROWS }, () => next++);
          await pool.query({
            name: 'insert',
            text: 'INSERT INTO bench_insert SELECT * FROM unnest($1::int8[], $2::text[])',
            values: [ids, ids.map((id) => texts[id % texts.length])],
          });
          rows += ROWS;
        }
      }),
    );
    return { rows, seconds: (performance.now() - began) / 1_000 };
  } finally {
    await pool.end();
  }
}

serveParent({ insert });

import { expect, it } from 'vitest';
import { aTextReceived, anOnPremEndpoint } from '../testing/events.js';
import { fitting } from './fit-waiting.js';
import { partWriter, writeKept } from './webhook.js';

const endpoint = anOnPremEndpoint();
const write = partWriter(endpoint);
const waiting = (id: string, texts: readonly string[]) => ({
  id,
  attempts: 0,
  createdAt: 0,
  parts: JSON.parse(
    writeKept(
      endpoint.dialect,
      texts.flatMap((text) => write(aTextReceived('1', text)) ?? []),
    ),
  ) as unknown[],
});
const megabyte = 'x'.repeat(1_000_000);

it.each([
  { name: 'all of them when they fit', rows: [waiting('1', ['a', 'b']), waiting('2', ['c'])], ids: ['1', '2'], updates: 3 },
  {
    name: 'the older half when they are too long',
    rows: [waiting('1', [megabyte]), waiting('2', [megabyte]), waiting('3', [megabyte]), waiting('4', ['d'])],
    ids: ['1', '2'],
    updates: 2,
  },
  { name: 'one row as it is', rows: [waiting('1', [megabyte, megabyte, megabyte])], ids: ['1'], updates: 3 },
])('$name', ({ rows, ids, updates }) => {
  const fit = fitting(endpoint, rows);
  expect(fit.rows.map(({ id }) => id)).toEqual(ids);
  expect(fit.webhook.updates).toBe(updates);
});

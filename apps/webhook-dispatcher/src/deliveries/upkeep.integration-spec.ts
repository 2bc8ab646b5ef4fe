import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY, firstIdAt } from '#domain';
import { aGraphEndpoint } from '../testing/events.js';
import { type TestNode, testNode } from '../testing/node.js';
import { Upkeep } from './upkeep.js';

let node: TestNode;

beforeEach(async () => {
  node = await testNode();
});

afterEach(() => node.close());

it('old deliveries and sources are dropped, and nothing else', async () => {
  node.endpoints = [aGraphEndpoint({ url: '' })];
  const dispatcher = await node.start();
  const now = Date.now();
  const insert = (name: string, state: string, ageDays: number) =>
    node.database.pool.query(
      `INSERT INTO dispatcher.deliveries (business_id, id, endpoint_id, state, updates, attempts, created_at, outcome)
       VALUES (100, $1, '9001', $2, 1, 1, $3, $4)`,
      [firstIdAt(now - ageDays * DAY), state, now - ageDays * DAY, name],
    );
  await insert('done long ago', 'done', 31);
  await insert('done lately', 'done', 29);
  await insert('dead long ago', 'dead', 32);
  await insert('dead lately', 'dead', 28);
  await insert('waiting for ever', 'pending', 33);
  await insert('waiting still', 'pending', 30.5);
  const source = (name: string, ageDays: number) =>
    node.database.pool.query('INSERT INTO dispatcher.delivery_sources VALUES (100, $1, $2, 1, 1)', [
      firstIdAt(now - ageDays * DAY),
      name,
    ]);
  await source('handed out long ago', 4);
  await source('handed out lately', 2);

  await dispatcher.get(Upkeep).run();

  const left = await node.rows<{ outcome: string }>('SELECT outcome FROM dispatcher.deliveries ORDER BY id');
  expect(left.map(({ outcome }) => outcome)).toEqual(['waiting still', 'done lately', 'dead lately']);
  expect(await node.rows('SELECT endpoint_id FROM dispatcher.delivery_sources')).toEqual([{ endpoint_id: 'handed out lately' }]);
});

it('the gauges tell what waits and what is dead, and of no delay where there is no address', async () => {
  node.endpoints = [aGraphEndpoint({ url: '' }), aGraphEndpoint({ id: '9002', url: 'https://crm.example/hook' })];
  const dispatcher = await node.start();
  const now = Date.now();
  await node.database.pool.query(
    `INSERT INTO dispatcher.deliveries (business_id, id, endpoint_id, state, updates, attempts, created_at, next_attempt_at)
     VALUES (100, 1, '9001', 'pending', 7, 0, ${now - 900_000}, 0), (100, 2, '9001', 'dead', 1, 9, 0, 0),
            (100, 3, '9002', 'pending', 2, 1, ${now - 100_000}, ${now + 900_000})`,
  );
  await new Promise((resolve) => setTimeout(resolve, 2_300));
  const text = await dispatcher.metrics.text();
  expect(text).toMatch(/relais_webhook_pending_deliveries\{.*\} 2\n/);
  expect(text).toMatch(/relais_webhook_pending_updates\{.*\} 9\n/);
  expect(text).toMatch(/relais_webhook_dead_deliveries\{.*\} 1\n/);
  expect(text).toMatch(/relais_webhook_oldest_pending_seconds\{.*\} 10[2-5]/);
});

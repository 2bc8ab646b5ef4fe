import { expect, it } from 'vitest';
import { Permits } from './permits.js';

it('lets so many through and serves the others in their order', async () => {
  const permits = new Permits(2);
  const [first, second] = [await permits.acquire(), await permits.acquire()];
  const order: string[] = [];
  const third = permits.acquire().then((release) => {
    order.push('third');
    return release;
  });
  const fourth = permits.acquire().then((release) => {
    order.push('fourth');
    return release;
  });
  expect(permits.tryAcquire()).toBeUndefined();
  first();
  first();
  await third;
  expect(order).toEqual(['third']);
  second();
  await fourth;
  expect(order).toEqual(['third', 'fourth']);
  expect(permits.inUse).toBe(2);
  (await third)();
  (await fourth)();
  expect(permits.inUse).toBe(0);
});

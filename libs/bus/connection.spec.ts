import { expect, test } from 'vitest';
import { addresses } from './connection.js';

test.each([
  ['nats://127.0.0.1:4222', { servers: ['127.0.0.1:4222'] }],
  ['nats.internal:4222', { servers: ['nats.internal:4222'] }],
  ['nats://api:s%40cret@nats:4222', { servers: ['nats:4222'], user: 'api', pass: 's@cret' }],
  ['nats://a-token@nats:4222', { servers: ['nats:4222'], token: 'a-token' }],
  ['nats://u:p@n1:4222, nats://u:p@n2:4222', { servers: ['n1:4222', 'n2:4222'], user: 'u', pass: 'p' }],
  ['tls://nats:4222', { servers: ['nats:4222'], tls: {} }],
])('%s', (url, options) => {
  expect(addresses(url)).toEqual(options);
});

test('an empty address is a mistake', () => {
  expect(() => addresses(' ')).toThrow('NATS_URL is empty');
});

import { randomUUID } from 'node:crypto';
import type { FailureCode } from '#domain';
import { failure } from '#domain';
import type { ClientFault, RawAnswer } from '#runtime';
import { doorOf, pathOf } from './door.js';
import { failureWriters } from './failure-writers.js';

const codes: Readonly<Record<ClientFault, readonly [FailureCode, string]>> = {
  malformed: ['invalid-parameter', 'The request is not valid HTTP'],
  'headers-too-large': ['headers-too-large', 'The request line and headers are too long'],
  'too-slow': ['request-timeout', 'The request took too long to arrive'],
};

/** What is told to whoever does not get a request across: the envelope of the door, where it is known which it was to be. */
export function writeClientFault(fault: ClientFault, url: string | undefined): RawAnswer {
  const [code, detail] = codes[fault];
  const door = url === undefined ? 'admin' : doorOf(url);
  const requestId = randomUUID().replaceAll('-', '');
  const written = failureWriters[door](failure(code, detail), { requestId, path: pathOf(url ?? '/') });
  return {
    status: fault === 'malformed' ? 400 : written.status,
    contentType: written.headers?.['content-type'] ?? 'application/json; charset=utf-8',
    body: JSON.stringify(written.body),
  };
}

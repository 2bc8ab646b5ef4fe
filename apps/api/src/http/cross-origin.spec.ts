import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { crossOriginHeaders, preflightHeaders } from './cross-origin.js';

const request = (url: string, origin?: string) =>
  ({ url, rawHeaders: ['Host', 'node.example', ...(origin === undefined ? [] : ['Origin', origin])] }) as IncomingMessage;

it.each([
  ['the Graph door, to a page', '/v23.0/555', 'https://crm.example', '*'],
  ['the Graph door, to a page, mounted', '/graph/555', 'null', '*'],
  ['the Graph door, to a program', '/v23.0/555', undefined, undefined],
  ['the On-Premises door', '/v1/messages', 'https://crm.example', undefined],
  ['the own door', '/relais/v1/settings', 'https://crm.example', undefined],
  ['the handset door', '/handset/v1/messages', 'https://crm.example', undefined],
])('%s', (_, url, origin, allowed) => {
  expect(crossOriginHeaders(request(url, origin))['access-control-allow-origin']).toBe(allowed);
});

it('a page may ask first what it may do', () => {
  expect(preflightHeaders(request('/555', 'https://crm.example'), ['GET', 'POST'])).toEqual({
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type, file_offset, idempotency-key, range',
    'access-control-max-age': '600',
  });
  expect(preflightHeaders(request('/v1/messages', 'https://crm.example'), ['GET'])).toEqual({});
});

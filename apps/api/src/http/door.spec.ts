import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { doorOf, pathOf, rewriteUrl } from './door.js';

describe('rewriteUrl', () => {
  it.each([
    ['a versioned Graph path', '/v23.0/555/messages', '/graph/555/messages', 'v23.0'],
    ['an unversioned Graph path', '/555/messages', '/graph/555/messages', undefined],
    ['a Graph path with a query', '/v23.0/555?fields=id', '/graph/555?fields=id', 'v23.0'],
    ['a version and nothing else', '/v23.0', '/graph', 'v23.0'],
    ['a version and a query', '/v23.0?x=1', '/graph?x=1', 'v23.0'],
    ['a Graph call without an id', '/v23.0/debug_token?input_token=x', '/graph/debug_token?input_token=x', 'v23.0'],
    ['a client that guesses the internal prefix', '/graph/555', '/graph/graph/555', undefined],
    ['On-Premises', '/v1/messages', '/v1/messages', undefined],
    ['On-Premises, and nothing else', '/v1', '/v1', undefined],
    ['a Graph version that begins like On-Premises', '/v1.0/555', '/graph/555', 'v1.0'],
    ['something that only begins like On-Premises', '/v12/555', '/graph/v12/555', undefined],
    ['the own door', '/relais/v1/settings?x=1', '/relais/v1/settings?x=1', undefined],
    ['the handset door', '/handset/v1/messages', '/handset/v1/messages', undefined],
    ['the sandbox', '/sandbox/v1/clock', '/sandbox/v1/clock', undefined],
    ['the documentation', '/docs', '/docs', undefined],
    ['a probe', '/health/ready', '/health/ready', undefined],
    ['metrics', '/metrics?x', '/metrics?x', undefined],
    ['the root', '/', '/', undefined],
    ['the root with a query', '/?x=1', '/?x=1', undefined],
    ['a name of every object', '/constructor/x', '/graph/constructor/x', undefined],
    ['the absolute form', 'http://node.example/v23.0/555', '/graph/555', 'v23.0'],
    ['the absolute form of the root', 'http://node.example', '/', undefined],
    ['the asterisk form', '*', '/graph/*', undefined],
    ['an upload', '/v23.0/upload:7?sig=x', '/graph/upload/7?sig=x', 'v23.0'],
    ['an upload without a version', '/upload:7', '/graph/upload/7', undefined],
    ['an upload, escaped', '/v23.0/upload%3A7%3Fsig%3Dx', '/graph/upload/7%3Fsig%3Dx', 'v23.0'],
    ['an upload, escaped in lower case', '/upload%3a7', '/graph/upload/7', undefined],
    ['an upload without a name', '/upload:', '/graph/upload/', undefined],
    ['what only begins like an upload', '/v23.0/uploads', '/graph/uploads', 'v23.0'],
    ['an upload further on', '/v23.0/7/upload:7', '/graph/7/upload:7', 'v23.0'],
  ])('%s', (_, url, rewritten, version) => {
    const request = { url, headers: {} } as IncomingMessage;
    expect(rewriteUrl(request)).toBe(rewritten);
    expect(request.graphVersion).toBe(version);
  });
});

it('takes what comes to an upload for the file itself, whatever it is called', () => {
  const type = (url: string) => {
    const request = { url, headers: { 'content-type': 'application/x-www-form-urlencoded' } } as unknown as IncomingMessage;
    rewriteUrl(request);
    return request.headers['content-type'];
  };
  expect(type('/v23.0/upload:7')).toBe('application/octet-stream');
  expect(type('/v23.0/7/uploads')).toBe('application/x-www-form-urlencoded');
});

describe('doorOf', () => {
  it.each([
    ['/v1/messages', 'on-prem'],
    ['/v1?x', 'on-prem'],
    ['/v23.0/555', 'graph'],
    ['/graph/555/messages', 'graph'],
    ['/555', 'graph'],
    ['/relais/v1/settings', 'admin'],
    ['/sandbox/v1/clock', 'admin'],
    ['/docs/graph.json', 'admin'],
    ['/health/live', 'admin'],
    ['/metrics', 'admin'],
    ['/', 'admin'],
    ['/handset/v1/messages', 'handset'],
    ['/handsets', 'graph'],
  ])('%s belongs to %s', (path, door) => {
    expect(doorOf(path)).toBe(door);
  });
});

describe('pathOf', () => {
  it.each([
    ['/a/b', '/a/b'],
    ['/a/b?c=/d', '/a/b'],
    ['/a#b?c', '/a'],
  ])('of %s is %s', (url, path) => {
    expect(pathOf(url)).toBe(path);
  });
});

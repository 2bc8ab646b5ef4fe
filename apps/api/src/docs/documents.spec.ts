import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdminModule } from '../admin/admin.module.js';
import { ApiConfig } from '../api.config.js';
import { GraphModule } from '../graph/graph.module.js';
import { HandsetModule } from '../handset/handset.module.js';
import { type DoorApp, doorApp } from '../http/testing/door-app.js';
import { OnPremModule } from '../on-prem/on-prem.module.js';
import { SandboxModule } from '../sandbox/sandbox.module.js';
import { serveDocs } from './documents.js';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
}

let node: DoorApp;

beforeAll(async () => {
  node = await doorApp([GraphModule, OnPremModule, AdminModule, HandsetModule, SandboxModule], (app) =>
    serveDocs(app, Object.assign(new ApiConfig(), { sandbox: true })),
  );
});
afterAll(() => node.app.close());

describe.each([
  ['graph', '/{phoneNumberId}/messages'],
  ['on-prem', '/v1/messages'],
  ['admin', '/relais/v1/settings'],
  ['admin', '/sandbox/v1/clock'],
  ['handset', '/handset/v1/messages'],
])('the document of the %s door', (door, path) => {
  it(`tells of ${path} as clients write it`, async () => {
    const document = (await node.call({ method: 'GET', url: `/docs/${door}.json` })).body as OpenAPIObject;
    expect(Object.keys(document.paths)).toContain(path);
  });

  it('says of every field and parameter what it is', async () => {
    const document = (await node.call({ method: 'GET', url: `/docs/${door}.json` })).body as OpenAPIObject;
    const bare: string[] = [];
    const look = (schema: Schema, at: string): void => {
      if (schema.type === 'object' && !schema.properties && schema.additionalProperties === undefined) bare.push(at);
      for (const [name, inner] of Object.entries(schema.properties ?? {})) look(inner, `${at}.${name}`);
      if (schema.items) look(schema.items, `${at}[]`);
    };
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) look(schema as Schema, name);
    for (const [at, item] of Object.entries(document.paths)) {
      for (const [method, call] of Object.entries(item as Record<string, { parameters?: { name: string; schema: Schema }[] }>)) {
        for (const { name, schema } of call.parameters ?? []) look(schema, `${method} ${at} ${name}`);
      }
    }
    // What is an object to its decorator, and to no client, has no type of its own.
    expect(bare).toEqual([]);
  });

  it('says of every call what it is for and what it answers', async () => {
    const document = (await node.call({ method: 'GET', url: `/docs/${door}.json` })).body as OpenAPIObject;
    const silent = Object.entries(document.paths).flatMap(([at, item]) =>
      Object.entries(
        item as Record<string, { summary?: string; responses: Record<string, { content?: object; description: string }> }>,
      ).flatMap(([method, call]) => {
        const [status, good] = Object.entries(call.responses).find(([code]) => code.startsWith('2')) ?? [];
        const isTold =
          call.summary && (status === '204' || good?.content || good?.description) && call.responses['default']?.content;
        return isTold ? [] : [`${method} ${at}`];
      }),
    );
    expect(silent).toEqual([]);
  });
});

it('the page loads nothing from elsewhere, and says so', async () => {
  const page = await node.call({ method: 'GET', url: '/docs' });
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toContain("script-src 'self';");
  expect(String(page.body)).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});

import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { newestVersion } from '#dialects/graph';
import { AdminModule } from '../admin/admin.module.js';
import type { ApiConfig } from '../api.config.js';
import { GraphModule } from '../graph/graph.module.js';
import { HandsetModule } from '../handset/handset.module.js';
import { OnPremModule } from '../on-prem/on-prem.module.js';
import { SandboxModule } from '../sandbox/sandbox.module.js';
import { socketProtocol } from './socket-protocol.js';

interface DoorDocument {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly modules: readonly Type[];
  /** Where the door's paths begin, as clients write them. */
  readonly base: string;
  /** Where they are mounted. */
  readonly mount: string;
}

/** `/docs` shows one OpenAPI document a door; each is made when it is first asked for. */
export function serveDocs(app: NestFastifyApplication, config: ApiConfig): void {
  const doors = doorDocuments(config.sandbox);
  const made = new Map<string, OpenAPIObject>();
  const documentOf = (door: DoorDocument): OpenAPIObject => {
    const document = made.get(door.name) ?? describe(app, door);
    made.set(door.name, document);
    return document;
  };
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  for (const door of doors) fastify.get(`/docs/${door.name}.json`, async () => documentOf(door));
  SwaggerModule.setup('docs', app, () => documentOf(doors[0] as DoorDocument), {
    explorer: true,
    raw: false,
    customSiteTitle: 'Relais',
    swaggerOptions: {
      urls: doors.map(({ name, title }) => ({ url: `/docs/${name}.json`, name: title })),
      persistAuthorization: false,
    },
  });
}

function doorDocuments(hasSandbox: boolean): readonly DoorDocument[] {
  return [
    {
      name: 'graph',
      title: 'Graph style',
      description: "The Cloud API's language. The version may be left out of the path.",
      modules: [GraphModule],
      base: `/${newestVersion}`,
      mount: '/graph',
    },
    {
      name: 'on-prem',
      title: 'On-Premises',
      description:
        "The On-Premises API's language. `POST /v1/users/login` takes Basic credentials and answers with a bearer token.",
      modules: [OnPremModule],
      base: '',
      mount: '',
    },
    {
      name: 'admin',
      title: "The node's own",
      description: 'What no vendor’s API has. Refusals are problem bodies (RFC 9457).',
      modules: [AdminModule, ...(hasSandbox ? [SandboxModule] : [])],
      base: '',
      mount: '',
    },
    { name: 'handset', title: 'Handsets', description: socketProtocol, modules: [HandsetModule], base: '', mount: '' },
  ];
}

function describe(app: NestFastifyApplication, door: DoorDocument): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(`Relais: ${door.title}`)
    .setDescription(door.description)
    .setVersion('1')
    .addBearerAuth()
    .addServer(door.base === '' ? '/' : door.base);
  const document = SwaggerModule.createDocument(app, builder.build(), { include: [...door.modules] });
  if (door.mount === '') return document;
  const paths = Object.entries(document.paths).map(([path, item]) => [
    path.startsWith(door.mount) ? asWritten(path.slice(door.mount.length)) : path,
    item,
  ]);
  return { ...document, paths: Object.fromEntries(paths) as OpenAPIObject['paths'] };
}

/** Files that come in parts are mounted beside where their addresses, which clients are given whole, say that they are. */
function asWritten(path: string): string {
  return path.replace(/^\/upload\//, '/upload:');
}

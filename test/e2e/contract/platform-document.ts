import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { load } from 'js-yaml';

/** What a schema of the file says against a body. */
export interface Fault {
  /** JSON pointer into the body; empty for the body itself. */
  readonly at: string;
  readonly says: string;
}

export interface Operation {
  /** `GET /{Phone-Number-ID}/settings`: without the version, which is a prefix here and no part of the path. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** The platform's description lies beside the project where it may be had, and is no part of it. */
const PLACE = fileURLToPath(new URL('../../../../shared/specs/cloud-openapi.yaml', import.meta.url));
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

type Json = Readonly<Record<string, any>>;

/** The platform's own OpenAPI document, read and never copied. */
export class PlatformDocument {
  readonly operations: readonly Operation[];
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  private readonly compiled = new Map<string, ValidateFunction>();

  private constructor(private readonly document: Json) {
    addFormats.default(this.ajv);
    this.ajv.addSchema({ ...document, $id: 'platform' });
    this.operations = Object.entries(document['paths'] as Record<string, Json>).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => {
        const withoutVersion = path.replace('/{Version}', '');
        return { name: `${method.toUpperCase()} ${withoutVersion}`, method: method.toUpperCase(), path: withoutVersion };
      }),
    );
  }

  static open(): PlatformDocument | undefined {
    return existsSync(PLACE) ? new PlatformDocument(load(readFileSync(PLACE, 'utf8')) as Json) : undefined;
  }

  /** Against the schema of the request body; where a discriminator chooses one, against that one. */
  faultsOfRequest(name: string, contentType: string, body: unknown): readonly Fault[] {
    const { requestBody } = this.described(name);
    const content = this.resolved(requestBody)?.['content']?.[contentType];
    if (!content) return [{ at: '', says: `takes no ${contentType}` }];
    const { schema } = content;
    const chosen = this.resolved(schema)?.['discriminator'];
    const $ref = chosen && this.resolved(schema)?.['oneOf'] && chosen.mapping?.[(body as Json)[chosen.propertyName]];
    return this.check($ref ? { $ref } : schema, body);
  }

  faultsOfResponse(name: string, status: number, contentType: string, body: unknown): readonly Fault[] {
    const response = this.resolved(this.described(name)['responses'][String(status)]);
    if (!response) return [{ at: '', says: `is never answered ${status}` }];
    const content = response['content']?.[contentType];
    if (!content) return response['content'] ? [{ at: '', says: `is never answered as ${contentType}` }] : [];
    return content.schema ? this.check(content.schema, body) : [];
  }

  private described(name: string): Json {
    const operation = this.operations.find((one) => one.name === name);
    if (!operation) throw new Error(`the document has no ${name}`);
    const paths = this.document['paths'];
    return (paths[`/{Version}${operation.path}`] ?? paths[operation.path])[operation.method.toLowerCase()];
  }

  private resolved(node: Json | undefined): Json | undefined {
    if (!node?.['$ref']) return node;
    return (node['$ref'] as string)
      .slice(2)
      .split('/')
      .reduce<any>((inner, key) => inner?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], this.document);
  }

  private check(schema: Json, body: unknown): readonly Fault[] {
    const key = JSON.stringify(schema);
    let validate = this.compiled.get(key);
    if (!validate) {
      validate = this.ajv.compile(JSON.parse(key.replaceAll('"$ref":"#/', '"$ref":"platform#/')) as object);
      this.compiled.set(key, validate);
    }
    if (validate(body)) return [];
    return (validate.errors ?? []).map(({ instancePath, keyword, message, params }) => ({
      at: instancePath,
      says: `${keyword}: ${message ?? ''} ${JSON.stringify(params)}`,
    }));
  }
}

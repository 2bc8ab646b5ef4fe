import { isUtf8 } from 'node:buffer';
import multipart from '@fastify/multipart';
import { parse as parseForm } from 'node:querystring';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { decodeUtf8 } from '#runtime';
import { Refused } from './caller.js';
import { doorOf, pathOf } from './door.js';
import { isUploadRoute, maxUploadBytes } from './uploads.js';
import { malformedText } from './well-formed.js';

type Done = (error: Error | null, body?: unknown) => void;

/** Enough for every call, and few enough that parsing them costs nothing. */
const MOST_FIELDS = 200;
const LONGEST_FIELD = 64 * 1024;

/**
 * How bodies are read: JSON everywhere; forms and multipart fields at the Graph door, as its clients send them too; raw
 * bytes and files as a stream, where a route asks for uploads. Anything else is an unsupported content type.
 */
export async function useBodyParsers(fastify: FastifyInstance): Promise<void> {
  const parseJson = jsonParser(fastify);
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) =>
    parseJson(request, body as Buffer, done),
  );
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (request, body, done) =>
    isLogin(request) && looksLikeJson(body as Buffer)
      ? parseJson(request, body as Buffer, done)
      : readForm(request, body as Buffer, done),
  );
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (isUploadRoute(request)) done(null, payload);
    else done(Refused.as('unsupported-content-type', contentTypeFault(request)));
  });
  await useMultipart(fastify);
  fastify.addHook('preValidation', (request, _reply, done) => {
    if (!request.isMultipart() || isUploadRoute(request)) return done();
    readFields(request).then(() => done(), done);
  });
}

/**
 * The plugin's hooks clean up after files that it saved itself, which nobody here asks it to do; they would cost every
 * request two promises and a listener, so they are left out.
 */
async function useMultipart(fastify: FastifyInstance): Promise<void> {
  const withoutHooks = new Proxy(fastify, {
    get(target, name) {
      if (name === 'addHook') return () => withoutHooks;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const options = {
    limits: {
      fileSize: maxUploadBytes,
      files: 1,
      fields: MOST_FIELDS,
      fieldSize: LONGEST_FIELD,
      headerPairs: 50,
      parts: MOST_FIELDS + 1,
    },
    throwFileSizeLimit: false,
  };
  await new Promise<void>((resolve, reject) => {
    multipart(withoutHooks, options, (error) => (error ? reject(error) : resolve()));
  });
}

function jsonParser(fastify: FastifyInstance): (request: FastifyRequest, body: Buffer, done: Done) => void {
  const parse = fastify.getDefaultJsonParser('error', 'error') as unknown as (
    request: FastifyRequest,
    text: string,
    done: Done,
  ) => void;
  return (request, body, done) => {
    // Clients announce JSON and send nothing, where a call needs no body: that is no body.
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body)) return done(Refused.as('malformed-json', 'The body is not valid UTF-8'));
    request.rawBody = body;
    const text = decodeUtf8(body);
    const value = harmlessJson(text);
    if (value !== undefined) return takeFit(value, done);
    parse(request, text, (error, parsed) => (error ? done(error) : takeFit(parsed, done)));
  };
}

/**
 * JSON in which no name can be a forbidden one, however it is written, and which need not be searched for them. Undefined
 * for all other text: Fastify's parser knows what is wrong with it, if anything is.
 */
function harmlessJson(text: string): unknown {
  if (text.includes('\\u') || text.includes('"__proto__"') || text.includes('"constructor"')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function takeFit(value: unknown, done: Done): void {
  const unfit = malformedText(value);
  done(unfit ? new Refused(unfit) : null, value);
}

/** Integrations log in by `curl -d`, which calls everything a form, the JSON of the documentation's own example too. */
function isLogin(request: FastifyRequest): boolean {
  return pathOf(request.url) === '/v1/users/login';
}

function looksLikeJson(body: Buffer): boolean {
  return body.toString('utf8').trimStart().startsWith('{');
}

function readForm(request: FastifyRequest, body: Buffer, done: Done): void {
  // Some clients call a POST without a body a form.
  if (body.length === 0) return done(null, undefined);
  if (doorOf(request.url) !== 'graph' && !isLogin(request))
    return done(Refused.as('unsupported-content-type', contentTypeFault(request)));
  request.rawBody = body;
  // A null prototype, so that no field's name means anything.
  const fields = { ...parseForm(body.toString('utf8'), '&', '=', { maxKeys: MOST_FIELDS }) };
  const unfit = malformedText(fields);
  done(unfit ? new Refused(unfit) : null, fields);
}

/** The fields of a multipart body become the body; a file has no place here. */
async function readFields(request: FastifyRequest): Promise<void> {
  if (doorOf(request.url) !== 'graph') throw Refused.as('unsupported-content-type', contentTypeFault(request));
  const fields: Record<string, unknown> = {};
  for await (const part of request.parts()) {
    if (part.type === 'file') throw Refused.as('invalid-parameter', 'This call takes no file', { field: part.fieldname });
    if (part.valueTruncated) throw Refused.as('body-too-large', 'A field is too long', { field: part.fieldname });
    if (part.fieldname !== '__proto__') fields[part.fieldname] = part.value;
  }
  const unfit = malformedText(fields);
  if (unfit) throw new Refused(unfit);
  request.body = fields;
}

function contentTypeFault(request: FastifyRequest): string {
  const sent = request.headers['content-type'];
  return sent === undefined ? 'The body has no content type' : `This call does not take ${sent.slice(0, 100).split(';')[0]}`;
}

import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { MediaStore, MediaTooLarge, type Staged } from '#media-store';
import { Refused } from './caller.js';
import { malformedText } from './well-formed.js';

/** The largest upload of any door. */
export const maxUploadBytes = 100 * 1024 * 1024;
/** How long an upload may take to arrive. */
export const uploadTimeoutMs = 120_000;

/** Marks a route that takes a file: its body is not read but streamed, up to `maxUploadBytes`. */
export const UploadRoute = (): MethodDecorator => RouteConfig({ upload: true }) as MethodDecorator;

/** Bytes in staging, and what the client said about them. Nothing has an id until core has kept them. */
export interface Upload extends Staged {
  readonly claimedType: string | undefined;
  readonly filename: string | undefined;
}

/** The other fields of a multipart body, whether they came before or after the file. */
export type UploadFields = Readonly<Record<string, string>>;

/** Streams a raw body, or the one file of a multipart body, to staging. Of what is refused nothing stays there. */
@Injectable()
export class Uploads {
  constructor(private readonly store: MediaStore) {}

  /**
   * `accept` may refuse the fields by throwing; a raw body has none.
   * @throws Refused `media-empty`, `media-too-large`, `missing-parameter` (multipart without a file), `media-type-unsupported`
   */
  async receive(request: FastifyRequest, accept: (fields: UploadFields) => void = () => undefined): Promise<Upload> {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxUploadBytes + MULTIPART_OVERHEAD) throw tooLarge();
    const staged: Staged[] = [];
    try {
      const upload = request.isMultipart()
        ? await this.receiveFile(request, staged, accept)
        : await this.receiveBody(request, staged, accept);
      if (upload.bytes === 0) throw Refused.as('media-empty', 'The file is empty');
      return upload;
    } catch (error) {
      for (const { stagingId } of staged) await this.store.discard(stagingId);
      throw error;
    }
  }

  private async receiveBody(request: FastifyRequest, staged: Staged[], accept: (fields: UploadFields) => void): Promise<Upload> {
    const { body } = request;
    accept({});
    if (body === undefined || body === null) throw Refused.as('media-empty', 'The request has no body');
    if (!(body instanceof Readable)) throw Refused.as('media-type-unsupported', 'The body must be the file itself');
    const file = await this.stage(body, request, staged);
    return { ...file, claimedType: mediaType(request.headers['content-type']), filename: undefined };
  }

  private async receiveFile(request: FastifyRequest, staged: Staged[], accept: (fields: UploadFields) => void): Promise<Upload> {
    const fields: Record<string, string> = {};
    let upload: Upload | undefined;
    for await (const part of request.parts()) {
      if (part.type === 'field') {
        if (part.valueTruncated) throw Refused.as('body-too-large', 'A field is too long', { field: part.fieldname });
        if (typeof part.value === 'string' && part.fieldname !== '__proto__') fields[part.fieldname] = part.value;
      } else {
        const file = await this.stage(part.file, request, staged);
        if (part.file.truncated) throw tooLarge();
        upload = { ...file, claimedType: mediaType(part.mimetype), filename: part.filename };
      }
    }
    const unfit = malformedText({ ...fields, filename: upload?.filename });
    if (unfit) throw new Refused(unfit);
    if (!upload) throw Refused.as('missing-parameter', 'file is required', { field: 'file' });
    accept(fields);
    return upload;
  }

  private async stage(stream: Readable, request: FastifyRequest, staged: Staged[]): Promise<Staged> {
    try {
      const file = await this.store.stage(stream as AsyncIterable<Uint8Array>, { maxBytes: maxUploadBytes });
      staged.push(file);
      return file;
    } catch (error) {
      if (error instanceof MediaTooLarge) throw tooLarge();
      if (stream.destroyed && !stream.readableEnded) {
        // All of it is there, and it ends before the file does.
        if (request.raw.complete) throw Refused.as('invalid-parameter', 'The multipart body is malformed');
        // The client went away in the middle: there is nobody left to be told anything better.
        throw Refused.as('request-timeout', 'The upload broke off');
      }
      throw error;
    }
  }
}

/** Boundaries and the headers and fields around the file. */
const MULTIPART_OVERHEAD = 1024 * 1024;

/** Whether the route of a request is marked with `UploadRoute`. */
export function isUploadRoute(request: FastifyRequest): boolean {
  return (request.routeOptions.config as { readonly upload?: boolean }).upload === true;
}

function tooLarge(): Refused {
  return Refused.as('media-too-large', `A file may have at most ${maxUploadBytes} bytes`);
}

/** Without parameters, lower case; undefined when nothing was said. */
function mediaType(header: string | undefined): string | undefined {
  const type = header?.split(';')[0]?.trim().toLowerCase();
  return type === '' ? undefined : type;
}

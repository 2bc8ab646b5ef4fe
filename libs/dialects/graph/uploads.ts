import { failure, isId, ok, type Result } from '#domain';

/** What the dialect must know of a file that comes in parts. */
export interface GraphUpload {
  readonly id: string;
  readonly signature: string;
  /** Bytes. */
  readonly received: number;
  readonly handle?: string | undefined;
}

const NAME = /^(\d{1,18})(?:\?sig=([\w-]{1,100}))?$/;
/** More digits than any file has bytes. */
const OFFSET = /^\d{1,15}$/;

/**
 * Reads what follows `upload:` in an address. The signature is in the query, or in the name itself where a client has escaped
 * its question mark. Undefined: no upload was ever called this.
 */
export function readUploadName(
  name: string,
  sig: unknown,
): { readonly uploadId: string; readonly signature?: string | undefined } | undefined {
  const [, uploadId, within] = NAME.exec(name) ?? [];
  if (uploadId === undefined || !isId(uploadId)) return undefined;
  if (sig !== undefined && typeof sig !== 'string') return undefined;
  const signature = sig ?? within;
  return { uploadId, ...(signature === undefined ? {} : { signature }) };
}

/** The `file_offset` of a header or, failing that, of the query; without either a file begins at its beginning. */
export function readFileOffset(header: unknown, query: unknown): Result<number> {
  const text = header ?? query ?? '0';
  if (typeof text === 'string' && OFFSET.test(text)) return ok(Number(text));
  const field = 'file_offset';
  return { ok: false, failure: failure('invalid-parameter', `${field} must be a whole number of bytes`, { field }) };
}

/** The id of an upload, which is also its path. */
export function writeUploadId({ id, signature }: GraphUpload): { readonly id: string } {
  return { id: `upload:${id}?sig=${signature}` };
}

/** `GET /upload:…`, and the answer to a part that is not the last. */
export function writeUploadProgress(upload: GraphUpload): { readonly id: string; readonly file_offset: number } {
  return { ...writeUploadId(upload), file_offset: upload.received };
}

/** The answer to the last part: the handle of the file. */
export function writeUploaded(
  upload: GraphUpload,
): { readonly h: string } | { readonly id: string; readonly file_offset: number } {
  return upload.handle === undefined ? writeUploadProgress(upload) : { h: upload.handle };
}

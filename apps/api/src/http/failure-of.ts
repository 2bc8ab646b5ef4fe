import { HttpException } from '@nestjs/common';
import { type Failure, failure } from '#domain';
import { Refused } from './caller.js';
import { refusalOf } from './core.client.js';

/** What Fastify and its plugins refuse by themselves. */
const byFastifyCode: Readonly<Record<string, Failure>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: failure('malformed-json', 'The body is not valid JSON'),
  FST_ERR_CTP_EMPTY_JSON_BODY: failure('malformed-json', 'The body is empty'),
  FST_ERR_CTP_BODY_TOO_LARGE: failure('body-too-large', 'The body is larger than this call takes'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: failure('unsupported-content-type', 'This call does not take such a content type'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: failure('invalid-parameter', 'The body is not as long as Content-Length says'),
  FST_ERR_BAD_URL: failure('invalid-parameter', 'The URL is not well-formed'),
  FST_ERR_MAX_PARAM_LENGTH: failure('unknown-path', 'A part of the path is too long'),
  FST_ERR_NOT_FOUND: failure('unknown-path', 'There is nothing at this path'),
  FST_REQ_FILE_TOO_LARGE: failure('media-too-large', 'The file is too large'),
  FST_FILES_LIMIT: failure('invalid-parameter', 'One file at a time'),
  FST_FIELDS_LIMIT: failure('invalid-parameter', 'Too many fields'),
  FST_PARTS_LIMIT: failure('invalid-parameter', 'Too many parts'),
  FST_PROTO_VIOLATION: failure('invalid-parameter', 'A field has a forbidden name'),
  FST_INVALID_MULTIPART_CONTENT_TYPE: failure('unsupported-content-type', 'The body is not multipart'),
  FST_ERR_CLOSING: failure('unavailable', 'The node is shutting down'),
};

const byStatus: Readonly<Record<number, Failure>> = {
  400: failure('invalid-parameter', 'The request is not valid'),
  404: failure('unknown-path', 'There is nothing at this path'),
  405: failure('method-not-allowed', 'This path does not take this method'),
  408: failure('request-timeout', 'The request took too long to arrive'),
  413: failure('body-too-large', 'The body is larger than this call takes'),
  415: failure('unsupported-content-type', 'This call does not take such a content type'),
  431: failure('headers-too-large', 'The headers are too large'),
  503: failure('unavailable', 'The node is shutting down'),
};

/** What a thrown thing means to a client; undefined for a bug, which is logged and answered as `internal`. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Refused) return error.failure;
  const refused = refusalOf(error);
  if (refused) return refused.failure;
  if (error instanceof HttpException) return failureOf(error.cause) ?? byStatus[error.getStatus()];
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string' && Object.hasOwn(byFastifyCode, code)) return byFastifyCode[code];
  // A client that went away, or a multipart body that ends in the middle: nobody's bug.
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'FST_PREMATURE_CLOSE') {
    return failure('request-timeout', 'The request broke off');
  }
  if (
    /^(?:Unexpected end of (?:form|multipart data)|Multipart: Boundary not found|Malformed part header|\w+ terminated early)/i.test(
      error.message,
    )
  ) {
    return failure('invalid-parameter', 'The multipart body is malformed');
  }
  return typeof statusCode === 'number' ? byStatus[statusCode] : undefined;
}

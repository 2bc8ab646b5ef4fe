import type { FastifyReply, FastifyRequest } from 'fastify';
import { type MediaStore, RangeUnsatisfiable } from '#media-store';
import { namesTag, readRange } from './byte-range.js';

/**
 * Answers with the bytes of media, whole or the range that was asked for; media never changes, so its id is its tag. As an
 * attachment in a sandbox, so that no browser ever runs in this origin what a stranger has sent. False: there is no such media,
 * and nothing was answered.
 */
export async function serveBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  media: { readonly store: MediaStore; readonly id: string; readonly type: string },
): Promise<boolean> {
  const etag = `"${media.id}"`;
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    // With a name, because there are clients that read one out of it.
    'content-disposition': `attachment; filename=${media.id}${extensionOf(media.type)}`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  });
  try {
    const range = readRange(request.headers, etag);
    const bytes = await media.store.read(media.id, range);
    if (!bytes) {
      for (const name of ['etag', 'accept-ranges', 'content-disposition']) reply.removeHeader(name);
      return false;
    }
    const { size, start, length, stream } = bytes;
    const isUnchanged = namesTag(request.headers['if-none-match'], etag);
    if (isUnchanged || request.method === 'HEAD') {
      stream.destroy();
      const asked = reply.code(isUnchanged ? 304 : 200).header('content-type', media.type);
      await (isUnchanged ? asked : asked.header('content-length', size)).send();
      return true;
    }
    if (range) reply.code(206).header('content-range', `bytes ${start}-${start + length - 1}/${size}`);
    await reply.headers({ 'content-type': media.type, 'content-length': length }).send(stream);
  } catch (error) {
    if (!(error instanceof RangeUnsatisfiable)) throw error;
    await reply.code(416).header('content-range', `bytes */${error.size}`).removeHeader('etag').send();
  }
  return true;
}

/** `.png` of `image/png`; nothing where the type does not end in what files are called. */
function extensionOf(type: string): string {
  const [, subtype] = /^(?:image|audio|video|application)\/([a-z0-9]{2,4})(?:;|$)/.exec(type) ?? [];
  return subtype === undefined ? '' : `.${subtype}`;
}

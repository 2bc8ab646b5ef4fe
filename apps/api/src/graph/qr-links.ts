import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { NodeState } from '#bus';
import type { QrCode } from '#contracts';
import type { QrCodeNode, QrImageFormat } from '#dialects/graph';
import { Refused } from '../http/caller.js';
import { PublicUrl } from '../http/public-url.js';

/**
 * Where a QR code leads, and where its image is: on the API's own origin, because the code means something to this node
 * alone. An image's address is signed, so that no token is needed and nobody has images drawn of codes they made up.
 */
@Injectable()
export class QrLinks {
  constructor(
    private readonly node: NodeState,
    private readonly origin: PublicUrl,
  ) {}

  linkTo(code: string): string {
    return `${this.origin.base}/message/${code}`;
  }

  /** @throws Refused `unavailable` before core has answered for the first time. */
  nodeOf(code: QrCode, image: QrImageFormat | undefined): QrCodeNode {
    return { ...code, link: this.linkTo(code.code), imageUrl: image && this.imageOf(code.code, image) };
  }

  /** Whether an image's address was made here. @throws Refused `unavailable` as above. */
  isGood(code: string, format: QrImageFormat, signature: string): boolean {
    const expected = Buffer.from(this.sign(code, format));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  private imageOf(code: string, format: QrImageFormat): string {
    const query = new URLSearchParams({ format, signature: this.sign(code, format) });
    return `${this.origin.base}/message_qrdls/${code}/image?${query.toString()}`;
  }

  private sign(code: string, format: QrImageFormat): string {
    const key = this.node.mediaUrlKey;
    if (!key) throw Refused.as('unavailable', 'The node is starting', { retryAfterSeconds: 1 });
    return createHmac('sha256', key).update(`qr\n${code}\n${format}`).digest('base64url');
  }
}

import { isUtf8 } from 'node:buffer';
import { fileTypeFromBuffer } from 'file-type';

/** The media type that the first bytes of a file show; `text/plain` for what reads as text; undefined for what says nothing. */
export async function sniff(head: Buffer): Promise<string | undefined> {
  // Its mark would pass for the first frame of a kind of MPEG sound that nobody uses.
  if (isUtf16(head)) return 'text/plain';
  return (await markedType(head)) ?? (readsAsText(head) ? 'text/plain' : undefined);
}

/** WebP's extended header says whether an animation follows (RFC 9649, 2.7: the bit 0x02 after the size of `VP8X`). */
export function isAnimatedWebp(head: Buffer): boolean {
  return head.length > 20 && head.toString('latin1', 12, 16) === 'VP8X' && ((head[20] as number) & 0x02) !== 0;
}

async function markedType(head: Buffer): Promise<string | undefined> {
  try {
    return (await fileTypeFromBuffer(head))?.mime;
  } catch {
    // A file that ends in the middle of its own header is no file of that type.
    return undefined;
  }
}

function isUtf16(head: Buffer): boolean {
  return head.length > 2 && ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff));
}

/** Text has no NUL; old encodings are no UTF-8, but have no control characters. */
function readsAsText(head: Buffer): boolean {
  if (head.length === 0 || head.includes(0)) return false;
  // The last character may be cut off.
  for (let cut = 0; cut < 4 && cut < head.length; cut++) if (isUtf8(head.subarray(0, head.length - cut))) return true;
  return !head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d && byte !== 0x1b);
}

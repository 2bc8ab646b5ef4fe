import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** Names are made by the node; whatever else is asked for does not exist, and never reaches the disk. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export function isSafeName(name: unknown): name is string {
  return typeof name === 'string' && NAME.test(name);
}

/** `<2 hex>/<2 hex>/<name>`: 65,536 directories, filled evenly whatever the names look like. */
export function shardedPath(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex');
  return join(digest.slice(0, 2), digest.slice(2, 4), name);
}

/** False when a directory on the way is a link that leads out of the root. The file itself is opened with O_NOFOLLOW. */
export async function staysUnder(root: string, path: string): Promise<boolean> {
  const [realRoot, realParent] = await Promise.all([realpath(root), realpath(dirname(path))]);
  const way = relative(realRoot, realParent);
  return way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep);
}

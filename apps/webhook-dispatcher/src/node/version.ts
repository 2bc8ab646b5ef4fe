import { readFileSync } from 'node:fs';

/** The version in the package's own description, which lies above the sources and above what is built from them. */
export function relaisVersion(): string {
  for (let directory = new URL('.', import.meta.url); ; directory = new URL('..', directory)) {
    const version = versionIn(directory);
    if (version !== undefined || directory.pathname === '/') return version ?? '0.0.0';
  }
}

function versionIn(directory: URL): string | undefined {
  try {
    const description = JSON.parse(readFileSync(new URL('package.json', directory), 'utf8')) as { readonly version?: unknown };
    return typeof description.version === 'string' ? description.version : undefined;
  } catch {
    return undefined;
  }
}

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Writes files below a new directory that looks like this project to its tools; the caller removes it. */
export function plantTree(files: Readonly<Record<string, string>>): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'relais-planted-'));
  for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs', '.oxlintrc.json', 'deploy/local']) {
    cpSync(join(root, name), join(path, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs one of the project's tools inside a planted tree and answers what it printed. */
export function runTool(
  tool: string,
  args: readonly string[],
  directory: string,
): { readonly code: number; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', tool), ...args], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { code: status ?? 1, output: stdout || stderr };
}

/** Each library's entrance as package.json names it: `#domain` → `libs/domain/index.ts`. */
export function entrances(): ReadonlyMap<string, string> {
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly imports: Readonly<Record<string, string>>;
  };
  return new Map(Object.entries(imports).map(([name, built]) => [name, built.replace('./dist/', '').replace(/\.js$/, '.ts')]));
}

// Everything that must hold and can be said without running the program.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CLONE } from './home.mjs';
import { lastLines, run } from './run-command.mjs';

const bin = (path) => join(CLONE, 'node_modules', path);
const CACHE = join(CLONE, 'node_modules/.cache/relais');

/** Each is one program that answers with exit code 0 when all is well. */
const CHECKS = [
  {
    name: 'format',
    args: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '--cache', `--cache-location=${CACHE}/prettier`, '.'],
  },
  { name: 'lint', args: [bin('oxlint/bin/oxlint'), '--deny-warnings'] },
  {
    name: 'types',
    // The compiler that editors and libraries speak to; the build uses the native one, which must agree.
    args: [bin('typescript/bin/tsc'), '-p', 'tsconfig.json', '--noEmit', '--tsBuildInfoFile', `${CACHE}/types.tsbuildinfo`],
  },
  {
    name: 'import rules',
    args: [
      bin('dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      ...roots(),
    ],
  },
];

/**
 * Runs the static checks one after the other.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runStaticChecks(screen, { signal } = {}) {
  let failed = 0;
  for (const { name, args } of CHECKS) {
    const ok = await checkStep(screen, name, () => run(process.execPath, args, { cwd: CLONE, signal }));
    if (!ok) failed++;
  }
  return { passed: CHECKS.length - failed, failed };
}

/** Shows a check as a step; when it fails, with what it said. */
export async function checkStep(screen, name, work) {
  let said = '';
  try {
    await screen.step(name, async () => {
      const { code, output } = await work();
      said = output;
      if (code !== 0) throw new CheckFailed();
    });
    return true;
  } catch (error) {
    if (!(error instanceof CheckFailed)) throw error;
    screen.line(lastLines(said, 120).replace(/^/gm, '    '));
    return false;
  }
}

class CheckFailed extends Error {}

function roots() {
  return ['apps', 'libs', 'test'].filter((directory) => existsSync(join(CLONE, directory)));
}

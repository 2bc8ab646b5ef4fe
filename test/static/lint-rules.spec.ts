import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantTree, runTool } from './planted-tree.js';

/** What may stand where it stands. */
const allowed: Readonly<Record<string, string>> = {
  'libs/runtime/clock.ts': 'export const now = (): number => Date.now();\n',
  'libs/runtime/config.ts': 'export const environment = process.env;\n',
  'libs/domain/window.ts': 'export const at = (ms: number): Date => new Date(ms);\n',
  'libs/domain/window.spec.ts': 'export const now = Date.now();\n',
  'apps/core/src/store/leases.store.ts': "export const renew = 'UPDATE leases SET until = clock_timestamp()';\n",
  'apps/core/src/words.ts': "export const words = 'now() is the moment';\n",
  'test/e2e/story.e2e-spec.ts': 'export const path = process.env["PATH"];\n',
};

/** One violation each: the rule that must report it, the file, its text. */
const planted: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['relais(clock-only)', 'apps/core/src/now.ts', 'export const now = Date.now();\n'],
  ['relais(clock-only)', 'apps/core/src/now-by-text.ts', "export const now = Date['now']();\n"],
  ['relais(clock-only)', 'libs/domain/new-date.ts', 'export const now = new Date();\n'],
  ['relais(clock-only)', 'libs/domain/global-date.ts', 'export const now = new globalThis.Date();\n'],
  ['relais(clock-only)', 'libs/domain/date-call.ts', 'export const now = Date();\n'],
  [
    'relais(no-sql-clock)',
    'apps/core/src/store/now.ts',
    "export const sql = 'SELECT * FROM messages WHERE expires_at < now()';\n",
  ],
  [
    'relais(no-sql-clock)',
    'apps/core/src/store/default.ts',
    'export const sql = (name: string): string => `ALTER TABLE ${name} ALTER at SET DEFAULT CURRENT_TIMESTAMP`;\n',
  ],
  [
    'relais(no-forward-ref)',
    'apps/core/src/forward.ts',
    "import { forwardRef } from '@nestjs/common';\nexport const later = forwardRef(() => String);\n",
  ],
  ['node(no-process-env)', 'libs/runtime/log.ts', "export const level = process.env['LEVEL'];\n"],
  ['node(no-process-env)', 'apps/api/src/main.ts', "export const port = process.env['PORT'];\n"],
  ['vitest(no-focused-tests)', 'libs/domain/only.spec.ts', "import { it } from 'vitest';\nit.only('is alone', () => {});\n"],
  [
    'vitest(no-focused-tests)',
    'libs/domain/describe-only.spec.ts',
    "import { describe } from 'vitest';\ndescribe.only('is alone', () => {});\n",
  ],
  ['eslint(no-console)', 'apps/core/src/console.ts', "console.log('hello');\n"],
  ['typescript(no-explicit-any)', 'apps/core/src/any.ts', 'export const x = (value: any): unknown => value;\n'],
  ['import(no-default-export)', 'libs/domain/default.ts', 'const value = 1;\nexport default value;\n'],
];

describe('what lint forbids', () => {
  const trees: { remove(): void }[] = [];
  let clean: readonly string[] = [];
  let reported: readonly string[] = [];

  beforeAll(() => {
    const cleanTree = plantTree(allowed);
    const plantedTree = plantTree({ ...allowed, ...Object.fromEntries(planted.map(([, file, text]) => [file, text])) });
    trees.push(cleanTree, plantedTree);
    clean = violations(cleanTree.path);
    reported = violations(plantedTree.path);
  }, 60_000);

  afterAll(() => trees.forEach((tree) => tree.remove()));

  it('lets pass what may stand where it stands', () => {
    expect(clean).toEqual([]);
  });

  it.each(planted)('%s: reports %s', (rule, file) => {
    expect(reported.filter((violation) => violation.endsWith(` ← ${file}`))).toEqual([`${rule} ← ${file}`]);
  });

  it('reports nothing but what was planted', () => {
    const files = new Set(planted.map(([, file]) => file));
    expect(reported.filter((violation) => !files.has(violation.split(' ← ')[1] ?? ''))).toEqual([]);
  });
});

/** `rule ← file`, once for each violation in a tree. */
function violations(tree: string): readonly string[] {
  const { output } = runTool('oxlint/bin/oxlint', ['--format', 'json', 'apps', 'libs', 'test'], tree);
  const { diagnostics } = JSON.parse(output) as {
    readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
  };
  return diagnostics.map(({ code, filename }) => `${code} ← ${filename}`);
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entrances, plantTree, runTool } from './planted-tree.js';

/** What the table allows, used to the full: none of it may be reported. */
const allowed: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...entrances().values()].map((file) => [file, 'export const here = 1;\n'])),
  'libs/domain/ids.ts': 'export const id = 1;\n',
  'libs/domain/node-crypto.ts': importing('node:crypto'),
  'libs/domain/first.ts': "import type { Second } from './second.js';\nexport interface First { second?: Second }\n",
  'libs/domain/second.ts': "import type { First } from './first.js';\nexport interface Second { first?: First }\n",
  'libs/contracts/uses.ts': importing('#domain'),
  'libs/contracts/uses.spec.ts': importing('#domain', 'vitest'),
  'libs/bus/uses.ts': importing('#contracts', '#runtime'),
  'libs/runtime/nest.ts': importing('@nestjs/common'),
  'libs/dialects/graph/uses.ts': importing('#domain', '#dialects/message-body'),
  'libs/dialects/graph/door/uses.ts': importing(
    '#domain',
    '#dialects/graph',
    '#dialects/message-body/door',
    '@nestjs/swagger',
    'class-validator',
  ),
  'libs/carriers/handset/uses.ts': importing('#carriers/port', '#domain'),
  'libs/carriers/handset/uses.spec.ts': importing('#carriers/port/testing'),
  'apps/api/src/uses.ts': importing(
    '#domain',
    '#contracts',
    '#bus',
    '#dialects/graph',
    '#dialects/graph/door',
    '#dialects/on-prem/door',
    '#media-store',
    '#runtime',
    '@nestjs/common',
  ),
  'apps/core/src/uses.ts': importing(
    '#domain',
    '#contracts',
    '#bus',
    '#carriers/port',
    '#carriers/handset',
    '#postgres',
    '#media-store',
    '#runtime',
  ),
  'apps/core/src/uses.integration-spec.ts': importing('#postgres/testing', '#bus/testing'),
  'apps/webhook-dispatcher/src/uses.ts': importing('#domain', '#contracts', '#bus', '#dialects/graph', '#postgres', '#runtime'),
  'apps/quality-metrics/src/uses.ts': importing('#domain', '#contracts', '#bus', '#postgres', '#runtime'),
  'test/e2e/uses.ts': importing('#dialects/graph'),
};

/** One violation each: the rule that must report it, the file that is planted, what it imports. */
const planted: readonly (readonly [rule: string, file: string, imports: readonly string[]])[] = [
  ['libs/domain', 'libs/domain/of-ours.ts', ['#contracts']],
  ['libs/domain (tests)', 'libs/domain/of-ours.spec.ts', ['#runtime/testing']],
  ['domain-is-plain', 'libs/domain/framework.ts', ['typeorm']],
  ['domain-is-plain', 'libs/domain/disk.ts', ['node:fs']],
  ['libs/runtime', 'libs/runtime/of-ours.ts', ['#domain']],
  ['libs/postgres', 'libs/postgres/of-ours.ts', ['#runtime']],
  ['libs/media-store', 'libs/media-store/of-ours.ts', ['#domain']],
  ['libs/contracts', 'libs/contracts/of-ours.ts', ['#bus']],
  ['libs/bus', 'libs/bus/of-ours.ts', ['#postgres']],
  ['libs/dialects/graph', 'libs/dialects/graph/of-ours.ts', ['#contracts']],
  ['libs/dialects/graph', 'libs/dialects/graph/other-dialect.ts', ['#dialects/on-prem']],
  ['libs/dialects/graph', 'libs/dialects/graph/other-door.ts', ['#dialects/message-body/door']],
  ['libs/dialects/graph/door', 'libs/dialects/graph/door/other-door.ts', ['#dialects/on-prem/door']],
  ['pure-before-the-door', 'libs/dialects/graph/own-door.ts', ['#dialects/graph/door']],
  ['pure-before-the-door', 'libs/dialects/graph/decorated.ts', ['class-validator']],
  ['libs/carriers/port', 'libs/carriers/port/of-ours.ts', ['#runtime']],
  ['libs/carriers/handset', 'libs/carriers/handset/of-ours.ts', ['#postgres']],
  ['apps/api', 'apps/api/src/database.ts', ['#postgres']],
  ['apps/api', 'apps/api/src/carrier.ts', ['#carriers/port']],
  ['apps/core', 'apps/core/src/dialect.ts', ['#dialects/graph']],
  ['apps/webhook-dispatcher', 'apps/webhook-dispatcher/src/door.ts', ['#dialects/graph/door']],
  ['apps/quality-metrics', 'apps/quality-metrics/src/dialect.ts', ['#dialects/graph']],
  ['apps/quality-metrics', 'apps/quality-metrics/src/other-app.ts', ['../../core/src/uses.js']],
  ['apps/core (tests)', 'apps/core/src/other-app.spec.ts', ['../../api/src/uses.js']],
  ['nest-in-apps-only', 'libs/bus/nest.ts', ['@nestjs/common']],
  ['nest-in-apps-only', 'libs/dialects/graph/nest.ts', ['@nestjs/common']],
  ['nothing-of-tests-or-deploy', 'apps/core/src/deploy.ts', ['../../../deploy/local/trouble.mjs']],
  ['found', 'apps/core/src/missing.ts', ['./there-is-no-such-file.js']],
  ['declared', 'apps/core/src/undeclared.ts', ['find-my-way']],
  ['in-the-table', 'libs/drawer/new-library.ts', ['#domain']],
  // By its entrance, but not by its name.
  ['by-its-name', 'apps/core/src/by-path.ts', ['../../../libs/domain/index.js']],
  ['tests-by-name', 'test/e2e/inside.ts', ['../../apps/core/src/uses.js']],
];

/** More than one rule sees these. */
const plantedTwice: readonly (readonly [rules: readonly string[], file: string, imports: readonly string[]])[] = [
  [['apps/core', 'nothing-of-tests-or-deploy'], 'apps/core/src/testing.ts', ['#postgres/testing']],
  [['declared', 'nothing-of-tests-or-deploy'], 'apps/core/src/vitest.ts', ['vitest']],
  // A library's inside, past its entrance.
  [['apps/core', 'by-its-name'], 'apps/core/src/inside.ts', ['../../../libs/domain/ids.js']],
];

const cycle = {
  'apps/core/src/hen.ts': "import { egg } from './egg.js';\nexport const hen = (): unknown => egg;\n",
  'apps/core/src/egg.ts': "import { hen } from './hen.js';\nexport const egg = (): unknown => hen;\n",
};

describe('who may import whom', () => {
  const trees: { remove(): void }[] = [];
  let clean: readonly string[] = [];
  let reported: readonly string[] = [];

  beforeAll(() => {
    const cleanTree = plantTree(allowed);
    const plantedTree = plantTree({
      ...allowed,
      ...cycle,
      ...Object.fromEntries([...planted, ...plantedTwice].map(([, file, imports]) => [file, importing(...imports)])),
    });
    trees.push(cleanTree, plantedTree);
    clean = violations(cleanTree.path);
    reported = violations(plantedTree.path);
  }, 120_000);

  afterAll(() => trees.forEach((tree) => tree.remove()));

  it('lets everything pass that the table allows', () => {
    expect(clean).toEqual([]);
  });

  it.each(planted)('%s: reports %s', (rule, file) => {
    expect(rulesFor(file)).toEqual([rule]);
  });

  it.each(plantedTwice)('%s: reports %s', (rules, file) => {
    expect(rulesFor(file)).toEqual(rules);
  });

  it('reports two files that need each other', () => {
    // A cycle is reported once, at the file where it was found.
    expect(Object.keys(cycle).flatMap(rulesFor)).toEqual(['no-cycles']);
  });

  it('reports nothing but what was planted', () => {
    const files = new Set([...planted, ...plantedTwice].map(([, file]) => file).concat(Object.keys(cycle)));
    expect(reported.filter((violation) => !files.has(violation.split(' ← ')[1] ?? ''))).toEqual([]);
  });

  function rulesFor(file: string): readonly string[] {
    return [
      ...new Set(reported.filter((violation) => violation.endsWith(` ← ${file}`)).map((violation) => violation.split(' ← ')[0])),
    ]
      .map(String)
      .toSorted();
  }
});

function importing(...names: readonly string[]): string {
  return `${names.map((name, index) => `import * as m${index} from '${name}';`).join('\n')}\nexport const used = [${names.map((_, index) => `m${index}`).join(', ')}];\n`;
}

/** `rule ← file`, once for each violation in a tree. */
function violations(tree: string): readonly string[] {
  const { output } = runTool(
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'apps', 'libs', 'test'],
    tree,
  );
  const { summary } = JSON.parse(output) as {
    readonly summary: { readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[] };
  };
  return summary.violations.map(({ from, rule }) => `${rule.name} ← ${from}`);
}

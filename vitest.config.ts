import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/**
 * Libraries resolve by package.json `imports` into built output; specs run on the sources, so that no build can be stale.
 * The list is derived, so a new library needs no line here.
 */
const { imports } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as {
  readonly imports: Readonly<Record<string, string>>;
};
const alias = Object.entries(imports).map(([name, built]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(built.replace('./dist/', './').replace(/\.js$/, '.ts'), import.meta.url)),
}));

const root = fileURLToPath(new URL('.', import.meta.url));

function project(name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  return {
    root,
    resolve: { alias },
    test: {
      name,
      environment: 'node',
      allowOnly: false,
      retry: 0,
      exclude: ['**/node_modules/**', 'dist/**', 'var/**'],
      ...test,
    },
  };
}

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.reporter.ts'],
    projects: [
      project('unit', {
        include: ['{libs,apps,test}/**/*.spec.ts'],
        testTimeout: 5000,
      }),
      project('integration', {
        include: ['{libs,apps,test}/**/*.integration-spec.ts'],
        globalSetup: ['./test/support/servers.ts'],
        // They wait more than they compute.
        maxWorkers: 2,
        sequence: { groupOrder: 1 },
        testTimeout: 20_000,
        hookTimeout: 30_000,
      }),
      // The four built apps as processes; each file starts the node it needs.
      project('e2e', {
        include: ['test/e2e/**/*.e2e-spec.ts'],
        fileParallelism: false,
        sequence: { groupOrder: 2 },
        testTimeout: 60_000,
        hookTimeout: 120_000,
      }),
      // The same apps while parts of them are killed, cut off and stopped.
      project('faults', {
        include: ['test/faults/**/*.faults-spec.ts'],
        fileParallelism: false,
        sequence: { groupOrder: 3 },
        testTimeout: 90_000,
        hookTimeout: 120_000,
      }),
      // What a commit does not have to wait for.
      project('long', {
        include: ['test/long/**/*.long-spec.ts'],
        fileParallelism: false,
        sequence: { groupOrder: 4 },
        testTimeout: 300_000,
        hookTimeout: 120_000,
      }),
    ],
  },
});

import type { Reporter, TestModule } from 'vitest/node';

/** Prints the ten slowest files and, last, exactly one line: `N passed, N failed`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const slowest = modules
      .map((module) => ({
        file: module.relativeModuleId,
        seconds: secondsOf(module),
      }))
      .toSorted((a, b) => b.seconds - a.seconds)
      .slice(0, 10);
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        if (state === 'failed') failedTests += 1;
      }
      // A file that does not load, or whose hooks fail, has failed although none of its tests did.
      failed += failedTests > 0 ? failedTests : module.ok() ? 0 : 1;
    }
    const lines = [
      '',
      'slowest files',
      ...slowest.map(({ file, seconds }) => `${seconds.toFixed(2).padStart(8)} s  ${file}`),
      `${passed} passed, ${failed} failed`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

function secondsOf(module: TestModule): number {
  const { setupDuration, collectDuration, duration } = module.diagnostic();
  return (setupDuration + collectDuration + duration) / 1000;
}

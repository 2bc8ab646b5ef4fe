import { describe, expect, it } from 'vitest';
import { rewriteMetricsUrl } from './metrics.controller.js';

describe('rewriteMetricsUrl', () => {
  it.each([
    ['/metrics', '/node-metrics'],
    ['/metrics?name=x', '/node-metrics?name=x'],
    ['/metricsx', '/metricsx'],
    ['/health/ready', '/health/ready'],
    ['/', '/'],
  ])('%s becomes %s', (url, expected) => {
    expect(rewriteMetricsUrl(url)).toBe(expected);
  });
});

import { runApp } from '#runtime';
import { rewriteMetricsUrl } from './node/metrics.controller.js';
import { QualityConfig } from './quality.config.js';
import { QualityModule } from './quality.module.js';
import { Quality } from './quality.js';

await runApp({
  name: 'quality-metrics',
  configType: QualityConfig,
  module: () => QualityModule,
  http: () => ({ fastify: { rewriteUrl: (request) => rewriteMetricsUrl(request.url ?? '/') } }),
  start: (app) => app.get(Quality).start(),
});

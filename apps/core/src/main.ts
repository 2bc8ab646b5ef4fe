import { runApp } from '#runtime';
import { CoreConfig } from './core.config.js';
import { CoreModule } from './core.module.js';

await runApp({
  name: 'core',
  configType: CoreConfig,
  module: (config) => CoreModule.with(config),
});

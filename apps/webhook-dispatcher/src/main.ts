import { runApp } from '#runtime';
import { DispatcherConfig } from './dispatcher.config.js';
import { DispatcherModule } from './dispatcher.module.js';
import { Dispatcher } from './dispatcher.js';

await runApp({
  name: 'webhook-dispatcher',
  configType: DispatcherConfig,
  module: () => DispatcherModule,
  start: (app) => app.get(Dispatcher).start(),
});

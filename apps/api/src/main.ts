import { runApp } from '#runtime';
import { ApiConfig } from './api.config.js';
import { ApiModule } from './api.module.js';
import { serveDocs } from './docs/documents.js';
import { DoorServer } from './http/server.js';

const server = new DoorServer();

await runApp({
  name: 'api',
  configType: ApiConfig,
  module: (config) => ApiModule.with(config),
  http: () => server.options(),
  // Bodies are read by the doors' own parsers.
  nest: { bodyParser: false },
  configure: async (app, config, { log, metrics }) => {
    await server.configure(app, { log, metrics, isHttps: config.publicUrl?.startsWith('https:') ?? false });
    serveDocs(app, config);
  },
});

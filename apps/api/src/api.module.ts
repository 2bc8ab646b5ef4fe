import { type DynamicModule, Module } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import type { ApiConfig } from './api.config.js';
import { GraphModule } from './graph/graph.module.js';
import { HandsetModule } from './handset/handset.module.js';
import { HttpModule } from './http/http.module.js';
import { OnPremModule } from './on-prem/on-prem.module.js';
import { SandboxModule } from './sandbox/sandbox.module.js';

/** The doors of the node. */
@Module({ imports: [HttpModule, GraphModule, OnPremModule, AdminModule, HandsetModule] })
export class ApiModule {
  static with({ sandbox }: ApiConfig): DynamicModule {
    return { module: ApiModule, imports: sandbox ? [SandboxModule] : [] };
  }
}

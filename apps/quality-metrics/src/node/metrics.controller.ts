import { Controller, Get, Header } from '@nestjs/common';
import { METRICS_CONTENT_TYPE } from '#runtime';
import { NodeTelemetry } from './node-telemetry.js';

const PATH = 'node-metrics';

/** Every app serves its own metrics at `/metrics`; this one serves the node's there, so the request is led to another route. */
export function rewriteMetricsUrl(url: string): string {
  return /^\/metrics(?=$|[?#])/.test(url) ? url.replace('/metrics', `/${PATH}`) : url;
}

@Controller(PATH)
export class MetricsController {
  constructor(private readonly telemetry: NodeTelemetry) {}

  @Get()
  @Header('content-type', METRICS_CONTENT_TYPE)
  @Header('cache-control', 'no-store')
  read(): Promise<string> {
    return this.telemetry.text();
  }
}

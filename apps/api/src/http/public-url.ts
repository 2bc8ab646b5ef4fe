import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AddressInfo } from 'node:net';
import { ApiConfig } from '../api.config.js';

/** The address under which clients reach this node, without a slash at its end. */
@Injectable()
export class PublicUrl {
  constructor(
    private readonly config: ApiConfig,
    private readonly host: HttpAdapterHost,
  ) {}

  get base(): string {
    if (this.config.publicUrl !== undefined) return this.config.publicUrl.replace(/\/+$/, '');
    const server = this.host.httpAdapter.getHttpServer() as { address(): AddressInfo | null } | undefined;
    return `http://127.0.0.1:${server?.address()?.port ?? this.config.httpPort}`;
  }
}

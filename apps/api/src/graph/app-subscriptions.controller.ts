import { Controller, Delete, Get, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Caller, readAppSubscriptions, subscribeApp, unsubscribeApp } from '#contracts';
import { newestVersion, readAppSubscription, readUnsubscription, success, writeAppSubscriptions } from '#dialects/graph';
import { AppSubscriptionsDto, SubscribeAppDto, SuccessDto, UnsubscribeAppDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { HANDSHAKE_TIMEOUT_MS } from './handshake-timeout.js';
import { ObjectId } from './object-id.js';

/** Where an app wants its webhooks. Called with the app's own token. */
@GraphDoor('Webhook subscriptions')
@ApiParam({ name: 'appId' })
@Controller('graph/:appId')
export class AppSubscriptionsController {
  constructor(private readonly core: Core) {}

  @Get('subscriptions')
  @ApiOperation({ summary: "Read the app's subscriptions" })
  @ApiOkResponse({ type: AppSubscriptionsDto })
  async read(@ObjectId('appId') appId: string, @FromCaller() caller: Caller): Promise<object> {
    return writeAppSubscriptions(await this.core.ask(readAppSubscriptions, { appId, caller }));
  }

  @Post('subscriptions')
  @HttpCode(200)
  @ApiOperation({ summary: 'Subscribe the app; its callback must answer the handshake first' })
  @ApiBody({ type: SubscribeAppDto })
  @ApiOkResponse({ type: SuccessDto })
  async subscribe(
    @ObjectId('appId') appId: string,
    @FromFields(SubscribeAppDto) fields: SubscribeAppDto,
    @FromCaller() caller: Caller,
    @Req() { raw }: FastifyRequest,
  ): Promise<typeof success> {
    const wanted = orRefuse(readAppSubscription(fields));
    const question = { appId, ...wanted, version: raw.graphVersion ?? newestVersion, caller };
    await this.core.ask(subscribeApp, question, { timeoutMs: HANDSHAKE_TIMEOUT_MS });
    return success;
  }

  @Delete('subscriptions')
  @ApiOperation({ summary: 'End subscriptions of the app' })
  @ApiOkResponse({ type: SuccessDto })
  async unsubscribe(
    @ObjectId('appId') appId: string,
    @FromFields(UnsubscribeAppDto) fields: UnsubscribeAppDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.core.ask(unsubscribeApp, { appId, ...orRefuse(readUnsubscription(fields)), caller });
    return success;
  }
}

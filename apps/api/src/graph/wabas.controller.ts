import { Controller, Delete, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { addNumber, type Caller, listNumbers, listSubscribedApps, subscribeWaba, unsubscribeWaba } from '#contracts';
import {
  choosePhoneNumberFields,
  phoneNumberParts,
  readFieldSelection,
  readNewNumber,
  readNumberListing,
  readPaging,
  success,
  writePage,
  writePhoneNumber,
  writeSubscribedApps,
} from '#dialects/graph';
import {
  AddPhoneNumberDto,
  CreatedDto,
  PhoneNumberPageDto,
  PhoneNumbersQueryDto,
  SubscribedAppsDto,
  SubscribeWabaDto,
  SuccessDto,
} from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { PublicUrl } from '../http/public-url.js';
import { validated } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { HANDSHAKE_TIMEOUT_MS } from './handshake-timeout.js';
import { CountedCall } from './management-calls.guard.js';
import { ObjectId } from './object-id.js';
import { publicAddress } from './public-address.js';

/** What hangs on a WABA: its numbers, and the apps that hear of it. */
@GraphDoor('WABAs')
@ApiParam({ name: 'wabaId' })
@Controller('graph/:wabaId')
export class WabasController {
  constructor(
    private readonly core: Core,
    private readonly origin: PublicUrl,
  ) {}

  @Get('phone_numbers')
  @CountedCall()
  @ApiOperation({ summary: "List the account's phone numbers" })
  @ApiOkResponse({ type: PhoneNumberPageDto })
  async listNumbers(
    @ObjectId('wabaId') wabaId: string,
    @Query(validated(PhoneNumbersQueryDto, { unknown: 'ignore' })) query: PhoneNumbersQueryDto,
    @FromCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const names = orRefuse(choosePhoneNumberFields(orRefuse(readFieldSelection(query.fields))));
    const wanted = { ...orRefuse(readPaging(query)), ...orRefuse(readNumberListing(query)), with: phoneNumberParts(names) };
    const page = await this.core.ask(listNumbers, { wabaId, ...wanted, caller });
    return writePage(page, (number) => writePhoneNumber(number, names), publicAddress(request, this.origin.base));
  }

  @Post('phone_numbers')
  @HttpCode(200)
  @ApiOperation({ summary: 'Add a phone number' })
  @ApiBody({ type: AddPhoneNumberDto })
  @ApiOkResponse({ type: CreatedDto })
  async addNumber(
    @ObjectId('wabaId') wabaId: string,
    @FromFields(AddPhoneNumberDto) fields: AddPhoneNumberDto,
    @FromCaller() caller: Caller,
  ): Promise<CreatedDto> {
    const { id } = await this.core.ask(addNumber, { wabaId, ...readNewNumber(fields), caller });
    return { id };
  }

  @Get('subscribed_apps')
  @CountedCall()
  @ApiOperation({ summary: 'List the apps that hear of the account' })
  @ApiOkResponse({ type: SubscribedAppsDto })
  async listApps(@ObjectId('wabaId') wabaId: string, @FromCaller() caller: Caller): Promise<object> {
    return writeSubscribedApps(await this.core.ask(listSubscribedApps, { wabaId, caller }));
  }

  @Post('subscribed_apps')
  @CountedCall()
  @HttpCode(200)
  @ApiOperation({ summary: 'Let the calling app hear of the account' })
  @ApiBody({ type: SubscribeWabaDto, required: false })
  @ApiOkResponse({ type: SuccessDto })
  async subscribe(
    @ObjectId('wabaId') wabaId: string,
    @FromFields(SubscribeWabaDto) fields: SubscribeWabaDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    const { override_callback_uri: callbackUri, verify_token: verifyToken = '' } = fields;
    const override = callbackUri ? { callbackUri, verifyToken } : undefined;
    await this.core.ask(subscribeWaba, { wabaId, override, caller }, { timeoutMs: HANDSHAKE_TIMEOUT_MS });
    return success;
  }

  @Delete('subscribed_apps')
  @CountedCall()
  @ApiOperation({ summary: 'Let the calling app hear of the account no more' })
  @ApiOkResponse({ type: SuccessDto })
  async unsubscribe(@ObjectId('wabaId') wabaId: string, @FromCaller() caller: Caller): Promise<typeof success> {
    await this.core.ask(unsubscribeWaba, { wabaId, caller });
    return success;
  }
}

import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, createApp, createBusiness, createSystemUserToken, createWaba } from '#contracts';
import { writeToken, writeWaba } from '#dialects/admin';
import {
  AppAnswer,
  BusinessAnswer,
  CreateTokenDto,
  CreateWabaDto,
  NamedDto,
  TokenAnswer,
  WabaAnswer,
} from '#dialects/admin/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { AssetIdPipe } from './asset-id.pipe.js';
import { OwnDoor, strict } from './own-door.js';

@OwnDoor('Businesses')
@Controller('relais/v1/businesses')
export class BusinessesController {
  constructor(private readonly core: Core) {}

  @Post()
  @ApiOperation({ summary: 'Create a business' })
  @ApiCreatedResponse({ type: BusinessAnswer })
  async createBusiness(
    @FromCaller() caller: Caller,
    @Body(validated(NamedDto, strict)) { name }: NamedDto,
  ): Promise<BusinessAnswer> {
    const { businessId } = await this.core.ask(createBusiness, { caller, name });
    return { id: businessId, name };
  }

  @Post(':businessId/wabas')
  @ApiOperation({ summary: 'Create a WhatsApp business account' })
  @ApiCreatedResponse({ type: WabaAnswer })
  async createWaba(
    @FromCaller() caller: Caller,
    @Param('businessId', AssetIdPipe) businessId: string,
    @Body(validated(CreateWabaDto, strict)) { name, currency, timezoneId, optInPolicy }: CreateWabaDto,
  ): Promise<WabaAnswer> {
    return writeWaba(await this.core.ask(createWaba, { caller, businessId, name, currency, timezoneId, optInPolicy }));
  }

  @Post(':businessId/apps')
  @ApiOperation({ summary: 'Create an app', description: 'Its secret signs webhooks and is shown once.' })
  @ApiCreatedResponse({ type: AppAnswer })
  async createApp(
    @FromCaller() caller: Caller,
    @Param('businessId', AssetIdPipe) businessId: string,
    @Body(validated(NamedDto, strict)) { name }: NamedDto,
  ): Promise<AppAnswer> {
    const { appId, appSecret } = await this.core.ask(createApp, { caller, businessId, name });
    return { id: appId, name, secret: appSecret };
  }

  @Post(':businessId/tokens')
  @ApiOperation({ summary: "Create a system user's token for the Graph door", description: 'The token is shown once.' })
  @ApiCreatedResponse({ type: TokenAnswer })
  async createToken(
    @FromCaller() caller: Caller,
    @Param('businessId', AssetIdPipe) businessId: string,
    @Body(validated(CreateTokenDto, strict)) { name, appId, permissions, wabas, expiresInSeconds }: CreateTokenDto,
  ): Promise<TokenAnswer> {
    const question = { caller, businessId, name, appId, permissions, wabas, expiresInSeconds };
    return writeToken(await this.core.ask(createSystemUserToken, question));
  }
}

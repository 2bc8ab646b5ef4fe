import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, createHandset, createOnPremAdmin, createOperatorToken, revokeToken } from '#contracts';
import { writeToken } from '#dialects/admin';
import {
  CreateHandsetDto,
  CreateOnPremUserDto,
  CreateOperatorDto,
  HandsetAnswer,
  OnPremUserAnswer,
  TokenAnswer,
} from '#dialects/admin/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { AssetIdPipe } from './asset-id.pipe.js';
import { OwnDoor, strict } from './own-door.js';

@OwnDoor('Access')
@Controller('relais/v1')
export class AccessController {
  constructor(private readonly core: Core) {}

  @Post('operators')
  @ApiOperation({
    summary: "Create an operator's token",
    description: "For the node, or for one business's own administrator. Shown once.",
  })
  @ApiCreatedResponse({ type: TokenAnswer })
  async createOperator(
    @FromCaller() caller: Caller,
    @Body(validated(CreateOperatorDto, strict)) { name, businessId, scopes, expiresInSeconds }: CreateOperatorDto,
  ): Promise<TokenAnswer> {
    return writeToken(await this.core.ask(createOperatorToken, { caller, name, businessId, scopes, expiresInSeconds }));
  }

  @Delete('tokens/:tokenId')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a token', description: 'From the moment of the answer it is refused everywhere.' })
  @ApiNoContentResponse()
  async revokeToken(@FromCaller() caller: Caller, @Param('tokenId', AssetIdPipe) tokenId: string): Promise<void> {
    await this.core.ask(revokeToken, { caller, tokenId });
  }

  @Post('handsets')
  @ApiOperation({ summary: 'Create a handset in the built-in network', description: 'Its token is shown once.' })
  @ApiCreatedResponse({ type: HandsetAnswer })
  async createHandset(
    @FromCaller() caller: Caller,
    @Body(validated(CreateHandsetDto, strict)) { waId, name }: CreateHandsetDto,
  ): Promise<HandsetAnswer> {
    const handset = await this.core.ask(createHandset, { caller, waId, name });
    return { id: handset.handsetId, waId: handset.waId, token: handset.token };
  }

  @Post('phone-numbers/:phoneNumberId/on-prem-users')
  @ApiOperation({
    summary: "Create a phone number's On-Premises user",
    description: 'The one-time password must be changed at the first login.',
  })
  @ApiCreatedResponse({ type: OnPremUserAnswer })
  async createOnPremUser(
    @FromCaller() caller: Caller,
    @Param('phoneNumberId', AssetIdPipe) phoneNumberId: string,
    @Body(validated(CreateOnPremUserDto, strict)) { username }: CreateOnPremUserDto,
  ): Promise<OnPremUserAnswer> {
    return this.core.ask(createOnPremAdmin, { caller, phoneNumberId, username });
  }
}

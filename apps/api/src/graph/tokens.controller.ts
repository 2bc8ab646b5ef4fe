import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { type Caller, debugToken, whoAmI } from '#contracts';
import { type GraphAppToken, writeAppToken, writeTokenFacts } from '#dialects/graph';
import { AppTokenDto, AppTokenFieldsDto, DebugTokenAnswerDto, DebugTokenQueryDto } from '#dialects/graph/door';
import { FromCaller, Refused, tokenHash } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';

/** What a token is good for, and the token of an app. */
@GraphDoor('Tokens')
@Controller('graph')
export class TokensController {
  constructor(private readonly core: Core) {}

  @Get('debug_token')
  @ApiOperation({ summary: 'Inspect a token' })
  @ApiOkResponse({ type: DebugTokenAnswerDto })
  async debug(
    @Query(validated(DebugTokenQueryDto, { unknown: 'ignore' })) query: DebugTokenQueryDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    return writeTokenFacts(await this.core.ask(debugToken, { inputTokenHash: tokenHash(query.input_token), caller }));
  }

  @Get('oauth/access_token')
  @ApiOperation({ summary: "The app's token, for its id and secret; needs no token" })
  @ApiQuery({ type: AppTokenFieldsDto })
  @ApiOkResponse({ type: AppTokenDto })
  async appToken(@FromFields(AppTokenFieldsDto) fields: AppTokenFieldsDto, @FromCaller() caller: Caller): Promise<GraphAppToken> {
    return this.exchange(fields, caller);
  }

  @Post('oauth/access_token')
  @HttpCode(200)
  @ApiOperation({ summary: "The app's token, for its id and secret; needs no token" })
  @ApiBody({ type: AppTokenFieldsDto })
  @ApiOkResponse({ type: AppTokenDto })
  async postAppToken(
    @FromFields(AppTokenFieldsDto) fields: AppTokenFieldsDto,
    @FromCaller() caller: Caller,
  ): Promise<GraphAppToken> {
    return this.exchange(fields, caller);
  }

  /** The token of an app is its id and secret, so whoever has both is asked for by it; the secret itself stays in this door. */
  private async exchange(fields: AppTokenFieldsDto, caller: Caller): Promise<GraphAppToken> {
    const token = `${fields.client_id}|${fields.client_secret}`;
    try {
      await this.core.ask(whoAmI, { caller: { ...caller, tokenHash: tokenHash(token) } });
    } catch (error) {
      if (!(error instanceof Refused) || error.failure.code !== 'token-invalid') throw error;
      throw Refused.as('credentials-invalid', 'client_id and client_secret are not those of an app');
    }
    return writeAppToken(token);
  }
}

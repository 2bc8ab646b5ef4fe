import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, debugToken } from '#contracts';
import { writeTokenFacts } from '#dialects/graph';
import { DebugTokenAnswerDto, DebugTokenQueryDto } from '#dialects/graph/door';
import { FromCaller, tokenHash } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { GraphDoor } from './graph-door.js';

/** What a token is good for. */
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
}

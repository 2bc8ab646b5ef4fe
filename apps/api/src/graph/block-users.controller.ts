import { Controller, Delete, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { blockCustomers, type Caller, listBlocked, unblockCustomers } from '#contracts';
import {
  chooseBlockedUserFields,
  readFieldSelection,
  readBlockUsers,
  readPaging,
  writeBlockedUser,
  writeBlockOutcome,
  writePage,
} from '#dialects/graph';
import { BlockedUsersPageDto, BlockOutcomeDto, BlockUsersDto, ListQueryDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { PublicUrl } from '../http/public-url.js';
import { validated } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';
import { publicAddress } from './public-address.js';

/** Whom a number wants nothing to do with. */
@GraphDoor('Phone numbers')
@ApiParam({ name: 'phoneNumberId' })
@Controller('graph/:phoneNumberId')
export class BlockUsersController {
  constructor(
    private readonly core: Core,
    private readonly origin: PublicUrl,
  ) {}

  @Get('block_users')
  @ApiOperation({ summary: 'List blocked customers' })
  @ApiOkResponse({ type: BlockedUsersPageDto })
  async list(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Query(validated(ListQueryDto, { unknown: 'ignore' })) query: ListQueryDto,
    @FromCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const names = orRefuse(chooseBlockedUserFields(orRefuse(readFieldSelection(query.fields))));
    const page = await this.core.ask(listBlocked, { phoneNumberId, ...orRefuse(readPaging(query)), caller });
    return writePage(page, (user) => writeBlockedUser(user, names), publicAddress(request, this.origin.base));
  }

  @Post('block_users')
  @HttpCode(200)
  @ApiOperation({ summary: 'Block customers who have written within 24 hours' })
  @ApiBody({ type: BlockUsersDto })
  @ApiOkResponse({ type: BlockOutcomeDto })
  async block(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(BlockUsersDto) fields: BlockUsersDto,
    @FromCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const users = orRefuse(readBlockUsers(fields));
    const outcome = await this.core.ask(blockCustomers, { phoneNumberId, users, caller });
    const { status, body } = writeBlockOutcome(outcome, 'block', caller.requestId);
    reply.code(status);
    return body;
  }

  @Delete('block_users')
  @ApiOperation({ summary: 'Unblock customers' })
  @ApiBody({ type: BlockUsersDto })
  @ApiOkResponse({ type: BlockOutcomeDto })
  async unblock(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(BlockUsersDto) fields: BlockUsersDto,
    @FromCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const users = orRefuse(readBlockUsers(fields));
    const outcome = await this.core.ask(unblockCustomers, { phoneNumberId, users, caller });
    const { status, body } = writeBlockOutcome(outcome, 'unblock', caller.requestId);
    reply.code(status);
    return body;
  }
}

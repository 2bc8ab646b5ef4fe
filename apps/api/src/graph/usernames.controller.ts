import { Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Caller, changeNumber, readNumber, suggestUsernames } from '#contracts';
import { readUsername, success, writeUsername, writeUsernameSuggestions } from '#dialects/graph';
import { SuccessDto, UsernameChangeDto, UsernameDto, UsernameStatusDto, UsernameSuggestionsDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';

/** The name by which customers find a number without knowing its digits. */
@GraphDoor('Phone numbers')
@ApiParam({ name: 'phoneNumberId' })
@Controller('graph/:phoneNumberId')
export class UsernamesController {
  constructor(private readonly core: Core) {}

  @Get('username')
  @ApiOperation({ summary: "Read the number's user name" })
  @ApiOkResponse({ type: UsernameDto })
  async read(@ObjectId('phoneNumberId') phoneNumberId: string, @FromCaller() caller: Caller): Promise<UsernameDto> {
    return writeUsername(await this.core.ask(readNumber, { phoneNumberId, caller }));
  }

  @Post('username')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take a user name' })
  @ApiBody({ type: UsernameChangeDto })
  @ApiOkResponse({ type: UsernameStatusDto })
  async take(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(UsernameChangeDto) fields: UsernameChangeDto,
    @FromCaller() caller: Caller,
  ): Promise<UsernameStatusDto> {
    await this.core.ask(changeNumber, { phoneNumberId, ...orRefuse(readUsername(fields)), caller });
    return { status: 'approved' };
  }

  @Delete('username')
  @ApiOperation({ summary: 'Give the user name up' })
  @ApiOkResponse({ type: SuccessDto })
  async giveUp(@ObjectId('phoneNumberId') phoneNumberId: string, @FromCaller() caller: Caller): Promise<typeof success> {
    await this.core.ask(changeNumber, { phoneNumberId, username: '', caller });
    return success;
  }

  @Get('username_suggestions')
  @ApiOperation({ summary: 'User names that are free and like the display name' })
  @ApiOkResponse({ type: UsernameSuggestionsDto })
  async suggest(@ObjectId('phoneNumberId') phoneNumberId: string, @FromCaller() caller: Caller): Promise<UsernameSuggestionsDto> {
    const { usernames } = await this.core.ask(suggestUsernames, { phoneNumberId, caller });
    return writeUsernameSuggestions(usernames);
  }
}

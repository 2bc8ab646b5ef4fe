import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiDefaultResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Caller, type ChatFacts, followQrCode, openChat, readChat, whoAmI } from '#contracts';
import { ProblemAnswer } from '#dialects/admin/door';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { ChatAnswer, LinkAnswer } from './chats.dto.js';

/** Chats with businesses, before anything is written in them. */
@ApiTags('Handset')
@ApiBearerAuth()
@ApiDefaultResponse({ description: 'A refusal', type: ProblemAnswer })
@Controller('handset/v1')
export class ChatsController {
  constructor(private readonly core: Core) {}

  @Get('chats/:number')
  @ApiOperation({ summary: 'What the chat with a business number shows' })
  @ApiOkResponse({ type: ChatAnswer })
  async read(@FromCaller() caller: Caller, @Param('number') number: string): Promise<ChatAnswer> {
    return writeChat(await this.core.ask(readChat, { caller, number: digitsOf(number) }));
  }

  @Post('chats/:number/open')
  @HttpCode(200)
  @ApiOperation({
    summary: 'The customer opens the chat',
    description: 'A business that greets is told of it as `request_welcome`, once for each customer.',
  })
  @ApiOkResponse({ type: ChatAnswer })
  async open(@FromCaller() caller: Caller, @Param('number') number: string): Promise<ChatAnswer> {
    const { isGreeted, ...facts } = await this.core.ask(openChat, { caller, number: digitsOf(number) });
    return { ...writeChat(facts), greeted: isGreeted };
  }

  @Get('links/:code')
  @ApiOperation({ summary: 'Where a scanned QR code leads' })
  @ApiOkResponse({ type: LinkAnswer })
  async follow(@FromCaller() caller: Caller, @Param('code') code: string): Promise<LinkAnswer> {
    await this.core.ask(whoAmI, { caller });
    const link = await this.core.ask(followQrCode, { caller, code: code.slice(0, 64) });
    return { number: link.number, name: link.verifiedName, text: link.prefilledMessage };
  }
}

const NUMBER = /^\+?\d{5,15}$/;

function digitsOf(number: string): string {
  if (NUMBER.test(number)) return number.replace('+', '');
  throw Refused.as('object-not-found', 'No registered business number has these digits');
}

/** A picture has an address of its own at the platform's door; here a chat shows words. */
function writeChat({ number, displayNumber, verifiedName, profile, automation }: ChatFacts): ChatAnswer {
  const { about, address, description, email, vertical, websites } = profile;
  return {
    number,
    displayNumber,
    name: verifiedName,
    profile: { about, address, description, email, vertical, websites },
    prompts: automation.prompts,
    commands: automation.commands,
  };
}

import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, checkContacts } from '#contracts';
import { readContactsCheck, writeContactsCheck } from '#dialects/on-prem';
import { OnPremContactsAnswer, OnPremContactsDto } from '#dialects/on-prem/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { OnPremDoor } from './on-prem-door.js';

@OnPremDoor('Contacts')
@Controller('v1/contacts')
export class ContactsController {
  constructor(private readonly core: Core) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Check numbers', description: 'Each is echoed as it was written, in its order.' })
  @ApiBody({ type: OnPremContactsDto })
  @ApiOkResponse({ type: OnPremContactsAnswer })
  async check(@FromCaller() caller: Caller, @Body() body: unknown): Promise<OnPremContactsAnswer> {
    const { contacts } = await this.core.ask(checkContacts, { caller, ...orRefuse(readContactsCheck(body)) });
    return writeContactsCheck(contacts);
  }
}

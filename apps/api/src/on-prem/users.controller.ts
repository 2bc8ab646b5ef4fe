import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiBasicAuth, ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, login, logout } from '#contracts';
import { readBasic, readLogin, writeEmpty, writeLogin } from '#dialects/on-prem';
import { OnPremEmptyAnswer, OnPremLoginAnswer, OnPremLoginDto } from '#dialects/on-prem/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { OnPremDoor } from './on-prem-door.js';

@OnPremDoor('Users')
@Controller('v1/users')
export class UsersController {
  constructor(private readonly core: Core) {}

  @Post('login')
  @HttpCode(200)
  @ApiBasicAuth()
  @ApiOperation({ summary: 'Log in', description: 'The token is good for seven days. Earlier tokens stay good.' })
  @ApiBody({ type: OnPremLoginDto, required: false })
  @ApiOkResponse({ type: OnPremLoginAnswer })
  async login(
    @FromCaller() caller: Caller,
    @Headers('authorization') header: string | undefined,
    @Body() body: unknown,
  ): Promise<OnPremLoginAnswer> {
    const credentials = orRefuse(readBasic(header));
    const { newPassword } = orRefuse(readLogin(body));
    const { token, expiresAt } = await this.core.ask(login, { caller, ...credentials, newPassword });
    return writeLogin(token, expiresAt);
  }

  @Post('logout')
  @HttpCode(200)
  @ApiOperation({ summary: 'Log out', description: 'Ends the presented token, and only that one.' })
  @ApiOkResponse({ type: OnPremEmptyAnswer })
  async logout(@FromCaller() caller: Caller): Promise<OnPremEmptyAnswer> {
    await this.core.ask(logout, { caller });
    return writeEmpty();
  }
}

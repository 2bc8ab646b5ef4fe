import { Body, Controller, Delete, Get, Patch, Put } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, patchOnPremSettings, readNumber, readOnPremSettings, resetOnPremSettings } from '#contracts';
import { readSettingsPatch, writeEmpty, writeSettings } from '#dialects/on-prem';
import { OnPremEmptyAnswer, OnPremSettingsAnswer, OnPremSettingsPatchDto } from '#dialects/on-prem/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { OnPremDoor } from './on-prem-door.js';

@OnPremDoor('Settings')
@Controller('v1/settings/application')
export class SettingsController {
  constructor(private readonly core: Core) {}

  @Get()
  @ApiOperation({ summary: 'Read the application settings' })
  @ApiOkResponse({ type: OnPremSettingsAnswer })
  async read(@FromCaller() caller: Caller): Promise<OnPremSettingsAnswer> {
    const stored = await this.core.ask(readOnPremSettings, { caller });
    const { number, isRegistered } = await this.core.ask(readNumber, { caller, phoneNumberId: undefined });
    return writeSettings(stored, isRegistered ? number : '');
  }

  @Patch()
  @ApiOperation({ summary: 'Change application settings', description: 'What is absent stays as it is.' })
  @ApiBody({ type: OnPremSettingsPatchDto })
  @ApiOkResponse({ type: OnPremEmptyAnswer })
  async patch(@FromCaller() caller: Caller, @Body() body: unknown): Promise<OnPremEmptyAnswer> {
    await this.core.ask(patchOnPremSettings, { caller, patch: orRefuse(readSettingsPatch(body)) });
    return writeEmpty();
  }

  @Put()
  @ApiOperation({ summary: 'The same as PATCH', description: 'One published client library sends PUT.' })
  @ApiBody({ type: OnPremSettingsPatchDto })
  @ApiOkResponse({ type: OnPremEmptyAnswer })
  put(@FromCaller() caller: Caller, @Body() body: unknown): Promise<OnPremEmptyAnswer> {
    return this.patch(caller, body);
  }

  @Delete()
  @ApiOperation({ summary: 'Put the application settings back to their defaults' })
  @ApiOkResponse({ type: OnPremEmptyAnswer })
  async reset(@FromCaller() caller: Caller): Promise<OnPremEmptyAnswer> {
    await this.core.ask(resetOnPremSettings, { caller });
    return writeEmpty();
  }
}

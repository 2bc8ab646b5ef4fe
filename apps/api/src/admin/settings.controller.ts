import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, changeSettings, readSettings } from '#contracts';
import { settingsPatchSchema, settingsSchema } from '#dialects/admin/door';
import type { NodeSettings } from '#domain';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { OwnDoor } from './own-door.js';

@OwnDoor('Settings')
@Controller('relais/v1/settings')
export class SettingsController {
  constructor(private readonly core: Core) {}

  @Get()
  @ApiOperation({ summary: "Read the node's settings" })
  @ApiOkResponse({ schema: settingsSchema })
  async read(@FromCaller() caller: Caller): Promise<NodeSettings> {
    return this.core.ask(readSettings, { caller });
  }

  /** The catalogue of settings is the one truth about their types, so the patch goes to core as it came. */
  @Patch()
  @ApiOperation({
    summary: "Change some of the node's settings",
    description: 'Applied by every app when it is answered; null means the default.',
  })
  @ApiBody({ schema: settingsPatchSchema })
  @ApiOkResponse({ schema: settingsSchema })
  async change(@FromCaller() caller: Caller, @Body() patch: unknown): Promise<NodeSettings> {
    return this.core.ask(changeSettings, { caller, patch: patch ?? null });
  }
}

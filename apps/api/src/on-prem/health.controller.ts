import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, numberHealth } from '#contracts';
import { writeHealth } from '#dialects/on-prem';
import { OnPremHealthAnswer } from '#dialects/on-prem/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { OnPremDoor } from './on-prem-door.js';

@OnPremDoor('Health')
@Controller('v1/health')
export class HealthController {
  constructor(private readonly core: Core) {}

  @Get()
  @ApiOperation({ summary: "State of the number's way out" })
  @ApiOkResponse({ type: OnPremHealthAnswer })
  async health(@FromCaller() caller: Caller): Promise<OnPremHealthAnswer> {
    const { gateway } = await this.core.ask(numberHealth, { caller });
    return writeHealth(gateway);
  }
}

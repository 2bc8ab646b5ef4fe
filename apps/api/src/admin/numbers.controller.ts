import { Body, Controller, Param, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, setThroughput } from '#contracts';
import { ThroughputAnswer, ThroughputDto } from '#dialects/admin/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { AssetIdPipe } from './asset-id.pipe.js';
import { OwnDoor, strict } from './own-door.js';

@OwnDoor('Phone numbers')
@Controller('relais/v1/phone-numbers/:phoneNumberId')
export class NumbersController {
  constructor(private readonly core: Core) {}

  @Put('throughput')
  @ApiOperation({ summary: "Raise a number's throughput, or take it back" })
  @ApiOkResponse({ type: ThroughputAnswer })
  async setThroughput(
    @FromCaller() caller: Caller,
    @Param('phoneNumberId', AssetIdPipe) phoneNumberId: string,
    @Body(validated(ThroughputDto, strict)) { level }: ThroughputDto,
  ): Promise<ThroughputAnswer> {
    const { id, throughput } = await this.core.ask(setThroughput, { caller, phoneNumberId, level });
    return { id, level: throughput };
  }
}

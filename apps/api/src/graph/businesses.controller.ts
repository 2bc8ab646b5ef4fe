import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Caller, holdNumber } from '#contracts';
import { CreatedDto, HoldNumberDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';

/** What hangs on a business itself. */
@GraphDoor('Businesses')
@ApiParam({ name: 'businessId' })
@Controller('graph/:businessId')
export class BusinessesController {
  constructor(private readonly core: Core) {}

  @Post('add_phone_numbers')
  @HttpCode(200)
  @ApiOperation({ summary: 'Keep a number for the business; adding it to a WABA with `preverified_id` takes it over' })
  @ApiBody({ type: HoldNumberDto })
  @ApiOkResponse({ type: CreatedDto })
  async addNumber(
    @ObjectId('businessId') businessId: string,
    @FromFields(HoldNumberDto) { phone_number }: HoldNumberDto,
    @FromCaller() caller: Caller,
  ): Promise<CreatedDto> {
    const { id } = await this.core.ask(holdNumber, { businessId, phoneNumber: phone_number, caller });
    return { id };
  }
}

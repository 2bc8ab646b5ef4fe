import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { Caller } from '#contracts';
import { chooseProfileFields, readFieldSelection, success, writeProfile } from '#dialects/graph';
import { BusinessProfileAnswerDto, BusinessProfileChangeDto, FieldsQueryDto, SuccessDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { orRefuse } from '../http/or-refuse.js';
import { validated } from '../http/validation.js';
import { BusinessProfiles } from './business-profiles.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';

/** What a business says about itself at a number. */
@GraphDoor('Phone numbers')
@ApiParam({ name: 'phoneNumberId' })
@Controller('graph/:phoneNumberId')
export class BusinessProfilesController {
  constructor(private readonly profiles: BusinessProfiles) {}

  @Get('whatsapp_business_profile')
  @ApiOperation({ summary: 'Read the business profile' })
  @ApiOkResponse({ type: BusinessProfileAnswerDto })
  async read(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Query(validated(FieldsQueryDto, { unknown: 'ignore' })) query: FieldsQueryDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    const names = orRefuse(chooseProfileFields(orRefuse(readFieldSelection(query.fields))));
    return { data: [writeProfile(await this.profiles.read({ phoneNumberId }, caller), names)] };
  }

  @Post('whatsapp_business_profile')
  @HttpCode(200)
  @ApiOperation({ summary: 'Change the business profile; what is not named stays' })
  @ApiBody({ type: BusinessProfileChangeDto })
  @ApiOkResponse({ type: SuccessDto })
  async change(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(BusinessProfileChangeDto) fields: BusinessProfileChangeDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.profiles.change({ phoneNumberId }, fields, caller);
    return success;
  }
}

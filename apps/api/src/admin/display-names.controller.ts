import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, reviewDisplayName } from '#contracts';
import { writeDisplayName } from '#dialects/admin';
import { DisplayNameAnswer, ReviewDisplayNameDto } from '#dialects/admin/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { AssetIdPipe } from './asset-id.pipe.js';
import { OwnDoor, strict } from './own-door.js';

@OwnDoor('Phone numbers')
@Controller('relais/v1/phone-numbers')
export class DisplayNamesController {
  constructor(private readonly core: Core) {}

  @Post(':phoneNumberId/display-name/review')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approve or reject the display name that a business wants for its number' })
  @ApiOkResponse({ type: DisplayNameAnswer })
  async review(
    @FromCaller() caller: Caller,
    @Param('phoneNumberId', AssetIdPipe) phoneNumberId: string,
    @Body(validated(ReviewDisplayNameDto, strict)) { decision, reason }: ReviewDisplayNameDto,
  ): Promise<DisplayNameAnswer> {
    return writeDisplayName(await this.core.ask(reviewDisplayName, { caller, phoneNumberId, decision, reason }));
  }
}

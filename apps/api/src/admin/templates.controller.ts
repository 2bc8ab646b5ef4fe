import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, reviewTemplate } from '#contracts';
import { writeTemplate } from '#dialects/admin';
import { ReviewTemplateDto, TemplateAnswer } from '#dialects/admin/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { AssetIdPipe } from './asset-id.pipe.js';
import { OwnDoor, strict } from './own-door.js';

@OwnDoor('Templates')
@Controller('relais/v1/templates')
export class TemplatesController {
  constructor(private readonly core: Core) {}

  @Post(':templateId/review')
  @HttpCode(200)
  @ApiOperation({ summary: 'Approve or reject a template' })
  @ApiOkResponse({ type: TemplateAnswer })
  async review(
    @FromCaller() caller: Caller,
    @Param('templateId', AssetIdPipe) templateId: string,
    @Body(validated(ReviewTemplateDto, strict)) { decision, reason }: ReviewTemplateDto,
  ): Promise<TemplateAnswer> {
    return writeTemplate(await this.core.ask(reviewTemplate, { caller, templateId, decision, reason }));
  }
}

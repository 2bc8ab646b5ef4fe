import { Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Caller, createTemplate, listTemplates } from '#contracts';
import {
  chooseTemplateFields,
  readFieldSelection,
  readPaging,
  readTemplateDefinition,
  writeCreatedTemplate,
  writePage,
  writeTemplate,
} from '#dialects/graph';
import { CreatedTemplateDto, CreateTemplateDto, TemplateListQueryDto, TemplatePageDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { PublicUrl } from '../http/public-url.js';
import { validated } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { MediaLinks } from './media-links.js';
import { CountedCall } from './management-calls.guard.js';
import { ObjectId } from './object-id.js';
import { publicAddress } from './public-address.js';

/** Templates of a WABA; a single one is read as a node. */
@GraphDoor('Templates')
@ApiParam({ name: 'wabaId' })
@CountedCall()
@Controller('graph/:wabaId')
export class TemplatesController {
  constructor(
    private readonly core: Core,
    private readonly links: MediaLinks,
    private readonly origin: PublicUrl,
  ) {}

  @Get('message_templates')
  @ApiOperation({ summary: "List the account's templates" })
  @ApiOkResponse({ type: TemplatePageDto })
  async list(
    @ObjectId('wabaId') wabaId: string,
    @Query(validated(TemplateListQueryDto, { unknown: 'ignore' })) query: TemplateListQueryDto,
    @FromCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const names = orRefuse(chooseTemplateFields(orRefuse(readFieldSelection(query.fields))));
    const { name, status } = query;
    const page = await this.core.ask(listTemplates, { wabaId, name, status, ...orRefuse(readPaging(query)), caller });
    return writePage(
      page,
      (template) => writeTemplate(template, names, this.links.linkToSample),
      publicAddress(request, this.origin.base),
    );
  }

  @Post('message_templates')
  @HttpCode(200)
  @ApiOperation({ summary: 'Hand in a template for review' })
  @ApiBody({ type: CreateTemplateDto })
  @ApiOkResponse({ type: CreatedTemplateDto })
  async create(
    @ObjectId('wabaId') wabaId: string,
    @FromFields(CreateTemplateDto) fields: CreateTemplateDto,
    @FromCaller() caller: Caller,
  ): Promise<CreatedTemplateDto> {
    return writeCreatedTemplate(
      await this.core.ask(createTemplate, { wabaId, ...orRefuse(readTemplateDefinition(fields)), caller }),
    );
  }
}

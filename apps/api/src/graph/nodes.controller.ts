import { Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, ApiParam, getSchemaPath } from '@nestjs/swagger';
import { type Caller, findMedia, findNode, readNumber, readTemplate, readWaba, removeMedia, setPin } from '#contracts';
import {
  choosePhoneNumberFields,
  chooseNamedFields,
  chooseTemplateFields,
  chooseWabaFields,
  readFieldSelection,
  success,
  writeMedia,
  writeNamedNode,
  writePhoneNumber,
  writeTemplate,
  writeWaba,
} from '#dialects/graph';
import {
  MediaDto,
  NodeQueryDto,
  PhoneNumberDto,
  SuccessDto,
  TemplateDto,
  UpdatePhoneNumberDto,
  WabaDto,
} from '#dialects/graph/door';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { validate, validated } from '../http/validation.js';
import { FromFields, FromRawFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { MediaLinks } from './media-links.js';
import { ObjectId } from './object-id.js';

/** `/{id}`: what an id names is asked first, because the path does not say. */
@GraphDoor('Nodes')
@Controller('graph')
export class NodesController {
  constructor(
    private readonly core: Core,
    private readonly links: MediaLinks,
  ) {}

  @Get(':id')
  @ApiOperation({ summary: 'Read a phone number, WABA, template, media, business or app' })
  @ApiParam({ name: 'id' })
  @ApiExtraModels(PhoneNumberDto, WabaDto, TemplateDto, MediaDto)
  @ApiOkResponse({
    description: 'The selected fields, or the documented default set.',
    schema: { oneOf: [PhoneNumberDto, WabaDto, TemplateDto, MediaDto].map((type) => ({ $ref: getSchemaPath(type) })) },
  })
  async read(
    @ObjectId('id') id: string,
    @Query(validated(NodeQueryDto, { unknown: 'ignore' })) query: NodeQueryDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    const { kind, name = '' } = await this.core.ask(findNode, { id, caller });
    const selection = orRefuse(readFieldSelection(query.fields));
    switch (kind) {
      case 'phone-number': {
        const names = orRefuse(choosePhoneNumberFields(selection));
        return writePhoneNumber(await this.core.ask(readNumber, { phoneNumberId: id, caller }), names);
      }
      case 'waba': {
        const names = orRefuse(chooseWabaFields(selection));
        return writeWaba(await this.core.ask(readWaba, { wabaId: id, caller }), names);
      }
      case 'template': {
        const names = orRefuse(chooseTemplateFields(selection));
        return writeTemplate(await this.core.ask(readTemplate, { templateId: id, caller }), names);
      }
      case 'media': {
        const media = await this.core.ask(findMedia, { mediaId: id, phoneNumberId: query.phone_number_id, caller });
        return writeMedia(media, this.links.linkTo(media));
      }
      case 'business':
      case 'app': {
        const type = kind === 'business' ? 'Business' : 'Application';
        return writeNamedNode({ id, name }, orRefuse(chooseNamedFields(selection, type)));
      }
    }
  }

  @Post(':id')
  @HttpCode(200)
  @ApiOperation({ summary: "Change a phone number's two-step PIN" })
  @ApiParam({ name: 'id' })
  @ApiBody({ type: UpdatePhoneNumberDto })
  @ApiOkResponse({ type: SuccessDto })
  async update(
    @ObjectId('id') id: string,
    @FromRawFields() fields: unknown,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    const { kind } = await this.core.ask(findNode, { id, caller });
    if (kind !== 'phone-number') throw unsupported('post', id);
    const { pin } = validate(UpdatePhoneNumberDto, fields, { unknown: 'ignore' });
    await this.core.ask(setPin, { phoneNumberId: id, pin, caller });
    return success;
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete media' })
  @ApiParam({ name: 'id' })
  @ApiOkResponse({ type: SuccessDto })
  async remove(
    @ObjectId('id') id: string,
    @FromFields(NodeQueryDto) query: NodeQueryDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    const { kind } = await this.core.ask(findNode, { id, caller });
    if (kind !== 'media') throw unsupported('delete', id);
    await this.core.ask(removeMedia, { mediaId: id, phoneNumberId: query.phone_number_id, caller });
    return success;
  }
}

function unsupported(method: string, id: string): Refused {
  return Refused.as('object-not-found', `Unsupported ${method} request. Object with ID '${id}' does not support this operation`);
}

import { Controller, Delete, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiExcludeEndpoint,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  type Caller,
  changeNumber,
  findMedia,
  findNode,
  numberFeatures,
  overrideNumberWebhook,
  readNumber,
  readTemplate,
  removeMedia,
  setPin,
  whoAmI,
} from '#contracts';
import {
  chooseBotFields,
  choosePhoneNumberFields,
  chooseProfileNodeFields,
  chooseNamedFields,
  chooseTemplateFields,
  chooseWabaFields,
  phoneNumberParts,
  readFieldSelection,
  readNumberUpdate,
  success,
  writeBot,
  writeMedia,
  writeNamedNode,
  writePhoneNumber,
  writeProfile,
  writeTemplate,
} from '#dialects/graph';
import {
  BusinessProfileChangeDto,
  BusinessProfileDto,
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
import { PublicUrl } from '../http/public-url.js';
import { validate, validated } from '../http/validation.js';
import { BusinessProfiles } from './business-profiles.js';
import { FromFields, FromRawFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { HANDSHAKE_TIMEOUT_MS } from './handshake-timeout.js';
import { CountedCall } from './management-calls.guard.js';
import { MediaLinks } from './media-links.js';
import { ObjectId } from './object-id.js';
import { publicAddress } from './public-address.js';
import { WabaNodes } from './waba-nodes.js';

/** `/{id}`: what an id names is asked first, because the path does not say. */
@GraphDoor('Nodes')
@Controller('graph')
export class NodesController {
  constructor(
    private readonly core: Core,
    private readonly links: MediaLinks,
    private readonly profiles: BusinessProfiles,
    private readonly wabas: WabaNodes,
    private readonly origin: PublicUrl,
  ) {}

  /** Clients try a token here: whether it is good is in the type of the refusal. */
  @Get()
  @ApiExcludeEndpoint()
  async root(@FromCaller() caller: Caller): Promise<never> {
    await this.core.ask(whoAmI, { caller });
    throw Refused.as('object-not-found', 'Unsupported get request. Name an object');
  }

  @Get(':id')
  @CountedCall()
  @ApiOperation({ summary: 'Read a phone number, WABA, template, media, profile, bot, business or app' })
  @ApiParam({ name: 'id' })
  @ApiExtraModels(PhoneNumberDto, WabaDto, TemplateDto, MediaDto, BusinessProfileDto)
  @ApiOkResponse({
    description: 'The selected fields, or the documented default set.',
    schema: {
      oneOf: [PhoneNumberDto, WabaDto, TemplateDto, MediaDto, BusinessProfileDto].map((type) => ({ $ref: getSchemaPath(type) })),
    },
  })
  async read(
    @ObjectId('id') id: string,
    @Query(validated(NodeQueryDto, { unknown: 'ignore' })) query: NodeQueryDto,
    @FromCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const { kind, name = '' } = await this.core.ask(findNode, { id, caller });
    const selection = orRefuse(readFieldSelection(query.fields));
    switch (kind) {
      case 'phone-number': {
        const names = orRefuse(choosePhoneNumberFields(selection));
        const question = { phoneNumberId: id, with: phoneNumberParts(names), caller };
        return writePhoneNumber(await this.core.ask(readNumber, question), names);
      }
      case 'waba': {
        const fields = orRefuse(chooseWabaFields(selection));
        const { origin, pathname } = new URL(publicAddress(request, this.origin.base));
        return this.wabas.read(id, fields, caller, `${origin}${pathname.replace(/\/$/, '')}`);
      }
      case 'template': {
        const names = orRefuse(chooseTemplateFields(selection));
        return writeTemplate(await this.core.ask(readTemplate, { templateId: id, caller }), names, this.links.linkToSample);
      }
      case 'media': {
        const media = await this.core.ask(findMedia, { mediaId: id, phoneNumberId: query.phone_number_id, caller });
        return writeMedia(media, this.links.linkTo(media));
      }
      case 'profile':
        return writeProfile(await this.profiles.read({ featureId: id }, caller), orRefuse(chooseProfileNodeFields(selection)));
      case 'automation': {
        const names = orRefuse(chooseBotFields(selection));
        return writeBot(await this.core.ask(numberFeatures.automation.read, { named: { featureId: id }, caller }), names);
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
  @ApiOperation({ summary: "Change a phone number's PIN, display name, webhook and the like, or a business profile" })
  @ApiParam({ name: 'id' })
  @ApiExtraModels(UpdatePhoneNumberDto, BusinessProfileChangeDto)
  @ApiBody({ schema: { oneOf: [UpdatePhoneNumberDto, BusinessProfileChangeDto].map((type) => ({ $ref: getSchemaPath(type) })) } })
  @ApiOkResponse({ type: SuccessDto })
  async update(
    @ObjectId('id') id: string,
    @FromRawFields() fields: unknown,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    const { kind } = await this.core.ask(findNode, { id, caller });
    switch (kind) {
      case 'phone-number':
        await this.updateNumber(id, validate(UpdatePhoneNumberDto, fields, { unknown: 'ignore' }), caller);
        return success;
      case 'profile':
        await this.profiles.change({ featureId: id }, validate(BusinessProfileChangeDto, fields, { unknown: 'ignore' }), caller);
        return success;
      default:
        throw unsupported('post', id);
    }
  }

  /** What may fail for reasons outside comes first: a receiver that does not answer, then a name that is taken. */
  private async updateNumber(phoneNumberId: string, fields: UpdatePhoneNumberDto, caller: Caller): Promise<void> {
    const { connectionStatus, pin, webhook, ...change } = orRefuse(readNumberUpdate(fields));
    if (connectionStatus !== undefined) {
      const { status } = await this.core.ask(readNumber, { phoneNumberId, caller });
      if (status !== connectionStatus) {
        const detail = `connection_status is ${status}; it follows from registration and cannot be set`;
        throw Refused.as('invalid-parameter', detail, { field: 'connection_status' });
      }
    }
    if (webhook !== undefined) {
      const question = { phoneNumberId, override: webhook ?? undefined, caller };
      await this.core.ask(overrideNumberWebhook, question, { timeoutMs: HANDSHAKE_TIMEOUT_MS });
    }
    if (Object.values(change).some((value) => value !== undefined)) {
      await this.core.ask(changeNumber, { phoneNumberId, ...change, caller });
    }
    if (pin !== undefined) await this.core.ask(setPin, { phoneNumberId, pin, caller });
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

import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Caller, numberFeatures } from '#contracts';
import {
  chooseComplianceFields,
  readAutomation,
  readCommerceSettings,
  readCompliance,
  readFieldSelection,
  readNumberSettings,
  success,
  writeCommerceSettings,
  writeCompliance,
  writeEncryption,
  writeNumberSettings,
} from '#dialects/graph';
import {
  AutomationChangeDto,
  BusinessEncryptionAnswerDto,
  BusinessEncryptionChangeDto,
  CommerceSettingsAnswerDto,
  CommerceSettingsChangeDto,
  ComplianceAnswerDto,
  ComplianceChangeDto,
  FieldsQueryDto,
  NumberSettingsChangeDto,
  NumberSettingsDto,
  NumberSettingsQueryDto,
  SuccessDto,
} from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { validated } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';

const { automation, commerce, compliance, encryption, settings } = numberFeatures;

/** What a business keeps at a number beside its profile. */
@GraphDoor('Phone numbers')
@ApiParam({ name: 'phoneNumberId' })
@Controller('graph/:phoneNumberId')
export class NumberFeaturesController {
  constructor(private readonly core: Core) {}

  @Get('settings')
  @ApiOperation({ summary: 'Read the settings of the number' })
  @ApiOkResponse({ type: NumberSettingsDto })
  async settings(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Query(validated(NumberSettingsQueryDto, { unknown: 'ignore' })) query: NumberSettingsQueryDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    const { value } = await this.core.ask(settings.read, { named: { phoneNumberId }, caller });
    return writeNumberSettings(value, query.include_sip_credentials === 'true');
  }

  @Post('settings')
  @HttpCode(200)
  @ApiOperation({ summary: 'Change one of the settings' })
  @ApiBody({ type: NumberSettingsChangeDto })
  @ApiOkResponse({ type: SuccessDto })
  async changeSettings(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(NumberSettingsChangeDto) fields: NumberSettingsChangeDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.core.ask(settings.change, { named: { phoneNumberId }, change: orRefuse(readNumberSettings(fields)), caller });
    return success;
  }

  @Post('conversational_automation')
  @HttpCode(200)
  @ApiOperation({ summary: 'Set what a chat offers by itself' })
  @ApiBody({ type: AutomationChangeDto })
  @ApiOkResponse({ type: SuccessDto })
  async changeAutomation(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(AutomationChangeDto) fields: AutomationChangeDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.core.ask(automation.change, { named: { phoneNumberId }, change: orRefuse(readAutomation(fields)), caller });
    return success;
  }

  @Get('whatsapp_commerce_settings')
  @ApiOperation({ summary: 'Read whether cart and catalogue are shown' })
  @ApiOkResponse({ type: CommerceSettingsAnswerDto })
  async commerce(@ObjectId('phoneNumberId') phoneNumberId: string, @FromCaller() caller: Caller): Promise<object> {
    return writeCommerceSettings(await this.core.ask(commerce.read, { named: { phoneNumberId }, caller }));
  }

  @Post('whatsapp_commerce_settings')
  @HttpCode(200)
  @ApiOperation({ summary: 'Show or hide cart and catalogue' })
  @ApiBody({ type: CommerceSettingsChangeDto })
  @ApiOkResponse({ type: SuccessDto })
  async changeCommerce(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(CommerceSettingsChangeDto) fields: CommerceSettingsChangeDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.core.ask(commerce.change, { named: { phoneNumberId }, change: orRefuse(readCommerceSettings(fields)), caller });
    return success;
  }

  @Get('whatsapp_business_encryption')
  @ApiOperation({ summary: "Read the business's public key" })
  @ApiOkResponse({ type: BusinessEncryptionAnswerDto })
  async encryption(@ObjectId('phoneNumberId') phoneNumberId: string, @FromCaller() caller: Caller): Promise<object> {
    return writeEncryption(await this.core.ask(encryption.read, { named: { phoneNumberId }, caller }));
  }

  @Post('whatsapp_business_encryption')
  @HttpCode(200)
  @ApiOperation({ summary: "Set the business's public key" })
  @ApiBody({ type: BusinessEncryptionChangeDto })
  @ApiOkResponse({ type: SuccessDto })
  async changeEncryption(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(BusinessEncryptionChangeDto) { business_public_key }: BusinessEncryptionChangeDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    const change = { publicKey: business_public_key };
    await this.core.ask(encryption.change, { named: { phoneNumberId }, change, caller });
    return success;
  }

  @Get('business_compliance_info')
  @ApiOperation({ summary: 'Read who answers for the business' })
  @ApiOkResponse({ type: ComplianceAnswerDto })
  async compliance(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Query(validated(FieldsQueryDto, { unknown: 'ignore' })) query: FieldsQueryDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    const names = orRefuse(chooseComplianceFields(orRefuse(readFieldSelection(query.fields))));
    return writeCompliance(await this.core.ask(compliance.read, { named: { phoneNumberId }, caller }), names);
  }

  @Post('business_compliance_info')
  @HttpCode(200)
  @ApiOperation({ summary: 'Say who answers for the business' })
  @ApiBody({ type: ComplianceChangeDto })
  @ApiOkResponse({ type: SuccessDto })
  async changeCompliance(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(ComplianceChangeDto) fields: ComplianceChangeDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.core.ask(compliance.change, { named: { phoneNumberId }, change: orRefuse(readCompliance(fields)), caller });
    return success;
  }
}

import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Caller, deregisterNumber, numberFeatures, registerNumber, requestCode, verifyCode } from '#contracts';
import { readCode, readRegistrationStorage, success } from '#dialects/graph';
import { RegisterDto, RequestCodeDto, SuccessDto, VerifyCodeAnswerDto, VerifyCodeDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';

/** The steps of a number's registration. */
@GraphDoor('Phone numbers')
@ApiParam({ name: 'phoneNumberId' })
@Controller('graph/:phoneNumberId')
export class PhoneNumbersController {
  constructor(private readonly core: Core) {}

  @Post('request_code')
  @HttpCode(200)
  @ApiOperation({ summary: 'Have a verification code sent to the number' })
  @ApiBody({ type: RequestCodeDto })
  @ApiOkResponse({ type: SuccessDto })
  async requestCode(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(RequestCodeDto) { code_method, language }: RequestCodeDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.core.ask(requestCode, { phoneNumberId, method: code_method, language, caller });
    return success;
  }

  @Post('verify_code')
  @HttpCode(200)
  @ApiOperation({ summary: 'Prove that the code arrived' })
  @ApiBody({ type: VerifyCodeDto })
  @ApiOkResponse({ type: VerifyCodeAnswerDto })
  async verifyCode(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(VerifyCodeDto) { code }: VerifyCodeDto,
    @FromCaller() caller: Caller,
  ): Promise<VerifyCodeAnswerDto> {
    const { id } = await this.core.ask(verifyCode, { phoneNumberId, code: readCode(code), caller });
    return { ...success, id };
  }

  @Post('register')
  @HttpCode(200)
  @ApiOperation({ summary: 'Register the number; sets or checks its two-step PIN' })
  @ApiBody({ type: RegisterDto })
  @ApiOkResponse({ type: SuccessDto })
  async register(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(RegisterDto) { pin, ...storage }: RegisterDto,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    const change = orRefuse(readRegistrationStorage(storage));
    await this.core.ask(registerNumber, { phoneNumberId, pin, caller });
    if (change) await this.core.ask(numberFeatures.settings.change, { named: { phoneNumberId }, change, caller });
    return success;
  }

  @Post('deregister')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take the number out of service' })
  @ApiOkResponse({ type: SuccessDto })
  async deregister(@ObjectId('phoneNumberId') phoneNumberId: string, @FromCaller() caller: Caller): Promise<typeof success> {
    await this.core.ask(deregisterNumber, { phoneNumberId, caller });
    return success;
  }
}

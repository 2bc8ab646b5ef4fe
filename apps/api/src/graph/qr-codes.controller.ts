import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, followQrCode, listQrCodes, removeQrCode, saveQrCode } from '#contracts';
import {
  chooseQrCodeFields,
  isQrCode,
  readFieldSelection,
  readPaging,
  readQrCode,
  success,
  writePage,
  writeQrCode,
} from '#dialects/graph';
import {
  FieldsQueryDto,
  QrCodeDto,
  QrCodePageDto,
  QrCodeRequestDto,
  QrCodesQueryDto,
  QrImageQueryDto,
  SuccessDto,
} from '#dialects/graph/door';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { PublicUrl } from '../http/public-url.js';
import { validated } from '../http/validation.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';
import { publicAddress } from './public-address.js';
import { drawQrCode } from './qr-image.js';
import { QrLinks } from './qr-links.js';

/** Codes that lead customers to a number, and what they are when somebody scans them. */
@GraphDoor('QR codes')
@Controller('graph')
export class QrCodesController {
  constructor(
    private readonly core: Core,
    private readonly links: QrLinks,
    private readonly origin: PublicUrl,
  ) {}

  @Get(':phoneNumberId/message_qrdls')
  @ApiOperation({ summary: "List the number's QR codes" })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiOkResponse({ type: QrCodePageDto })
  async list(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Query(validated(QrCodesQueryDto, { unknown: 'ignore' })) query: QrCodesQueryDto,
    @FromCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<object> {
    const fields = orRefuse(chooseQrCodeFields(orRefuse(readFieldSelection(query.fields))));
    const question = { phoneNumberId, code: query.code, ...orRefuse(readPaging(query)), caller };
    const page = await this.core.ask(listQrCodes, question);
    const write = (code: (typeof page.items)[number]) => writeQrCode(this.links.nodeOf(code, fields.image), fields);
    return writePage(page, write, publicAddress(request, this.origin.base));
  }

  @Post(':phoneNumberId/message_qrdls')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make a QR code, or give one another message' })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiBody({ type: QrCodeRequestDto })
  @ApiOkResponse({ type: QrCodeDto })
  async save(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @FromFields(QrCodeRequestDto) request: QrCodeRequestDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    return this.saved(phoneNumberId, request, caller);
  }

  @Post(':phoneNumberId/message_qrdls/:code')
  @HttpCode(200)
  @ApiOperation({ summary: 'Give a QR code another message; as clients do that name it in the path' })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiParam({ name: 'code' })
  @ApiBody({ type: QrCodeRequestDto })
  @ApiOkResponse({ type: QrCodeDto })
  async change(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Param('code') code: string,
    @FromFields(QrCodeRequestDto) request: QrCodeRequestDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    const named: unknown = request.code ?? code;
    if (named !== code) throw Refused.as('invalid-parameter', 'code must be the one in the path', { field: 'code' });
    return this.saved(phoneNumberId, { ...request, code: known(code) }, caller);
  }

  @Get(':phoneNumberId/message_qrdls/:code')
  @ApiOperation({ summary: 'Read a QR code' })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiParam({ name: 'code' })
  @ApiOkResponse({ type: QrCodeDto, description: 'Its fields, and the same once more as the only item of `data`.' })
  async read(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Param('code') code: string,
    @Query(validated(FieldsQueryDto, { unknown: 'ignore' })) query: FieldsQueryDto,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    const fields = orRefuse(chooseQrCodeFields(orRefuse(readFieldSelection(query.fields))));
    const page = await this.core.ask(listQrCodes, { phoneNumberId, code: known(code), caller });
    const [found] = page.items;
    if (!found) throw unknownCode(code);
    const written = writeQrCode(this.links.nodeOf(found, fields.image), fields);
    return { data: [written], ...written };
  }

  @Delete(':phoneNumberId/message_qrdls/:code')
  @ApiOperation({ summary: 'Remove a QR code; it leads nowhere any more' })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiParam({ name: 'code' })
  @ApiOkResponse({ type: SuccessDto })
  async remove(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Param('code') code: string,
    @FromCaller() caller: Caller,
  ): Promise<typeof success> {
    await this.core.ask(removeQrCode, { phoneNumberId, code: known(code), caller });
    return success;
  }

  @Get('message_qrdls/:code/image')
  @ApiOperation({ summary: 'The image behind `qr_image_url`; needs no token' })
  @ApiParam({ name: 'code' })
  @ApiProduces('image/png', 'image/svg+xml')
  @ApiOkResponse({ description: 'The image.' })
  async image(
    @Param('code') code: string,
    @Query(validated(QrImageQueryDto, { unknown: 'ignore' })) { format, signature }: QrImageQueryDto,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isQrCode(code) || !this.links.isGood(code, format, signature)) throw unknownCode(code);
    const { type, bytes } = drawQrCode(this.links.linkTo(code), format);
    await reply
      .headers({
        'content-type': type,
        'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'public, max-age=86400',
      })
      .send(bytes);
  }

  @Get('message/:code')
  @ApiOperation({ summary: 'Where a scanned code leads: to a chat with the number; needs no token' })
  @ApiParam({ name: 'code' })
  @ApiResponse({ status: 302, description: "To the number's own chat link, with the message to begin with." })
  @ApiOkResponse({ description: 'Never: the answer is 302.' })
  async follow(@Param('code') code: string, @FromCaller() caller: Caller, @Res() reply: FastifyReply): Promise<void> {
    const { number, prefilledMessage } = await this.core.ask(followQrCode, { code: known(code), caller });
    const query = new URLSearchParams({ text: prefilledMessage });
    await reply.header('cache-control', 'no-store').redirect(`https://wa.me/${number}?${query.toString()}`, 302);
  }

  private async saved(phoneNumberId: string, request: QrCodeRequestDto, caller: Caller): Promise<object> {
    const { code, image, prefilledMessage } = orRefuse(readQrCode(request));
    const saved = await this.core.ask(saveQrCode, { phoneNumberId, code, prefilledMessage, caller });
    return writeQrCode(this.links.nodeOf(saved, image));
  }
}

/** Text that cannot be a code is answered as one that does not exist, and never reaches core. */
function known(code: string): string {
  if (isQrCode(code)) return code;
  throw unknownCode(code);
}

function unknownCode(code: string): Refused {
  return Refused.as('object-not-found', `QR code '${code.slice(0, 64)}' does not exist`);
}

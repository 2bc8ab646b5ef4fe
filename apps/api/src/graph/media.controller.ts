import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiParam, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, keepMedia, whoAmI } from '#contracts';
import { failure } from '#domain';
import { writeFailure, writeUploadedMedia } from '#dialects/graph';
import { MediaDownloadQueryDto, MediaUploadDto, MediaUploadFieldsDto, UploadedMediaDto } from '#dialects/graph/door';
import { MediaStore } from '#media-store';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { type Upload, UploadRoute, Uploads } from '../http/uploads.js';
import { validate, validated } from '../http/validation.js';
import { GraphDoor } from './graph-door.js';
import { MediaLinks } from './media-links.js';
import { ObjectId } from './object-id.js';

/** Uploads, and the bytes behind a signed address; what is known of media is read as a node. */
@GraphDoor('Media')
@Controller('graph')
export class MediaController {
  constructor(
    private readonly core: Core,
    private readonly uploads: Uploads,
    private readonly store: MediaStore,
    private readonly links: MediaLinks,
  ) {}

  @Post(':phoneNumberId/media')
  @UploadRoute()
  @HttpCode(200)
  @ApiOperation({ summary: 'Upload media' })
  @ApiParam({ name: 'phoneNumberId' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: MediaUploadDto })
  @ApiOkResponse({ type: UploadedMediaDto })
  async upload(
    @ObjectId('phoneNumberId') phoneNumberId: string,
    @Req() request: FastifyRequest,
    @FromCaller() caller: Caller,
  ): Promise<{ readonly id: string }> {
    // Nobody fills the disk without a token; what this one may do is judged when the bytes are kept.
    await this.core.ask(whoAmI, { caller });
    const upload = await this.uploads.receive(request);
    const fields = validate(MediaUploadFieldsDto, { ...(request.query as object), ...upload.fields }, { unknown: 'ignore' });
    return writeUploadedMedia(await this.core.ask(keepMedia, { phoneNumberId, ...kept(upload, fields.type), caller }));
  }

  @Get('media/:mediaId/download')
  @ApiOperation({ summary: 'The bytes behind the `url` of media; needs no token' })
  @ApiParam({ name: 'mediaId' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ description: 'The bytes, with the type of the media. 404 when the address is bad or has expired.' })
  async download(
    @Param('mediaId') mediaId: string,
    @Query(validated(MediaDownloadQueryDto, { unknown: 'ignore' })) query: MediaDownloadQueryDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const isGood = this.links.isGood({ mediaId, expires: Number(query.expires), type: query.type }, query.signature);
    const bytes = isGood ? await this.store.read(mediaId) : undefined;
    if (!bytes) {
      const refusal = failure('media-not-found', 'The address is not valid, or has expired');
      await reply.code(404).send(writeFailure(refusal, { requestId: request.id, path: request.url }).body);
      return;
    }
    await reply
      .headers({
        'content-type': query.type,
        'content-length': bytes.length,
        'content-disposition': 'attachment',
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store',
      })
      .send(bytes.stream);
  }
}

/** The `type` field says more than the file's own part, which is often just bytes. */
function kept(upload: Upload, type: string | undefined) {
  const { stagingId, sniffedType, sha256, bytes, filename } = upload;
  return { stagingId, sniffedType, sha256, bytes, filename, claimedType: type?.includes('/') ? type : upload.claimedType };
}

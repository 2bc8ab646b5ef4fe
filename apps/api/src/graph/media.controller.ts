import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Caller, keepMedia, whoAmI } from '#contracts';
import { writeUploadedMedia } from '#dialects/graph';
import { MediaUploadDto, MediaUploadFieldsDto, UploadedMediaDto } from '#dialects/graph/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { UploadRoute, Uploads } from '../http/uploads.js';
import { validate } from '../http/validation.js';
import { GraphDoor } from './graph-door.js';
import { ObjectId } from './object-id.js';

/** Uploads; what is known of media is read as a node. */
@GraphDoor('Media')
@Controller('graph')
export class MediaController {
  constructor(
    private readonly core: Core,
    private readonly uploads: Uploads,
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
    let type: string | undefined;
    const upload = await this.uploads.receive(request, (fields) => {
      ({ type } = validate(MediaUploadFieldsDto, { ...(request.query as object), ...fields }, { unknown: 'ignore' }));
    });
    // The `type` field says more than the file's own part, which is often just bytes.
    const claimedType = type?.includes('/') ? type : upload.claimedType;
    return writeUploadedMedia(await this.core.ask(keepMedia, { phoneNumberId, ...upload, claimedType, caller }));
  }
}

import { Controller, Delete, Get, HttpCode, Param, Post, Req, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Caller, findMedia, keepMedia, removeMedia, whoAmI } from '#contracts';
import { parseMediaId, writeEmpty, writeUpload } from '#dialects/on-prem';
import { OnPremEmptyAnswer, OnPremMediaAnswer } from '#dialects/on-prem/door';
import type { MediaId } from '#domain';
import { MediaStore } from '#media-store';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { UploadRoute, Uploads } from '../http/uploads.js';
import { OnPremDoor } from './on-prem-door.js';

@OnPremDoor('Media')
@Controller('v1/media')
export class MediaController {
  constructor(
    private readonly core: Core,
    private readonly uploads: Uploads,
    private readonly store: MediaStore,
  ) {}

  @Post()
  @HttpCode(200)
  @UploadRoute()
  @ApiOperation({
    summary: 'Upload media',
    description: 'The body is the file itself, its Content-Type the media type; at most 100 MB.',
  })
  @ApiConsumes('*/*')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: OnPremMediaAnswer })
  async upload(@FromCaller() caller: Caller, @Req() request: FastifyRequest): Promise<OnPremMediaAnswer> {
    // Nobody fills the disk without a token.
    await this.core.ask(whoAmI, { caller });
    const upload = await this.uploads.receive(request);
    const { id } = await this.core.ask(keepMedia, { caller, phoneNumberId: undefined, ...upload });
    return writeUpload(id);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Download media' })
  @ApiProduces('*/*')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async download(@FromCaller() caller: Caller, @Param('id') id: string): Promise<StreamableFile> {
    const mediaId = mediaIdOf(id);
    const { mimeType } = await this.core.ask(findMedia, { caller, mediaId });
    const media = await this.store.read(mediaId);
    if (!media) throw noSuchMedia();
    // As an attachment, so that no browser ever runs in this origin what a stranger has sent.
    return new StreamableFile(media.stream, { type: mimeType, length: media.length, disposition: 'attachment' });
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete media' })
  @ApiOkResponse({ type: OnPremEmptyAnswer })
  async remove(@FromCaller() caller: Caller, @Param('id') id: string): Promise<OnPremEmptyAnswer> {
    await this.core.ask(removeMedia, { caller, mediaId: mediaIdOf(id) });
    return writeEmpty();
  }
}

function mediaIdOf(text: string): MediaId {
  const id = parseMediaId(text);
  if (!id) throw noSuchMedia();
  return id;
}

function noSuchMedia(): Refused {
  return Refused.as('media-not-found', 'There is no such media');
}

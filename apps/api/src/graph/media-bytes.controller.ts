import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import {
  ApiDefaultResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '#domain';
import { writeFailure } from '#dialects/graph';
import { GraphErrorAnswerDto, MediaDownloadQueryDto } from '#dialects/graph/door';
import { MediaStore } from '#media-store';
import { serveBytes } from '../http/serve-bytes.js';
import { validated } from '../http/validation.js';
import { MediaLinks } from './media-links.js';

/** The bytes behind the `url` of media: whoever has the address may have them, with a token or without. */
@ApiTags('Media')
@ApiDefaultResponse({ type: GraphErrorAnswerDto, description: 'Every refusal has this envelope.' })
@Controller('graph')
export class MediaBytesController {
  constructor(
    private readonly store: MediaStore,
    private readonly links: MediaLinks,
  ) {}

  @Get('media/:mediaId/download')
  @ApiOperation({ summary: 'The bytes behind the `url` of media; needs no token' })
  @ApiParam({ name: 'mediaId' })
  @ApiHeader({ name: 'Range', required: false, description: 'One range of bytes.' })
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ description: 'The bytes, with the type of the media. 404 when the address is bad or has expired.' })
  @ApiResponse({ status: 206, description: 'The bytes of the range.' })
  async download(
    @Param('mediaId') mediaId: string,
    @Query(validated(MediaDownloadQueryDto, { unknown: 'ignore' })) query: MediaDownloadQueryDto,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const isGood = this.links.isGood({ mediaId, expires: Number(query.expires), type: query.type }, query.signature);
    if (isGood && (await serveBytes(request, reply, { store: this.store, id: mediaId, type: query.type }))) return;
    const refusal = failure('media-not-found', 'The address is not valid, or has expired');
    await reply.code(404).send(writeFailure(refusal, { requestId: request.id, path: request.url }).body);
  }
}

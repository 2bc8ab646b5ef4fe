import { Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Caller, findUpload, openUpload } from '#contracts';
import { readFileOffset, readUploadName, writeUploaded, writeUploadId, writeUploadProgress } from '#dialects/graph';
import { OpenUploadDto, UploadDto, UploadHandleDto, UploadProgressDto } from '#dialects/graph/door';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { orRefuse } from '../http/or-refuse.js';
import { UploadRoute } from '../http/uploads.js';
import { FromFields } from './from-fields.js';
import { GraphDoor } from './graph-door.js';
import { objectIdOf } from './object-id.js';
import { type NamedUpload, UploadParts } from './upload-parts.js';

type UploadQuery = Readonly<Record<string, unknown>>;

/** Files that come in parts: opened for an app, filled at an address of their own, and known by a handle when they are whole. */
@GraphDoor('Uploads')
@Controller('graph')
export class UploadsController {
  constructor(
    private readonly core: Core,
    private readonly parts: UploadParts,
  ) {}

  @Post(':appId/uploads')
  @HttpCode(200)
  @ApiOperation({ summary: 'Announce a file' })
  @ApiParam({ name: 'appId', description: 'Or `app`: the app of the token.' })
  @ApiBody({ type: OpenUploadDto })
  @ApiOkResponse({ type: UploadDto })
  async open(
    @Param('appId') appId: string,
    @FromFields(OpenUploadDto) fields: OpenUploadDto,
    @FromCaller() caller: Caller,
  ): Promise<UploadDto> {
    const { file_type: fileType, file_length: fileLength } = fields;
    const named = appId === 'app' ? undefined : objectIdOf(appId);
    return writeUploadId(await this.core.ask(openUpload, { appId: named, fileType, fileLength, caller }));
  }

  @Get('upload/:uploadId')
  @ApiOperation({ summary: 'How much of a file is there' })
  @ApiParam({ name: 'uploadId' })
  @ApiQuery({ name: 'sig', required: false, description: 'As in the id that announcing the file was answered with.' })
  @ApiOkResponse({ type: UploadProgressDto })
  async read(
    @Param('uploadId') name: string,
    @Query() query: UploadQuery,
    @FromCaller() caller: Caller,
  ): Promise<UploadProgressDto> {
    return writeUploadProgress(await this.core.ask(findUpload, { ...namedUpload(name, query), caller }));
  }

  @Post('upload/:uploadId')
  @UploadRoute()
  @HttpCode(200)
  @ApiOperation({ summary: 'The file, or the next part of it' })
  @ApiParam({ name: 'uploadId' })
  @ApiQuery({ name: 'sig', required: false, description: 'As in the id that announcing the file was answered with.' })
  @ApiHeader({ name: 'file_offset', required: false, description: 'How many bytes are there already; 0 when it is left out.' })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiExtraModels(UploadHandleDto, UploadProgressDto)
  @ApiOkResponse({
    description: 'The handle of the file; before its last part, how much of it is there.',
    schema: { oneOf: [UploadHandleDto, UploadProgressDto].map((type) => ({ $ref: getSchemaPath(type) })) },
  })
  async append(
    @Param('uploadId') name: string,
    @Query() query: UploadQuery,
    @Req() request: FastifyRequest,
    @FromCaller() caller: Caller,
  ): Promise<object> {
    const named = namedUpload(name, query);
    const offset = orRefuse(readFileOffset(request.headers['file_offset'], query['file_offset']));
    return writeUploaded(await this.parts.receive(request, named, offset, caller));
  }
}

function namedUpload(name: string, query: UploadQuery): NamedUpload {
  const named = readUploadName(name, query['sig']);
  if (!named) throw Refused.as('object-not-found', `Object with ID 'upload:${name.slice(0, 64)}' does not exist`);
  return named;
}

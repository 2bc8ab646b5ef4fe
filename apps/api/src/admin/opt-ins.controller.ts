import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, readConsent, recordConsents } from '#contracts';
import { readOptIns, writeConsent } from '#dialects/admin';
import { ConsentAnswer, RecordOptInsDto, RecordedAnswer } from '#dialects/admin/door';
import { Clock } from '#runtime';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { AssetIdPipe } from './asset-id.pipe.js';
import { OwnDoor, strict } from './own-door.js';
import { WaIdPipe } from './wa-id.pipe.js';

@OwnDoor('Opt-ins')
@Controller('relais/v1/businesses/:businessId/opt-ins')
export class OptInsController {
  constructor(
    private readonly core: Core,
    private readonly clock: Clock,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Record opt-ins and opt-outs', description: 'Each line is evidence and is only ever added.' })
  @ApiCreatedResponse({ type: RecordedAnswer })
  async record(
    @FromCaller() caller: Caller,
    @Param('businessId', AssetIdPipe) businessId: string,
    @Body(validated(RecordOptInsDto, strict)) dto: RecordOptInsDto,
  ): Promise<RecordedAnswer> {
    const lines = readOptIns(dto.lines, this.clock.now());
    if (!lines.ok) throw new Refused(lines.failure);
    return this.core.ask(recordConsents, { caller, businessId, lines: lines.value });
  }

  @Get(':waId')
  @ApiOperation({ summary: 'Where a customer stands, and the records of it' })
  @ApiOkResponse({ type: ConsentAnswer })
  async read(
    @FromCaller() caller: Caller,
    @Param('businessId', AssetIdPipe) businessId: string,
    @Param('waId', WaIdPipe) waId: string,
  ): Promise<ConsentAnswer> {
    return writeConsent(await this.core.ask(readConsent, { caller, businessId, waId }));
  }
}

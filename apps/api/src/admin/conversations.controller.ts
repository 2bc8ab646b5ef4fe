import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, readCounters, reconcileCounters } from '#contracts';
import { CountersAnswer, CountersQuery, ReconcileAnswer, ReconcileDto } from '#dialects/admin/door';
import { FromCaller } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';
import { OwnDoor, strict } from './own-door.js';

@OwnDoor('Conversations')
@Controller('relais/v1/conversations/counters')
export class ConversationsController {
  constructor(private readonly core: Core) {}

  @Get()
  @ApiOperation({ summary: 'Conversations per phone number, day and category' })
  @ApiOkResponse({ type: CountersAnswer })
  async read(
    @FromCaller() caller: Caller,
    @Query(validated(CountersQuery, strict)) query: CountersQuery,
  ): Promise<CountersAnswer> {
    const { phoneNumberId, from, to, category, businessId } = query;
    return { counters: await this.core.ask(readCounters, { caller, phoneNumberId, from, to, category, businessId }) };
  }

  @Post('reconcile')
  @HttpCode(200)
  @ApiOperation({ summary: 'Compare the counters with the ledger', description: 'And, on demand, rebuild them.' })
  @ApiOkResponse({ type: ReconcileAnswer })
  async reconcile(
    @FromCaller() caller: Caller,
    @Body(validated(ReconcileDto, strict)) dto: ReconcileDto,
  ): Promise<ReconcileAnswer> {
    return this.core.ask(reconcileCounters, { caller, rebuild: dto.rebuild ?? false });
  }
}

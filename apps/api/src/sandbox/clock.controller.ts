import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { type Caller, advanceClock } from '#contracts';
import { readAdvance, writeClock } from '#dialects/admin';
import { AdvanceClockDto, ClockAnswer } from '#dialects/admin/door';
import { OwnDoor, strict } from '../admin/own-door.js';
import { FromCaller, Refused } from '../http/caller.js';
import { Core } from '../http/core.client.js';
import { validated } from '../http/validation.js';

/** Every app confirms before the answer: longer than other calls, within what a client waits for. */
const CONFIRMED_WITHIN_MS = 10_000;

@OwnDoor('Sandbox')
@Controller('sandbox/v1/clock')
export class ClockController {
  constructor(private readonly core: Core) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Move the clock of all apps forward', description: 'Answered when every app has confirmed.' })
  @ApiOkResponse({ type: ClockAnswer })
  async advance(
    @FromCaller() caller: Caller,
    @Body(validated(AdvanceClockDto, strict)) dto: AdvanceClockDto,
  ): Promise<ClockAnswer> {
    const advance = readAdvance(dto.advance);
    if (!advance.ok) throw new Refused(advance.failure);
    return writeClock(
      await this.core.ask(advanceClock, { caller, advanceMs: advance.value }, { timeoutMs: CONFIRMED_WITHIN_MS }),
    );
  }
}

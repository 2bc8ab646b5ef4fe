import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiDefaultResponse, ApiTags } from '@nestjs/swagger';
import { OnPremErrorAnswer } from '#dialects/on-prem/door';
import type { Result } from '#domain';
import { Refused } from '../http/caller.js';

/** What all controllers of this door have in common. */
export const OnPremDoor = (tag: string): ClassDecorator =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    ApiDefaultResponse({ description: 'A refusal', type: OnPremErrorAnswer }),
  ) as ClassDecorator;

/** What was read. @throws Refused with the first fault */
export function orRefuse<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Refused(result.failure);
}

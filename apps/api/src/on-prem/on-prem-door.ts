import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiDefaultResponse, ApiTags } from '@nestjs/swagger';
import { OnPremErrorAnswer } from '#dialects/on-prem/door';

/** What all controllers of this door have in common. */
export const OnPremDoor = (tag: string): ClassDecorator =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    ApiDefaultResponse({ description: 'A refusal', type: OnPremErrorAnswer }),
  ) as ClassDecorator;

import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiDefaultResponse, ApiTags } from '@nestjs/swagger';
import { ProblemAnswer } from '#dialects/admin/door';
import type { ValidationOptions } from '../http/validation.js';

/** What is not known is refused: these calls change a node, and a misspelt name must not pass for a change. */
export const strict: ValidationOptions = { unknown: 'refuse' };

/** What all controllers of the own door have in common. */
export const OwnDoor = (tag: string): ClassDecorator =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    ApiDefaultResponse({ description: 'A refusal', type: ProblemAnswer }),
  ) as ClassDecorator;

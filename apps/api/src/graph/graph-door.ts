import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiDefaultResponse, ApiTags } from '@nestjs/swagger';
import { GraphErrorAnswerDto } from '#dialects/graph/door';

/** What the description of every controller of this door says. */
export const GraphDoor = (tag: string): ClassDecorator & MethodDecorator =>
  applyDecorators(
    ApiTags(tag),
    ApiBearerAuth(),
    ApiDefaultResponse({ type: GraphErrorAnswerDto, description: 'Every refusal has this envelope.' }),
  );

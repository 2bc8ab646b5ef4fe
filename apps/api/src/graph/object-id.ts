import { Param, type PipeTransform } from '@nestjs/common';
import { isId } from '#domain';
import { Refused } from '../http/caller.js';

/** Text that cannot be an id is answered as an id that does not exist, and never reaches core. @throws Refused */
export function objectIdOf(text: string): string {
  const id: unknown = text;
  if (isId(id)) return id;
  throw Refused.as('object-not-found', `Object with ID '${text.slice(0, 64)}' does not exist`);
}

const objectId: PipeTransform<string, string> = { transform: objectIdOf };

/** The id in the path, whatever it names. */
export const ObjectId = (name: string): ParameterDecorator => Param(name, objectId);

import type { PipeTransform } from '@nestjs/common';
import { isId } from '#domain';
import { Refused } from '../http/caller.js';

/** An id in a path. What cannot be an id is answered as one that does not exist, and never reaches core. */
export class AssetIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isId(value)) throw Refused.as('object-not-found', 'There is no object with this id');
    return value;
  }
}

import type { PipeTransform } from '@nestjs/common';
import { Refused } from '../http/caller.js';

/** A customer's digits in a path. */
export class WaIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!/^\d{5,15}$/.test(value)) throw Refused.as('invalid-parameter', 'waId must be 5 to 15 digits', { field: 'waId' });
    return value;
  }
}

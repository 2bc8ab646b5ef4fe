import type { Result } from '#domain';
import { Refused } from './caller.js';

/** What was read. @throws Refused with the first fault, which the door's filter answers */
export function orRefuse<T>(result: Result<T>): T {
  if (!result.ok) throw new Refused(result.failure);
  return result.value;
}

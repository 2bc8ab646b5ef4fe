import type { Result } from '#domain';
import { Refused } from '../http/caller.js';

/** The value, or the refusal thrown to the door's filter. */
export function orRefuse<T>(result: Result<T>): T {
  if (!result.ok) throw new Refused(result.failure);
  return result.value;
}

import { Deliveries0001 } from './0001-deliveries.js';

export const schema = 'dispatcher';

/** In the order in which they are applied. */
export const migrations = [Deliveries0001] as const;

import { Signals0001 } from './0001-signals.js';

/** The schema that this app owns. */
export const schema = 'quality';

export const migrations = [Signals0001] as const;

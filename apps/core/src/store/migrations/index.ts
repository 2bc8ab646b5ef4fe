import { Assets0001 } from './0001-assets.js';
import { Messages0002 } from './0002-messages.js';

/** In the order in which they run. */
export const migrations = [Assets0001, Messages0002];

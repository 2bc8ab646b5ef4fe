import { Assets0001 } from './0001-assets.js';
import { Messages0002 } from './0002-messages.js';
import { Throughput0003 } from './0003-throughput.js';
import { NumberFeatures0004 } from './0004-number-features.js';
import { IdentityKeys0005 } from './0005-identity-keys.js';
import { Demand0006 } from './0006-demand.js';
import { Uploads0007 } from './0007-uploads.js';
import { FileUses0008 } from './0008-file-uses.js';
import { ManagementCalls0009 } from './0009-management-calls.js';
import { ThreadCheck0010 } from './0010-thread-check.js';

/** In the order in which they run. */
export const migrations = [
  Assets0001,
  Messages0002,
  Throughput0003,
  NumberFeatures0004,
  IdentityKeys0005,
  Demand0006,
  Uploads0007,
  FileUses0008,
  ManagementCalls0009,
  ThreadCheck0010,
];

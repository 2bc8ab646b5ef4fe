// What every command here does first.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** True when the file with this URL was named on the command line rather than imported. */
export function isCommand(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}

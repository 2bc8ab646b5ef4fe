// What every command needs before it can do its work: a Node.js that is new enough, the packages, the build.
import { Trouble } from './trouble.mjs';

const NEEDED = [20, 19];

export function refuseOldNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
    throw new Trouble(`This is Node.js ${version}; Relais needs ${NEEDED.join('.')} or newer.`);
  }
}

/**
 * A signal that is aborted when the person (or the system) asks this command to stop. The terminal and npm both pass Ctrl-C on, so
 * one press arrives twice; only a second press, later than that, ends everything at once.
 */
export function stopSignal({ onHurry = () => process.exit(130) } = {}) {
  const controller = new AbortController();
  let firstAt;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        controller.abort(new Stopped(name));
      } else if (performance.now() - firstAt > 2_000) {
        onHurry();
      }
    });
  }
  return controller.signal;
}

/** The command was asked to stop: no error, and nothing to show. */
export class Stopped extends Error {
  constructor(by) {
    super(`stopped by ${by}`);
    this.name = 'Stopped';
  }
}

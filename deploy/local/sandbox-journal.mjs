// What has been created in the sandbox so far, so that an interrupted first start goes on where it stopped.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class Journal {
  #file;
  #done;

  constructor(paths) {
    this.#file = join(paths.secrets, 'sandbox-steps.json');
    try {
      this.#done = JSON.parse(readFileSync(this.#file, 'utf8'));
    } catch {
      this.#done = {};
    }
  }

  get isNew() {
    return Object.keys(this.#done).length === 0;
  }

  get isComplete() {
    return this.#done.complete === true;
  }

  /** Does a step unless it was done before; answers what it answered then. Its answer holds secrets: the file is its owner's. */
  async once(name, work) {
    if (!(name in this.#done)) this.note(name, (await work()) ?? true);
    return this.#done[name];
  }

  read(name) {
    return this.#done[name];
  }

  note(name, value) {
    this.#done[name] = value;
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(this.#done, null, 2), { mode: 0o600 });
    renameSync(`${this.#file}.tmp`, this.#file);
  }
}

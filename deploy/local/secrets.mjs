// The secrets of a local node: made once, kept in files that only their owner reads.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path of a secret's file; made when it is not there. */
export function secretFile(paths, name, make) {
  const file = join(paths.secrets, name);
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}.tmp`;
    writeFileSync(draft, make(), { mode: 0o600 });
    renameSync(draft, file);
  }
  return file;
}

export function readSecret(file) {
  return readFileSync(file, 'utf8').trim();
}

export const masterKey = () => randomBytes(32).toString('base64');

/** Letters and digits only, so that it needs no escaping in a URL or a configuration file. */
export function randomWord(length = 32) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  let word = '';
  while (word.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 in a byte: beyond it some letters would be likelier than others.
      if (byte < 248 && word.length < length) word += alphabet[byte % 62];
    }
  }
  return word;
}

/** A password of 20 characters with each of the four kinds that the On-Premises API asks for. */
export function randomPassword() {
  return `${randomWord(15)}aA1!_`;
}

/** Six random digits. */
export function randomPin() {
  let pin = '';
  while (pin.length < 6) {
    const byte = randomBytes(1)[0];
    if (byte < 250) pin += byte % 10;
  }
  return pin;
}

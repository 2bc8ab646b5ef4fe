// Makes the secrets that compose.yaml mounts, each once; what is there stays. Run it before the first `docker compose up`:
//
//   node deploy/compose/setup.mjs
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const directory = join(here, 'secrets');

// Compose mounts each file as it is, and the user of the container is not the one of this machine: so the files can be read by all,
// and the directory, which is not mounted, can be entered by you alone.
mkdirSync(directory, { recursive: true, mode: 0o700 });
chmodSync(directory, 0o700);

const made = [];
const word = () => randomBytes(24).toString('hex');

secret('master.key', () => randomBytes(32).toString('base64'));
secret('bootstrap.token', word);
secret('postgres-superuser.password', word);
const database = secret('postgres.password', word);
secret('database.url', () => `postgres://relais:${database}@postgres:5432/relais`);
const bus = secret('nats.password', word);
secret('nats.url', () => `nats://relais:${bus}@nats:4222`);
secret('nats-auth.conf', () => `authorization { user: relais, password: "${bus}" }\n`);

if (!existsSync(join(here, '.env'))) {
  copyFileSync(join(here, '.env.example'), join(here, '.env'));
  made.push('.env');
}
process.stdout.write(made.length > 0 ? `made in ${here}: ${made.join(', ')}\n` : `nothing to do: everything is in ${here}\n`);
process.stdout.write('Keep a copy of secrets/master.key elsewhere: without it nobody can read what the node has sealed.\n');

function secret(name, make) {
  const file = join(directory, name);
  if (!existsSync(file)) {
    writeFileSync(file, make(), { mode: 0o444, flag: 'wx' });
    chmodSync(file, 0o444);
    made.push(`secrets/${name}`);
  }
  return readFileSync(file, 'utf8').trim();
}

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { withSettings } from './settings-table.js';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

it('the README tells the settings as they are (npm run docs writes them)', async () => {
  const readme = readFileSync(README, 'utf8');
  const wanted = await format(withSettings(readme), { ...(await resolveConfig(README)), parser: 'markdown' });
  if (process.env['RELAIS_WRITE_DOCS'] === '1') writeFileSync(README, wanted);
  else expect(readme).toBe(wanted);
});

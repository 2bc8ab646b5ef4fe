import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withSettings } from './settings-table.js';

const README = new URL('../../README.md', import.meta.url);

it('the README tells the settings as they are (npm run docs writes them)', () => {
  const readme = readFileSync(README, 'utf8');
  const wanted = withSettings(readme);
  if (process.env['RELAIS_WRITE_DOCS'] === '1') writeFileSync(README, wanted);
  else expect(readme).toBe(wanted);
});

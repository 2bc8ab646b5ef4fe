import { describeSettings } from '#domain';
import { describeConfig } from '#runtime';
import { ApiConfig } from '../../apps/api/src/api.config.js';
import { CoreConfig } from '../../apps/core/src/core.config.js';
import { QualityConfig } from '../../apps/quality-metrics/src/quality.config.js';
import { DispatcherConfig } from '../../apps/webhook-dispatcher/src/dispatcher.config.js';

const apps = [
  ['api', ApiConfig],
  ['core', CoreConfig],
  ['webhook-dispatcher', DispatcherConfig],
  ['quality-metrics', QualityConfig],
] as const;

const BEGIN = '<!-- settings:begin (written by npm run docs) -->';
const END = '<!-- settings:end -->';

/** The README with its tables of settings made anew from the classes and the catalogue that define them. */
export function withSettings(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('the README has lost the marks around its settings');
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${environment()}\n\n${settings()}\n\n${readme.slice(end)}`;
}

function environment(): string {
  const rows = new Map<string, { readonly apps: string[]; readonly text: string }>();
  for (const [app, type] of apps) {
    for (const field of describeConfig(type)) {
      const fallback = field.required ? '**required**' : field.default === undefined ? '' : `\`${field.default}\``;
      const file = field.secret ? ` Also \`${field.name}_FILE\`.` : '';
      const row = rows.get(field.name) ?? { apps: [], text: `${fallback} | ${field.description}${file}` };
      row.apps.push(app);
      rows.set(field.name, row);
    }
  }
  return [
    'The environment of a process:',
    '',
    '| variable | apps | default | meaning |',
    '|---|---|---|---|',
    ...[...rows].map(
      ([name, row]) => `| \`${name}\` | ${row.apps.length === apps.length ? 'all' : row.apps.join(', ')} | ${row.text} |`,
    ),
  ].join('\n');
}

function settings(): string {
  return [
    'Settings of the node, changed while it runs by `PATCH /relais/v1/settings`:',
    '',
    '| setting | default | meaning |',
    '|---|---|---|',
    ...describeSettings().map(
      (setting) => `| \`${setting.name}\` | \`${JSON.stringify(setting.default)}\` | ${setting.description} |`,
    ),
  ].join('\n');
}

/** The tables as text for people: docs/main.conf.md is made from them. */
import type { Field, Shape } from './fields';
import { componentFields, generalFields } from './main-conf-keys';
import { defaultMainSettings } from './main-settings';

/** One row for each key: name, what it takes, default, effect. */
export function mainConfManual(): string {
  const { components, ...general } = defaultMainSettings;
  return [
    '# main.conf',
    '',
    '`/etc/connman/main.conf`, or the file that `connmand --config` names, is read once at start. It is a key file: groups,',
    '`key=value` lines, `#` comments. Lists are separated by commas. A key or value that does not fit is logged with its line',
    'and what was expected; the rest of the file counts.',
    '',
    '## [General]',
    '',
    ...table(generalFields, general),
    '',
    '## [Components]',
    '',
    'This group is not ConnMan’s, which would log a warning and go on.',
    '',
    ...table(componentFields, components),
    '',
  ].join('\n');
}

function table(fields: Readonly<Record<string, Field<unknown>>>, defaults: object): string[] {
  const values = new Map(Object.entries(defaults));
  const rows = Object.entries(fields).map(([key, field]) => {
    const value: unknown = values.get(`${key[0]?.toLowerCase()}${key.slice(1)}`);
    return `| \`${key}\` | ${takes(field)} | ${formatDefault(value)} | ${field.description} |`;
  });
  return ['| key | takes | default | effect |', '|---|---|---|---|', ...rows];
}

function takes({ shape, separator }: Field<unknown>): string {
  return separator === undefined ? one(shape) : `list: ${one(shape)}`;
}

function one(shape: Shape): string {
  switch (shape.is) {
    case 'word':
      return shape.words.map((word) => `\`${word}\``).join(', ');
    case 'boolean':
      return '`true` or `false`';
    case 'ip':
      return 'IPv4 or IPv6 address';
    case 'server':
      return shape.named ? '`ADDRESS#NAME`' : 'IPv4 or IPv6 address, perhaps with `#NAME` behind it';
    case 'integer':
    case 'number':
    case 'pattern':
      return shape.expected;
    default:
      return shape.is;
  }
}

function formatDefault(value: unknown): string {
  if (value === undefined) return 'unset';
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : `\`${value.join(',')}\``;
  return `\`${String(value)}\``;
}

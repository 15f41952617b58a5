/**
 * Files for main.conf, made of ConnMan's keys: each with good, broken, oddly written and doubled lines, keys that do not exist, and files
 * that are broken as a whole. The same list each time.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { componentFields } from '../../src/main-conf-keys';
import type { Case } from './cases';

const surface = path.resolve(__dirname, '../../../../docs/contract/surface.json');
const { groups } = JSON.parse(readFileSync(surface, 'utf8')) as {
  readonly groups: readonly { readonly about: string; readonly names: readonly string[] }[];
};
/** Of its last version. A key of ours alone is a word like any other to ConnMan: nothing is recorded of it. */
const connmanKeys = groups.find(({ about }) => about === 'main.conf [General]')?.names ?? [];

const flags = ['true', 'false', '1', 'yes', 'TRUE', ''];
const numbers = ['0', '1', '30', '-4', '4.5', '99999999999', 'three', ''];
const lists = ['ethernet', 'ethernet,wifi', 'ethernet, wifi', 'ethernet;wifi', 'nonsense', ',', ''];

/** What a person may write, by what a key takes: each value behind each key would say nothing more. */
function valuesOf(key: string): readonly string[] {
  if (/Technologies$/.test(key)) return lists;
  if (/(Timeout|Interval|Threshold)$/.test(key)) return numbers;
  if (/(URL|File|Conf|ClassID|Localtime|Blacklist|servers|Names)$/.test(key)) return ['one', 'one,two', 'Grüße', ''];
  if (/(Mode|Style|Policy|OverTLS)$/.test(key)) return ['none', 'geometric', 'NONE', 'true', ''];
  return flags;
}

const spellings: Readonly<Record<string, (key: string) => string>> = {
  'blanks around': (key) => `  ${key}  =  true  `,
  twice: (key) => `${key}=true\n${key}=false`,
  'another letter case': (key) => `${key.toLowerCase()}=true`,
  'a letter left out': (key) => `${key.slice(0, 3)}${key.slice(4)}=true`,
};

const good = '[General]\nPreferredTechnologies=ethernet,wifi\nSingleConnectedTechnology=true\n';

const wholes: Readonly<Record<string, string>> = {
  empty: '',
  'comments alone': '# nothing\n\n#[General]\n',
  'a line that is none': `${good}this is no line\n`,
  'text before a group': `Key=value\n${good}`,
  'an unknown group': `${good}[Nonsense]\nKey=value\n`,
  'two unknown groups': '[general]\nSingleConnectedTechnology=true\n[GENERAL]\nVendorClassID=x\n',
  'the group twice': `${good}[General]\nVendorClassID=x\n`,
  'a group without its end': '[General\nVendorClassID=x\n',
  'lines that end as on Windows': good.replaceAll('\n', '\r\n'),
  'no newline at the end': good.trimEnd(),
  'a byte order mark': `\ufeff${good}`,
  'a key without a value': '[General]\nVendorClassID\n',
  'a key alone': '[General]\n=value\n',
  'a comment behind a value': '[General]\nSingleConnectedTechnology=true # of course\n',
};

export function mainConfCases(): readonly Case[] {
  const found: Case[] = [];
  const add = (name: string, ...lines: readonly string[]) =>
    found.push({ name, text: `[General]\n${lines.join('\n')}\n` });
  for (const key of connmanKeys) {
    for (const value of valuesOf(key)) add(`${key}=${value}`, `${key}=${value}`);
    for (const [how, write] of Object.entries(spellings)) add(`${key}, ${how}`, write(key));
  }
  for (const key of Object.keys(componentFields)) {
    found.push({ name: `[Components] ${key}`, text: `[Components]\n${key}=hosted\n` });
    add(`${key} in [General]`, `${key}=hosted`);
  }
  for (const [name, text] of Object.entries(wholes)) found.push({ name: `a file with ${name}`, text });
  return found;
}

import { lineLogger, OsError } from '@connman/base';
import type { Sysctl } from '@connman/ports';
import { MemoryFiles } from '@connman/testkit';
import { hostnameChange } from '../../model/hostname/hostname-change';
import { BorrowedValues } from '../borrowed-values';
import { HostnameKeeper } from './hostname-keeper';

const all = { allowHostnameUpdates: true, allowDomainnameUpdates: true };
const current = { hostname: 'box', domainname: '(none)' };
const change = (hostname: string, domain = '', policy = all) => hostnameChange({ hostname, domain }, current, policy);

test('the offered names are taken on, the host name without its domain', () => {
  expect(change('Laptop-7.example.com', 'example.com.')).toEqual([
    { kind: 'hostname', name: 'Laptop-7' },
    { kind: 'domainname', name: 'example.com' },
  ]);
});

test('nothing changes for the same name, no name, or a placeholder', () => {
  expect(change('box.example.com')).toEqual([]);
  expect(change('')).toEqual([]);
  expect(change('<hostname>')).toEqual([]);
});

test('main.conf can forbid either', () => {
  expect(change('new', 'example', { ...all, allowHostnameUpdates: false })).toEqual([
    { kind: 'domainname', name: 'example' },
  ]);
  expect(change('new', 'example', { ...all, allowDomainnameUpdates: false })).toEqual([
    { kind: 'hostname', name: 'new' },
  ]);
});

test.each([
  '-a',
  'a-',
  'a b',
  'a\nb',
  '.example',
  'ä',
  'x'.repeat(64),
  '$(reboot)',
  '<host>',
  'a_b',
  'localhost',
  'LocalHost.example',
])('%j is not a host name', (name) =>
  expect(change(name)).toEqual([{ kind: 'refused', reason: expect.stringContaining('not a host name') }]),
);

test.each(['a..b', '.', 'a b', 'a\n', `${'x'.repeat(40)}.${'y'.repeat(40)}`])('%j is not a domain name', (domain) =>
  expect(change('', domain)).toEqual([{ kind: 'refused', reason: expect.stringContaining('not a domain name') }]),
);

function rig(hostname: string) {
  const settings = new Map([
    ['kernel/hostname', hostname],
    ['kernel/domainname', '(none)'],
  ]);
  const lines: string[] = [];
  const sysctl: Sysctl = {
    read: (path) => settings.get(path),
    write: (path, value) => {
      if (value === 'forbidden') throw new OsError('open', 1, path);
      settings.set(path, value);
    },
  };
  const log = lineLogger({ write: (line) => lines.push(line), level: 'info', severityPrefix: false, prefix: '' });
  const files = new MemoryFiles().putFolder('/run/connman');
  const start = () => {
    const borrowed = new BorrowedValues({ files, sysctl, runFolder: '/run/connman', bootId: 'boot', log });
    return new HostnameKeeper(sysctl, borrowed, log, all);
  };
  return { keeper: start(), restart: start, settings, lines };
}

test.each([
  ['', 'localhost'],
  ['(none)', 'localhost'],
  ['box', 'box'],
])('a kernel name of %j becomes %s at the start', (before, expected) => {
  expect(rig(before).settings.get('kernel/hostname')).toBe(expected);
});

test('the kernel gets the names and the log says so once', () => {
  const { keeper, settings, lines } = rig('box');
  keeper.follow({ hostname: 'new.example', domain: 'example' });
  keeper.follow({ hostname: 'new.example', domain: 'example' });
  expect(Object.fromEntries(settings)).toEqual({ 'kernel/hostname': 'new', 'kernel/domainname': 'example' });
  expect(lines).toEqual(['host name set to new\n', 'domain name set to example\n']);
});

test.each(['by the same daemon', 'after a crash'])('leased names go with their network, %s', (how) => {
  const { keeper, restart, settings, lines } = rig('box');
  keeper.follow({ hostname: 'first', domain: 'one.example' });
  keeper.follow({ hostname: 'second', domain: 'two.example' });
  const next = how === 'after a crash' ? restart() : keeper;
  next.follow({ hostname: '', domain: '' });
  expect(Object.fromEntries(settings)).toEqual({ 'kernel/hostname': 'box', 'kernel/domainname': '(none)' });
  expect(lines.slice(-2)).toEqual(['host name set to box again\n', 'domain name set to (none) again\n']);
});

test('a host name that an administrator has set meanwhile stays', () => {
  const { keeper, settings } = rig('box');
  keeper.follow({ hostname: 'leased', domain: '' });
  settings.set('kernel/hostname', 'chosen');
  keeper.follow({ hostname: '', domain: '' });
  expect(settings.get('kernel/hostname')).toBe('chosen');
});

test('a refusal, the network’s or the kernel’s, is logged once', () => {
  const { keeper, lines } = rig('box');
  for (let i = 0; i < 2; i++) keeper.follow({ hostname: 'a\nb', domain: '' });
  for (let i = 0; i < 2; i++) keeper.follow({ hostname: 'forbidden', domain: '' });
  expect(lines).toEqual([
    "name offered by DHCP not used: 'a\\x0ab' is not a host name (RFC 1123)\n",
    'host name: kernel/hostname: open failed: EPERM\n',
  ]);
});

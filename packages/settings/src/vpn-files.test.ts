import { OsError } from '@connman/base';
import type { Files } from '@connman/ports';
import { formatProblem, type Problem } from './problem';
import { ProviderStorage } from './stored-provider';
import { readVpnConf, readVpnPluginConf } from './vpn-conf';
import { readVpnConfig } from './vpn-config';

test('connman-vpn.conf: defaults, values, and what is wrong in it', () => {
  expect(readVpnConf('vpn.conf', undefined).settings).toMatchObject({ inputRequestTimeout: 300, privileges: {} });
  const text =
    '[General]\nInputRequestTimeout=10\n[DACPrivileges]\nUser = vpn\nSupplementaryGroups = a, b\nSystemBinaryUsers = nm-openvpn\n[Other]\nx=1\n';
  const { settings, problems } = readVpnConf('vpn.conf', text);
  expect(settings).toEqual({
    inputRequestTimeout: 10,
    privileges: { user: 'vpn', supplementaryGroups: ['a', 'b'] },
    systemBinaryUsers: ['nm-openvpn'],
    killSwitch: 'false',
  });
  expect(problems.map(formatProblem)).toEqual([
    'vpn.conf:7: found "[Other]"; expected [General] or [DACPrivileges]; this group has no effect',
  ]);
  expect(readVpnPluginConf('openvpn.conf', '').privileges).toBeUndefined();
  expect(readVpnPluginConf('openvpn.conf', '[DACPrivileges]\nGroup=net\n').privileges).toEqual({
    group: 'net',
    supplementaryGroups: [],
  });
});

test('a *.config has its sections, with types in lower case', () => {
  const { vpns, problems } = readVpnConfig(
    '/var/lib/connman-vpn/a.config',
    '[global]\nName=All\nDescription=of work\n[provider_work]\nType = OpenVPN\nHost=vpn.example \n\n[service_x]\nType=wifi\n',
  );
  expect(vpns).toEqual([
    {
      section: 'work',
      line: 4,
      values: new Map([
        ['Type', 'openvpn'],
        ['Host', 'vpn.example'],
      ]),
    },
  ]);
  expect(problems.map(formatProblem)).toEqual([
    '/var/lib/connman-vpn/a.config:8: found "[service_x]"; expected [global] or [provider_NAME]; this group has no effect',
  ]);
});

test('the file without any group, as a wiki shows it, is one connection and a warning', () => {
  const text = 'Type = OpenVPN\nName = My VPN\nHost =\nDomain =\nOpenVPN.ConfigFile = /etc/openvpn/x.ovpn\n';
  const { vpns, problems } = readVpnConfig('/var/lib/connman-vpn/home.config', text);
  expect(vpns).toHaveLength(1);
  expect(vpns[0]).toMatchObject({ section: 'home', line: 1 });
  expect(vpns[0]?.values.get('OpenVPN.ConfigFile')).toBe('/etc/openvpn/x.ovpn');
  expect(problems).toHaveLength(1);
  expect(formatProblem(problems[0] as Problem)).toMatch(/^\S+:1: found "no group"; expected \[provider_home\] above/);
});

test('a line that cannot be read is not printed if it may hold a secret', () => {
  const { problems } = readVpnConfig('x.config', '[provider_a]\nType=l2tp\nL2TP.Password hunter2\n');
  expect(problems.map(formatProblem).join()).toMatch(/x\.config:3: found "\(a line that may hold a secret\)"/);
});

test('a stored connection keeps what others wrote beside it, is private, and goes with its service', () => {
  const contents = new Map<string, string>([
    ['/s/provider_a/settings', '# ours\n[a]\nName=A\nUnknown=1\nOld=x\n\n[b]\nk=v\n'],
  ]);
  const modes = new Map<string, number | undefined>();
  const removed: string[] = [];
  const files = {
    read: (path: string) => contents.get(path),
    list: () => ['provider_a', 'provider_-', 'vpn_a', 'settings'],
    writeAtomic(path: string, content: string, mode?: number) {
      contents.set(path, content);
      modes.set(path, mode);
    },
    remove: (path: string) => removed.push(path),
  } as unknown as Files;
  const storage = new ProviderStorage({ files, root: '/s', report: () => {} });
  expect([...storage.providers()]).toEqual([
    [
      'a',
      new Map([
        ['Name', 'A'],
        ['Unknown', '1'],
        ['Old', 'x'],
      ]),
    ],
  ]);
  storage.save('a', new Map([['Name', 'B']]), ['Old']);
  expect(contents.get('/s/provider_a/settings')).toBe('# ours\n[a]\nName=B\nUnknown=1\n\n[b]\nk=v\n');
  expect(modes.get('/s/provider_a/settings')).toBe(0o600);
  storage.remove('a');
  expect(removed).toEqual(['/s/provider_a', '/s/vpn_a']);
});

test('a file of a VPN connection that cannot be read is not replaced: keys that are not ours would be lost', () => {
  const fault = new OsError('read', 5, '/s/provider_a/settings');
  const written: string[] = [];
  const files = {
    read(): string {
      throw fault;
    },
    writeAtomic: (path: string) => written.push(path),
  } as unknown as Files;
  const storage = new ProviderStorage({ files, root: '/s', report: () => {} });
  expect(() => storage.save('a', new Map([['Name', 'B']]))).toThrow(fault);
  expect(written).toEqual([]);
});

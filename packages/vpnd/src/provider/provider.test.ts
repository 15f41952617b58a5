import { bool, int32, str, variant } from '@connman/dbus';
import { connectionProperties } from './properties';
import {
  identOf,
  type Provider,
  providerFromCreate,
  providerFromFile,
  providerFromStorage,
  providerToStorage,
  withoutProperty,
  withProperty,
} from './provider';
import { parseNetworks } from './route';

const created = (properties: Record<string, ReturnType<typeof str>>): Provider => {
  const provider = providerFromCreate(new Map(Object.entries(properties)));
  if (!provider.ok) throw new Error(provider.error.text);
  return provider.value;
};
const office = { Type: str('OpenVPN'), Name: str('Office'), Host: str('vpn.example.com') };

test('an identifier is host and domain, and nothing in it needs escaping', () => {
  expect(identOf('vpn.example.com', 'corp.example')).toBe('vpn_example_com_corp_example');
  expect(identOf('2001:db8::1', '')).toBe('2001_db8__1');
});

test('Create needs Host, Type and Name, each with its own error', () => {
  const error = (properties: Record<string, ReturnType<typeof str>>) => {
    const provider = providerFromCreate(new Map(Object.entries(properties)));
    return provider.ok ? undefined : provider.error.error;
  };
  expect(error({ Type: str('openvpn'), Name: str('x') })).toBe('InvalidArguments');
  expect(error({ Host: str('h'), Name: str('x') })).toBe('NotSupported');
  expect(error({ Host: str('h'), Type: str('openvpn') })).toBe('NotSupported');
  expect(error({ ...office, SplitRouting: str('yes') })).toBe('InvalidArguments');
});

test('what is stored is read again, in ConnMan’s keys, and secrets are not among it', () => {
  const provider = created({
    ...office,
    'VPN.Domain': str('corp'),
    Networks: str('10.0.0.0/255.0.0.0/192.0.2.1,2001:db8::/32'),
    'OpenVPN.CACert': str('/ca'),
    'OpenVPN.Password': str('secret'),
    AuthErrorLimit: str('3'),
    SplitRouting: bool(true),
  });
  const stored = providerToStorage(provider, (key) => key === 'OpenVPN.CACert');
  expect([...stored]).toEqual([
    ['Name', 'Office'],
    ['Type', 'openvpn'],
    ['Host', 'vpn.example.com'],
    ['VPN.Domain', 'corp'],
    ['SplitRouting', 'true'],
    ['Networks', '4/10.0.0.0/255.0.0.0/192.0.2.1;6/2001:db8::/32/::;'],
    ['OpenVPN.CACert', '/ca'],
    ['AuthErrorLimit', '3'],
  ]);
  const again = providerFromStorage(provider.ident, stored);
  const { settings } = provider;
  expect(again).toEqual({
    ok: true,
    value: { ...provider, settings: new Map([...settings].filter(([key]) => key !== 'OpenVPN.Password')) },
  });
});

test('a section of a file needs a Type only; names come from it where it says nothing', () => {
  const { provider } = providerFromFile(new Map([['Type', 'openvpn']]), { file: 'work', section: 'home' });
  expect(provider).toMatchObject({ ok: true, value: { ident: 'home', name: 'home', host: '', type: 'openvpn' } });
  expect(providerFromFile(new Map(), { file: 'work', section: 'home' }).provider.ok).toBe(false);
});

test('properties are set with their types alone, and cleared', () => {
  const provider = created(office);
  const routes = variant('a(a{sv})', [
    [
      new Map([
        ['Network', str('10.0.0.0')],
        ['Netmask', str('8')],
        ['ProtocolFamily', int32(4)],
      ]),
    ],
  ]);
  const changed = withProperty(provider, 'UserRoutes', routes);
  expect(changed).toMatchObject({
    ok: true,
    value: { userRoutes: [{ destination: { address: '10.0.0.0', length: 8 } }] },
  });
  expect(withProperty(provider, 'UserRoutes', str('10.0.0.0/8'))).toMatchObject({
    error: { error: 'InvalidProperty' },
  });
  expect(withProperty(provider, 'OpenVPN.MTU', int32(1400))).toMatchObject({ error: { error: 'InvalidProperty' } });
  expect(withProperty(provider, 'State', str('ready'))).toMatchObject({ error: { error: 'InvalidProperty' } });
  const set = withProperty(provider, 'OpenVPN.MTU', str('1400'));
  if (!set.ok) throw new Error('refused');
  expect(withoutProperty(set.value, 'OpenVPN.MTU')).toEqual({ ok: true, value: provider });
  expect(withoutProperty(provider, 'OpenVPN.MTU')).toMatchObject({ error: { error: 'InvalidProperty' } });
});

test('networks that cannot be read are named, the others count', () => {
  expect(parseNetworks('10.1.0.0/16, 10.2.0.0, 10.3.0.0/255.255.0.0/fe80::1,,10.4.0.0/255.0.255.0')).toMatchObject({
    routes: [{ destination: { address: '10.1.0.0', length: 16 } }],
    wrong: ['10.2.0.0', '10.3.0.0/255.255.0.0/fe80::1', '10.4.0.0/255.0.255.0'],
  });
});

test('a tunnel is split unless its server, or the user, wants everything', () => {
  const split = (provider: Provider, routes: readonly string[]) =>
    connectionProperties(provider, 'ready', {
      ifindex: 3,
      addresses: [],
      nameservers: [],
      servers: [],
      domains: [],
      routes: routes.flatMap((text) => parseNetworks(text).routes),
    }).get('SplitRouting')?.value;
  const provider = created(office);
  expect(split(provider, [])).toBe(true);
  expect(split(provider, ['10.0.0.0/8'])).toBe(true);
  expect(split(provider, ['0.0.0.0/0'])).toBe(false);
  expect(split(provider, ['0.0.0.0/1', '128.0.0.0/1'])).toBe(false);
  expect(split({ ...provider, splitRouting: true }, ['0.0.0.0/0'])).toBe(true);
});

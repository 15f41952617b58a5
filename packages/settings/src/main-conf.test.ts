import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readMainConf } from './main-conf';
import { componentFields, generalFields } from './main-conf-keys';
import { defaultMainSettings, type MainSettings } from './main-settings';
import { formatProblem } from './problem';

const file = '/etc/connman/main.conf';
const read = (text: string) => readMainConf(file, text);
const problemsOf = (text: string) => read(text).problems.map(formatProblem);

test.each([
  ['no file', undefined],
  ['an empty file', ''],
  ['only comments and an empty group', '# nothing\n[General]\n#FallbackNameservers=\n'],
])('%s means the defaults, online check included', (_, text) => {
  expect(readMainConf(file, text)).toEqual({ settings: defaultMainSettings, problems: [] });
  expect(defaultMainSettings.onlineCheckMode).toBe('one-shot');
});

test('each setting has its key, with a description', () => {
  const { components, ...general } = defaultMainSettings;
  const keysOf = (value: object) => Object.keys(value).map((key) => `${key[0]?.toUpperCase()}${key.slice(1)}`);
  expect(Object.keys(generalFields)).toEqual(keysOf(general));
  expect(Object.keys(componentFields)).toEqual(keysOf(components));
  for (const field of Object.values({ ...generalFields, ...componentFields })) expect(field.description).toMatch(/\.$/);
});

const good: readonly [string, Partial<MainSettings>][] = [
  ['BackgroundScanning=false', { backgroundScanning: false }],
  ['BackgroundScanning=0', { backgroundScanning: false }],
  ['FallbackTimeservers = a.example , ,b.example,', { fallbackTimeservers: ['a.example', 'b.example'] }],
  ['FallbackNameservers=192.0.2.1,2001:DB8::1', { fallbackNameservers: ['192.0.2.1', '2001:db8::1'] }],
  ['FallbackNameservers=', { fallbackNameservers: [] }],
  [
    'FallbackNameservers=9.9.9.9#DNS.Quad9.net., 2620:FE::FE#dns.quad9.net, 192.0.2.1',
    { fallbackNameservers: ['9.9.9.9#dns.quad9.net', '2620:fe::fe#dns.quad9.net', '192.0.2.1'] },
  ],
  ['DefaultAutoConnectTechnologies=', { defaultAutoConnectTechnologies: [] }],
  ['DefaultFavoriteTechnologies=ethernet,wifi', { defaultFavoriteTechnologies: ['ethernet', 'wifi'] }],
  ['AlwaysConnectedTechnologies=ethernet', { alwaysConnectedTechnologies: ['ethernet'] }],
  ['AllowDomainnameUpdates=false', { allowDomainnameUpdates: false }],
  ['TetheringTechnologies=wifi', { tetheringTechnologies: ['wifi'] }],
  ['PersistentTetheringMode=true', { persistentTetheringMode: true }],
  ['AutoConnectRoamingServices=1', { autoConnectRoamingServices: true }],
  ['UseGatewaysAsTimeservers=true', { useGatewaysAsTimeservers: true }],
  ['RegdomFollowsTimezone=true', { regdomFollowsTimezone: true }],
  [
    'OnlineCheckIPv4URL=http://four.example/\nOnlineCheckIPv6URL=http://six.example/',
    { onlineCheckIPv4URL: 'http://four.example/', onlineCheckIPv6URL: 'http://six.example/' },
  ],
  ['PreferredTechnologies=wifi, ethernet', { preferredTechnologies: ['wifi', 'ethernet'] }],
  ['InputRequestTimeout=0', { inputRequestTimeout: 0 }],
  ['InputRequestTimeout=30 ', { inputRequestTimeout: 30 }],
  ['NetworkInterfaceBlacklist=tap', { networkInterfaceBlacklist: ['tap'] }],
  ['AllowHostnameUpdates=false', { allowHostnameUpdates: false }],
  ['SingleConnectedTechnology=1', { singleConnectedTechnology: true }],
  ['VendorClassID=my device, v2', { vendorClassID: 'my device, v2' }],
  ['OnlineCheckMode=continuous', { onlineCheckMode: 'continuous' }],
  ['OnlineCheckMode=none\n', { onlineCheckMode: 'none' }],
  ['OnlineCheckConnectTimeout=1.5', { onlineCheckConnectTimeout: 1.5 }],
  [
    'OnlineCheckInitialInterval=3\nOnlineCheckMaxInterval=4',
    { onlineCheckInitialInterval: 3, onlineCheckMaxInterval: 4 },
  ],
  ['ResolvConf=', { resolvConf: '' }],
  ['ResolvConf=/dev/null', { resolvConf: '/dev/null' }],
  ['DNSOverTLS=strict', { dNSOverTLS: 'strict' }],
  ['DNSOverTLS = opportunistic', { dNSOverTLS: 'opportunistic' }],
  ['DNSOverTLSServerNames=10.8.0.1#dns.corp.example', { dNSOverTLSServerNames: ['10.8.0.1#dns.corp.example'] }],
  ['DNSOverTLSCAFile=/etc/ssl/corp.pem', { dNSOverTLSCAFile: '/etc/ssl/corp.pem' }],
  ['MACAddressPolicy=stable', { mACAddressPolicy: 'stable' }],
  ['RandomScanAddress=true', { randomScanAddress: true }],
  ['IPv6StableAddresses=true', { iPv6StableAddresses: true }],
  ['VerifiedUplinks=false', { verifiedUplinks: false }],
  ['Localtime=/tmp/localtime', { localtime: '/tmp/localtime' }],
];

test.each(good)('[General] %j is understood', (text, expected) => {
  expect(read(`[General]\n${text}`)).toEqual({ settings: { ...defaultMainSettings, ...expected }, problems: [] });
});

const bad: readonly [string, Partial<MainSettings>, ...string[]][] = [
  ['BackgroundScanning=no', {}, 'BackgroundScanning is "no"; expected true, false, 1 or 0'],
  [
    'AllowHostnameUpdates=yes',
    { allowHostnameUpdates: false },
    'AllowHostnameUpdates is "yes"; expected true, false, 1 or 0',
  ],
  ['Enable6to4=True', {}, 'Enable6to4 is "True"; expected true, false, 1 or 0'],
  ['InputRequestTimeout=-1', {}, 'InputRequestTimeout is "-1"; expected whole seconds, 0 or more'],
  ['BrowserLaunchTimeout=soon', {}, 'BrowserLaunchTimeout is "soon"; expected whole seconds, 0 or more'],
  ['BrowserLaunchTimeout=99999999999', {}, 'BrowserLaunchTimeout is "99999999999"; expected whole seconds, 0 or more'],
  [
    'FallbackNameservers=dns.example,192.0.2.1',
    { fallbackNameservers: ['192.0.2.1'] },
    'FallbackNameservers is "dns.example"; expected an IPv4 or IPv6 address, perhaps with #NAME behind it',
  ],
  [
    'PreferredTechnologies=wlan,wifi',
    { preferredTechnologies: ['wifi'] },
    'PreferredTechnologies is "wlan"; expected ethernet, gadget, wifi, cellular, bluetooth, vpn, gps, system or p2p',
  ],
  ['OnlineCheckMode=always', {}, 'OnlineCheckMode is "always"; expected none, one-shot or continuous'],
  ['OnlineCheckConnectTimeout=-2', {}, 'OnlineCheckConnectTimeout is "-2"; expected seconds, 0 or more'],
  ['OnlineCheckInitialInterval=0', {}, 'OnlineCheckInitialInterval is "0"; expected a whole number, 1 or more'],
  [
    'OnlineCheckInitialInterval=13',
    {},
    'OnlineCheckInitialInterval is "13"; expected at most OnlineCheckMaxInterval; both return to their defaults',
  ],
  ['OnlineCheckIntervalStyle=linear', {}, 'OnlineCheckIntervalStyle is "linear"; expected geometric or fibonacci'],
  ['MACAddressPolicy=on', {}, 'MACAddressPolicy is "on"; expected permanent, stable or random'],
  ['DNSOverTLS=yes', {}, 'DNSOverTLS is "yes"; expected off, opportunistic or strict'],
  [
    'DNSOverTLSServerNames=10.8.0.1,10.8.0.2#a.example,10.8.0.3#-',
    { dNSOverTLSServerNames: ['10.8.0.2#a.example'] },
    'DNSOverTLSServerNames is "10.8.0.1"; expected ADDRESS#NAME',
    'DNSOverTLSServerNames is "10.8.0.3#-"; expected ADDRESS#NAME',
  ],
  [
    'FallbackNameservers=9.9.9.9#a b,192.0.2.1',
    { fallbackNameservers: ['192.0.2.1'] },
    'FallbackNameservers is "9.9.9.9#a b"; expected an IPv4 or IPv6 address, perhaps with #NAME behind it',
  ],
  ['onlinecheckmode=none', {}, 'onlinecheckmode is "none"; expected the spelling OnlineCheckMode'],
  ['NoSuchKey=1', {}, 'NoSuchKey is "1"; expected a key that [General] has; this one has no effect'],
  ['constructor=1', {}, 'constructor is "1"; expected a key that [General] has; this one has no effect'],
  ['no entry', {}, 'found "no entry"; expected key=value, [group] or a # comment'],
];

test.each(bad)('[General] %j is named with its line, and the rest counts', (text, expected, ...problems) => {
  const result = read(`[General]\n${text}\nVendorClassID=rest`);
  expect(result.settings).toEqual({ ...defaultMainSettings, ...expected, vendorClassID: 'rest' });
  expect(result.problems.map(formatProblem)).toEqual(problems.map((problem) => `${file}:2: ${problem}`));
});

test.each([
  ['EnableOnlineCheck=false', 'none'],
  ['EnableOnlineCheck=true', 'one-shot'],
  ['EnableOnlineToReadyTransition=true', 'continuous'],
  ['EnableOnlineCheck=false\nEnableOnlineToReadyTransition=true', 'none'],
  ['EnableOnlineCheck=false\nOnlineCheckMode=continuous', 'continuous'],
  ['EnableOnlineCheck=false\nOnlineCheckMode=always', 'none'],
])('the deprecated %j gives online check mode %s', (text, mode) => {
  expect(read(`[General]\n${text}`).settings.onlineCheckMode).toBe(mode);
  expect(problemsOf(`[General]\n${text}`)).toEqual(
    expect.arrayContaining([expect.stringContaining('expected OnlineCheckMode in place of this deprecated key')]),
  );
});

test('a group no one knows is named once', () => {
  expect(problemsOf('[General]\n[Wifi]\na=1\nb=2\n')).toEqual([
    `${file}:2: found "[Wifi]"; expected [General] or [Components]; this group has no effect`,
  ]);
});

test('components run inside connmand unless told otherwise', () => {
  expect(read('[Components]\nDhcp=bus\n').settings.components).toEqual({
    dhcp: 'bus',
    dnsProxy: 'hosted',
    ntp: 'hosted',
  });
  expect(problemsOf('[Components]\nDhcp=inside\n')).toEqual([`${file}:2: Dhcp is "inside"; expected hosted or bus`]);
});

test('the file as installed changes nothing, and fits with every key in it', () => {
  const sample = readFileSync(path.resolve(__dirname, '../../../tools/packaging/main.conf'), 'utf8');
  expect(read(sample)).toEqual({ settings: defaultMainSettings, problems: [] });
  const whole = sample.replaceAll(/^# (?=\w+=)/gm, '');
  expect(whole.match(/^\w+=/gm)?.length).toBeGreaterThan(5);
  expect(problemsOf(whole)).toEqual([]);
});

import { shown } from '../../test/fake-connman';
import { type Change, parseConfig } from './config';
import { parseWishes } from './session';
import { parseTethering } from './technology';

const described = (change: Change) => {
  if (change.kind === 'set') return `${change.property} ${shown(change.value)}`;
  return change.kind === 'wrong' ? `${change.stream} ${change.word}` : 'remove';
};

const ipv4 = 'IPv4.Configuration a{sv}';
const ipv6 = 'IPv6.Configuration a{sv}';
const proxy = 'Proxy.Configuration a{sv}';

// What ConnMan 1.41's client sends for the same lines.
test.each<[string, string[]]>([
  ['', []],
  ['--nameservers 1.1.1.1 ::1', ['Nameservers.Configuration as ["1.1.1.1", "::1"]']],
  ['nameservers', ['Nameservers.Configuration as []']],
  ['--timeservers a', ['Timeservers.Configuration as ["a"]']],
  ['--mac-address stable --mdns no', ['MACAddressPolicy s "stable"', 'mDNS.Configuration b false']],
  ['--metered yes --mdns no', ['Metered s "yes"', 'mDNS.Configuration b false']],
  ['--metered', ['out --metered']],
  ['--data-budget 5G/month --mdns no', ['DataBudget s "5G/month"', 'mDNS.Configuration b false']],
  ['--data-budget none', ['DataBudget s ""']],
  ['--data-budget', ['out --data-budget']],
  ['--mac-address', ['out --mac-address']],
  [
    '--routes 192.0.2.0/24 via 10.0.0.1 2001:db8::/48 --mdns no',
    ['Routes.Configuration as ["192.0.2.0/24 via 10.0.0.1", "2001:db8::/48"]', 'mDNS.Configuration b false'],
  ],
  ['--routes', ['Routes.Configuration as []']],
  ['--autoconnect YES --mdns no', ['AutoConnect b true', 'mDNS.Configuration b false']],
  ['--autoconnect x --mdns no', ['out --autoconnect', 'mDNS.Configuration b false']],
  ['--mdns', ['out --mdns']],
  ['--ipv4 dhcp', [`${ipv4} {Method: s "dhcp"}`]],
  ['--ipv4', [`${ipv4} {}`]],
  ['--ipv4 manual a b c d', [`${ipv4} {Method: s "manual", Address: s "a", Netmask: s "b", Gateway: s "c"}`, 'out d']],
  ['--ipv6 off', [`${ipv6} {Method: s "off"}`]],
  ['--ipv6 auto', [`${ipv6} {Method: s "auto"}`]],
  ['--ipv6 auto preferred', [`${ipv6} {Privacy: s "prefered", Method: s "auto"}`]],
  ['--ipv6 auto enable x', [`${ipv6} {Privacy: s "enabled", Method: s "auto"}`, 'out x']],
  ['--ipv6 auto no', [`${ipv6} {Privacy: s "disabled", Method: s "auto"}`]],
  ['--ipv6 auto foo', ['error foo', `${ipv6} {}`]],
  ['--ipv6', ['error (null)', `${ipv6} {}`]],
  [
    '--ipv6 manual fd00::2 64 fd00::1',
    [`${ipv6} {Address: s "fd00::2", PrefixLength: y 64, Gateway: s "fd00::1", Method: s "manual"}`],
  ],
  ['--ipv6 manual fd00::2', [`${ipv6} {Address: s "fd00::2", Method: s "manual"}`]],
  ['--proxy direct', [`${proxy} {Method: s "direct"}`]],
  ['--proxy auto http://x v', [`${proxy} {URL: s "http://x", Method: s "auto"}`, 'out v']],
  ['--proxy manual a b --excludes c', [`${proxy} {Servers: as ["a", "b"], Excludes: as ["c"], Method: s "manual"}`]],
  ['--proxy manual', [`${proxy} {Servers: as [], Excludes: as [], Method: s "manual"}`]],
  ['--proxy foo', ['out foo', `${proxy} {}`]],
  ['--remove --foo constructor', ['remove', 'out --foo', 'out constructor']],
])('config SERVICE %s', (line, expected) => {
  expect(parseConfig(line.split(' ').filter((word) => word !== '')).map(described)).toEqual(expected);
});

// ConnMan's client takes every word behind a list for one of its items, dashes or not.
test.each<[string, string[]]>([
  ['--domains a --mdns yes', ['Domains.Configuration as ["a"]', 'mDNS.Configuration b true']],
  [
    '--domains a --nameservers b c --ipv4 dhcp',
    ['Domains.Configuration as ["a"]', 'Nameservers.Configuration as ["b", "c"]', `${ipv4} {Method: s "dhcp"}`],
  ],
  ['--ipv4 manual a --mdns no', [`${ipv4} {Method: s "manual", Address: s "a"}`, 'mDNS.Configuration b false']],
  ['--autoconnect --mdns yes', ['out --autoconnect', 'mDNS.Configuration b true']],
  [
    '--proxy manual a --excludes b c --domains d',
    [`${proxy} {Servers: as ["a"], Excludes: as ["b", "c"], Method: s "manual"}`, 'Domains.Configuration as ["d"]'],
  ],
  ['--domains a --foo b', ['Domains.Configuration as ["a"]', 'out --foo', 'out b']],
])('config SERVICE %s: the next option ends the words of the one before', (line, expected) => {
  expect(parseConfig(line.split(' ')).map(described)).toEqual(expected);
});

test.each(['x', '129', '-1', '300'])('a prefix length of %s is named instead of sent', (length) => {
  expect(parseConfig(['--ipv6', 'manual', 'fd00::2', length]).map(described)).toEqual([`out ${length}`]);
});

test.each<[string, object | number]>([
  ['ethernet on', { technology: 'ethernet', on: true }],
  ['wifi off', { technology: 'wifi', on: false }],
  ['wifi id secret', { technology: 'wifi', on: undefined, ssid: 'id', passphrase: 'secret', frequency: undefined }],
  ['wifi on id', { technology: 'wifi', on: undefined, ssid: 'on', passphrase: 'id', frequency: undefined }],
  ['wifi on id secret', { technology: 'wifi', on: true, ssid: 'id', passphrase: 'secret', frequency: undefined }],
  ['wifi on id secret 2437', { technology: 'wifi', on: true, ssid: 'id', passphrase: 'secret', frequency: 2437 }],
  [
    'wifi on id secret --hidden yes',
    { technology: 'wifi', on: true, ssid: 'id', passphrase: 'secret', frequency: undefined, hidden: true },
  ],
  ['wifi --hidden no off', { technology: 'wifi', on: false, hidden: false }],
  ['wifi on --hidden', 22],
  ['wifi on --hidden perhaps', 22],
  ['ethernet on --hidden yes', 22],
  ['wifi on id secret channel', 22],
  ['wifi id secret 2437', 22],
  ['wifi maybe', 22],
  ['wifi', 22],
  ['', 22],
  ['ethernet on id secret', 7],
  ['wifi on id secret 2437 x', 7],
])('tether %s', (line, expected) => {
  const parse = () => parseTethering(line.split(' ').filter((word) => word !== ''));
  if (typeof expected === 'number') expect(parse).toThrow(expect.objectContaining({ errno: expected }));
  else expect(parse()).toEqual(expected);
});

test.each<[string, Record<string, string>, string | undefined]>([
  ['', {}, undefined],
  [
    '--bearers ethernet wifi --type internet --ifname eth0 --srciprule yes --ctxid c',
    {
      AllowedBearers: 'as ["ethernet", "wifi"]',
      ConnectionType: 's "internet"',
      AllowedInterface: 's "eth0"',
      SourceIPRule: 'b true',
      ContextIdentifier: 's "c"',
    },
    undefined,
  ],
  ['bearers --ifname', { AllowedBearers: 'as []', AllowedInterface: 's ""' }, undefined],
  ['--type', {}, '--type'],
  ['--srciprule maybe --type any', {}, '--srciprule'],
  ['--ifname a --foo --type any', { AllowedInterface: 's "a"' }, '--foo'],
])('session on %s', (line, settings, wrong) => {
  const wishes = parseWishes(
    line.split(' ').filter((word) => word !== ''),
    'ContextIdentifier',
  );
  expect(Object.fromEntries([...wishes.settings].map(([key, value]) => [key, shown(value)]))).toEqual(settings);
  expect(wishes.wrong).toBe(wrong);
});

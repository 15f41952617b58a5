/**
 * What may be stored of a cable's service, made of the contract's keys: each with good, broken, oddly written and doubled values, over
 * what DHCP and what a static configuration leave behind, and files that are broken as a whole; and the same of the file of the
 * whole. The same lists each time. Below them: how what was found of each is kept.
 */

export interface Case {
  readonly name: string;
  /** What it is a change of; its first case changes nothing that shows. */
  readonly kind: string;
  /** `@` stands for the service's identifier. */
  readonly text: string;
}

const bases = {
  dhcp: ['Name=Wired', 'AutoConnect=true', 'Modified=2025-01-02T03:04:05Z', 'IPv4.method=dhcp', 'IPv6.method=auto'],
  static: [
    ...['Name=Wired', 'AutoConnect=false', 'IPv4.method=manual', 'IPv4.netmask_prefixlen=24'],
    ...['IPv4.local_address=10.0.0.5', 'IPv4.gateway=10.0.0.1', 'IPv6.method=manual', 'IPv6.netmask_prefixlen=64'],
    ...['IPv6.local_address=2001:db8::5', 'IPv6.gateway=2001:db8::1', 'IPv6.privacy=disabled'],
  ],
} as const;

const flags = ['true', 'false', '1', '0', 'yes', 'True', ' true', ''];
const lists = [
  'one.test;',
  'one.test',
  'one.test;two.test;',
  'one.test,two.test',
  'a\\;b;',
  ';',
  ';;one.test;',
  ' one.test ;',
  '',
];
const addresses4 = [
  '10.0.0.7',
  '10.0.0.256',
  '010.0.0.7',
  '10.0.0',
  '0.0.0.0',
  '255.255.255.255',
  '2001:db8::7',
  'x',
  '',
];
const addresses6 = ['2001:db8::7', '2001:DB8::7', 'fe80::7', '::', '10.0.0.7', 'zz', ''];
const times = ['2025-01-02T03:04:05Z', '2025-01-02T03:04:05.678901Z', '2025-01-02', '0', ''];

/** By key: what it may hold. */
const values: Readonly<Record<string, readonly string[]>> = {
  Name: ['plain', 'two words', 'Grüße', ''],
  Favorite: flags,
  AutoConnect: flags,
  Modified: times,
  'IPv4.method': ['dhcp', 'manual', 'fixed', 'auto', 'off', 'DHCP', 'nonsense', 'unknown', ''],
  'IPv4.DHCP.LastAddress': addresses4,
  'IPv4.netmask_prefixlen': ['24', '0', '32', '33', '-1', '24.5', '0x18', '24x', 'x', ''],
  'IPv4.local_address': addresses4,
  'IPv4.peer_address': ['10.0.0.9', 'x', ''],
  'IPv4.broadcast_address': ['10.0.0.255', 'x', ''],
  'IPv4.gateway': addresses4,
  'IPv6.method': ['auto', 'manual', 'fixed', 'dhcp', 'off', '6to4', 'Auto', 'nonsense', ''],
  'IPv6.privacy': ['disabled', 'enabled', 'prefered', 'preferred', 'Enabled', 'nonsense', ''],
  'IPv6.DHCP.LastAddress': addresses6,
  'IPv6.DHCP.LastPrefixes': ['2001:db8::/64;', 'x;', ''],
  'IPv6.netmask_prefixlen': ['64', '0', '128', '129', '-1', 'x', ''],
  'IPv6.local_address': addresses6,
  'IPv6.peer_address': ['2001:db8::9', ''],
  'IPv6.broadcast_address': ['2001:db8::9', ''],
  'IPv6.gateway': addresses6,
  'IPv6.DHCP.DUID': ['000100012a2b2c2d020000000001', '0', 'zz', ''],
  Nameservers: [
    '192.0.2.1;',
    '192.0.2.1;2001:db8::53;',
    '192.0.2.1,192.0.2.2',
    'dns.example;',
    '192.0.2.1;x;',
    '127.0.0.1;',
    ';',
    '',
  ],
  Timeservers: lists,
  Domains: lists,
  'Proxy.Method': ['direct', 'manual', 'auto', 'Direct', 'nonsense', 'unknown', ''],
  'Proxy.Servers': ['proxy.test:3128;', 'proxy.test:3128;[2001:db8::1]:80;', 'proxy.test', ';', ''],
  'Proxy.Excludes': ['intra.test;', ';', ''],
  'Proxy.URL': ['http://wpad.test/wpad.dat', 'nonsense', ''],
  mDNS: flags,
  Hidden: flags,
  SplitRouting: flags,
  SSID: ['486f6d65', 'zz', ''],
  Frequency: ['2412', 'x', ''],
  Passphrase: ['secret', 'a\\\\nb', ''],
  'Config.file': ['gone', ''],
  'Config.ident': ['gone', ''],
  'Future.Key': ['1;2;'],
};

/** Keys that say nothing without another one. */
const beside: Readonly<Record<string, readonly string[]>> = {
  'Proxy.Servers': ['Proxy.Method=manual'],
  'Proxy.Excludes': ['Proxy.Method=manual', 'Proxy.Servers=proxy.test:3128;'],
  'Proxy.URL': ['Proxy.Method=auto'],
  'Proxy.Method': ['Proxy.Servers=proxy.test:3128;', 'Proxy.URL=http://wpad.test/wpad.dat'],
  'Config.file': ['Config.ident=one'],
};

/** How a line may be written. */
const spellings: Readonly<Record<string, (key: string, value: string) => string>> = {
  'blanks around': (key, value) => `  ${key}  =  ${value}  `,
  twice: (key, value) => `${key}=nonsense\n${key}=${value}`,
  'twice, the good one first': (key, value) => `${key}=${value}\n${key}=nonsense`,
  'another letter case': (key, value) => `${key.toUpperCase()}=${value}`,
};

const good = `[@]\n${[...bases.static, 'Domains=one.test;', 'mDNS=true'].join('\n')}\n`;

/** Files as a whole: the text, or what becomes of a good one. */
const wholes: Readonly<Record<string, string>> = {
  good,
  empty: '',
  'that holds comments alone': '# nothing\n\n',
  'with CRLF': good.replaceAll('\n', '\r\n'),
  'with a byte order mark': `\ufeff${good}`,
  'without a last newline': good.trimEnd(),
  'with a line before its first group': `Name=Wired\n${good}`,
  'with a line that is none': good.replace('Domains', 'no equals sign\nDomains'),
  'with a line without a key': good.replace('Domains', '=value\nDomains'),
  'with a group that is not closed': good.replace('[@]', '[@'),
  'with an empty group': `${good}[]\n`,
  'with another group': `${good}\n[Elsewhere]\nDomains=two.test;\n`,
  'with another group alone': good.replace('[@]', '[Elsewhere]'),
  'with blanks before its group': good.replace('[@]', '  [@]'),
  'with its group twice': `${good}\n[@]\nDomains=two.test;\n`,
  'with its group in another letter case': good.replace('[@]', '[ETHERNET]'),
  'with a comment behind a value': good.replace('Domains=one.test;', 'Domains=one.test; # mine'),
  'with a zero byte': good.replace('Domains=one.test;', 'Domains=\u0000;'),
  'that ends in the middle of a line': good.slice(0, good.indexOf('2001:db8::1') + 4),
  'that ends in the middle of a group': good.slice(0, 2),
};

export function serviceCases(): readonly Case[] {
  const made: Case[] = [];
  for (const [kind, lines] of Object.entries(bases)) {
    const file = (key: string, line: string) => {
      const rest = lines.filter((one) => !one.startsWith(`${key}=`));
      return `[@]\n${[...rest, ...(beside[key] ?? []), line].join('\n')}\n`;
    };
    for (const [key, given] of Object.entries(values)) {
      for (const value of given)
        made.push({ name: `${kind}: ${key}=${value}`, kind, text: file(key, `${key}=${value}`) });
      if (lines.some((line) => line.startsWith(`${key}=`)))
        made.push({ name: `${kind}: without ${key}`, kind, text: file(key, '# none') });
    }
    for (const key of ['AutoConnect', 'IPv4.method', 'Domains', 'Nameservers', 'IPv6.privacy', 'Proxy.Method'])
      for (const [how, spell] of Object.entries(spellings))
        made.push({ name: `${kind}: ${key}, ${how}`, kind, text: file(key, spell(key, values[key]?.[0] ?? '')) });
  }
  for (const [about, text] of Object.entries(wholes)) made.push({ name: `a file ${about}`, kind: 'file', text });
  return made;
}

const globalBase = ['OfflineMode=false', 'TimeUpdates=auto', 'TimezoneUpdates=auto'];
const globalValues: Readonly<Record<string, readonly string[]>> = {
  OfflineMode: ['true', 'false', '1', 'yes', ''],
  TimeUpdates: ['auto', 'manual', 'Manual', 'nonsense', ''],
  TimezoneUpdates: ['auto', 'manual', 'nonsense', ''],
  Timeservers: ['one.test;two.test;', 'one.test', ';', ''],
};
const globalGood = `[global]\n${globalBase.join('\n').replace('TimeUpdates=auto', 'TimeUpdates=manual')}\n\n[Wired]\nEnable=false\n`;
const globalWholes: Readonly<Record<string, string>> = {
  empty: '',
  good: globalGood,
  'with the technology on': globalGood.replace('Enable=false', 'Enable=true'),
  'with the technology maybe on': globalGood.replace('Enable=false', 'Enable=maybe'),
  'with the technology in another letter case': globalGood.replace('Wired', 'wired'),
  'with a line that is none': globalGood.replace('[Wired]', 'no equals sign\n[Wired]'),
  'with a byte order mark': `\ufeff${globalGood}`,
  'with CRLF': globalGood.replaceAll('\n', '\r\n'),
  'that ends in the middle of a line': globalGood.slice(0, -8),
};

/** Of /var/lib/connman/settings. */
export function globalCases(): readonly Omit<Case, 'kind'>[] {
  const made = Object.entries(globalValues).flatMap(([key, given]) =>
    given.map((value) => {
      const rest = globalBase.filter((one) => !one.startsWith(`${key}=`));
      return { name: `${key}=${value}`, text: `[global]\n${[...rest, `${key}=${value}`].join('\n')}\n` };
    }),
  );
  return [...made, ...Object.entries(globalWholes).map(([about, text]) => ({ name: `a file ${about}`, text }))];
}

/** The address of the link whose service has case number `i`. */
export function macOf(i: number): string {
  return `06:a8:02:00:${[i >> 8, i & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

export const identifierOf = (i: number): string => `ethernet_${macOf(i).replaceAll(':', '')}_cable`;

/** Properties that follow from what is stored, with values as plain data. */
export const storedProperties = [
  ...['AutoConnect', 'Favorite', 'Immutable', 'IPv4.Configuration', 'IPv6.Configuration', 'Nameservers.Configuration'],
  ...['Timeservers.Configuration', 'Domains.Configuration', 'Proxy.Configuration', 'mDNS.Configuration'],
] as const;

export type Properties = Readonly<Record<string, unknown>>;

/** As the facts are kept: of a kind's first case all properties, of the others those that differ from it. */
export function shortened(found: ReadonlyMap<string, Properties>): Record<string, Properties> {
  return overFirst(found, (first, own) =>
    Object.fromEntries(Object.entries(own).filter(([key, value]) => !isSame(value, first[key]))),
  );
}

/** All properties of each case again. */
export function whole(kept: Readonly<Record<string, Properties>>): Record<string, Properties> {
  return overFirst(new Map(Object.entries(kept)), (first, own) => ({ ...first, ...own }));
}

function overFirst(
  all: ReadonlyMap<string, Properties>,
  make: (first: Properties, own: Properties) => Properties,
): Record<string, Properties> {
  const firsts = new Map<string, Properties>();
  const made: Record<string, Properties> = {};
  for (const { name, kind } of serviceCases()) {
    const own = all.get(name);
    if (!own) continue;
    const first = firsts.get(kind);
    made[name] = first ? make(first, own) : own;
    if (!first) firsts.set(kind, own);
  }
  return made;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

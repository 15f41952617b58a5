/**
 * Provisioning files made of the contract's keys: each key with good, broken, oddly spaced, foreign and doubled values, in each
 * kind of section, and files that are broken as a whole. The same list each time.
 */

export interface Case {
  readonly name: string;
  readonly text: string;
}

const bases = {
  ethernet: ['Type=ethernet'],
  wifi: ['Type=wifi', 'Name=Home', 'Passphrase=correct horse'],
  enterprise: ['Type=wifi', 'Name=Corp', 'EAP=peap', 'Phase2=MSCHAPV2', 'Identity=me', 'Passphrase=secret'],
} as const;

const flags = ['true', 'false', '1', '0', 'yes', 'True', ''];
const texts = ['plain', 'two words', 'Grüße', 'a;b,c', '"quoted"', ''];
const files = ['/etc/ssl/certs/ca.pem', 'relative.pem', ''];

/** By key: what a person may write behind it. */
const values: Readonly<Record<string, readonly string[]>> = {
  Type: ['ethernet', 'wifi', 'gadget', 'Ethernet', 'WIFI', 'vpn', 'bluetooth', 'nonsense', ''],
  Name: texts,
  SSID: ['486f6d65', '486F6D65', '', '4', 'zz', '00', `${'ab'.repeat(32)}`, `${'ab'.repeat(33)}`],
  IPv4: [
    ...['dhcp', 'off', 'DHCP', 'auto', '10.0.0.5/24', '10.0.0.5/255.255.255.0', '10.0.0.5/24/10.0.0.1'],
    ...[
      '10.0.0.5',
      '10.0.0.5/33',
      '10.0.0.5/0',
      '10.0.0.5/255.0.255.0',
      '10.0.0.5/24/gateway',
      '300.0.0.1/24',
      'x',
      '',
    ],
    ...['10.0.0.5/24/10.0.0.1/extra', ' 10.0.0.5/24 ', '10.0.0.5 / 24', '2001:db8::5/64', '10.0.0.5/'],
  ],
  IPv6: [
    ...['auto', 'off', 'Auto', 'dhcp', '2001:db8::5/64', '2001:db8::5/64/2001:db8::1', '2001:db8::5', '2001:db8::5/0'],
    ...['2001:db8::5/129', '2001:db8::5/300', 'zz/64', '10.0.0.5/24', '', '2001:db8::5/64/zz', 'fe80::1/64'],
  ],
  'IPv6.Privacy': ['disabled', 'enabled', 'preferred', 'prefered', 'Preferred', 'on', ''],
  MAC: ['06:a8:02:00:00:01', '06:A8:02:00:00:01', '06-a8-02-00-00-01', 'zz', ''],
  DeviceName: ['eth0', 'eth*', 'a name that is far too long', ''],
  Nameservers: ['1.1.1.1', '1.1.1.1,2001:db8::1', '1.1.1.1, 9.9.9.9', 'dns.example', ',', ''],
  SearchDomains: ['example', 'a.example,b.example', '.', ''],
  Timeservers: ['ntp.example', '192.0.2.1,ntp.example', ''],
  Domain: ['example.org', 'nonsense name', ''],
  mDNS: flags,
  Hidden: flags,
  Passphrase: ['correct horse', 'short', 'x'.repeat(64), 'f'.repeat(64), ''],
  Security: ['psk', 'none', 'wep', 'ieee8021x', 'wpa3', 'PSK', ''],
  EAP: ['peap', 'ttls', 'tls', 'pwd', 'PEAP', 'md5', ''],
  Phase2: ['MSCHAPV2', 'mschapv2', 'PAP', 'GTC', ''],
  Identity: texts,
  AnonymousIdentity: texts,
  CACertFile: files,
  ClientCertFile: files,
  PrivateKeyFile: files,
  PrivateKeyPassphrase: texts,
  PrivateKeyPassphraseType: ['fsid', 'FSID', 'other', ''],
  SubjectMatch: texts,
  AltSubjectMatch: texts,
  DomainSuffixMatch: ['radius.example', ''],
  DomainMatch: ['radius.example', ''],
};

/** How a line may be written. */
const spellings: Readonly<Record<string, (key: string, value: string) => string>> = {
  'blanks around': (key, value) => `  ${key}  =  ${value}  `,
  twice: (key, value) => `${key}=${value}\n${key}=${value}`,
  'another letter case': (key, value) => `${key.toUpperCase()}=${value}`,
};

/** Files as a whole: the text, or what becomes of a good one. */
const good = '[global]\nName=Example\nDescription=of the corpus\n\n[service_@]\nType=ethernet\nIPv4=10.0.0.5/24\n';
const wholes: Readonly<Record<string, string>> = {
  empty: '',
  'comments alone': '# nothing\n\n',
  good,
  'with CRLF': good.replaceAll('\n', '\r\n'),
  'with a byte order mark': `\ufeff${good}`,
  'without a last newline': good.trimEnd(),
  'with a line before its first group': `Type=ethernet\n${good}`,
  'with a line that is none': good.replace('\n\n', '\nno equals sign\n\n'),
  'with a line without a key': good.replace('\n\n', '\n=value\n\n'),
  'with a group that is not closed': good.replace('[service_@]', '[service_@'),
  'with an empty group': `${good}[]\n`,
  'with another group': `${good}[other]\nType=wifi\n`,
  'with blanks before its group': good.replace('[service_@]', '  [service_@]'),
  'with a group named twice': `${good}[service_@]\nIPv6=off\n`,
  'with a section without a name': good.replace('[service_@]', '[service_]'),
  'with two sections, one without a type': `${good}[service_other]\nIPv4=dhcp\n`,
  'with two sections, the first without a type': `[service_other]\nIPv4=dhcp\n${good}`,
  'with a key no one knows': `${good}Bogus=1\n`,
  'with a comment behind a value': good.replace('/24', '/24 # home'),
  'with a comment of another kind': `; a comment\n${good}`,
  'with a locale of a key': `${good}Name[de]=Beispiel\n`,
  'with a section in another letter case': good.replace('[service_@]', '[Service_@]'),
};

export function cases(): readonly Case[] {
  const made: { readonly about: string; readonly body: string }[] = [];
  for (const [kind, lines] of Object.entries(bases)) {
    const section = (line: string, key: string) => {
      const rest = lines.filter((one) => !one.startsWith(`${key}=`));
      return `[service_@]\n${[...rest, line].join('\n')}\n`;
    };
    for (const [key, given] of Object.entries(values)) {
      for (const value of given)
        made.push({ about: `${kind}: ${key}=${value}`, body: section(`${key}=${value}`, key) });
      for (const [how, spell] of Object.entries(spellings))
        made.push({ about: `${kind}: ${key}, ${how}`, body: section(spell(key, given[0] ?? ''), key) });
    }
  }
  for (const [about, body] of Object.entries(wholes)) made.push({ about: `a file ${about}`, body });
  return made.map(({ about, body }, i) => ({ name: about, text: body.replaceAll('@', `n${i}`) }));
}

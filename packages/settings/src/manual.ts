/** The tables as text for people: docs/main.conf.md is made from them. */
import type { Field, Shape } from './fields';
import type { UnreadKeys } from './main-conf';
import { componentFields, generalFields } from './main-conf-keys';
import { defaultMainSettings } from './main-settings';

/** One row for each key: name, what it takes, default, effect. */
export function mainConfManual(unread: UnreadKeys = {}): string {
  const { components, ...general } = defaultMainSettings;
  return [
    '# main.conf',
    '',
    '`/etc/connman/main.conf`, or the file that `connmand --config` names, is read at the start, and again on SIGHUP and by',
    '`connmanctl reload`, which touch no link and name the keys that take effect at the next start only. It is a key file: groups,',
    '`key=value` lines, `#` comments. Lists are separated by commas. A key or value that does not fit is logged with its line and',
    'what was expected; the rest of the file counts. `connmand --check` reports the same without starting anything.',
    '',
    '## [General]',
    '',
    ...table(generalFields, general, unread),
    '',
    '## [Components]',
    '',
    'This group is not ConnMan’s, which would log a warning and go on.',
    '',
    ...table(componentFields, components, unread),
    '',
    '## DNS over TLS',
    '',
    ...dnsOverTls,
    '',
  ].join('\n');
}

const dnsOverTls = [
  'ConnMan has no DNS over TLS; `DNSOverTLS` and its companions are additions. It needs the DNS proxy: programs that read the',
  'servers from resolv.conf, as with `-r`, ask in the clear.',
  '',
  '`opportunistic` protects against eavesdropping alone: any certificate is accepted, and a server without TLS on port 853 is',
  'queried in the clear. It costs up to three seconds, every five minutes, where a firewall drops packets to port 853.',
  '',
  '`strict` sends no query in the clear, and none to a server whose certificate is not valid: it must be signed by a known',
  'authority and carry the name that `DNSOverTLSServerNames` or `FallbackNameservers` gives for the address, or else',
  'the address itself (RFC 8310). Where no server passes, names are not resolved; the log, `connmanctl dns` and',
  '`connmanctl dns query NAME` show the reason. The online check queries in the same way. With `-r`, and while the DNS proxy has no',
  'address to listen on, such servers are left out of resolv.conf. Most routers have no DNS over TLS: set servers that do with',
  'Nameservers.Configuration (`connmanctl config SERVICE --nameservers`). A captive portal that works by forged answers is not found,',
  'and certificates fail while the clock is wrong: names of time servers alone are therefore queried in the clear, at the name servers',
  'of the service; where those speak TLS alone, give `FallbackTimeservers` by address.',
  '',
  'With these lines, for example, and after `connmanctl config SERVICE --nameservers 9.9.9.9 149.112.112.112`, all names are asked',
  'of those two, over TLS:',
  '',
  '```ini',
  '[General]',
  'DNSOverTLS=strict',
  'DNSOverTLSServerNames=9.9.9.9#dns.quad9.net,149.112.112.112#dns.quad9.net',
  '```',
  '',
  'One service may differ: add `DNSOverTLS=` with one of the three words to its group in `/var/lib/connman/SERVICE/settings` and',
  'restart connmand. The key is kept, no client sees it, and ConnMan would ignore it. Clients see addresses alone; names of',
  'servers are in main.conf only.',
  '',
  'With `DnsProxy=bus` the authorities that connman-dnsproxyd trusts are its own setting, `TlsCaFile`.',
];

function table(fields: Readonly<Record<string, Field<unknown>>>, defaults: object, unread: UnreadKeys): string[] {
  const values = new Map(Object.entries(defaults));
  const rows = Object.entries(fields).map(([key, field]) => {
    const value: unknown = values.get(`${key[0]?.toLowerCase()}${key.slice(1)}`);
    return `| \`${key}\` | ${takes(field)} | ${formatDefault(value)} | ${field.description}${absence(unread[key])} |`;
  });
  return ['| key | takes | default | effect |', '|---|---|---|---|', ...rows];
}

/** Said of a key that no part of this build reads. */
function absence(part: string | undefined): string {
  return part === undefined ? '' : ` Not in this build: it belongs to ${part}.`;
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
    case 'route':
      return '`NETWORK via GATEWAY`, or `NETWORK` on the link';
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

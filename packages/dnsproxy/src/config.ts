/** The configuration file of connman-dnsproxyd: listening addresses, servers by link, and whatever of the settings is to differ. */
import type { DnsDomain, DnsLinkConfiguration, DnsListenAddress, DnsServer, DnsTlsMode } from '@connman/contracts';
import { familyOf, type IpAddress, type Ipv6Address, isIpv6LinkLocal, parseIp } from '@connman/inet';
import { fields, KeyFile, type Problem, readGroup } from '@connman/settings';
import { type DnsProxySettings, numericSettings } from './settings';

/** Beyond what the kernel has counted up to on any machine. */
const firstGroupNumber = 2 ** 30;

export interface Configuration {
  readonly settings: Partial<DnsProxySettings>;
  /** Beside the loopback addresses. */
  readonly listen: readonly DnsListenAddress[];
  readonly links: readonly DnsLinkConfiguration[];
  readonly fallback: readonly DnsServer[];
  readonly fallbackTls: DnsTlsMode;
  readonly hostsFile: string;
  readonly problems: readonly Problem[];
}

interface ProxyGroup {
  readonly Listen: readonly string[];
  readonly FallbackServers: readonly string[];
  readonly FallbackTls: DnsTlsMode;
  readonly HostsFile: string;
  readonly TlsCaFile: string;
}

interface ServersGroup {
  readonly Interface: string;
  readonly Servers: readonly string[];
  readonly Domains: readonly string[];
  readonly Default: boolean;
  readonly Tls: DnsTlsMode;
  readonly LocalAddress: IpAddress;
}

const tlsMode = (description: string) => fields.word(['off', 'opportunistic', 'strict'], description);

/** [Proxy] has these and, capitalised, every numeric setting. */
const proxyFields: fields.Fields<ProxyGroup> = {
  Listen: fields.texts(',', 'Addresses to answer on beside loopback, each ADDRESS%INTERFACE: only that link is heard.'),
  FallbackServers: fields.texts(
    ',',
    'Servers for names that no group takes, written as in Servers but without %INTERFACE.',
  ),
  FallbackTls: tlsMode('How the fallback servers are asked. Unset: off.'),
  HostsFile: fields.text('The hosts file. Unset: /etc/hosts; empty: none.'),
  TlsCaFile: fields.text('Certificates (PEM) that strict trusts. Unset: those of Node.js.'),
};

/** [Servers] and [Servers NAME]. */
const serversFields: fields.Fields<ServersGroup> = {
  Interface: fields.text('Ask by this interface, whatever the routes say. Unset: by the routes.'),
  Servers: fields.texts(
    ',',
    'ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, and #NAME behind it for the name of its certificate. ADDRESS%INTERFACE is asked by that interface.',
  ),
  Domains: fields.texts(',', 'Names below these are asked here alone; with ~ in front it is no search domain.'),
  Default: fields.boolean('Asked for all names that no domain takes. Unset: true where there are no Domains.'),
  Tls: tlsMode('In the clear, over TLS where a server speaks it, or over TLS alone (RFC 7858). Unset: off.'),
  LocalAddress: { shape: { is: 'ip' }, description: 'The address questions to servers of its family leave from.' },
};

type Capitalised = { readonly [K in keyof typeof numericSettings as Capitalize<K>]: number };

function settingFields(): fields.Fields<Capitalised> {
  const entries = Object.entries(numericSettings).map(([name, { least, most, description }]) => [
    `${name[0]?.toUpperCase()}${name.slice(1)}`,
    fields.integer({ least, most, expected: `a whole number from ${least} to ${most}` }, description),
  ]);
  return Object.fromEntries(entries) as fields.Fields<Capitalised>;
}

/** What a file may say, by the name of its groups: for the manual page, which has the settings' defaults, too. */
export { numericSettings as settings };
export const groups = () => ({ Proxy: { ...proxyFields, ...settingFields() }, 'Servers NAME': serversFields });

export function readConfiguration(file: string, text: string): Configuration {
  const keyFile = KeyFile.parse(text);
  const problems: Problem[] = keyFile.faults.map(({ line, text: found, expected }) => ({
    file,
    line,
    found,
    expected,
  }));
  const options = { file, handwritten: true, problems };
  const links: DnsLinkConfiguration[] = [];
  for (const group of keyFile.groups()) {
    const complain = (found: string, expected: string) =>
      problems.push({ file, line: keyFile.lineOfGroup(group), found, expected });
    if (group === 'Proxy') continue;
    if (group !== 'Servers' && !group.startsWith('Servers ')) {
      complain(`[${group}]`, '[Proxy], [Servers] or [Servers NAME]; this group has no effect');
      continue;
    }
    const values = readGroup(keyFile, group, serversFields, options);
    const { Servers = [], Interface = '' } = values;
    const placed = placedServers(Servers, Interface, complain);
    for (const [interfaceName, servers] of serversByInterface(placed, Interface)) {
      links.push({
        // Sockets are bound by name, and the interface may come and go: the number only tells the groups apart, also from
        // the links that connmand sets.
        ifindex: firstGroupNumber + links.length,
        interfaceName,
        servers,
        domains: (values.Domains ?? []).map(domainOf),
        isDefault: values.Default ?? (values.Domains ?? []).length === 0,
        tls: values.Tls ?? 'off',
        ...(values.LocalAddress ? { localAddress: values.LocalAddress } : {}),
      });
    }
  }
  const proxy = readGroup(keyFile, 'Proxy', { ...proxyFields, ...settingFields() }, options);
  const {
    Listen = [],
    FallbackServers = [],
    FallbackTls = 'off',
    HostsFile = '/etc/hosts',
    TlsCaFile,
    ...numbers
  } = proxy;
  const complain = (found: string, expected: string) =>
    problems.push({ file, line: keyFile.lineOfGroup('Proxy'), found, expected });
  const settings = Object.entries(numbers).map(([name, value]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, value]);
  return {
    settings: { ...Object.fromEntries(settings), ...(TlsCaFile === undefined ? {} : { tlsCaFile: TlsCaFile }) },
    listen: Listen.flatMap((item) => listenAddressOf(item, complain)),
    links,
    fallback: fallbackServers(FallbackServers, complain),
    fallbackTls: FallbackTls,
    hostsFile: HostsFile,
    problems,
  };
}

type Complain = (found: string, expected: string) => void;

/** A server, and the interface it is asked by: '' for the one the routes say. */
interface PlacedServer {
  readonly server: DnsServer;
  readonly interfaceName: string;
}

function placedServers(texts: readonly string[], ofGroup: string, complain: Complain): readonly PlacedServer[] {
  return texts.flatMap((text) => {
    const [, before = '', zone, after = ''] = /^([^%#]*)%([^\]#:%]+)(.*)$/.exec(text) ?? [text, text];
    const server = parseServer(`${before}${after}`);
    const interfaceName = zone ?? ofGroup;
    if (!server) {
      complain(text, 'ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT, perhaps with %INTERFACE or #NAME behind it');
    } else if (ofGroup !== '' && interfaceName !== ofGroup) {
      complain(text, `a server that is asked by ${ofGroup}, as the group has it; give the others a group of their own`);
    } else if (interfaceName === '' && isLinkLocal(server.address)) {
      complain(text, 'ADDRESS%INTERFACE: every link may have such an address');
    } else {
      return { server, interfaceName };
    }
    return [];
  });
}

/** The interface of the group is there without servers, too: a link is told of its domains. */
function serversByInterface(servers: readonly PlacedServer[], ofGroup: string): ReadonlyMap<string, DnsServer[]> {
  const found = new Map<string, DnsServer[]>(servers.length === 0 ? [[ofGroup, []]] : []);
  for (const { server, interfaceName } of servers) {
    found.set(interfaceName, [...(found.get(interfaceName) ?? []), server]);
  }
  return found;
}

function fallbackServers(texts: readonly string[], complain: Complain): readonly DnsServer[] {
  return placedServers(texts, '', complain).flatMap(({ server, interfaceName }) => {
    if (interfaceName === '') return server;
    complain(`${server.address}%${interfaceName}`, 'a server without an interface; give it a group of its own');
    return [];
  });
}

function isLinkLocal(address: IpAddress): boolean {
  return familyOf(address) === 6 && isIpv6LinkLocal(address as Ipv6Address);
}

/** `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:853#dns.example`. */
export function parseServer(text: string): DnsServer | undefined {
  const [place = '', tlsName] = text.split('#');
  const parts = /^\[(.+)\](?::(\d{1,5}))?$/.exec(place) ?? /^([^:]+):(\d{1,5})$/.exec(place) ?? [place, place];
  const address = parseIp(parts[1] ?? '');
  const port = parts[2] === undefined ? undefined : Number(parts[2]);
  if (!address || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
  return { address, ...(port === undefined ? {} : { port }), ...(tlsName ? { tlsName } : {}) };
}

function domainOf(text: string): DnsDomain {
  const name = text.replace(/^~/, '');
  return { name: name === '.' ? '' : name, search: !text.startsWith('~') };
}

function listenAddressOf(text: string, complain: Complain): readonly DnsListenAddress[] {
  const [host = '', interfaceName = ''] = text.split('%');
  const address = parseIp(host);
  if (address && interfaceName !== '') return [{ address, interfaceName }];
  complain(text, 'ADDRESS%INTERFACE: without an interface anyone could ask');
  return [];
}

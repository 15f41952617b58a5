/** A WireGuard tunnel as it is configured: by the connection's settings, or by a file of wg-quick(8) that they name. */
import { err, ok, type Result, Secret } from '@connman/base';
import { familyOf, type IpAddress, type Prefix, parseIp, parsePrefix } from '@connman/inet';

export interface PlannedPeer {
  readonly publicKey: string;
  readonly presharedKey?: Secret;
  /** Name or address, and port. */
  readonly endpoint?: { readonly host: string; readonly port: number };
  /** Seconds. */
  readonly keepaliveSeconds?: number;
  readonly allowedIps: readonly Prefix[];
}

export interface WireguardPlan {
  readonly privateKey: Secret;
  /** One of a family at most. */
  readonly addresses: readonly Prefix[];
  readonly nameservers: readonly IpAddress[];
  readonly domains: readonly string[];
  readonly listenPort?: number;
  readonly fwmark?: number;
  readonly mtu: number;
  readonly peers: readonly PlannedPeer[];
}

/** 1500 less what IPv6, UDP and WireGuard take. */
const defaultMtu = 1420;
const defaultPort = 51820;
const keyPattern = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** Where a value stands, for the text of an error: the setting's name, or the file's line. */
type Values = (key: string) => string | undefined;

export function planFromSettings(settings: ReadonlyMap<string, string>, host: string): Result<WireguardPlan, string> {
  const get: Values = (key) => settings.get(`WireGuard.${key}`);
  const port = number(get('EndpointPort') ?? String(defaultPort), 1, 65535);
  if (port === undefined)
    return err(`WireGuard.EndpointPort is ${get('EndpointPort')}; a port from 1 to 65535 is expected`);
  const peer = peerOf(get, host === '' ? undefined : { host, port }, 'WireGuard.');
  if (!peer.ok) return peer;
  return deviceOf(get, [peer.value], 'WireGuard.');
}

/** The text of a wg-quick file. Its hooks (PreUp, PostUp, ...) and Table are left out: routes are connmand's. */
export function planFromFile(text: string): Result<WireguardPlan, string> {
  const device = new Map<string, string>();
  const peers: Map<string, string>[] = [];
  let section: Map<string, string> | undefined;
  for (const [index, full] of text.split('\n').entries()) {
    const line = full.replace(/#.*/, '').trim();
    if (line === '') continue;
    const name = /^\[(\w+)\]$/.exec(line)?.[1]?.toLowerCase();
    if (name === 'interface') section = device;
    else if (name === 'peer') {
      section = new Map();
      peers.push(section);
    } else {
      const [, key, value] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined || !section)
        return err(`line ${index + 1} is no [Interface], [Peer] or key = value`);
      const before = section.get(key.toLowerCase());
      section.set(key.toLowerCase(), before === undefined ? value : `${before},${value}`);
    }
  }
  const planned: PlannedPeer[] = [];
  for (const [index, values] of peers.entries()) {
    const endpoint = values.get('endpoint');
    const parsed = endpoint === undefined ? undefined : parseEndpoint(endpoint);
    if (endpoint !== undefined && !parsed) return err(`Endpoint ${endpoint} of peer ${index + 1} is not HOST:PORT`);
    const peer = peerOf((key) => values.get(key.toLowerCase()), parsed, '');
    if (!peer.ok) return err(`peer ${index + 1}: ${peer.error}`);
    planned.push(peer.value);
  }
  if (planned.length === 0) return err('it has no [Peer]');
  return deviceOf((key) => device.get(key.toLowerCase()), planned, '');
}

function peerOf(get: Values, endpoint: PlannedPeer['endpoint'], prefix: string): Result<PlannedPeer, string> {
  const publicKey = get('PublicKey') ?? '';
  if (!keyPattern.test(publicKey)) return err(`${prefix}PublicKey must be a key in base64, 44 characters`);
  const preshared = get('PresharedKey') || undefined;
  if (preshared !== undefined && !keyPattern.test(preshared))
    return err(`${prefix}PresharedKey must be a key in base64, 44 characters`);
  const allowedIps = prefixes(get('AllowedIPs'));
  if (!allowedIps) return err(`${prefix}AllowedIPs must be addresses with prefix lengths, such as 0.0.0.0/0`);
  const keepalive = get('PersistentKeepalive');
  const seconds = keepalive === undefined || keepalive === 'off' ? undefined : number(keepalive, 0, 65535);
  return ok({
    publicKey,
    allowedIps,
    ...(preshared !== undefined && { presharedKey: new Secret(preshared) }),
    ...(endpoint && { endpoint }),
    ...(seconds !== undefined && { keepaliveSeconds: seconds }),
  });
}

function deviceOf(get: Values, peers: readonly PlannedPeer[], prefix: string): Result<WireguardPlan, string> {
  const privateKey = get('PrivateKey') ?? '';
  if (!keyPattern.test(privateKey)) return err(`${prefix}PrivateKey must be a key in base64, 44 characters`);
  const addresses = prefixes(get('Address'));
  if (!addresses || addresses.length === 0)
    return err(`${prefix}Address must be an address with its prefix length, such as 10.2.0.2/24`);
  for (const family of [4, 6])
    if (addresses.filter(({ address }) => familyOf(address) === family).length > 1)
      return err(`${prefix}Address has more than one IPv${family} address`);
  const names = words(get('DNS'));
  const listenPort = number(get('ListenPort'), 0, 65535);
  const fwmark = number(get('FwMark'), 0, 0xffffffff);
  return ok({
    privateKey: new Secret(privateKey),
    addresses,
    nameservers: names.map(parseIp).filter((address): address is IpAddress => address !== undefined),
    domains: names.filter((name) => parseIp(name) === undefined),
    ...(listenPort !== undefined && { listenPort }),
    ...(fwmark !== undefined && { fwmark }),
    mtu: number(get('MTU'), 576, 65535) ?? defaultMtu,
    peers,
  });
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter(Boolean);
}

/** Undefined if one is wrong; an address alone stands for itself. */
function prefixes(text: string | undefined): readonly Prefix[] | undefined {
  const list = words(text).map((word) => {
    const address = parseIp(word);
    return address ? { address, length: familyOf(address) === 4 ? 32 : 128 } : parsePrefix(word);
  });
  return list.every((prefix) => prefix !== undefined) ? list : undefined;
}

/** Decimal, or hexadecimal with 0x; undefined if it does not fit. */
function number(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^(\d+|0x[0-9a-f]+)$/i.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

function parseEndpoint(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = number(digits, 1, 65535);
  const host = bracketed ?? plain;
  return host !== undefined && port !== undefined ? { host, port } : undefined;
}

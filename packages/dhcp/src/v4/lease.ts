/** From the options of an OFFER or ACK to a lease: what makes no sense is left out or put right, and said. */
import { err, ok, type Result } from '@connman/base';
import type { Dhcp4Lease, Dhcp4Route } from '@connman/contracts';
import {
  hostAddressFault,
  type Ipv4Address,
  ipv4Any,
  ipv4ToUint32,
  isUsableHostAddress,
  prefixLengthOf,
} from '@connman/inet';
import { domainNameOf, webUrlOf } from './names';
import { type OptionDefinition, option, readOption } from './options';

/** The lease time that stands for ever (RFC 2131 section 3.3). */
export const infinite = 0xffffffff;
/** Shorter leases are taken as this long (ConnMan rule 110): renewing every second would help no one. */
const minimumLeaseSeconds = 10;
/** For a server that names no time, against RFC 2131 table 3 (ConnMan rule 110). */
const defaultLeaseSeconds = 3600;
/** IPv6 needs 1280 on a link it shares with IPv4 (RFC 8200 section 5); ConnMan rule 112 draws the same line. */
const minimumMtu = 1280;
/** No link holds more hosts than a class A network. */
const shortestPrefix = 8;
/** More than any resolver asks; the rest of a longer list is left out. */
const mostServers = 16;
/** More than any network needs, and few enough to be set and removed in one go; the rest of a longer list is left out. */
const mostRoutes = 256;
/** As many as option 119 may have. */
const mostSearchDomains = 32;

/** What phones that run Android put into option 43 while they share a connection that is paid by the byte. */
const meteredMark = 'ANDROID_METERED';

interface LeaseReading {
  readonly lease: Dhcp4Lease;
  readonly notes: readonly string[];
}

/** The error says why there is no lease in it. */
export function readLease(
  address: Ipv4Address,
  server: Ipv4Address,
  options: ReadonlyMap<number, Uint8Array>,
): Result<LeaseReading, string> {
  const notes: string[] = [];
  const read = <T>(definition: OptionDefinition<T>) =>
    readOption(options, definition, (name) => notes.push(`malformed ${name} option, ignored`));

  if (!isUsableHostAddress(address)) return err(`gives ${address}, which no host can have`);
  if (address === server) return err(`gives ${address}, the server's own address`);
  const prefixLength = readPrefixLength(address, read(option.subnetMask), notes);
  const fault = hostAddressFault({ address, length: prefixLength });
  if (fault) return err(`gives ${address}/${prefixLength}, which ${fault}`);

  const names = (list: readonly string[], what: string) =>
    list.flatMap((text) => domainNameOf(text) ?? refuse(notes, what, text));
  const domains = readDomains(read(option.domainName) ?? '', notes);
  const searchDomains = names(read(option.domainSearch) ?? [], 'search domain');
  const [hostname = ''] = names(present(read(option.hostName)), 'host name').flatMap((name) =>
    isLoopbackName(name) ? refuse(notes, 'host name', name) : name,
  );
  const url = (definition: OptionDefinition<string>) =>
    present(read(definition)).flatMap((text) => webUrlOf(text) ?? refuse(notes, definition.name, text))[0] ?? '';
  const hosts = (definition: OptionDefinition<readonly Ipv4Address[]>) =>
    usableHosts(read(definition) ?? [], definition.name, notes);

  return ok({
    lease: {
      address,
      prefixLength,
      server,
      routes: readRoutes(address, read(option.classlessRoutes), read(option.router), notes),
      nameservers: hosts(option.domainNameServer),
      domain: domains[0] ?? '',
      // Several names in option 15 are an old way to give a search list to clients that do not know option 119.
      searchDomains: searchDomains.length > 0 || domains.length < 2 ? searchDomains : domains,
      timeservers: hosts(option.ntpServers),
      mtu: readMtu(read(option.interfaceMtu), notes),
      hostname,
      proxyAutoConfigUrl: url(option.proxyAutoConfig),
      captivePortalUrl: url(option.captivePortal),
      metered: read(option.vendorSpecific)?.includes(meteredMark) ?? false,
      ...readTimes(read(option.leaseTime), read(option.renewalTime), read(option.rebindingTime), notes),
    },
    notes,
  });
}

/**
 * Some servers put several names into option 15, with blanks or commas between them. One that is none spoils them all: the
 * others may be what a line break or a shell's sign was to smuggle in.
 */
function readDomains(text: string, notes: string[]): string[] {
  const words = text
    .replaceAll(',', ' ')
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, mostSearchDomains);
  const domains = words.flatMap((word) => domainNameOf(word) ?? []);
  return domains.length === words.length ? domains : refuse(notes, 'domain name', text);
}

/** The names every machine has for itself (RFC 6761 section 6.3), which no network may give it. */
function isLoopbackName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'localhost' || lower.startsWith('localhost.') || lower.endsWith('.localhost');
}

function present(text: string | undefined): string[] {
  return text ? [text] : [];
}

function refuse(notes: string[], what: string, text: string): never[] {
  notes.push(`${what} '${text.slice(0, 80)}' is not one, ignored`);
  return [];
}

function readPrefixLength(address: Ipv4Address, mask: Ipv4Address | undefined, notes: string[]): number {
  const length = mask === undefined ? undefined : prefixLengthOf(mask);
  if (length !== undefined && length >= shortestPrefix) return length;
  const first = ipv4ToUint32(address) >>> 24;
  const derived = first < 128 ? 8 : first < 192 ? 16 : 24;
  notes.push(
    `${mask === undefined ? 'no subnet mask' : `subnet mask ${mask} is none`}, /${derived} taken for ${address}`,
  );
  return derived;
}

/** Option 121 silences option 3 (RFC 3442); a malformed one does not. */
function readRoutes(
  address: Ipv4Address,
  classless: readonly Dhcp4Route[] | undefined,
  routers: readonly Ipv4Address[] | undefined,
  notes: string[],
): Dhcp4Route[] {
  const isGateway = (gateway: Ipv4Address) => {
    const fine = isUsableHostAddress(gateway) && gateway !== address;
    if (!fine) notes.push(`router ${gateway} is ${gateway === address ? 'our own address' : 'no host'}, ignored`);
    return fine;
  };
  const isDestination = ({ address: network, length }: Dhcp4Route['destination']) => {
    const fine = length < 4 || isUsableHostAddress(network) || network === ipv4Any;
    if (!fine) notes.push(`route to ${network}/${length}, where no host can be, ignored`);
    return fine;
  };
  if (classless) {
    const routes = classless.filter(
      ({ destination, gateway }) => isDestination(destination) && (gateway === ipv4Any || isGateway(gateway)),
    );
    return limited(routes, notes);
  }
  return (routers ?? [])
    .filter(isGateway)
    .slice(0, 1)
    .map((gateway) => ({ destination: { address: ipv4Any, length: 0 }, gateway }));
}

/** A default route counts wherever it stands in the list. */
function limited(routes: Dhcp4Route[], notes: string[]): Dhcp4Route[] {
  if (routes.length <= mostRoutes) return routes;
  notes.push(`${routes.length} classless static routes, the first ${mostRoutes} taken`);
  const isDefault = ({ destination }: Dhcp4Route) => destination.length === 0;
  const kept = routes.slice(0, mostRoutes);
  const last = kept.some(isDefault) ? undefined : routes.find(isDefault);
  return last ? [...kept.slice(0, -1), last] : kept;
}

function usableHosts(list: readonly Ipv4Address[], what: string, notes: string[]): Ipv4Address[] {
  const fine = [...new Set(list)].filter((host) => {
    if (isUsableHostAddress(host)) return true;
    notes.push(`${what} ${host} is no host's address, ignored`);
    return false;
  });
  return fine.slice(0, mostServers);
}

function readMtu(mtu: number | undefined, notes: string[]): number {
  if (mtu === undefined) return 0;
  if (mtu >= minimumMtu) return mtu;
  notes.push(`MTU ${mtu} is below ${minimumMtu}, ignored`);
  return 0;
}

function readTimes(lease: number | undefined, t1: number | undefined, t2: number | undefined, notes: string[]) {
  if (lease === infinite) return { leaseSeconds: infinite, t1Seconds: infinite, t2Seconds: infinite };
  let leaseSeconds = lease ?? defaultLeaseSeconds;
  if (lease === undefined) notes.push(`no lease time, ${defaultLeaseSeconds} s taken`);
  if (leaseSeconds < minimumLeaseSeconds) {
    notes.push(`lease time of ${leaseSeconds} s, ${minimumLeaseSeconds} s taken`);
    leaseSeconds = minimumLeaseSeconds;
  }
  const defaults = {
    leaseSeconds,
    t1Seconds: Math.floor(leaseSeconds * 0.5),
    t2Seconds: Math.floor(leaseSeconds * 0.875),
  };
  if (t1 === undefined && t2 === undefined) return defaults;
  const times = {
    leaseSeconds,
    t1Seconds: t1 ?? Math.min(defaults.t1Seconds, Math.floor((t2 ?? 0) / 2)),
    t2Seconds: t2 ?? defaults.t2Seconds,
  };
  if (times.t1Seconds > 0 && times.t1Seconds < times.t2Seconds && times.t2Seconds < leaseSeconds) return times;
  notes.push(
    `T1 ${t1 ?? 'missing'} and T2 ${t2 ?? 'missing'} do not fit a lease of ${leaseSeconds} s, the usual ones taken`,
  );
  return defaults;
}

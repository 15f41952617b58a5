/**
 * Name resolution by systemd-resolved (rules 75 and 214): each link's servers, domains and whether names below .local are asked on
 * it are set there, over its bus interface; there is no DNS proxy, and resolv.conf is systemd-resolved's. What was set stays while
 * we are away, as the links do.
 */
import type { Logger } from '@connman/base';
import { type Bus, type BusError, defineInterface } from '@connman/dbus';
import { familyOf, type IpAddress, ipToBytes } from '@connman/inet';
import { type DnsLink, type DnsPlan, searchDomain } from '../../model/resolver/dns-plan';
import type { ResolverBackend } from './backend';
import { ResolvConfFile, type ResolvConfOptions } from './resolv-conf-file';

export const resolvedName = 'org.freedesktop.resolve1';

const resolvedInterface = defineInterface({
  name: 'org.freedesktop.resolve1.Manager',
  methods: {
    SetLinkDNS: { in: 'i ifindex, a(iay) addresses', out: '' },
    /** Since 246: with a port and the name of the server's certificate. */
    SetLinkDNSEx: { in: 'i ifindex, a(iayqs) addresses', out: '' },
    SetLinkDomains: { in: 'i ifindex, a(sb) domains', out: '' },
    SetLinkDefaultRoute: { in: 'i ifindex, b enable', out: '' },
    SetLinkDNSOverTLS: { in: 'i ifindex, s mode', out: '' },
    SetLinkMulticastDNS: { in: 'i ifindex, s mode', out: '' },
    RevertLink: { in: 'i ifindex', out: '' },
    FlushCaches: { in: '', out: '' },
  },
  signals: {},
});

export interface SystemdResolvedOptions {
  readonly bus: Bus;
  readonly log: Logger;
  readonly resolvConf: ResolvConfOptions;
  /** What the certificate of the server at an address must carry. */
  readonly tlsNames: ReadonlyMap<IpAddress, string>;
  /** The links on which it asks for names below .local, whenever these are others. */
  readonly onMulticast: (links: readonly number[]) => void;
}

/** A link, and whether names that are no link's business are asked of its servers. */
interface Wanted {
  readonly link: DnsLink;
  readonly leads: boolean;
}

/** Its start counts among them: the bus starts it for the first call. */
const options = { timeoutMs: 30_000 } as const;

const addressFamilies = { 4: 2, 6: 10 } as const;
const tlsModes = { off: 'no', opportunistic: 'opportunistic', strict: 'yes' } as const;

const itsFiles = ['/run/systemd/resolve/stub-resolv.conf', '/run/systemd/resolve/resolv.conf'];
const machinesFile = '/etc/resolv.conf';

export function systemdResolvedBackend({
  bus,
  log,
  resolvConf,
  tlsNames,
  onMulticast,
}: SystemdResolvedOptions): ResolverBackend {
  const resolved = bus.object(resolvedInterface, { name: resolvedName, path: '/org/freedesktop/resolve1' });
  let wanted = new Map<number, Wanted>();
  /** What it was given, by ifindex. */
  const given = new Map<number, Wanted>();
  const multicast = new Set<number>();
  /** Faults that were logged and are not over, by what they befell. */
  const faults = new Map<string, string>();
  /** Null before the bus has told. */
  let owner: string | undefined | null = null;
  let linkChecked = false;

  // One that starts again keeps what links were given, but for a reboot; all of it is sent again.
  const unwatch = bus.watchOwner(resolvedName, (now) => {
    if (now === owner) return;
    const isFirst = owner === null;
    owner = now;
    given.clear();
    faults.delete(resolvedName);
    if (multicast.size > 0) onMulticast([]);
    multicast.clear();
    if (now !== undefined || isFirst) give();
  });
  // What connmand wrote before it was to leave resolv.conf alone.
  new ResolvConfFile(resolvConf).close(undefined);

  const give = () => {
    for (const [ifindex, one] of wanted) {
      const before = given.get(ifindex);
      if (before?.link === one.link && before.leads === one.leads) continue;
      given.set(ifindex, one);
      set(one);
    }
    for (const [ifindex, { link }] of given) {
      if (wanted.has(ifindex)) continue;
      given.delete(ifindex);
      // A link that is gone took what it was given along.
      resolved.call('RevertLink', [ifindex], options).catch((error: BusError) => {
        log.debug(`${link.interfaceName}: systemd-resolved: RevertLink: ${error.message}`);
      });
      asks(ifindex, false);
    }
  };
  const set = ({ link, leads }: Wanted) => {
    const { ifindex, interfaceName, nameservers, domains, reverseZones, tls } = link;
    const servers = nameservers.map((server) => [addressFamilies[familyOf(server)], ipToBytes(server)] as const);
    const named = nameservers.map(
      (server) => [addressFamilies[familyOf(server)], ipToBytes(server), 0, tlsNames.get(server) ?? ''] as const,
    );
    const areNamed = nameservers.some((server) => tlsNames.has(server));
    // One that is no host name would have it refuse all of them.
    const searched = domains.map(searchDomain).filter((name) => name !== undefined);
    const routed = [
      ...searched.map((name) => [name, false] as const),
      ...reverseZones.map((name) => [name, true] as const),
    ];
    const isMulticast = link.multicast === true;
    const calls: Record<string, Promise<unknown>> = {
      DNS: areNamed
        ? resolved.call('SetLinkDNSEx', [ifindex, named], options)
        : resolved.call('SetLinkDNS', [ifindex, servers], options),
      Domains: resolved.call('SetLinkDomains', [ifindex, routed], options),
      DefaultRoute: resolved.call('SetLinkDefaultRoute', [ifindex, leads], options),
      DNSOverTLS: resolved.call('SetLinkDNSOverTLS', [ifindex, tlsModes[tls]], options),
      MulticastDNS: resolved
        .call('SetLinkMulticastDNS', [ifindex, isMulticast ? 'yes' : 'no'], options)
        .then(() => given.get(ifindex)?.link === link && asks(ifindex, isMulticast)),
    };
    for (const [setting, call] of Object.entries(calls)) {
      const object = `${interfaceName}: ${setting}`;
      call.then(
        () => faults.delete(object),
        (error: BusError) => complain(object, error),
      );
    }
  };
  const asks = (ifindex: number, isMulticast: boolean) => {
    if (multicast.has(ifindex) === isMulticast) return;
    if (isMulticast) multicast.add(ifindex);
    else multicast.delete(ifindex);
    onMulticast([...multicast]);
  };
  const complain = (object: string, { errorName, message }: BusError) => {
    const isAbsent = owner === undefined;
    const key = isAbsent ? resolvedName : object;
    if (faults.get(key) === errorName) return;
    faults.set(key, errorName);
    log.warning(
      isAbsent
        ? `systemd-resolved is not on the bus (${message}): names are not resolved; start systemd-resolved.service, or remove DnsProxy=systemd-resolved from main.conf`
        : `${object} was not set at systemd-resolved: ${message}`,
    );
  };
  const checkLink = () => {
    if (linkChecked) return;
    linkChecked = true;
    const { files } = resolvConf;
    const target = files.readLink(machinesFile);
    if (
      itsFiles.some((file) => target?.endsWith(file)) ||
      /^nameserver 127\.0\.0\.5[34]$/m.test(files.read(machinesFile) ?? '')
    )
      return;
    log.warning(
      `${machinesFile} does not name systemd-resolved: programs do not ask it; run "ln -sf ${itsFiles[0]} ${machinesFile}"`,
    );
  };

  return {
    apply: (plan) => {
      wanted = wantedOf(plan);
      if (owner !== null) give();
      checkLink();
    },
    flush: () => {
      if (owner) resolved.send('FlushCaches', []);
    },
    close: unwatch,
  };
}

/** Names that are no link's business are asked of the servers of the first service that has some. */
function wantedOf({ links }: DnsPlan): Map<number, Wanted> {
  const first = links.find(({ nameservers, isForItsDomainsOnly }) => nameservers.length > 0 && !isForItsDomainsOnly);
  return new Map(links.map((link) => [link.ifindex, { link, leads: link === first }]));
}

/**
 * The DNS proxy on the bus, and both ends of it: connmand offers the one it hosts, connman-dnsproxyd its own. A caller
 * does not see which.
 *
 * Looking and setting are two interfaces: connmand sets the one it hosts itself, so it offers no way to do it from outside.
 */
import { type Logger, silentLogger } from '@connman/base';
import { type Bus, defineInterface } from '@connman/dbus';
import type { Family } from '@connman/inet';
import { parseIp } from '@connman/inet';
import type {
  DnsExplanation,
  DnsHost,
  DnsLinkConfiguration,
  DnsListenAddress,
  DnsListening,
  DnsProxyComponent,
  DnsProxyEvent,
  DnsServer,
  DnsStatistics,
  DnsTlsMode,
} from './dnsproxy';
import * as wire from './dnsproxy-wire';
import { connmanError } from './errors';
import { isAbsence } from './program-starter';

/** Owned by the program that has the proxy: connmand, or connman-dnsproxyd. */
export const dnsProxyBusName = 'net.connman.dnsproxy';
export const dnsProxyPath = '/net/connman/dnsproxy';

/** For everybody who may look. */
export const dnsProxyInterface = defineInterface({
  name: 'net.connman.dnsproxy.Manager',
  methods: {
    /** Refused: address, reason, pid and name of who has the port (0 and empty if not known). */
    GetListening: { in: '', out: 'as addresses, a(ssus) refused' },
    /** As ChangeLinks takes them. */
    GetLinks: { in: '', out: 'a(usa(sus)a(sb)bss) links' },
    GetStatistics: { in: '', out: 'a{sv} totals, aa{sv} servers' },
    /** Resolves as a client would be served; the answer tells how, and so what the cache holds: for root. */
    Query: { in: 's name, s type', out: 'a{sv} explanation' },
    /** Family 4 or 6; fresh addresses or none. */
    Resolve: { in: 's name, u family', out: 'as addresses' },
    /** Empties the cache of all users: for root. */
    Flush: { in: '', out: '' },
  },
  signals: { ListeningChanged: 'as addresses, a(ssus) refused', ServersChanged: 'u ifindex' },
});

/** For connmand, when the proxy is a program of its own. */
export const dnsProxyControlInterface = defineInterface({
  name: 'net.connman.dnsproxy.Control',
  methods: {
    /**
     * All that is set and removed takes effect together. A port of 0 and empty texts stand for what is not given. Servers: address,
     * port, TLS name. Domains: name, search. A link that makes no sense is refused, the others count.
     */
    ChangeLinks: { in: 'a(usa(sus)a(sb)bss) links, au removed', out: '' },
    /** Removes every link that was set here and is not among these. */
    RetainLinks: { in: 'au ifindexes', out: '' },
    SetFallbackServers: { in: 'a(sus) servers, s tls', out: '' },
    /** Addresses beside loopback, each with the link it is heard on. */
    ListenOn: { in: 'a(ss) addresses', out: '' },
    /** Names and addresses of hosts beside those of the hosts file. */
    SetHosts: { in: 'a(ss) hosts', out: '' },
  },
  signals: {},
});

/**
 * Puts a component on the bus, at `dnsProxyPath`, to be looked at. The program requests `dnsProxyBusName` afterwards. The cache is
 * shared by all users of the machine: root and the user this program runs as may empty it and ask what it holds, whatever the
 * bus policy lets through.
 */
export function exportDnsProxy(bus: Bus, component: DnsProxyComponent, ownUser = process.getuid?.()): void {
  const mustBeTrusted = async (sender: string) => {
    const user = await bus.userOf(sender).catch(() => undefined);
    if (user !== 0 && (user === undefined || user !== ownUser)) throw connmanError('PermissionDenied');
  };
  const exported = bus.export(dnsProxyPath, dnsProxyInterface, {
    GetListening: () => wire.listening(component.listening),
    GetLinks: () => component.configurations.map(wire.link),
    GetStatistics: () => wire.statistics(component.statistics()),
    async Query([name, type], { sender }) {
      await mustBeTrusted(sender);
      return wire.explanation(await component.query(name, type));
    },
    async Resolve([name, family]) {
      if (family !== 4 && family !== 6) throw connmanError('InvalidArguments');
      return [...(await component.resolve(name, family))];
    },
    async Flush(_args, { sender }) {
      await mustBeTrusted(sender);
      component.flush();
    },
  });
  component.onEvent((event) => {
    if (event.kind === 'listening') exported.emit('ListeningChanged', wire.listening(event.listening));
    else exported.emit('ServersChanged', [event.ifindex]);
  });
}

/** Lets the bus set a component; the bus's policy says who may. */
export function exportDnsProxyControl(bus: Bus, component: DnsProxyComponent): void {
  const set = new Set<number>();
  const remove = (ifindex: number) => {
    set.delete(ifindex);
    component.removeLink(ifindex);
  };
  bus.export(dnsProxyPath, dnsProxyControlInterface, {
    ChangeLinks([links, removed]) {
      const read = links.map(wire.readLink);
      component.together(() => {
        for (const configuration of read) {
          if (!configuration) continue;
          set.add(configuration.ifindex);
          component.setLink(configuration);
        }
        for (const ifindex of removed) remove(ifindex);
      });
      for (const configuration of read) must(configuration);
    },
    RetainLinks([ifindexes]) {
      const retained = new Set(ifindexes);
      component.together(() => {
        for (const ifindex of [...set]) if (!retained.has(ifindex)) remove(ifindex);
      });
    },
    SetFallbackServers([servers, tls]) {
      component.setFallbackServers(must(wire.readServers(servers)), must(wire.readTlsMode(tls)));
    },
    ListenOn([addresses]) {
      component.listenOn(addresses.map(([text, interfaceName]) => ({ address: must(parseIp(text)), interfaceName })));
    },
    SetHosts([hosts]) {
      component.setHosts(hosts.map(([name, text]) => ({ name, address: must(parseIp(text)) })));
    },
  });
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw connmanError('InvalidArguments');
  return value;
}

/** A proxy on the bus, for those who look at it: `connmanctl dns`. Every call rejects with BusError, and starts no program. */
export class DnsProxyClient {
  private readonly remote;

  constructor(bus: Bus) {
    this.remote = bus.object(dnsProxyInterface, { name: dnsProxyBusName, path: dnsProxyPath });
  }

  async listening(): Promise<DnsListening> {
    return wire.readListening(await this.remote.call('GetListening', [], quietly));
  }

  async links(): Promise<readonly DnsLinkConfiguration[]> {
    return (await this.remote.call('GetLinks', [], quietly)).flatMap((link) => wire.readLink(link) ?? []);
  }

  async statistics(): Promise<DnsStatistics> {
    return wire.readStatistics(await this.remote.call('GetStatistics', [], quietly));
  }

  async query(name: string, type: string): Promise<DnsExplanation> {
    return wire.readExplanation(await this.remote.call('Query', [name, type], quietly));
  }

  async flush(): Promise<void> {
    await this.remote.call('Flush', [], quietly);
  }
}

const quietly = { autoStart: false } as const;

/** What connmand uses of a proxy, hosted or not; statistics of one that is elsewhere are for DnsProxyClient. */
export type DnsProxySteering = Omit<DnsProxyComponent, 'statistics' | 'configurations'>;

/**
 * The proxy of another program, for connmand: what it was told is told again when the program comes back, and what an earlier
 * connmand told it is taken back. The bus is not asked to start it: a look at a proxy while connmand restarts would
 * start one that takes the port from it.
 */
export function connectDnsProxy(bus: Bus, log: Logger = silentLogger): DnsProxySteering {
  const address = { name: dnsProxyBusName, path: dnsProxyPath };
  const remote = bus.object(dnsProxyInterface, address);
  const control = bus.object(dnsProxyControlInterface, address);
  const links = new Map<number, DnsLinkConfiguration>();
  const listeners: ((event: DnsProxyEvent) => void)[] = [];
  let fallback: readonly DnsServer[] = [];
  let fallbackTls: DnsTlsMode = 'off';
  let extra: readonly DnsListenAddress[] = [];
  let hosts: readonly DnsHost[] = [];
  let listening: DnsListening = { addresses: [], refused: [] };
  let present = false;

  const publish = (event: DnsProxyEvent) => {
    for (const listener of listeners) listener(event);
  };
  const listens = (next: DnsListening) => {
    listening = next;
    publish({ kind: 'listening', listening });
  };
  const failed = (error: unknown) => {
    if (isAbsence(error)) return;
    log.warning(`dns: ${dnsProxyBusName}: ${error instanceof Error ? error.message : error}`);
  };
  /** What is to be told of links; undefined while each change is told at once. */
  let gathered: Map<number, DnsLinkConfiguration | undefined> | undefined;
  const sendLinks = (changes: ReadonlyMap<number, DnsLinkConfiguration | undefined>) => {
    if (!present || changes.size === 0) return;
    const set = [...changes.values()].flatMap((link) => (link ? [wire.link(link)] : []));
    const removed = [...changes.keys()].filter((ifindex) => changes.get(ifindex) === undefined);
    control.call('ChangeLinks', [set, removed]).catch(failed);
  };
  const changeLink = (ifindex: number, link?: DnsLinkConfiguration) => {
    if (gathered) gathered.set(ifindex, link);
    else sendLinks(new Map([[ifindex, link]]));
  };
  const sendFallback = () => control.send('SetFallbackServers', [fallback.map(wire.server), fallbackTls]);
  const sendExtra = () => control.send('ListenOn', [extra.map((one) => [one.address, one.interfaceName] as const)]);
  const sendHosts = () => control.send('SetHosts', [hosts.map(({ name, address }) => [name, address] as const)]);
  const askListening = () => {
    remote.call('GetListening', []).then((answer) => {
      listens(wire.readListening(answer));
      log.info(`dns: ${dnsProxyBusName} answers on ${listening.addresses.join(', ') || 'no address'}`);
    }, failed);
  };

  remote.on('ListeningChanged', (args) => listens(wire.readListening(args)));
  remote.on('ServersChanged', ([ifindex]) => publish({ kind: 'servers-changed', ifindex }));
  bus.watchOwner(dnsProxyBusName, (owner) => {
    present = owner !== undefined;
    if (present) {
      sendLinks(links);
      sendFallback();
      sendExtra();
      sendHosts();
      control.send('RetainLinks', [[...links.keys()]]);
      askListening();
      return;
    }
    const wasThere = listening.addresses.length + listening.refused.length > 0;
    if (wasThere) listens({ addresses: [], refused: [] });
    log[wasThere ? 'warning' : 'info'](
      `dns: ${dnsProxyBusName} is not on the bus; resolving without the proxy until connman-dnsproxyd starts`,
    );
  });

  return {
    setLink(link) {
      links.set(link.ifindex, link);
      changeLink(link.ifindex, link);
    },
    removeLink(ifindex) {
      links.delete(ifindex);
      changeLink(ifindex);
    },
    together(steer) {
      const changes = new Map<number, DnsLinkConfiguration | undefined>();
      gathered = changes;
      try {
        steer();
      } finally {
        gathered = undefined;
        sendLinks(changes);
      }
    },
    setFallbackServers(servers, tls) {
      fallback = servers;
      fallbackTls = tls;
      if (present) sendFallback();
    },
    listenOn(addresses) {
      extra = addresses;
      if (present) sendExtra();
    },
    setHosts(next) {
      hosts = next;
      if (present) sendHosts();
    },
    get listening() {
      return listening;
    },
    flush() {
      if (present) remote.send('Flush', []);
    },
    query: (name, type) =>
      remote.call('Query', [name, type]).then(wire.readExplanation, (error: unknown) => ({
        ...wire.readExplanation(new Map()),
        reason: error instanceof Error ? error.message : String(error),
      })),
    resolve: (name: string, family: Family) =>
      remote.call('Resolve', [name, family]).then(
        (addresses) => addresses.flatMap((text) => parseIp(text) ?? []),
        () => [],
      ),
    onEvent(listener) {
      listeners.push(listener);
    },
    close() {
      if (!present) return;
      control.send('RetainLinks', [[]]);
      control.send('SetFallbackServers', [[], 'off']);
      control.send('ListenOn', [[]]);
      control.send('SetHosts', [[]]);
    },
  };
}

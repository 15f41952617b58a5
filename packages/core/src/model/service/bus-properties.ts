/** A service as the bus shows it: the properties of net.connman.Service, in ConnMan's order (dbus.json, rule 20). */
import { formatDataBudget } from '@connman/base';
import { bool, byte, dict, int64, type Properties, str, strings, uint16, uint64, type Variant } from '@connman/dbus';
import { familyOf, formatStaticRoute, type Ipv6Address, isIpv6LinkLocal, netmaskOf } from '@connman/inet';
import { killSwitchText } from '../firewall/tunnel-firewall';
import { gatewayOf } from '../ipconfig/contribution';
import { globalIpv6 } from '../ipconfig/sources/router-advertisement';
import type { Network } from '../network/network';
import { type Observed, routesOf } from '../observed/tables';
import { domainsOf, nat64Of, proxyOf, shownNameserversOf, timeserversOf } from './effective';
import { meteredText } from './metered';
import { contributionsOf } from './progress';
import { isConnected, isConnecting, type Service } from './service';

/** Where a service is: the link it goes or would go by, the network it is or would be in. */
export interface ServicePlace {
  readonly ifindex?: number | undefined;
  readonly network?: Network | undefined;
  /** The first connected service: its gateway and proxy are the machine's. */
  readonly isDefault: boolean;
  /** Names below .local are asked on its link (rule 75). */
  readonly hasMulticastNames: boolean;
}

export function serviceProperties(
  service: Service,
  observed: Observed,
  { ifindex, network, isDefault, hasMulticastNames }: ServicePlace,
): Map<string, Variant> {
  const { settings } = service;
  const connected = isConnected(service.state);
  const properties = new Map<string, Variant>();
  properties.set('Type', str(service.type));
  properties.set('Security', strings(securityOf(network)));
  properties.set('State', str(service.state));
  if (service.strength > 0) properties.set('Strength', byte(service.strength));
  if (service.error) properties.set('Error', str(service.error));
  properties.set('Favorite', bool(settings.favorite));
  properties.set('Immutable', bool(settings.provision !== undefined || network?.vpn?.immutable === true));
  properties.set('AutoConnect', bool(settings.favorite && settings.autoConnect));
  if (service.name) properties.set('Name', str(service.name));
  if (network?.roaming !== undefined) properties.set('Roaming', bool(network.roaming));
  properties.set('Ethernet', dict(ethernet(ifindex, observed)));
  properties.set('IPv4', dict(isConnected(service.families[4].state) ? ipv4(service, isDefault) : {}));
  properties.set('IPv4.Configuration', dict(ipv4Configuration(service)));
  properties.set('IPv6', dict(isConnected(service.families[6].state) ? ipv6(service, observed, isDefault) : {}));
  properties.set('IPv6.Configuration', dict(ipv6Configuration(service)));
  properties.set('Nameservers', strings(connected ? shownNameserversOf(service, observed) : []));
  properties.set('Nameservers.Configuration', strings(settings.nameservers));
  properties.set('Timeservers', strings(connected ? timeserversOf(service) : []));
  properties.set('Timeservers.Configuration', strings(settings.timeservers));
  properties.set('Domains', strings(connected || isConnecting(service.state) ? domainsOf(service, observed) : []));
  properties.set('Domains.Configuration', strings(settings.domains));
  properties.set('Proxy', dict(connected ? proxy(service, isDefault) : {}));
  properties.set('Proxy.Configuration', dict(proxyConfiguration(service)));
  properties.set('mDNS', bool(connected && settings.mdns && hasMulticastNames));
  properties.set('mDNS.Configuration', bool(settings.mdns));
  properties.set('Provider', dict(provider(service, network)));
  // Not ConnMan's, as the next ones, and absent where there is nothing to show.
  const nat64 = connected ? nat64Of(service, observed) : [];
  if (nat64.length > 0) properties.set('NAT64', strings(nat64));
  if (settings.macAddressPolicy) properties.set('MACAddressPolicy', str(settings.macAddressPolicy));
  const metered = meteredText(service);
  if (metered !== undefined) properties.set('Metered', str(metered));
  const { dataBudget, dataUsed } = settings;
  if (dataBudget) properties.set('DataBudget', str(formatDataBudget(dataBudget)));
  if (dataBudget && dataUsed) properties.set('DataUsed', uint64(BigInt(dataUsed.bytes)));
  if (settings.routes?.length) properties.set('Routes.Configuration', strings(settings.routes.map(formatStaticRoute)));
  const { lastConflict } = service;
  if (lastConflict) {
    properties.set(
      'LastAddressConflict',
      dict({
        IPv4: dict({ Address: str(lastConflict.address) }),
        Ethernet: dict({ Address: str(lastConflict.mac.toUpperCase()) }),
        Timestamp: int64(BigInt(Math.round(lastConflict.wallTime)) * 1000n),
        Resolved: bool(lastConflict.resolved),
      }),
    );
  }
  return properties;
}

/** The network's security, and ways to get in without its passphrase. */
function securityOf(network: Network | undefined): string[] {
  const { wifi } = network ?? {};
  if (!wifi) return [];
  const ways = wifi.offers.includes('wps-push-button') ? ['wps', 'wps_advertising'] : ['wps'];
  return [wifi.security, ...(ways.length > 1 || wifi.offers.includes('wps') ? ways : [])];
}

/** Of a VPN alone. */
function provider({ isLocked, state }: Service, network: Network | undefined): Properties {
  const { vpn } = network ?? {};
  if (!vpn) return {};
  const killSwitch = killSwitchText(vpn.killSwitch !== undefined, isLocked === true, isConnected(state));
  return {
    Host: str(vpn.host),
    ...(vpn.domain && { Domain: str(vpn.domain) }),
    Type: str(vpn.type),
    SplitRouting: bool(vpn.splitRouting),
    ...(killSwitch && { KillSwitch: str(killSwitch) }),
  };
}

function ethernet(ifindex: number | undefined, observed: Observed): Properties {
  const link = ifindex === undefined ? undefined : observed.links.get(ifindex);
  if (!link) return {};
  return {
    Method: str('auto'),
    Interface: str(link.name),
    Address: str(link.mac.toUpperCase()),
    MTU: uint16(Math.min(link.mtu, 65535)),
  };
}

/** The method as reported: `auto` while an address of RFC 3927 stands in for a lease (rule 113). */
function ipv4Method(service: Service): string {
  return service.connection?.dhcp4.contribution?.source === 'ipv4ll'
    ? 'auto'
    : reported(service, service.settings.ipv4.method);
}

/** A provisioned address is `fixed`: clients cannot change it. */
function reported({ settings }: Service, method: string): string {
  return method === 'manual' && settings.provision ? 'fixed' : method;
}

function ipv4(service: Service, isDefault: boolean): Properties {
  const contribution = contributionsOf(service).find((one) => one.addresses.some((own) => familyOf(own.address) === 4));
  const own = contribution?.addresses[0];
  if (!contribution || !own) return {};
  const gateway = isDefault && gatewayOf(contribution, 4);
  return {
    Method: str(ipv4Method(service)),
    Address: str(own.address),
    Netmask: str(netmaskOf(own.prefixLength)),
    ...(gateway && { Gateway: str(gateway) }),
  };
}

function ipv4Configuration(service: Service): Properties {
  const { address, netmask, gateway } = service.settings.ipv4;
  return {
    Method: str(ipv4Method(service)),
    ...(address && { Address: str(address) }),
    ...(netmask && { Netmask: str(netmask) }),
    ...(gateway && { Gateway: str(gateway) }),
  };
}

function ipv6(service: Service, observed: Observed, isDefault: boolean): Properties {
  const { method, privacy } = service.settings.ipv6;
  const link = service.connection?.link;
  const configured = contributionsOf(service).find((one) => hasIpv6(one.addresses));
  const own = configured
    ? (configured.addresses[0] as { address: Ipv6Address; prefixLength: number })
    : link && globalIpv6(link, observed);
  if (!own || !link) return {};
  // DHCPv6 knows no gateways.
  const isWhole = configured && configured.source !== 'dhcp6';
  const gateway = isDefault && (isWhole ? gatewayOf(configured, 6) : routerOf(link.ifindex, observed));
  return {
    Method: str(reported(service, method)),
    Address: str(own.address),
    PrefixLength: byte(own.prefixLength),
    ...(gateway && { Gateway: str(gateway) }),
    Privacy: str(privacy),
  };
}

function hasIpv6(addresses: readonly { address: string }[]): boolean {
  return addresses.some((own) => own.address.includes(':'));
}

/** The router that advertised the link's IPv6 default route, unless it is only known by its link-local address. */
function routerOf(ifindex: number, observed: Observed): string | undefined {
  for (const route of routesOf(observed, ifindex)) {
    if (route.family !== 6 || route.destination.length !== 0 || !route.gateway) continue;
    if (!isIpv6LinkLocal(route.gateway as Ipv6Address)) return route.gateway;
  }
  return undefined;
}

function ipv6Configuration(service: Service): Properties {
  const { method, address, prefixLength, gateway, privacy } = service.settings.ipv6;
  return {
    Method: str(reported(service, method)),
    ...(address && { Address: str(address) }),
    ...(prefixLength !== undefined && { PrefixLength: byte(prefixLength) }),
    ...(gateway && { Gateway: str(gateway) }),
    ...(method !== 'off' && { Privacy: str(privacy) }),
  };
}

/** That there is none is known of the default service only, as it is the one whose way to the internet is tried. */
function proxy(service: Service, isDefault: boolean): Properties {
  const inForce = proxyOf(service);
  if (inForce?.method === 'manual')
    return { Method: str('manual'), Servers: strings(inForce.servers), Excludes: strings(inForce.excludes) };
  if (inForce) return { Method: str(inForce.method), ...(inForce.url && { URL: str(inForce.url) }) };
  return isDefault ? { Method: str('direct') } : {};
}

/** Only what was given, as in ConnMan. */
function proxyConfiguration(service: Service): Properties {
  const { method, url, servers, excludes } = service.settings.proxy ?? {};
  return {
    ...(method && { Method: str(method) }),
    ...(method === 'auto' && url && { URL: str(url) }),
    ...(method === 'manual' && servers?.length && { Servers: strings(servers) }),
    ...(method === 'manual' && excludes?.length && { Excludes: strings(excludes) }),
  };
}

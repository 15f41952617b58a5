/** Provisioned services: what an administrator's *.config files say, and which service each section is for (rules 204 to 208). */
import type { DeviceFact, NetworkSecurity, TechnologyType } from '@connman/contracts';
import type { Network } from '../network/network';
import type { AccessSettings, ProvisionOrigin, ServiceSettings } from './settings';

export interface Provision extends ProvisionOrigin {
  readonly type: TechnologyType;
  /** Lower case; goes before `deviceName`. */
  readonly mac?: string;
  readonly deviceName?: string;
  /** Of wifi: the one network it is for. */
  readonly wifi?: { readonly ssid: string; readonly security: NetworkSecurity };
  readonly settings: Pick<
    ServiceSettings,
    'ipv4' | 'ipv6' | 'nameservers' | 'timeservers' | 'domains' | 'mdns' | 'macAddressPolicy' | 'dataBudget' | 'routes'
  >;
  readonly access?: AccessSettings;
}

/** The first section that is for a network of this device. */
export function provisionFor(
  provisions: readonly Provision[],
  device: DeviceFact,
  network: Network,
): Provision | undefined {
  return provisions.find((provision) => provision.type === network.type && isFor(provision, device, network));
}

function isFor({ mac, deviceName, wifi }: Provision, device: DeviceFact, network: Network): boolean {
  if (mac !== undefined) {
    // The identifier of a device begins with its address.
    if (!device.ident.startsWith(mac.replaceAll(':', ''))) return false;
  } else if (deviceName !== undefined && deviceName.toLowerCase() !== device.interfaceName.toLowerCase()) {
    return false;
  }
  return !wifi || (wifi.ssid === network.wifi?.ssid && wifi.security === network.wifi.security);
}

/** The settings of a service that the section is for; what the network taught us before stays. */
export function provisionedSettings(before: ServiceSettings, provision: Provision): ServiceSettings {
  const { file, ident, settings, access } = provision;
  const { lastAddress, modified, dnsOverTls, macAddressPolicy, metered, dataBudget, dataUsed, access: known } = before;
  return {
    modified,
    ...(lastAddress && { lastAddress }),
    ...(dnsOverTls && { dnsOverTls }),
    ...(macAddressPolicy && { macAddressPolicy }),
    ...(metered && { metered }),
    ...(dataBudget && { dataBudget }),
    ...(dataUsed && { dataUsed }),
    ...settings,
    favorite: true,
    autoConnect: true,
    ...(access && { access: { ...(known?.frequency && { frequency: known.frequency }), ...access } }),
    provision: { file, ident },
  };
}

export function isSameOrigin(a: ProvisionOrigin | undefined, b: ProvisionOrigin | undefined): boolean {
  return a?.file === b?.file && a?.ident === b?.ident;
}

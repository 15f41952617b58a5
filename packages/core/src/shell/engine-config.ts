/** What the engine takes from main.conf and the command line. */
import { Secret } from '@connman/base';
import type { SecretRef } from '@connman/contracts';
import { type IpAddress, parseIp } from '@connman/inet';
import { type MainSettings, parseNameserver } from '@connman/settings';
import type { EngineConfig } from '../model/config';
import type { OnboardingSettings } from '../model/onboarding/onboarding';
import type { Options } from './options';

export interface MachineFacts {
  readonly hostname: string;
  /** Interfaces the machine lives on (an NFS root's). */
  readonly reservedInterfaces: readonly string[];
}

/** OnboardingPassphrase is kept beside the engine. */
type KeepSecret = (secret: Secret) => SecretRef;

export function engineConfig(
  settings: MainSettings,
  options: Options,
  machine: MachineFacts,
  keep: KeepSecret,
): EngineConfig {
  const named = machine.hostname !== '' && machine.hostname !== 'localhost' && machine.hostname !== '(none)';
  return {
    filter: {
      only: options.devices,
      never: options.noDevices,
      blacklist: settings.networkInterfaceBlacklist,
      reserved: machine.reservedInterfaces,
    },
    hostname: named ? machine.hostname : '',
    vendorClassId: settings.vendorClassID ?? '',
    backgroundScanning: settings.backgroundScanning,
    tetheringTechnologies: settings.tetheringTechnologies,
    persistentTethering: settings.persistentTetheringMode,
    tetheringBridge: settings.tetheringBridge,
    tetheringThrough: settings.tetheringThrough,
    ...onboardingOf(settings, machine, keep),
    answersNames: options.dnsProxy && settings.components.dnsProxy !== 'systemd-resolved',
    addressConflictDetection: settings.addressConflictDetection,
    preferredTechnologies: settings.preferredTechnologies,
    singleConnectedTechnology: settings.singleConnectedTechnology,
    alwaysConnectedTechnologies: settings.alwaysConnectedTechnologies,
    autoConnectsRoaming: settings.autoConnectRoamingServices,
    defaultAutoConnectTechnologies: settings.defaultAutoConnectTechnologies,
    defaultFavoriteTechnologies: settings.defaultFavoriteTechnologies,
    fallbackNameservers: settings.fallbackNameservers.flatMap((text) => parseNameserver(text)?.address ?? []),
    dnsOverTls: settings.dNSOverTLS,
    fallbackTimeservers: settings.fallbackTimeservers,
    gatewaysAreTimeservers: settings.useGatewaysAsTimeservers,
    macAddressPolicy: settings.mACAddressPolicy,
    stableAddresses: settings.iPv6StableAddresses,
    online: {
      mode: settings.onlineCheckMode,
      ipv4Url: settings.onlineCheckIPv4URL,
      ipv6Url: settings.onlineCheckIPv6URL,
      intervals: {
        initial: settings.onlineCheckInitialInterval,
        max: settings.onlineCheckMaxInterval,
        style: settings.onlineCheckIntervalStyle,
      },
      failuresThreshold: settings.onlineCheckFailuresThreshold,
      successesThreshold: settings.onlineCheckSuccessesThreshold,
    },
    verifiedUplinks: settings.verifiedUplinks,
    agentTimeouts: {
      inputMs: settings.inputRequestTimeout * 1000,
      browserMs: settings.browserLaunchTimeout * 1000,
    },
  };
}

/** An SSID has 32 bytes at most. */
const ssidBytes = 32;

function onboardingOf(
  { onboardingAfter, onboardingName, onboardingPassphrase }: MainSettings,
  { hostname }: MachineFacts,
  keep: KeepSecret,
): { readonly onboarding?: OnboardingSettings } {
  if (onboardingAfter === 0) return {};
  const name = Buffer.from(onboardingName || hostname || 'connman').subarray(0, ssidBytes);
  const passphrase = onboardingPassphrase === '' ? {} : { passphrase: keep(new Secret(onboardingPassphrase)) };
  return { onboarding: { afterMs: onboardingAfter * 1000, ssid: name.toString('hex'), ...passphrase } };
}

/** What the certificates of name servers must carry, by their addresses, and who vouches for them. */
export function dnsOverTls(settings: MainSettings): { names: ReadonlyMap<IpAddress, string>; caFile: string } {
  const { fallbackNameservers, dNSOverTLSServerNames, dNSOverTLSCAFile } = settings;
  const names = new Map<IpAddress, string>();
  for (const text of [...fallbackNameservers, ...dNSOverTLSServerNames]) {
    const server = parseNameserver(text);
    if (server?.tlsName !== undefined) names.set(server.address, server.tlsName);
  }
  return { names, caFile: dNSOverTLSCAFile ?? '' };
}

/** Settings of name resolution that are without effect, or have another than was meant. */
export function unkeepable(settings: MainSettings, options: Options): readonly string[] {
  const { dNSOverTLS: mode, dNSOverTLSCAFile: caFile, components } = settings;
  if (!options.dnsProxy && mode !== 'off') {
    const instead =
      mode === 'strict' ? 'resolv.conf names no servers and no name is resolved' : 'names are asked in the clear';
    return [
      `DNSOverTLS is "${mode}", which needs the DNS proxy: with -r (--nodnsproxy) ${instead}; leave out one of the two`,
    ];
  }
  if (options.dnsProxy && components.dnsProxy === 'systemd-resolved')
    return [
      ...(settings.fallbackNameservers.length > 0 ? [notResolveds('FallbackNameservers', 'FallbackDNS=')] : []),
      ...(caFile === undefined ? [] : [notResolveds('DNSOverTLSCAFile', "the system's certificates")]),
    ];
  if (options.dnsProxy && caFile !== undefined && components.dnsProxy === 'bus')
    return ['DNSOverTLSCAFile does not reach connman-dnsproxyd: give it TlsCaFile in its own file as well'];
  return [];
}

function notResolveds(key: string, instead: string): string {
  return `${key} does not reach systemd-resolved, which has ${instead} of its own (resolved.conf)`;
}

/** Of /proc/net/pnp: what the kernel learned when it configured a link itself, `ip=` on its command line (rule 142). */
export function bootNameservers(text: string): IpAddress[] {
  return [...text.matchAll(/^nameserver (\S+)$/gm)].flatMap(([, address = '']) => parseIp(address) ?? []);
}

/** The interface named by `ip=` when the root file system is on NFS (kernel documentation, nfsroot). */
export function nfsRootInterfaces(commandLine: string): string[] {
  const words = commandLine.trim().split(/\s+/);
  if (!words.some((word) => word === 'root=/dev/nfs' || word.startsWith('nfsroot='))) return [];
  const parameter = words.find((word) => word.startsWith('ip='))?.slice('ip='.length);
  const device = parameter?.split(':')[5];
  return device ? [device] : [];
}

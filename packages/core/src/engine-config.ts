/** What the engine takes from main.conf and the command line. */
import type { MainSettings } from '@connman/settings';
import type { Options } from './options';
import type { EngineConfig } from './world';

export interface MachineFacts {
  readonly hostname: string;
  /** Interfaces the machine lives on (an NFS root's). */
  readonly reservedInterfaces: readonly string[];
}

export function engineConfig(settings: MainSettings, options: Options, machine: MachineFacts): EngineConfig {
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
    addressConflictDetection: settings.addressConflictDetection,
    preferredTechnologies: settings.preferredTechnologies,
    singleConnectedTechnology: settings.singleConnectedTechnology,
    defaultAutoConnectTechnologies: settings.defaultAutoConnectTechnologies,
    defaultFavoriteTechnologies: settings.defaultFavoriteTechnologies,
    fallbackNameservers: settings.fallbackNameservers,
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
  };
}

/** The interface named by `ip=` when the root file system is on NFS (kernel documentation, nfsroot). */
export function nfsRootInterfaces(commandLine: string): string[] {
  const words = commandLine.trim().split(/\s+/);
  if (!words.some((word) => word === 'root=/dev/nfs' || word.startsWith('nfsroot='))) return [];
  const parameter = words.find((word) => word.startsWith('ip='))?.slice('ip='.length);
  const device = parameter?.split(':')[5];
  return device ? [device] : [];
}

/** Which links are ours to manage (ConnMan rules 45 to 47), and the reason why another is not. */
import type { LinkFact } from '@connman/netlink';

export interface DeviceFilter {
  /** `-i`: only these, as shell patterns; empty for all. */
  readonly only: readonly string[];
  /** `-I`: never these, as shell patterns. */
  readonly never: readonly string[];
  /** NetworkInterfaceBlacklist of main.conf: never names that begin so. */
  readonly blacklist: readonly string[];
  /** Links the machine lives on: an NFS root's. */
  readonly reserved: readonly string[];
}

/**
 * The host's ends of containers' and virtual machines' links. They are theirs who made them, unless the user names them
 * with `-i`; a container's own end is called eth0 inside and is managed there.
 */
const virtualPrefixes = [
  'veth',
  'docker',
  'br-',
  'cni',
  'cali',
  'flannel',
  'lxc',
  'lxd',
  'podman',
  'virbr',
  'vnet',
  'vmnet',
  'vboxnet',
  'tap',
  'tun',
  'wg',
  'incus',
];

/** Links that are Ethernet by nature (uevent DEVTYPE or IFLA_INFO_KIND); others are constructions, managed if they are named. */
const ethernetKinds = new Set(['', 'veth', 'vlan', 'bond', 'dsa', 'macvlan', 'virtio_net', 'netdevsim']);

/** DEVTYPE of links that belong to no driver (rule 46): Ethernet, and this machine's end of a USB cable as a gadget. */
const cableTypes = new Set([...ethernetKinds, 'gadget']);

const hardwareEthernet = 1;
/** ARPHRD_LOOPBACK. */
export const loopback = 772;

/**
 * `deviceType` is the DEVTYPE of the link's uevent: 'wlan', 'wwan', 'bluetooth', 'gadget', ...; empty if it has none.
 * Returns undefined if the link is a managed device without a driver, otherwise why not, in words.
 */
export function unmanagedReason(link: LinkFact, deviceType: string, filter: DeviceFilter): string | undefined {
  const { name } = link;
  if (link.hardwareType !== hardwareEthernet || link.mac === '') return 'is not an Ethernet link';
  if (link.master !== 0) return 'is a member of a bridge or bond';
  if (refusesByOnly(filter, name)) return 'is not among the devices of -i';
  if (filter.never.some((pattern) => matchesPattern(pattern, name))) return 'is excluded by -I';
  if (filter.reserved.includes(name)) return 'carries the root file system';
  const listed = filter.blacklist.find((prefix) => name.startsWith(prefix));
  if (listed !== undefined) return `begins with '${listed}' of NetworkInterfaceBlacklist`;
  if (!cableTypes.has(deviceType)) return `is of type ${deviceType}`;
  return isNamed(name, filter) ? undefined : unlessNamed(link);
}

/** Whether a driver has a word in what the link is: a radio's, a modem's, a phone's. */
export function isDriversLink({ hardwareType }: LinkFact, deviceType: string): boolean {
  return hardwareType !== hardwareEthernet || !cableTypes.has(deviceType);
}

function unlessNamed({ name, kind }: LinkFact): string | undefined {
  if (name.startsWith('dummy') || kind === 'dummy') return 'is a dummy link';
  const prefix = virtualPrefixes.find((candidate) => name.startsWith(candidate));
  if (prefix !== undefined) return `begins with '${prefix}', as links of containers do; name it with -i to manage it`;
  return ethernetKinds.has(kind) ? undefined : `is of kind ${kind}; name it with -i to manage it`;
}

/** By -i, with more than a star: who names a link wants it managed, of whatever kind it is, and told if it cannot be. */
export function isNamed(name: string, { only }: DeviceFilter): boolean {
  return only.some((pattern) => pattern !== '*' && matchesPattern(pattern, name));
}

function refusesByOnly({ only }: DeviceFilter, name: string): boolean {
  return only.length > 0 && !only.some((pattern) => matchesPattern(pattern, name));
}

/** Why a device of a driver is not managed, by the name of its interface; undefined if it is. */
export function refusedByName(name: string, filter: DeviceFilter): string | undefined {
  if (name === '') return undefined;
  if (refusesByOnly(filter, name)) return 'is not among the devices of -i';
  return filter.never.some((pattern) => matchesPattern(pattern, name)) ? 'is excluded by -I' : undefined;
}

/** A shell pattern: `*`, `?` and `[...]`. */
export function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.')
    .replace(/\[!/g, '[^');
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    return pattern === name;
  }
}

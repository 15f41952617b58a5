/** A pair of Ethernet links in a network namespace of the test's own. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type MacAddress, parseMac } from '@connman/inet';
import { enterNewNamespace, type Namespace } from '../src/processes/namespace';

export interface Veth {
  readonly ifindex: number;
  readonly mac: MacAddress;
}

export interface VethPair {
  readonly eth0: Veth;
  /** The other end. */
  readonly peer0: Veth;
  readonly namespace: Namespace;
}

export function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { encoding: 'utf8' });
}

function describe(name: string): Veth {
  const [link] = JSON.parse(ip(`-j link show dev ${name}`)) as [{ ifindex: number; address: string }];
  const mac = parseMac(link.address);
  if (!mac) throw new Error(`${name} has the address ${link.address}`);
  return { ifindex: link.ifindex, mac };
}

/** Enters a new namespace with lo, eth0 and peer0, all switched on; without IPv6 no one speaks unasked. */
export function enterVethNamespace(): VethPair {
  const namespace = enterNewNamespace();
  try {
    ip('link set lo up');
    ip('link add eth0 type veth peer name peer0');
    for (const name of ['eth0', 'peer0']) ip(`link set ${name} addrgenmode none up`);
    return { eth0: describe('eth0'), peer0: describe('peer0'), namespace };
  } catch (error) {
    namespace.leave();
    throw error;
  }
}

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/**
 * What the kernel's firewall does for tunnels: packets to a tunnel's own address are taken from the tunnel alone
 * (CVE-2019-14899), and while a kill switch holds nothing leaves the machine but through its tunnel.
 */
import { type IpAddress, type Prefix, parsePrefix } from '@connman/inet';
import type { FirewallChain, FirewallMatch, FirewallRule } from '@connman/netlink';
import { hostPrefix } from '../ipconfig/compose';

/** Tables of family inet; the kernel keeps them when the daemon ends, however it ends. */
export const guardTable = 'connman-guard';
export const lockTable = 'connman-lock';

export interface TunnelGuard {
  readonly interfaceName: string;
  readonly addresses: readonly IpAddress[];
}

/** What a kill switch lets out. */
export interface TunnelLock {
  readonly interfaceName: string;
  readonly servers: readonly IpAddress[];
  /** The networks around the machine, too. */
  readonly allowsLocal: boolean;
}

/** Before anything is made of a packet. */
const rawPriority = -300;
const UDP = 17;
const ICMPV6 = 58;

export function guardChains(guards: readonly TunnelGuard[]): FirewallChain[] {
  const rules = guards.flatMap(({ interfaceName, addresses }) =>
    addresses.map((address): FirewallRule => {
      const elsewhere = ['lo', interfaceName].map((name) => ({ kind: 'in-interface', name, not: true }) as const);
      return { matches: [...elsewhere, to(hostPrefix(address))], verdict: 'drop' };
    }),
  );
  if (rules.length === 0) return [];
  return [{ name: 'prerouting', base: { hook: 'prerouting', priority: rawPriority }, rules }];
}

/**
 * `locks` by the service that holds them; `tunnels` are all links of tunnels, one may go through another. A chain without rules
 * for each service tells the next run of the daemon who holds the switch.
 */
export function lockChains(
  locks: ReadonlyMap<string, TunnelLock>,
  tunnels: readonly string[],
  /** Links of clients of ours, who are answered and go out by the tunnel as this machine does. */
  inside: readonly string[],
): FirewallChain[] {
  if (locks.size === 0) return [];
  const all = [...locks.values()];
  const links = new Set([...tunnels, ...all.map(({ interfaceName }) => interfaceName)]);
  const local = all.every(({ allowsLocal }) => allowsLocal) ? localNetworks().map((prefix) => accept(to(prefix))) : [];
  const through = [...links].map((name) => accept({ kind: 'out-interface', name }));
  const servers = [...new Set(all.flatMap((lock) => lock.servers))].map((server) => accept(to(hostPrefix(server))));
  const answers = inside.map((name) => accept({ kind: 'out-interface', name }));
  const drop: FirewallRule = { matches: [], verdict: 'drop' };
  const back = [...links].map((name) => accept({ kind: 'in-interface', name }));
  return [
    {
      name: 'output',
      base: { hook: 'output', priority: 0 },
      rules: [
        accept({ kind: 'out-interface', name: 'lo' }),
        ...through,
        ...answers,
        ...servers,
        ...linkUpkeep,
        ...local,
        drop,
      ],
    },
    { name: 'forward', base: { hook: 'forward', priority: 0 }, rules: [...through, ...back, ...local, drop] },
    ...[...locks.keys()].map((name) => ({ name, rules: [] })),
  ];
}

/** A kill switch that drops nothing: a firewall that takes it would hold one. */
export function probeChains(): FirewallChain[] {
  const lock: TunnelLock = { interfaceName: 'probe', servers: [], allowsLocal: true };
  return lockChains(new Map([['probe', lock]]), [], []).map((chain) => ({
    ...chain,
    rules: chain.rules.filter(({ verdict }) => verdict !== 'drop'),
  }));
}

/** For errors of a firewall that does not. */
export const whatHolds = 'it needs nf_tables in the kernel, or iptables';

const accept = (...matches: FirewallMatch[]): FirewallRule => ({ matches, verdict: 'accept' });
const to = (prefix: Prefix): FirewallMatch => ({ kind: 'destination', prefix });

/** What keeps a link in its network: DHCP, and of ICMPv6 router and neighbour discovery and group membership. */
const linkUpkeep: readonly FirewallRule[] = [
  accept({ kind: 'protocol', number: UDP }, { kind: 'ports', source: 68, destination: 67 }),
  accept({ kind: 'protocol', number: UDP }, { kind: 'ports', source: 546, destination: 547 }),
  accept({ kind: 'protocol', number: ICMPV6 }, { kind: 'icmp-type', from: 130, to: 136 }),
  accept({ kind: 'protocol', number: ICMPV6 }, { kind: 'icmp-type', from: 143, to: 143 }),
];

/** Addresses that lead no further than the networks around the machine (RFC 1918, 3927, 4193, 4291), and groups. */
const localNetworks = () =>
  [
    ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '224.0.0.0/24', '255.255.255.255/32'],
    ...['fe80::/10', 'fc00::/7', 'ff02::/16'],
  ].flatMap((text) => parsePrefix(text) ?? []);

/** Of one service, in the words of a client: armed, it holds from the first connection on. */
export function killSwitchText(isConfigured: boolean, holds: boolean, isUp: boolean): string | undefined {
  if (holds) return isUp ? 'on' : 'holding';
  return isConfigured ? 'armed' : undefined;
}

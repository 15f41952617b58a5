/** What the kernel's firewall does for a shared connection: clients leave under this machine's address, and new connections to them are dropped. */
import type { Ipv6Address, Prefix } from '@connman/inet';
import type { FirewallChain, FirewallRule } from '@connman/netlink';
import { sharedPrefixLength } from './network';
import { sharedPrefixLength6 } from './network6';
import type { SharedNetwork } from './tethering';

/** NF_IP_PRI_NAT_SRC, and NF_IP_PRI_MANGLE for what changes packets. */
const natPriority = 100;
const manglePriority = -150;
/** Behind the filters of others: what they drop has not been carried. */
const countPriority = 200;

/**
 * Whatever link a packet leaves by, it does so with that link's address: a change of the default service needs no new rule. The
 * segment size is clamped for the sake of tunnels, as clients do not hear of their MTU.
 */
export function sharedChains(networks: readonly SharedNetwork[]): FirewallChain[] {
  return [
    {
      name: 'postrouting',
      base: { hook: 'nat', priority: natPriority },
      rules: networks.flatMap(translate),
    },
    {
      name: 'forward',
      base: { hook: 'forward', priority: manglePriority },
      rules: networks.flatMap(forward),
    },
  ];
}

/** What passes between clients of the bridge and the rest of the world is counted by their addresses. */
export function countChains({ network, interfaceName: name }: SharedNetwork): FirewallChain[] {
  const clients: Prefix[] = [
    { address: network, length: sharedPrefixLength },
    { address: '::' as Ipv6Address, length: 0 },
  ];
  const rules = clients.flatMap((prefix): FirewallRule[] => [
    {
      matches: [
        { kind: 'in-interface', name },
        { kind: 'source', prefix },
      ],
      verdict: 'count-sent',
    },
    {
      matches: [
        { kind: 'out-interface', name },
        { kind: 'destination', prefix },
      ],
      verdict: 'count-received',
    },
  ]);
  return [{ name: 'forward', base: { hook: 'forward', priority: countPriority }, rules }];
}

/** A delegated prefix is routed back to this machine; all other networks no one outside knows a way to. */
function translate({ network, prefix, interfaceName }: SharedNetwork): FirewallRule[] {
  const networks: Prefix[] = [{ address: network, length: sharedPrefixLength }];
  if (prefix?.isOwn) networks.push({ address: prefix.prefix, length: sharedPrefixLength6 });
  return networks.map((clients) => ({
    matches: [
      { kind: 'source', prefix: clients },
      { kind: 'out-interface', name: interfaceName, not: true },
    ],
    verdict: 'masquerade',
  }));
}

function forward({ interfaceName }: SharedNetwork): FirewallRule[] {
  const inside = { kind: 'out-interface', name: interfaceName } as const;
  const fromInside = { kind: 'in-interface', name: interfaceName } as const;
  return [
    { matches: [fromInside], verdict: 'clamp-mss' },
    { matches: [inside], verdict: 'clamp-mss' },
    { matches: [inside, { kind: 'known-connection' }], verdict: 'accept' },
    { matches: [inside, { ...fromInside, not: true }], verdict: 'drop' },
  ];
}

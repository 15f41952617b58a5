/** What the kernel's firewall does for a shared connection: clients leave under this machine's address, and new connections to them are dropped. */
import type { FirewallChain, FirewallRule } from '@connman/netlink';
import { sharedPrefixLength } from './network';
import type { SharedNetwork } from './tethering';

/** NF_IP_PRI_NAT_SRC, and NF_IP_PRI_MANGLE for what changes packets. */
const natPriority = 100;
const manglePriority = -150;

/**
 * Whatever link a packet leaves by, it does so with that link's address: a change of the default service needs no new rule. The
 * segment size is clamped for the sake of tunnels, as clients do not hear of their MTU.
 */
export function sharedChains(networks: readonly SharedNetwork[]): FirewallChain[] {
  return [
    {
      name: 'postrouting',
      base: { hook: 'nat', priority: natPriority },
      rules: networks.map(translate),
    },
    {
      name: 'forward',
      base: { hook: 'forward', priority: manglePriority },
      rules: networks.flatMap(forward),
    },
  ];
}

function translate({ network, interfaceName }: SharedNetwork): FirewallRule {
  const clients = { kind: 'source', prefix: { address: network, length: sharedPrefixLength } } as const;
  return {
    matches: [clients, { kind: 'out-interface', name: interfaceName, not: true }],
    verdict: 'masquerade',
  };
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

/** What the kernel would report of a change that it carries out: for changes that are not made. */
import { familyOf, type IpAddress } from '@connman/inet';
import type { KernelEvent } from '@connman/netlink';
import type { Effect } from '../../effects';
import type { Change } from '../../model/ipconfig/plan';
import { mainTable, ownProtocol } from '../../model/observed/keys';
import type { World } from '../../world';

const forever = 0xffffffff;
const unicast = 1;
const toTable = 1;

/** Empty for what shows itself by nothing that the engine looks at. */
export function echoOf(effect: Effect, world: World): readonly KernelEvent[] {
  if (effect.kind === 'change') return echoOfChange(effect.change, world);
  if (effect.kind !== 'sysctl' || effect.value !== '1') return [];
  const [, name] = /^net\/ipv6\/conf\/(.+)\/disable_ipv6$/.exec(effect.path) ?? [];
  return name === undefined ? [] : withoutIpv6(name, world);
}

function echoOfChange(change: Change, { observed, now }: World): readonly KernelEvent[] {
  switch (change.kind) {
    case 'set-link': {
      const { kind: _, ...set } = change;
      const link = observed.links.get(change.ifindex);
      if (!link) return [];
      return [{ kind: 'link', link: { ...link, ...set, ...(set.up === false && { carrier: false }) } }];
    }
    case 'remove-link':
      return [{ kind: 'link-gone', ifindex: change.ifindex, name: observed.links.get(change.ifindex)?.name ?? '' }];
    case 'put-address': {
      const { validUntil, ...address } = change.address;
      const seconds = validUntil === undefined ? forever : Math.max(1, Math.ceil((validUntil - now) / 1000));
      const lifetime = { validSeconds: seconds, preferredSeconds: seconds };
      return [{ kind: 'address', address: { ...address, ...lifetime, scope: 0, flags: 0, protocol: ownProtocol } }];
    }
    case 'remove-address':
      return [{ kind: 'address-gone', address: change.address }];
    case 'put-route': {
      const { route, mode } = change;
      const fact = { table: mainTable, ...route, protocol: ownProtocol, scope: 0, type: unicast };
      return [{ kind: 'route', route: fact, replaces: mode === 'replace' }];
    }
    case 'remove-route':
      return [{ kind: 'route-gone', route: change.route }];
    case 'put-rule': {
      const nothing = { fwmark: 0, inputInterface: '', outputInterface: '' };
      return [{ kind: 'rule', rule: { ...change.rule, ...nothing, action: toTable, protocol: ownProtocol } }];
    }
    case 'remove-rule':
      return [{ kind: 'rule-gone', rule: change.rule }];
    case 'add-bridge':
      // Its number is the kernel's to choose.
      return [];
  }
}

/** The kernel removes a link's addresses and routes with IPv6. */
function withoutIpv6(name: string, { observed }: World): KernelEvent[] {
  const isIts = ({ ifindex }: { readonly ifindex: number }) => observed.links.get(ifindex)?.name === name;
  const isIpv6 = ({ address }: { readonly address: IpAddress }) => familyOf(address) === 6;
  const addresses = [...observed.addresses.values()].filter((one) => isIts(one) && isIpv6(one));
  const routes = [...observed.routes.values()].filter((one) => isIts(one) && one.family === 6);
  return [
    ...addresses.map((address) => ({ kind: 'address-gone', address }) as const),
    ...routes.map((route) => ({ kind: 'route-gone', route }) as const),
  ];
}

/** Stage: name resolution follows the connected services; handed to the resolver backend whenever it differs. */
import { domainsOf, nameserversOf, parseNameservers } from '../service/effective';
import { isConnected } from '../service/service';
import type { Turn } from '../turn';
import { servicesOf } from '../turn';
import type { DnsLink, DnsPlan } from './dns-plan';

export function planDns(turn: Turn): void {
  const { world } = turn;
  const links = servicesOf(world)
    .filter((service) => isConnected(service.state))
    .map(
      (service, order): DnsLink => ({
        ifindex: service.ifindex,
        interfaceName: world.observed.links.get(service.ifindex)?.name ?? '',
        serviceId: service.id,
        nameservers: nameserversOf(service),
        domains: domainsOf(service),
        isDefault: order === 0,
        order,
      }),
    );
  const plan: DnsPlan = { links, fallbackNameservers: parseNameservers(world.config.fallbackNameservers) };
  const text = JSON.stringify(plan);
  const before = world.handedOut.get('dns');
  // Until something is connected the system's name resolution stays as it was found.
  if (before === text || (before === undefined && links.length === 0)) return;
  world.handedOut.set('dns', text);
  turn.emit({ kind: 'dns', plan });
}

/**
 * Two cables' life in a world of its own: one is put in, gets a lease and reaches the internet, then a second one does, then the first
 * one is pulled. Nothing leaves this file. What runs for the first time takes twice as long (ADR 23), and a machine that waits for its
 * first cable has the time to run it before.
 */
import { type Instant, instant } from '@connman/base';
import type { Dhcp4Lease } from '@connman/contracts';
import type { Ipv4Address, MacAddress } from '@connman/inet';
import type { LinkFact } from '@connman/netlink';
import type { Happening } from '../events';
import type { World } from '../world';
import { engineBeside } from './publish/copy-of-world';
import { Publication } from './publish/publication';
import { settle } from './publish/what-if';

/** V8 keeps notes of the types that a function sees when it has run a few times, and is quicker with them. */
export const warmUpRuns = 4;

/** @returns the states of the services after each event, for the test. */
export function warmUp(world: World): readonly string[] {
  const config = { ...world.config, filter: { only: [], never: [], blacklist: [], reserved: [] } };
  const engine = engineBeside({ ...world, config });
  const publication = new Publication(() => '');
  let at: Instant = world.now;
  const turn = (happening: Happening) => {
    at = instant(at + 1);
    const effects = engine.turn({ at, wall: world.wall, ...happening });
    publication.update(engine.world);
    return effects;
  };
  const happens = (happening: Happening): string => {
    for (const effect of settle(engine.world, turn, turn(happening))) {
      if (effect.kind !== 'online-check') continue;
      const { checkId } = effect.request;
      settle(engine.world, turn, turn({ kind: 'online-result', checkId, outcome: { kind: 'online' } }));
    }
    return [...engine.world.services.values()].map(({ state }) => state).join();
  };
  const found = [
    happens({ kind: 'kernel-dump', links: cables.map(unplugged), addresses: [], routes: [], rules: [] }),
    happens({ kind: 'links-settled', links: cables.map(({ ifindex }) => [ifindex, ''] as const) }),
  ];
  const plugged = cables.flatMap((link) => [
    happens({ kind: 'kernel', facts: [{ kind: 'link', link }] }),
    happens({ kind: 'dhcp', events: [{ kind: 'bound', family: 4, ifindex: link.ifindex, lease, ageSeconds: 0 }] }),
  ]);
  const pulled = happens({ kind: 'kernel', facts: [{ kind: 'link', link: unplugged(cables[0]) }] });
  return [...found, ...plugged, pulled];
}

const cable = (ifindex: number): LinkFact => ({
  ...{ ifindex, name: `eth${ifindex}`, hardwareType: 1, mac: `02:00:00:00:00:0${ifindex}` as MacAddress, mtu: 1500 },
  ...{ up: true, carrier: true, operstate: 6, master: 0, kind: '', vlanId: 0, physicalPort: '' },
});

const cables = [cable(1), cable(2)] as const;

const unplugged = (link: LinkFact): LinkFact => ({ ...link, carrier: false, operstate: 2 });

/** Of documentation's prefix (RFC 5737). */
const router = '192.0.2.1' as Ipv4Address;

const lease: Dhcp4Lease = {
  ...{ address: '192.0.2.2' as Ipv4Address, prefixLength: 24, server: router },
  routes: [{ destination: { address: '0.0.0.0' as Ipv4Address, length: 0 }, gateway: router }],
  ...{ nameservers: [router], domain: 'example', searchDomains: [], timeservers: [], mtu: 0, hostname: '' },
  ...{
    proxyAutoConfigUrl: '',
    captivePortalUrl: '',
    metered: false,
    leaseSeconds: 3600,
    t1Seconds: 1800,
    t2Seconds: 3150,
  },
};

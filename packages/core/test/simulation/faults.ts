/** Everything that goes wrong with a machine and its networks, and how it is put right again. */
import { type IpAddress, type Ipv4Address, ipv4Any, netmaskOf, type Prefix } from '@connman/inet';
import type { Intent } from '../../src/events';
import type { Ipv4Config } from '../../src/model/ipconfig/ip-settings';
import { addressKey, ownProtocol } from '../../src/model/observed/keys';
import { linkOf, type Service } from '../../src/model/service/service';
import type { Machine, Port } from './machine';

const anywhere: Prefix = { address: ipv4Any, length: 0 };

export interface Fault {
  readonly name: string;
  readonly weight: number;
  strike(machine: Machine): void;
}

const port = (machine: Machine): Port => machine.random.pick(machine.ports);

function isForeign(machine: Machine, address: Parameters<typeof addressKey>[0]): boolean {
  return machine.foreign.has(addressKey(address));
}

/** A service that is there, by one of the ports. */
function anyService(machine: Machine): Service | undefined {
  const services = [...(machine.daemon?.engine.world.services.values() ?? [])];
  return services.length > 0 ? machine.random.pick(services) : undefined;
}

function ask(machine: Machine, intent: Intent): void {
  machine.daemon?.ask(intent);
}

/** Something an administrator or another program does to a link that is there. */
function withLink(machine: Machine, act: (ifindex: number, port: Port) => void): void {
  const one = port(machine);
  if (one.present) act(one.ifindex, one);
}

function foreignRoute(
  machine: Machine,
  ifindex: number,
  gateway: IpAddress,
  metric: number,
  mode: 'add' | 'append' | 'prepend' | 'replace',
): void {
  const route = { ifindex, destination: anywhere, gateway, metric };
  if (machine.kernel.putRoute({ ...route, protocol: 3 }, mode) === undefined) machine.claimRoute(route);
}

export const faults: readonly Fault[] = [
  { name: 'cable pulled', weight: 6, strike: (machine) => machine.plug(port(machine), false) },
  { name: 'cable put in', weight: 6, strike: (machine) => machine.plug(port(machine), true) },
  {
    name: 'carrier flaps',
    weight: 3,
    strike: (machine) => {
      const one = port(machine);
      for (let i = machine.random.between(1, 6); i > 0; i--) {
        machine.plug(one, false);
        machine.clock.advance(machine.random.below(30));
        machine.plug(one, true);
        machine.clock.advance(machine.random.below(30));
      }
    },
  },
  {
    name: 'server down',
    weight: 3,
    strike: (machine) => {
      port(machine).lan.serverUp = false;
    },
  },
  {
    name: 'server up',
    weight: 2,
    strike: (machine) => {
      port(machine).lan.serverUp = true;
    },
  },
  { name: 'server forgets its leases', weight: 2, strike: (machine) => port(machine).lan.forget() },
  { name: 'network renumbered', weight: 1, strike: (machine) => port(machine).lan.renumber() },
  {
    name: 'packets get lost',
    weight: 3,
    strike: (machine) => {
      port(machine).lan.loss = machine.random.pick([0, 0.2, 0.5, 0.9]);
    },
  },
  {
    name: 'another host uses our address',
    weight: 1,
    strike: (machine) =>
      withLink(machine, (ifindex, { lan }) => {
        lan.squatter = machine.kernel.addressesOf(ifindex, 4)[0]?.address as Ipv4Address | undefined;
      }),
  },
  {
    name: 'internet away for a moment',
    weight: 1,
    strike: (machine) => {
      const { lan } = port(machine);
      lan.internetUp = false;
      machine.clock.setTimer(machine.random.below(1500), () => {
        lan.internetUp = true;
      });
    },
  },
  {
    name: 'a portal in the way for a moment',
    weight: 1,
    strike: (machine) => {
      const { lan } = port(machine);
      lan.portalUp = true;
      machine.clock.setTimer(machine.random.below(3000), () => {
        lan.portalUp = false;
      });
    },
  },
  {
    name: 'DHCP clients cannot run',
    weight: 1,
    strike: (machine) => {
      machine.dhcpBroken = !machine.dhcpBroken;
    },
  },
  {
    name: 'changes are refused',
    weight: 3,
    strike: (machine) => {
      machine.refusals = machine.random.pick([0, 0.2, 0.5, 1]);
    },
  },
  {
    name: 'machine sleeps',
    weight: 2,
    strike: (machine) => machine.clock.sleep(machine.random.pick([1000, 60_000, 7_200_000])),
  },
  { name: 'netlink overrun', weight: 4, strike: (machine) => machine.daemon?.kernelSide.overrun() },
  {
    name: 'daemon killed',
    weight: 3,
    strike: (machine) => {
      if (machine.daemon) machine.killDaemon();
      else machine.startDaemon();
    },
  },
  {
    name: 'daemon killed and started again',
    weight: 3,
    strike: (machine) => {
      machine.killDaemon();
      machine.startDaemon();
    },
  },
  { name: 'hardware taken out', weight: 1, strike: (machine) => machine.takeOut(port(machine)) },
  { name: 'hardware put in', weight: 2, strike: (machine) => machine.insert(port(machine)) },
  {
    name: 'link renamed',
    weight: 1,
    strike: (machine) =>
      withLink(machine, (ifindex, one) => {
        one.name = one.name.startsWith('eth') ? one.name.replace('eth', 'lan') : one.name.replace('lan', 'eth');
        machine.kernel.setLink(ifindex, { name: one.name });
      }),
  },
  {
    name: 'link switched by an administrator',
    weight: 2,
    strike: (machine) =>
      withLink(machine, (ifindex) => machine.kernel.setLink(ifindex, { up: machine.random.chance(0.5) })),
  },
  {
    name: 'foreign default route',
    weight: 3,
    strike: (machine) =>
      withLink(machine, (ifindex, { lan }) => {
        const { random } = machine;
        foreignRoute(
          machine,
          ifindex,
          lan.host(random.between(240, 243)),
          random.pick([0, 0, 50]),
          random.pick(['add', 'append', 'prepend', 'replace']),
        );
      }),
  },
  {
    name: 'foreign default route removed',
    weight: 2,
    strike: (machine) => {
      const foreign = machine.kernel.dump().routes.filter((route) => route.protocol === 3);
      if (foreign.length > 0) machine.kernel.removeRoute(machine.random.pick(foreign));
    },
  },
  {
    name: 'our route removed by another program',
    weight: 2,
    strike: (machine) => {
      const ours = machine.kernel.dump().routes.filter((route) => route.protocol === ownProtocol);
      if (ours.length > 0) machine.kernel.removeRoute(machine.random.pick(ours));
    },
  },
  {
    name: 'our address removed by another program',
    weight: 2,
    strike: (machine) => {
      const ours = machine.kernel.dump().addresses.filter((address) => !isForeign(machine, address));
      if (ours.length > 0) machine.kernel.removeAddress(machine.random.pick(ours));
    },
  },
  {
    name: 'foreign address',
    weight: 2,
    strike: (machine) =>
      withLink(machine, (ifindex, { lan }) => {
        const { random } = machine;
        const own = random.chance(0.5)
          ? lan.host(random.between(200, 203))
          : (`172.16.0.${random.below(9)}` as IpAddress);
        const address = { ifindex, address: own, prefixLength: 24 };
        if (machine.kernel.putAddress(address, false) === undefined) machine.claimAddress(address);
      }),
  },
  {
    name: 'foreign address removed',
    weight: 1,
    strike: (machine) => {
      const foreign = machine.kernel.dump().addresses.filter((address) => isForeign(machine, address));
      if (foreign.length > 0) machine.kernel.removeAddress(machine.random.pick(foreign));
    },
  },
  {
    name: 'user connects',
    weight: 2,
    strike: (machine) => {
      const service = anyService(machine);
      if (service) ask(machine, { kind: 'connect', service: service.id });
    },
  },
  {
    name: 'user disconnects',
    weight: 2,
    strike: (machine) => {
      const service = anyService(machine);
      if (service) ask(machine, { kind: 'disconnect', service: service.id });
    },
  },
  {
    name: 'user moves a service',
    weight: 2,
    strike: (machine) => {
      const service = anyService(machine);
      const target = anyService(machine);
      const place = machine.random.pick(['before', 'after'] as const);
      if (service && target) ask(machine, { kind: 'move', service: service.id, target: target.id, place });
    },
  },
  {
    name: 'user configures IPv4',
    weight: 2,
    strike: (machine) => {
      const service = anyService(machine);
      const lan = service && machine.portOf(linkOf(service) ?? 0)?.lan;
      if (!service || !lan) return;
      const { random } = machine;
      const manual = { method: 'manual', address: lan.host(77), netmask: netmaskOf(24), gateway: lan.gateway } as const;
      const value: Ipv4Config = random.pick([{ method: 'dhcp' }, { method: 'dhcp' }, { method: 'off' }, manual]);
      ask(machine, { kind: 'configure', service: service.id, setting: { name: 'IPv4.Configuration', value } });
    },
  },
  {
    name: 'user configures IPv6',
    weight: 1,
    strike: (machine) => {
      const service = anyService(machine);
      const method = machine.random.pick(['auto', 'auto', 'auto', 'off'] as const);
      const value = { method, privacy: machine.random.pick(['disabled', 'enabled', 'prefered'] as const) };
      const setting = { name: 'IPv6.Configuration', value } as const;
      if (service) ask(machine, { kind: 'configure', service: service.id, setting });
    },
  },
  {
    name: 'user sets AutoConnect',
    weight: 1,
    strike: (machine) => {
      const service = anyService(machine);
      const value = machine.random.chance(0.5);
      if (service) ask(machine, { kind: 'configure', service: service.id, setting: { name: 'AutoConnect', value } });
    },
  },
  {
    name: 'user sets OfflineMode',
    weight: 1,
    strike: (machine) => ask(machine, { kind: 'set-offline-mode', offline: machine.random.chance(0.5) }),
  },
  {
    name: 'user sets Powered',
    weight: 1,
    strike: (machine) =>
      ask(machine, { kind: 'set-powered', technology: 'ethernet', powered: machine.random.chance(0.5) }),
  },
];

const totalWeight = faults.reduce((sum, fault) => sum + fault.weight, 0);

export function pickFault(machine: Machine): Fault {
  let at = machine.random.below(totalWeight);
  for (const fault of faults) {
    at -= fault.weight;
    if (at < 0) return fault;
  }
  return faults[0] as Fault;
}

/** The causes are gone: the networks work, the cables are in, the daemon runs, no one else meddles. */
export function healOutside(machine: Machine): void {
  machine.dhcpBroken = false;
  machine.refusals = 0;
  for (const one of machine.ports) {
    one.lan.serverUp = true;
    one.lan.internetUp = true;
    one.lan.portalUp = false;
    one.lan.loss = 0;
    one.lan.squatter = undefined;
    machine.insert(one);
  }
  if (!machine.daemon) machine.startDaemon();
  for (const address of machine.kernel.dump().addresses.filter((own) => isForeign(machine, own))) {
    machine.kernel.removeAddress(address);
  }
  for (const route of machine.kernel.dump().routes.filter((one) => one.protocol === 3)) {
    machine.kernel.removeRoute(route);
  }
  machine.foreign.clear();
}

/** The user wants to be online again. */
export function healUser(machine: Machine): void {
  // A Powered request that is under way has every other one refused, for ten seconds at most.
  while (machine.daemon?.engine.world.technologies.get('ethernet')?.pending) machine.clock.advance(100);
  ask(machine, { kind: 'set-offline-mode', offline: false });
  ask(machine, { kind: 'set-powered', technology: 'ethernet', powered: true });
  for (const one of machine.ports) {
    machine.kernel.setLink(one.ifindex, { up: true });
    // No one tells of a router that was exchanged but the cable.
    if (one.lan.exchanged) machine.plug(one, false);
  }
  machine.clock.advance(200);
  for (const one of machine.ports) {
    machine.plug(one, true);
    one.lan.exchanged = false;
  }
  // The daemon has read of it by then.
  machine.clock.advance(1000);
  for (const service of [...(machine.daemon?.engine.world.services.values() ?? [])]) {
    const setting = { name: 'IPv4.Configuration', value: { method: 'dhcp' } } as const;
    if (service.settings.ipv4.method !== 'dhcp') ask(machine, { kind: 'configure', service: service.id, setting });
    if (!service.settings.autoConnect) {
      ask(machine, { kind: 'configure', service: service.id, setting: { name: 'AutoConnect', value: true } });
    }
    if (service.ignore) ask(machine, { kind: 'connect', service: service.id });
  }
}

// One process beside the subject that sees, and stamps, what everybody can see: the kernel's messages, the bus's signals
// and resolv.conf. It is the same for all subjects, so what it costs is in everybody's figures.
//
//   node monitor.js connman|networkmanager BUS_ADDRESS RESOLV_CONF
import { mkdirSync, readFileSync, watch } from 'node:fs';
import path from 'node:path';
import { Bus, nodeBusStream } from '@connman/dbus';
import { netlinkPort } from '@connman/linux';
import { type AddressFact, type KernelEvent, openRouteSocket, type RouteFact } from '@connman/netlink';
import { type Dialect, monotonicMs, type Sight, type Sighting } from './sighting';

const MAIN_TABLE = 254;
const NM_ACTIVATED = 100;
const NM_CONNECTED_GLOBAL = 70;

const [dialect, busAddress, resolvConf] = process.argv.slice(2) as [Dialect, string, string];

let batch: Sighting[] = [];

function see(sight: Sight, at = monotonicMs()): void {
  if (batch.length === 0) setImmediate(flush);
  batch.push({ ...sight, at });
}

function flush(): void {
  const lines = batch.map((sighting) => `${JSON.stringify(sighting)}\n`).join('');
  batch = [];
  process.stdout.write(lines);
}

// --- the kernel ---------------------------------------------------------------------------------------------------------

const names = new Map<number, string>();
const carriers = new Map<number, boolean>();
const addresses = new Set<string>();
const defaults = new Map<string, RouteFact>();
let preferred = '';

function watchKernel(): void {
  const socket = openRouteSocket(netlinkPort, {
    groups: [1, 5, 7],
    interestedInRoute: (route) => route.destinationLength === 0 && route.table === MAIN_TABLE && route.family === 4,
    onEvents: (events) => heard(events, monotonicMs()),
    onResync: () => fail('the kernel dropped messages'),
    onFault: (fault) => fail(JSON.stringify(fault)),
  });
  const links = socket.links();
  if (!links.ok) throw links.error;
  heard(
    links.value.map((link) => ({ kind: 'link', link })),
    monotonicMs(),
  );
}

function heard(events: readonly KernelEvent[], at: number): void {
  for (const event of events) {
    if (event.kind === 'link') {
      const { ifindex, name, carrier } = event.link;
      names.set(ifindex, name);
      if (carriers.get(ifindex) !== carrier) see({ kind: 'carrier', link: name, on: carrier }, at);
      carriers.set(ifindex, carrier);
    } else if (event.kind === 'address') {
      const { ifindex, address } = event.address;
      addresses.add(`${ifindex} ${address}`);
      see({ kind: 'address', link: names.get(ifindex) ?? '', address: String(address) }, at);
    } else if (event.kind === 'address-gone') {
      addressGone(event.address);
    } else if (event.kind === 'route') {
      if (event.replaces) forget(event.route);
      defaults.set(keyOf(event.route), event.route);
    } else if (event.kind === 'route-gone') {
      defaults.delete(keyOf(event.route));
    }
  }
  const [best] = [...defaults.values()].sort((a, b) => a.metric - b.metric);
  const link = best ? (names.get(best.ifindex) ?? '') : '';
  if (link !== preferred) see({ kind: 'default', link }, at);
  preferred = link;
}

/** With the last address of a link its routes go, and the kernel does not say so. */
function addressGone({ ifindex, address }: AddressFact): void {
  addresses.delete(`${ifindex} ${address}`);
  if ([...addresses].some((one) => one.startsWith(`${ifindex} `))) return;
  for (const [key, route] of defaults) if (route.ifindex === ifindex) defaults.delete(key);
}

const keyOf = (route: RouteFact) => `${route.metric} ${route.ifindex} ${route.gateway ?? ''}`;

/** The first route of the same metric is the one that a replacement replaces. */
function forget(by: RouteFact): void {
  for (const [key, route] of defaults) {
    if (route.metric === by.metric) {
      defaults.delete(key);
      return;
    }
  }
}

// --- the bus ------------------------------------------------------------------------------------------------------------

async function watchBus(): Promise<void> {
  const bus = await Bus.connect({ stream: nodeBusStream, address: busAddress });
  if (dialect === 'connman') watchConnman(bus);
  else watchNetworkManager(bus);
  await bus.sync();
}

type State = { as(signature: 's'): string | undefined };

function watchConnman(bus: Bus): void {
  const sender = 'net.connman';
  bus.watchOwner(sender, (owner) => owner && see({ kind: 'name' }));
  const service = { sender, interface: 'net.connman.Service', member: 'PropertyChanged' };
  bus.subscribe(service, 's name, v value', ([name, value], { path: object }) => {
    if (name === 'State') see({ kind: 'service', path: object, state: value.as('s') ?? '' });
  });
  const manager = { sender, interface: 'net.connman.Manager' };
  bus.subscribe({ ...manager, member: 'PropertyChanged' }, 's name, v value', ([name, value]) => {
    if (name === 'State') see({ kind: 'manager', state: value.as('s') ?? '' });
  });
  bus.subscribe({ ...manager, member: 'ServicesChanged' }, 'a(oa{sv}) changed, ao removed', ([changed]) => {
    for (const [object, properties] of changed) {
      const state: State | undefined = properties.get('State');
      if (state) see({ kind: 'service', path: object, state: state.as('s') ?? '' });
    }
  });
}

function watchNetworkManager(bus: Bus): void {
  const sender = 'org.freedesktop.NetworkManager';
  bus.watchOwner(sender, (owner) => owner && see({ kind: 'name' }));
  const device = { sender, interface: `${sender}.Device`, member: 'StateChanged' };
  bus.subscribe(device, 'u new, u old, u reason', ([state], { path: object }) => {
    see({ kind: 'service', path: object, state: state === NM_ACTIVATED ? 'ready' : String(state) });
  });
  bus.subscribe({ sender, interface: sender, member: 'StateChanged' }, 'u state', ([state]) => {
    see({ kind: 'manager', state: state === NM_CONNECTED_GLOBAL ? 'online' : String(state) });
  });
}

// --- resolv.conf ----------------------------------------------------------------------------------------------------------

let servers = '';

function watchResolvConf(): void {
  mkdirSync(path.dirname(resolvConf), { recursive: true });
  watch(path.dirname(resolvConf), (_event, file) => {
    if (file === path.basename(resolvConf)) readResolvConf(monotonicMs());
  });
}

function readResolvConf(at: number): void {
  let text = '';
  try {
    text = readFileSync(resolvConf, 'latin1');
  } catch {
    return; // between removal and rename
  }
  const found = [...text.matchAll(/^nameserver (\S+)/gm)].map((match) => match[1] as string);
  if (found.join() === servers) return;
  servers = found.join();
  see({ kind: 'nameservers', servers: found }, at);
}

function fail(reason: string): void {
  process.stderr.write(`monitor: ${reason}\n`);
  process.exit(1);
}

watchKernel();
watchResolvConf();
watchBus().then(
  () => see({ kind: 'listening' }),
  (error: Error) => fail(error.message),
);

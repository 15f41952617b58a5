import { silentLogger } from '@connman/base';
import {
  connmanError,
  killSwitchInterface,
  killSwitchPath,
  type TechnologyDriver,
  type TechnologyEvent,
  vpnBusName,
  vpnConnectionInterface,
  vpnManagerInterface,
  vpnPaths,
} from '@connman/contracts';
import { Bus, type BusError, dict, int32, nodeBusStream, replyLater, str, strings, type Variant } from '@connman/dbus';
import { parseIp } from '@connman/inet';
import { ManualClock, type PrivateBus, startPrivateBus } from '@connman/testkit';
import { vpnTechnology } from './technology';

const path = vpnPaths.connection('office');
const idle = new Map<string, Variant>([
  ['State', str('idle')],
  ['Name', str('Office')],
  ['Host', str('192.0.2.1')],
  ['Nameservers', strings([])],
]);

let daemonBus: PrivateBus;
let server: Bus;
let client: Bus;
let driver: TechnologyDriver | undefined;
/** The daemon's connection fails. */
let fail: () => void;
/** Why no kill switch would hold. */
let unheld: string | undefined;
/** As ConnMan's daemon does for WireGuard: the answer to Connect2 comes before the states. */
let answersFirst = false;
/** As well: the end of a tunnel is not signalled. */
let endsSilently = false;
/** Another client has it connect. */
let begin: () => void;

beforeEach(async () => {
  answersFirst = false;
  endsSilently = false;
  daemonBus = await startPrivateBus();
  [server, client] = (await Promise.all(
    [0, 1].map(() => Bus.connect({ stream: nodeBusStream, address: daemonBus.address })),
  )) as [Bus, Bus];
});
afterEach(async () => {
  driver?.close();
  client.close();
  server.close();
  await daemonBus.stop();
});

/** A connman-vpnd with one connection; `refuse` is what Connect2 answers. */
async function startVpnd(refuse?: BusError) {
  const manager = server.export('/', vpnManagerInterface, {
    Create: () => '/',
    Remove: () => {},
    GetConnections: () => [[path, idle]],
    RegisterAgent: () => {},
    UnregisterAgent: () => {},
  });
  const senders: string[] = [];
  begin = () => connection.emit('PropertyChanged', ['State', str('configuration')]);
  fail = () => {
    connection.emit('PropertyChanged', ['IPv4', dict({})]);
    connection.emit('PropertyChanged', ['Index', int32(-1)]);
    connection.emit('PropertyChanged', ['State', str('failure')]);
  };
  const connection = server.export(path, vpnConnectionInterface, {
    GetProperties: () => idle,
    SetProperty: () => {},
    ClearProperty: () => {},
    Connect: () => {},
    Connect2: ([sender], call) => {
      senders.push(sender);
      if (refuse) throw refuse;
      if (answersFirst) call.reply();
      connection.emit('PropertyChanged', ['State', str('configuration')]);
      connection.emit('PropertyChanged', ['Index', int32(7)]);
      connection.emit('PropertyChanged', ['IPv4', dict({ Address: str('10.8.0.2'), Netmask: str('255.255.255.0') })]);
      connection.emit('PropertyChanged', ['State', str('ready')]);
      if (answersFirst) return replyLater;
    },
    Disconnect: () => {
      if (endsSilently) return;
      connection.emit('PropertyChanged', ['State', str('disconnect')]);
      connection.emit('PropertyChanged', ['State', str('idle')]);
      return replyLater;
    },
  });
  await server.requestName(vpnBusName);
  return { manager, senders };
}

function startDriver(clock = new ManualClock()) {
  const events: TechnologyEvent[] = [];
  const waiting: (() => void)[] = [];
  driver = vpnTechnology({
    bus: client,
    isConfigured: false,
    clock,
    resolver: { lookup: async (name) => [parseIp(name)].filter((address) => address !== undefined) },
    probeKillSwitch: () => unheld,
    log: silentLogger,
  });
  driver.onEvent((event) => {
    events.push(event);
    for (const wake of waiting.splice(0)) wake();
  });
  driver.start();
  const until = async (matches: (event: TechnologyEvent) => boolean): Promise<TechnologyEvent> => {
    for (;;) {
      const found = events.find(matches);
      if (found) return found;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const untilLink = (kind: 'idle' | 'associating' | 'up') =>
    until((event) => event.kind === 'networks' && event.changed[0]?.link.kind === kind);
  return { driver, events, until, untilLink };
}

test('connections are networks of one device, and a connected one is up with what it brings', async () => {
  const { senders } = await startVpnd();
  const { driver: technology, events, untilLink } = startDriver();
  const first = await untilLink('idle');
  expect(events.map(({ kind }) => kind)).toEqual(['up', 'device', 'networks']);
  const network = first.kind === 'networks' ? first.changed[0] : undefined;
  if (!network) throw new Error('no network');
  expect(network).toMatchObject({ group: 'office', name: 'Office' });
  technology.command({ kind: 'associate', network: network.id, attempt: 3, profile: { mac: { kind: 'permanent' } } });
  expect(await untilLink('associating')).toMatchObject({ changed: [{ link: { attempt: 3 } }] });
  expect(await untilLink('up')).toMatchObject({
    changed: [
      { link: { attempt: 3, ifindex: 7, provided: { addresses: [{ address: '10.8.0.2' }], servers: ['192.0.2.1'] } } },
    ],
  });
  // One event a state: what the tunnel brings comes with it.
  expect(
    events.flatMap((event) => (event.kind === 'networks' ? event.changed.map(({ link }) => link.kind) : [])),
  ).toEqual([...['idle', 'associating', 'up']]);
  expect(senders).toEqual([client.uniqueName]);
  events.length = 0;
  technology.command({ kind: 'dissociate', network: network.id });
  await untilLink('idle');
});

test('what comes up after the answer to connmand’s call is connmand’s attempt', async () => {
  answersFirst = true;
  await startVpnd();
  const { driver: technology, untilLink } = startDriver();
  const first = await untilLink('idle');
  const id = first.kind === 'networks' ? first.changed[0]?.id : undefined;
  if (!id) throw new Error('no network');
  technology.command({ kind: 'associate', network: id, attempt: 5, profile: { mac: { kind: 'permanent' } } });
  expect(await untilLink('up')).toMatchObject({ changed: [{ link: { attempt: 5 } }] });
});

test('a refused login is auth-failed, with the daemon’s words', async () => {
  await startVpnd(connmanError('PermissionDenied'));
  const { driver: technology, until, untilLink } = startDriver();
  const first = await untilLink('idle');
  const id = first.kind === 'networks' ? first.changed[0]?.id : undefined;
  if (!id) throw new Error('no network');
  technology.command({ kind: 'associate', network: id, attempt: 1, profile: { mac: { kind: 'permanent' } } });
  expect(await until(({ kind }) => kind === 'failed')).toEqual({
    kind: 'failed',
    network: id,
    attempt: 1,
    error: 'auth-failed',
    reason: 'Permission denied',
  });
});

test('a daemon that goes takes its networks along, and one that comes brings them', async () => {
  const { until, untilLink, events } = startDriver();
  await startVpnd();
  await untilLink('idle');
  server.close();
  await until(({ kind }) => kind === 'down');
  expect(events.at(-1)).toEqual({ kind: 'down', reason: 'connman-vpnd is not running' });
});

/** A connection that is up, and the driver that knows it. */
async function connectedDriver() {
  await startVpnd();
  const clock = new ManualClock();
  const started = startDriver(clock);
  const first = await started.untilLink('idle');
  const id = first.kind === 'networks' ? first.changed[0]?.id : undefined;
  if (!id) throw new Error('no network');
  const caller = ':1.77';
  started.driver.command({
    kind: 'associate',
    network: id,
    attempt: 1,
    profile: { mac: { kind: 'permanent' } },
    caller,
  });
  await started.untilLink('up');
  started.events.length = 0;
  return { ...started, clock, id };
}

test('a daemon that goes while a tunnel is up has ten seconds to be back with it', async () => {
  const { clock, events, until } = await connectedDriver();
  // Asked after the driver's own watch, and answered after it.
  const gone = new Promise<void>((resolve) => {
    client.watchOwner(vpnBusName, (owner) => owner === undefined && resolve());
  });
  server.close();
  await gone;
  clock.advance(9_999);
  expect(events).toEqual([]);
  clock.advance(1);
  await until(({ kind }) => kind === 'down');
});

test('a Connect right after a Disconnect waits for the next tunnel, and takes the one that is ending for none', async () => {
  const { driver: technology, events, until, id } = await connectedDriver();
  technology.command({ kind: 'dissociate', network: id });
  technology.command({ kind: 'associate', network: id, attempt: 2, profile: { mac: { kind: 'permanent' } } });
  const isLink = (kind: string, attempt: number) => (event: TechnologyEvent) => {
    const link = event.kind === 'networks' ? event.changed[0]?.link : undefined;
    return link?.kind === kind && 'attempt' in link && link.attempt === attempt;
  };
  await until(isLink('up', 2));
  const kinds = events.flatMap((event) => (event.kind === 'networks' ? event.changed.map(({ link }) => link) : []));
  expect(kinds.map(({ kind }) => kind).join(' ')).toMatch(/^(idle )+(associating )+up$/);
  expect(kinds.some((link) => 'loss' in link)).toBe(false);
});

test('a connection whose end is not signalled can be connected again', async () => {
  const { driver: technology, until, id } = await connectedDriver();
  endsSilently = true;
  technology.command({ kind: 'dissociate', network: id });
  await client.object(vpnConnectionInterface, { name: vpnBusName, path }).call('GetProperties', []);
  technology.command({ kind: 'associate', network: id, attempt: 2, profile: { mac: { kind: 'permanent' } } });
  await until(
    (event) => event.kind === 'networks' && event.changed[0]?.link.kind === 'up' && event.changed[0].link.attempt === 2,
  );
});

test('a connection that another program ends is lost by its user’s wish', async () => {
  const { until, id } = await connectedDriver();
  const remote = server.object(vpnConnectionInterface, { name: vpnBusName, path });
  remote.call('Disconnect', []).catch(() => {});
  expect(await until((event) => event.kind === 'networks' && event.changed[0]?.link.kind === 'idle')).toMatchObject({
    changed: [{ id, link: { loss: { cause: 'by-user' } } }],
  });
});

test('a tunnel that fails is lost to its peer, though its link and addresses go before its state says so', async () => {
  const { until } = await connectedDriver();
  fail();
  expect(await until((event) => event.kind === 'networks' && event.changed[0]?.link.kind === 'idle')).toMatchObject({
    changed: [{ link: { loss: { cause: 'by-peer' } } }],
  });
});

test('what another program begins after connmand’s attempt has failed is not connmand’s', async () => {
  await startVpnd(connmanError('PermissionDenied'));
  const { driver: technology, until, untilLink, events } = startDriver();
  const first = await untilLink('idle');
  const id = first.kind === 'networks' ? first.changed[0]?.id : undefined;
  if (!id) throw new Error('no network');
  technology.command({ kind: 'associate', network: id, attempt: 7, profile: { mac: { kind: 'permanent' } } });
  await until(({ kind }) => kind === 'failed');
  events.length = 0;
  begin();
  expect(await untilLink('associating')).toMatchObject({ changed: [{ link: { attempt: 0 } }] });
});

test('connman-vpnd alone is answered whether a kill switch would hold, with the reason if not', async () => {
  await startVpnd();
  const { untilLink } = startDriver();
  await untilLink('idle');
  const address = { name: client.uniqueName, path: killSwitchPath };
  const probe = (bus: Bus) => bus.object(killSwitchInterface, address).call('Probe', []);
  unheld = undefined;
  await expect(probe(server)).resolves.toBeUndefined();
  unheld = 'iptables is not installed';
  await expect(probe(server)).rejects.toMatchObject({ errorName: 'net.connman.Error.NotSupported', message: unheld });
  await expect(probe(client)).rejects.toMatchObject({ errorName: 'net.connman.Error.PermissionDenied' });
});

test('a user who cancels is told from a server that refuses', async () => {
  await startVpnd(connmanError('OperationCanceled'));
  const { driver: technology, until, untilLink } = startDriver();
  const first = await untilLink('idle');
  const id = first.kind === 'networks' ? first.changed[0]?.id : undefined;
  if (!id) throw new Error('no network');
  technology.command({ kind: 'associate', network: id, attempt: 1, profile: { mac: { kind: 'permanent' } } });
  expect(await until(({ kind }) => kind === 'failed')).toMatchObject({ isCanceled: true });
});

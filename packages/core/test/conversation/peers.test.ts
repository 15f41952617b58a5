/** What connmand does with peers (Wi-Fi Direct), whose driver is played by the test. */
import {
  type DhcpServerClient,
  deviceId,
  type InputField,
  type NetworkLink,
  networkId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import { managerState } from '../../src/model/manager/bus-properties';
import { Publication } from '../../src/shell/publish/publication';
import type { Bench } from '../simulation/bench';
import type { ScriptedAgent } from '../simulation/daemon';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

const device = deviceId('p2p:020000000000');
const idOf = (name: string) => networkId(`${device}/${name}`);
const peerOf = (name: string) => `peer_020000000000_${name}`;
const pathOf = (name: string) => `/net/connman/peer/${peerOf(name)}`;

/** A radio that finds two peers. An attempt gets as far as the test lets it. */
class TwoPeers implements TechnologyDriver {
  readonly name = 'p2p';
  readonly type = 'p2p';
  readonly commands: TechnologyCommand[] = [];
  /** This machine owns the groups that are formed. */
  isOwner = false;
  wantsPin = false;
  private readonly bench: Bench;
  private readonly links = new Map<string, NetworkLink>();
  private groups = 0;
  private isOn = false;
  private listener: (event: TechnologyEvent) => void = () => {};

  constructor(bench: Bench) {
    this.bench = bench;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    // Of a former run: attempts of this one are not among them.
    for (const [id, link] of this.links) if (link.kind === 'up') this.links.set(id, { ...link, attempt: 0 });
    this.listener({ kind: 'up' });
    // wpa_supplicant is asked first.
    this.bench.clock.setTimer(20, () => {
      this.reportDevice();
      if (this.isOn) this.report();
    });
  }

  close(): void {}

  get attempts(): TechnologyCommand[] {
    return this.commands.filter(({ kind }) => kind === 'associate');
  }

  /** The link of the group. */
  get link(): number {
    const [link] = [...this.links.values()].filter(({ kind }) => kind === 'up');
    return link?.kind === 'up' ? link.ifindex : 0;
  }

  command(command: TechnologyCommand): void {
    this.commands.push(command);
    switch (command.kind) {
      case 'set-powered':
        this.isOn = command.powered;
        return this.reportDevice();
      case 'scan':
        this.report();
        return void this.bench.clock.setTimer(30_000, () => this.listener({ kind: 'scan-done', device, ok: true }));
      case 'associate': {
        const { network, attempt, profile } = command;
        if (this.wantsPin && !profile.wps)
          return this.listener({ kind: 'failed', network, attempt, error: 'pin-missing', reason: 'it wants a PIN' });
        return this.form(network, attempt);
      }
      case 'dissociate':
        return this.end(command.network);
    }
  }

  form(network: string, attempt: number): void {
    for (const [other, { kind }] of this.links) if (kind === 'up') this.end(other);
    const ifindex = this.bench.addWirelessLink(`p2p-wlan0-${this.groups++}`);
    this.bench.kernel.plug(ifindex, true);
    this.links.set(network, { kind: 'up', attempt, ifindex, ...(this.isOwner && { isOwner: true }) });
    this.report();
  }

  end(network: string): void {
    const link = this.links.get(network);
    if (link?.kind === 'up') this.bench.kernel.removeLink(link.ifindex);
    this.links.set(network, { kind: 'idle', loss: { cause: 'by-peer', reason: 'the group has ended' } });
    this.report();
  }

  invite(name: string, fields: readonly InputField[] = []): void {
    this.listener({ kind: 'invited', network: idOf(name), fields });
  }

  private reportDevice(): void {
    const can = { scan: true, activeSsids: 0, tether: false };
    const fact = {
      id: device,
      type: 'p2p',
      ident: '020000000000',
      interfaceName: 'wlan0',
      powered: this.isOn,
      can,
    } as const;
    this.listener({ kind: 'device', device: fact });
  }

  private report(): void {
    const changed = ['aa', 'bb'].map((name) => ({
      ...{
        id: idOf(name),
        device,
        group: name,
        name: `Peer ${name}`,
        peer: { display: name === 'aa' ? '000006' : '' },
      },
      link: this.links.get(idOf(name)) ?? ({ kind: 'idle' } as const),
    }));
    this.listener({ kind: 'networks', changed, gone: [] });
  }
}

/** A machine that is online by a cable and has found two peers. */
function found(prepare: (peers: TwoPeers, bench: Bench) => void = () => {}) {
  let peers: TwoPeers | undefined;
  const { bench } = online({}, (one) => {
    peers = new TwoPeers(one);
    one.useDrivers(peers);
    one.daemon = one.newDaemon();
  });
  const driver = peers as unknown as TwoPeers;
  prepare(driver, bench);
  bench.ask({ kind: 'set-powered', technology: 'p2p', powered: true });
  bench.advance(100);
  bench.ask({ kind: 'scan', technology: 'p2p' });
  bench.advance(100);
  return { bench, peers: driver };
}

/** The properties of a peer as clients see them. */
function shown(bench: Bench, name: string): Record<string, unknown> {
  const publication = new Publication(() => '***');
  publication.update(bench.daemon.engine.world);
  const entries = [...(publication.snapshot.peers.get(pathOf(name)) ?? [])];
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
}

const stateOf = (bench: Bench, name: string) => shown(bench, name).State;
const connect = (bench: Bench, name: string) => bench.daemon.ask({ kind: 'connect', service: peerOf(name) });
const answerOf = (bench: Bench, operation: number) => bench.daemon.answers.get(operation);

function connected(bench: Bench, peers: TwoPeers, name: string) {
  const operation = connect(bench, name);
  bench.advance(100);
  bench.dhcp.bound(peers.link, leaseOf('192.168.49.7'));
  bench.advance(100);
  return answerOf(bench, operation);
}

test('a search finds peers, which are no services; Scan is answered when it is over (rules 42 and 175)', () => {
  const { bench } = found();
  expect(shown(bench, 'aa')).toMatchObject({ State: 'idle', Name: 'Peer aa', IPv4: {} });
  expect(shown(bench, 'aa').Services).toHaveLength(1);
  expect(shown(bench, 'bb')).toEqual({ State: 'idle', Name: 'Peer bb', IPv4: {}, Services: [] });
  expect(bench.daemon.engine.world.order).toEqual([bench.idOf('eth0')]);
  const again = bench.daemon.ask({ kind: 'scan', technology: 'p2p' });
  bench.advance(20_000);
  expect(answerOf(bench, again)).toBeUndefined();
  bench.advance(40_000);
  expect(answerOf(bench, again)).toEqual({ ok: true });
});

test('while a radio looks for peers, or forms a group, Wi-Fi does not scan by it (rule 42)', () => {
  const { bench, peers } = found((_, one) => {
    one.attach(one.addRadio('wlan0'));
    one.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  });
  const scans = () => bench.done('technology').filter((line) => line.includes('scan')).length;
  const busy = { ok: false, error: 'Failed', text: 'Device or resource busy' };
  scans();
  bench.advance(20_000);
  expect([scans(), bench.ask({ kind: 'scan', technology: 'wifi' })]).toEqual([0, busy]);
  bench.advance(20_000);
  expect(scans()).toBeGreaterThan(0);
  peers.form = () => {};
  connect(bench, 'aa');
  bench.advance(20_000);
  scans();
  bench.advance(20_000);
  expect([scans(), bench.ask({ kind: 'scan', technology: 'wifi' })]).toEqual([0, busy]);
});

test('a peer is found only when someone asks', () => {
  const { bench, peers } = found();
  bench.advance(600_000);
  expect(peers.commands.filter(({ kind }) => kind === 'scan')).toHaveLength(1);
});

test('a peer is connected with: an address by DHCP, no way out by it, and ready is not online', () => {
  const { bench, peers } = found();
  const routes = bench.routes();
  expect(connected(bench, peers, 'aa')).toEqual({ ok: true });
  const { State, IPv4 } = shown(bench, 'aa');
  expect(State).toBe('ready');
  expect(IPv4).toMatchObject({ Local: expect.objectContaining({ value: '192.168.49.7' }), Remote: expect.anything() });
  expect(bench.routes()).toEqual(routes);
  expect(bench.state('eth0')).toBe('online');
  expect(bench.dnsPlan?.links.map(({ serviceId }) => serviceId)).toEqual([bench.idOf('eth0')]);
  expect(bench.daemon.engine.world.technologies.get('p2p')?.powered).toBe(true);
  expect(bench.disk.read().services.has(peerOf('aa'))).toBe(false);
});

test('a peer alone does not make the manager ready, and is left alone where one technology is to be connected', () => {
  const { bench, peers } = found();
  bench.kernel.plug(2, false);
  bench.advance(100);
  connected(bench, peers, 'aa');
  const world = () => bench.daemon.engine.world;
  expect([stateOf(bench, 'aa'), managerState(world())]).toEqual(['ready', 'idle']);
  world().config = { ...world().config, singleConnectedTechnology: true };
  bench.kernel.plug(2, true);
  bench.advance(100);
  bench.dhcp.bound(2, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect([bench.state('eth0'), stateOf(bench, 'aa'), managerState(world())]).toEqual(['online', 'ready', 'online']);
});

test('Disconnect ends it; a second one is NotConnected', () => {
  const { bench, peers } = found();
  connected(bench, peers, 'aa');
  const { link } = peers;
  expect(bench.ask({ kind: 'disconnect', service: peerOf('aa') })).toEqual({ ok: true });
  bench.advance(100);
  expect([stateOf(bench, 'aa'), bench.kernel.link(link)]).toEqual(['idle', undefined]);
  expect(bench.ask({ kind: 'disconnect', service: peerOf('aa') })).toEqual({ ok: false, error: 'NotConnected' });
});

test('a peer that ends the group is idle, and is not connected with again', () => {
  const { bench, peers } = found();
  connected(bench, peers, 'aa');
  peers.end(idOf('aa'));
  bench.advance(300_000);
  expect([stateOf(bench, 'aa'), peers.attempts.length]).toEqual(['idle', 1]);
});

test('connecting with another peer leaves the one before (rule 216)', () => {
  const { bench, peers } = found();
  connected(bench, peers, 'aa');
  expect(connected(bench, peers, 'bb')).toEqual({ ok: true });
  expect([stateOf(bench, 'aa'), stateOf(bench, 'bb')]).toEqual(['idle', 'ready']);
});

test('the owner of a group has an address of a free network and a server with two leases, and is ready with the first (rule 215)', () => {
  const { bench, peers } = found((one) => {
    one.isOwner = true;
  });
  const operation = connect(bench, 'aa');
  bench.advance(100);
  const [server] = [...bench.dhcpServers.values()];
  expect(server).toMatchObject({
    ...{ interfaceName: 'p2p-wlan0-0', address: '192.168.0.1', first: '192.168.0.2', last: '192.168.0.3' },
    leaseSeconds: 3600,
  });
  expect([bench.addresses('p2p-wlan0-0'), stateOf(bench, 'aa')]).toEqual([['192.168.0.1/24'], 'configuration']);
  expect([bench.dhcp.running.has(peers.link), answerOf(bench, operation)]).toEqual([false, undefined]);
  const clients: DhcpServerClient[] = [
    { mac: '02:00:00:00:00:aa' as never, address: '192.168.0.2' as never, hostname: '' },
  ];
  bench.daemon.dispatch({ kind: 'dhcp-server', event: { kind: 'clients', ifindex: peers.link, clients } });
  expect(answerOf(bench, operation)).toEqual({ ok: true });
  expect(shown(bench, 'aa').IPv4).toMatchObject({ Local: { value: '192.168.0.1' }, Remote: { value: '192.168.0.2' } });
  bench.ask({ kind: 'disconnect', service: peerOf('aa') });
  bench.advance(100);
  expect(bench.dhcpServers.size).toBe(0);
});

test('a server of a group that cannot run fails the connection alone', () => {
  const { bench } = found((one) => {
    one.isOwner = true;
  });
  bench.dhcpServerFault = 'no part';
  const operation = connect(bench, 'aa');
  bench.advance(100);
  expect(answerOf(bench, operation)).toMatchObject({ ok: false, error: 'Failed', text: 'no part' });
  expect([stateOf(bench, 'aa'), bench.state('eth0')]).toEqual(['failure', 'online']);
});

/** An agent that says so, and what it was asked. */
function agentSays(bench: Bench, answer: Parameters<Parameters<ScriptedAgent>[1]>[0]) {
  const asked: Parameters<ScriptedAgent>[0][] = [];
  bench.registerAgent((ask, reply) => {
    asked.push(ask);
    reply(answer);
  });
  return asked;
}

test('a peer that wants to be connected with is put before the user, and then it is', () => {
  const { bench, peers } = found();
  const asked = agentSays(bench, { kind: 'reply', input: {} });
  peers.invite('aa');
  bench.advance(100);
  expect(asked).toEqual([{ member: 'RequestInput', service: peerOf('aa'), fields: [] }]);
  bench.dhcp.bound(peers.link, leaseOf('192.168.49.7'));
  bench.advance(100);
  expect(stateOf(bench, 'aa')).toBe('ready');
});

test.each([
  ['rejects it', { kind: 'error', name: 'net.connman.Agent.Error.Rejected' }],
  ['cancels', { kind: 'error', name: 'net.connman.Agent.Error.Canceled' }],
] as const)('a user who %s turns the peer down', (_what, answer) => {
  const { bench, peers } = found();
  agentSays(bench, answer);
  peers.invite('aa');
  bench.advance(100);
  expect([stateOf(bench, 'aa'), peers.attempts]).toEqual(['idle', []]);
  expect(peers.commands.at(-1)).toEqual({ kind: 'dissociate', network: idOf('aa') });
});

test('without an agent a peer is turned down, and so is one that comes while another is connected', () => {
  const { bench, peers } = found();
  peers.invite('aa');
  bench.advance(100);
  expect(peers.commands.at(-1)).toEqual({ kind: 'dissociate', network: idOf('aa') });
  agentSays(bench, { kind: 'reply', input: {} });
  connected(bench, peers, 'aa');
  peers.invite('bb');
  bench.advance(100);
  expect([stateOf(bench, 'aa'), peers.attempts.length]).toEqual(['ready', 1]);
  expect(peers.commands.at(-1)).toEqual({ kind: 'dissociate', network: idOf('bb') });
});

test('a peer that wants a PIN has the user asked for it; the attempt is made with what the user gives', () => {
  const { bench, peers } = found((one) => {
    one.wantsPin = true;
  });
  const asked = agentSays(bench, { kind: 'reply', input: { wps: {} } });
  expect(connected(bench, peers, 'aa')).toEqual({ ok: true });
  expect(asked).toMatchObject([{ fields: [{ name: 'WPS', type: 'wpspin' }] }]);
});

test('a peer that never answers fails after 100 s; the agent gets the error (rule 175)', () => {
  const { bench, peers } = found();
  const asked = agentSays(bench, { kind: 'reply' });
  peers.form = () => {};
  const operation = connect(bench, 'aa');
  bench.advance(99_000);
  expect([stateOf(bench, 'aa'), answerOf(bench, operation)]).toEqual(['association', undefined]);
  bench.advance(2_000);
  expect(answerOf(bench, operation)).toMatchObject({ ok: false, error: 'Failed' });
  expect(asked).toEqual([{ member: 'ReportError', service: peerOf('aa'), error: 'connect-failed' }]);
});

test('after SIGKILL a group goes on: the next run has an address of it again, without another attempt', () => {
  const { bench, peers } = found();
  connected(bench, peers, 'aa');
  const { link } = peers;
  bench.restart();
  bench.advance(1000);
  expect([stateOf(bench, 'aa'), bench.dhcp.running.has(link)]).toEqual(['configuration', true]);
  bench.dhcp.bound(link, leaseOf('192.168.49.7'));
  bench.advance(100);
  expect([stateOf(bench, 'aa'), peers.attempts.length]).toEqual(['ready', 1]);
});

const upnp = { kind: 'upnp', version: 16, service: 'uuid:x' } as const;
const register = (bench: Bench, owner: string, isMaster = false) =>
  bench.ask({ kind: 'register-peer-service', owner, service: upnp, isMaster });

test('what clients offer goes to the radio, once for all, and goes with its client (rule 217)', () => {
  const { bench, peers } = found();
  const offered = () => peers.commands.filter(({ kind }) => kind === 'offer-services').at(-1);
  expect(register(bench, ':1.5', true)).toEqual({ ok: true });
  expect(offered()).toEqual({ kind: 'offer-services', device, services: [upnp], isMaster: true });
  expect(register(bench, ':1.6')).toEqual({ ok: false, error: 'AlreadyExists' });
  const unregister = (owner: string) => bench.ask({ kind: 'unregister-peer-service', owner, service: upnp });
  expect(unregister(':1.6')).toEqual({ ok: false, error: 'NotRegistered' });
  bench.ask({ kind: 'end-peer-services', owner: ':1.5' });
  expect(offered()).toEqual({ kind: 'offer-services', device, services: [], isMaster: false });
  expect(unregister(':1.5')).toEqual({ ok: false, error: 'NotRegistered' });
});

test('without a radio that finds peers nothing is registered', () => {
  expect(register(online().bench, ':1.5')).toMatchObject({ ok: false, error: 'NotSupported' });
});

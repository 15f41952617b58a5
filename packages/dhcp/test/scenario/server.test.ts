/** The server machine with our own client at the far end, and with clients that mean no good. */
import { silentLogger } from '@connman/base';
import type { Dhcp4Request, DhcpEvent } from '@connman/contracts';
import { type Ipv4Address, ipv4Any, type MacAddress, macBroadcast } from '@connman/inet';
import { FakeDatagrams, ManualClock, PacketWire } from '@connman/testkit';
import { createDhcpComponent } from '../../src/component';
import { type DhcpMessage, decodeMessage, encodeMessage } from '../../src/v4/message';
import { messageTypeCode, messageTypeOf, OptionWriter, option, readOption } from '../../src/v4/options';
import { type Binding, poolOf } from '../../src/v4/pool';
import { type ServerEffect, type ServerEvent, type ServerState, serverStep } from '../../src/v4/server-machine';
import { decodeUdp, encodeUdp } from '../../src/v4/udp';
import { seededEntropy } from '../bench';
import { ip, mac, serverMac } from '../scripted-server';

const etherTypeIpv4 = 0x0800;
const settings = {
  address: ip('192.168.77.1'),
  prefixLength: 24,
  leaseSeconds: 3600,
  nameservers: [ip('192.168.77.1')],
  domain: 'tether',
  mtu: 1400,
  captivePortal: 'http://192.168.77.1/api',
};

type Untimed = ServerEvent extends infer E ? (E extends unknown ? Omit<E, 'now'> : never) : never;

function bench(bindings: readonly Binding[] = []) {
  const clock = new ManualClock(1000);
  const wire = new PacketWire();
  const pool = poolOf(ip('192.168.77.2'), ip('192.168.77.20'), bindings);
  const network = {
    state: { settings, pool, probing: new Map(), unused: new Map(), promised: new Map() } as ServerState,
    /** By whom. */
    occupied: new Map<Ipv4Address, MacAddress>(),
  };
  const effects: ServerEffect[] = [];
  const events: DhcpEvent[] = [];

  const step = (event: Untimed): void => {
    const next = serverStep(network.state, { ...event, now: clock.now() } as ServerEvent);
    network.state = next.state;
    effects.push(...next.effects);
    for (const effect of next.effects) {
      if (effect.kind === 'send') deliver(effect.message, effect.to.address);
      if (effect.kind === 'probe') {
        const { addresses } = effect;
        clock.setTimer(500, () => {
          for (const [address, holder] of network.occupied)
            if (addresses.includes(address)) step({ kind: 'probed', addresses: [address], holder });
          step({ kind: 'probed', addresses: addresses.filter((one) => !network.occupied.has(one)) });
        });
      }
    }
  };

  const deliver = (message: DhcpMessage, to: Ipv4Address): void => {
    const payload = encodeMessage(message) ?? new Uint8Array();
    const source = { address: settings.address, port: 67 };
    const packet = encodeUdp({ source, destination: { address: to, port: 68 }, payload });
    const info = { source: serverMac, checksumNotReady: false };
    // The last byte of a client's address is its link.
    const ifindex = Number.parseInt(message.chaddr.slice(-2), 16);
    clock.setTimer(1, () => wire.deliver(ifindex, etherTypeIpv4, packet, info));
  };

  wire.onSend = ({ etherType, payload }) => {
    if (etherType !== etherTypeIpv4) return;
    const datagram = decodeUdp(payload, false);
    const message = datagram.ok ? decodeMessage(datagram.value.payload) : undefined;
    if (message?.ok) clock.setTimer(1, () => step({ kind: 'message', message: message.value }));
  };
  const component = createDhcpComponent({
    clock,
    entropy: seededEntropy(1),
    packets: wire,
    datagrams: new FakeDatagrams(),
    linkAddresses: { read: () => new Set() },
    log: silentLogger,
  });
  component.onEvent((event) => events.push(event));
  const addressOf = (ifindex: number) =>
    events
      .flatMap((event) =>
        event.ifindex === ifindex && event.family === 4 && event.kind === 'bound' ? event.lease.address : [],
      )
      .at(-1);
  return {
    clock,
    network,
    effects,
    events,
    component,
    step,
    addressOf,
    types: () =>
      effects.flatMap((effect) => (effect.kind === 'send' ? (messageTypeOf(effect.message.options) ?? []) : [])),
    start: (n: number, changes: Partial<Dhcp4Request> = {}) =>
      component.start({
        family: 4,
        ifindex: n,
        interfaceName: `eth${n}`,
        mac: mac(`02:00:00:00:01:${n.toString(16).padStart(2, '0')}`),
        hostname: `box${n}`,
        vendorClassId: '',
        conflictDetection: false,
        ...changes,
      }),
  };
}

/** A message of a client that is made by hand. */
function message(type: 'discover' | 'request' | 'decline' | 'release' | 'inform', n: number, more: object = {}) {
  const { server, requested, ...rest } = more as { server?: Ipv4Address; requested?: Ipv4Address };
  const writer = new OptionWriter().add(option.messageType, messageTypeCode(type));
  if (server) writer.add(option.serverIdentifier, server);
  if (requested) writer.add(option.requestedAddress, requested);
  const nothing = { ciaddr: ipv4Any, yiaddr: ipv4Any, siaddr: ipv4Any, giaddr: ipv4Any };
  const chaddr = mac(
    `02:00:00:01:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
  );
  const header = { op: 'request', xid: n, secs: 0, broadcast: false, chaddr } as const;
  return { kind: 'message', message: { ...header, ...nothing, options: writer.options, ...rest } } as const;
}

test('a client gets an address that was probed, the router, names, MTU and the captive portal’s API, and renews it', () => {
  const { start, clock, events, effects, types } = bench();
  start(1);
  clock.advance(2000);
  expect(events).toMatchObject([
    {
      kind: 'bound',
      lease: {
        prefixLength: 24,
        server: '192.168.77.1',
        routes: [{ gateway: '192.168.77.1' }],
        nameservers: ['192.168.77.1'],
        domain: 'tether',
        mtu: 1400,
        captivePortalUrl: 'http://192.168.77.1/api',
        leaseSeconds: 3600,
        t1Seconds: 1800,
        t2Seconds: 3150,
      },
    },
  ]);
  expect(effects.filter(({ kind }) => kind === 'probe')).toHaveLength(1);
  // The client offers rapid commit.
  expect(types()).toEqual(['ack']);
  clock.advance(1_810_000);
  expect(types()).toEqual(['ack', 'ack']);
  const stored = effects.flatMap((effect) => (effect.kind === 'binding' ? effect.binding : []));
  expect(stored.map(({ hostname, until }) => [hostname, until > 3_000_000])).toEqual([
    ['box1', true],
    ['box1', true],
  ]);
});

test('nineteen clients get nineteen addresses, a twentieth none, and one when a lease is given back', () => {
  const { start, clock, component, addressOf } = bench();
  for (let n = 1; n <= 19; n++) start(n);
  clock.advance(60_000);
  const given = Array.from({ length: 19 }, (_, i) => addressOf(i + 1));
  expect(new Set(given).size).toBe(19);
  start(20);
  clock.advance(10_000);
  expect(addressOf(20)).toBeUndefined();
  component.stop(7, 4, { release: true });
  clock.advance(15_000);
  expect(addressOf(20)).toBe(given[6]);
});

test('a client that comes back after a restart of the server keeps its address', () => {
  const first = bench();
  first.start(1);
  first.clock.advance(2000);
  const address = first.addressOf(1);
  const stored = first.effects.flatMap((effect) => (effect.kind === 'binding' ? effect.binding : []));
  for (const second of [bench(stored), bench()]) {
    second.start(1, { lastAddress: address as Ipv4Address });
    second.clock.advance(2000);
    expect([second.addressOf(1), second.types()]).toEqual([address, ['ack']]);
  }
});

test('an address of another network is refused at once (NAK by broadcast)', () => {
  const { start, clock, effects, addressOf, types } = bench();
  start(1, { lastAddress: ip('10.0.0.7') });
  clock.advance(3000);
  expect(types()).toEqual(['nak', 'ack']);
  expect(effects.find(({ kind }) => kind === 'send')).toMatchObject({ to: { mac: macBroadcast } });
  expect(addressOf(1)).toMatch(/^192\.168\.77\./);
});

test('an address that a stranger uses is not offered', () => {
  const { start, clock, network, addressOf } = bench();
  for (let last = 2; last <= 19; last++) network.occupied.set(ip(`192.168.77.${last}`), mac('02:00:00:00:09:09'));
  start(1);
  clock.advance(60_000);
  expect(addressOf(1)).toBe('192.168.77.20');
});

test('addresses are probed as the network is set up: a client waits for none, for ten minutes', () => {
  const { step, clock, effects, network } = bench();
  network.occupied.set(ip('192.168.77.9'), mac('02:00:00:00:09:09'));
  step({ kind: 'begun' });
  const probes = () => effects.flatMap((effect) => (effect.kind === 'probe' ? effect.addresses.length : []));
  const offers = () => effects.flatMap((effect) => (effect.kind === 'send' ? effect.message.yiaddr : []));
  expect(probes()).toEqual([19]);
  clock.advance(500);
  for (let n = 1; n <= 10; n++) step(message('discover', n));
  expect([new Set(offers()).size, offers().includes(ip('192.168.77.9')), probes()]).toEqual([10, false, [19]]);
  clock.advance(600_000);
  step(message('discover', 11));
  expect([offers().length, probes()]).toEqual([10, [19, 19]]);
});

test('an address that was leased since it was probed is probed again for another client', () => {
  const { step, clock, effects } = bench();
  step({ kind: 'begun' });
  clock.advance(501);
  const wanted = { requested: ip('192.168.77.9') };
  step(message('request', 1, { ...wanted, server: settings.address }));
  step(message('release', 1, { ciaddr: ip('192.168.77.9') }));
  clock.advance(1);
  step(message('discover', 2, wanted));
  expect(effects.flatMap((effect) => (effect.kind === 'probe' ? [effect.addresses] : []))).toEqual([
    expect.any(Array),
    ['192.168.77.9'],
  ]);
});

test('a client that kept its address over a restart without a lease file gets it, though the probe finds it there', () => {
  const { step, clock, network, effects } = bench();
  const { message: asked } = message('request', 1, { requested: ip('192.168.77.9') });
  network.occupied.set(ip('192.168.77.9'), asked.chaddr);
  step({ kind: 'begun' });
  clock.advance(500);
  step(message('request', 2, { requested: ip('192.168.77.9') }));
  step({ kind: 'message', message: asked });
  const answers = effects.flatMap((effect) => (effect.kind === 'send' ? messageTypeOf(effect.message.options) : []));
  expect(answers).toEqual(['nak', 'ack']);
});

test('a declined address goes to no one for ten minutes; only its holder can decline it', () => {
  const { step, network, effects } = bench();
  const holder = { server: settings.address, requested: ip('192.168.77.9') };
  step(message('request', 1, holder));
  step(message('decline', 2, holder));
  expect(network.state.pool.foreign.size).toBe(0);
  step(message('decline', 1, holder));
  expect(network.state.pool.foreign.has(ip('192.168.77.9'))).toBe(true);
  step(message('request', 3, holder));
  const answers = effects.flatMap((effect) => (effect.kind === 'send' ? messageTypeOf(effect.message.options) : []));
  expect(answers).toEqual(['ack', 'nak']);
});

test('a request for another server’s offer, a relay’s message and a BOOTREPLY are not answered', () => {
  const { step, effects } = bench();
  step(message('request', 1, { server: ip('192.168.77.2'), requested: ip('192.168.77.9') }));
  step(message('discover', 1, { giaddr: ip('10.0.0.1') }));
  step(message('discover', 1, { op: 'reply' }));
  expect(effects).toEqual([]);
});

test('DHCPINFORM is answered where the client is, without a lease time (section 4.3.5)', () => {
  const { step, effects } = bench();
  step(message('inform', 1, { ciaddr: ip('192.168.77.200') }));
  const [answer] = effects;
  if (answer?.kind !== 'send') throw new Error('no answer');
  expect([answer.to.address, answer.message.yiaddr]).toEqual(['192.168.77.200', '0.0.0.0']);
  expect(readOption(answer.message.options, option.leaseTime)).toBeUndefined();
});

test('two thousand strangers that ask for offers take no address and leave nothing behind', () => {
  const { step, clock, start, addressOf, network } = bench();
  for (let n = 0; n < 2000; n++) step(message('discover', n));
  const waiting = [...network.state.probing.values()].map((messages) => messages.length);
  expect([waiting.length, Math.max(...waiting)]).toEqual([19, 4]);
  clock.advance(1000);
  expect([network.state.probing.size, network.state.pool.byAddress.size]).toEqual([0, 0]);
  start(1);
  clock.advance(3000);
  expect(addressOf(1)).toBeDefined();
});

test('clients that come at once are offered an address each, and more than there are addresses leave none out', () => {
  const { step, clock, effects } = bench();
  for (let n = 0; n < 25; n++) step(message('discover', n));
  clock.advance(600);
  const offered = effects.flatMap((effect) => (effect.kind === 'send' ? effect.message.yiaddr : []));
  expect([offered.length, new Set(offered).size]).toEqual([25, 19]);
});

test('a promise that no one took up keeps an address from others for 10 s', () => {
  const { step, clock, effects } = bench();
  const asks = (n: number) => {
    step(message('discover', n, { requested: ip('192.168.77.9') }));
    clock.advance(600);
    return effects.flatMap((effect) => (effect.kind === 'send' ? effect.message.yiaddr : [])).at(-1);
  };
  expect([asks(1), asks(2) === '192.168.77.9']).toEqual(['192.168.77.9', false]);
  clock.advance(10_000);
  expect(asks(3)).toBe('192.168.77.9');
});

test('of five thousand hostile messages none takes an address twice, or one that is not to be leased', () => {
  const { step, clock, network, effects } = bench();
  const random = seededEntropy(7);
  const pick = <T>(...choices: readonly T[]) => choices[random.uint32() % choices.length] as T;
  const address = () => ip(`192.168.${pick(77, 77, 77, 0)}.${random.uint32() % 256}`);
  const maybe = (value: object) => (random.uint32() % 2 === 0 ? value : {});
  const broken: number[] = [];
  for (let i = 0; i < 5000; i++) {
    const type = pick('discover', 'request', 'request', 'decline', 'release', 'inform' as const);
    const more = {
      ...maybe({ requested: address() }),
      ...maybe({ server: pick(settings.address, ip('10.0.0.1')) }),
      ...maybe({ ciaddr: address() }),
      broadcast: random.uint32() % 2 === 0,
    };
    step(message(type, random.uint32() % 64, more));
    if (random.uint32() % 8 === 0) clock.advance(random.uint32() % 400_000);
    const { byAddress, byClient, foreign } = network.state.pool;
    const isSound = [...byClient].every(
      ([client, { address }]) =>
        byAddress.get(address)?.client === client && (foreign.get(address)?.until ?? 0) <= clock.now(),
    );
    if (!isSound || byAddress.size !== byClient.size || Math.max(byAddress.size, foreign.size) > 19) broken.push(i);
  }
  expect(broken).toEqual([]);
  const given = effects.flatMap((effect) => (effect.kind === 'send' ? effect.message.yiaddr : []));
  const pool = new Set<string>([ipv4Any, ...Array.from({ length: 19 }, (_, i) => `192.168.77.${i + 2}`)]);
  expect(given.filter((one) => !pool.has(one))).toEqual([]);
  expect(given.length).toBeGreaterThan(500);
});

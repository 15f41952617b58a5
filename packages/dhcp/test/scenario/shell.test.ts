/** What the shell adds to the machine: sockets, timers, the log, and the listener. */
import { OsError } from '@connman/base';
import { FakeDatagrams, ManualClock, PacketWire } from '@connman/testkit';
import { createDhcpComponent } from '../../src/component';
import { encodeArp } from '../../src/ll/arp';
import { option } from '../../src/v4/options';
import { bench, seededEntropy } from '../bench';
import { frame } from '../frames';
import { clientMac, ifindex, ip, leases, mac, serverMac } from '../scripted-server';

const rival = mac('02:00:00:00:00:99');

test('an offer whose checksum was left to the hardware is taken when the packet says so, and dropped otherwise', () => {
  for (const checksumNotReady of [true, false]) {
    const { start, clock, wire, server, lines } = bench();
    server.script = () => undefined;
    start();
    clock.advance(1);
    const packet = frame('dnsmasq-offer');
    const [discover] = server.heard;
    new DataView(packet.buffer).setUint32(28 + 4, discover?.message.xid ?? 0);
    wire.deliver(ifindex, 0x0800, packet, { source: serverMac, checksumNotReady });
    expect(server.types).toEqual(checksumNotReady ? ['discover', 'request'] : ['discover']);
    expect(lines.some((line) => line.includes('wrong UDP checksum'))).toBe(!checksumNotReady);
  }
});

test('after three messages without an answer the client asks for a broadcast answer', () => {
  const { start, clock, server } = bench();
  server.script = () => undefined;
  start();
  clock.advance(1600);
  expect(server.heard.map(({ message }) => message.broadcast)).toEqual([false, false, false, true]);
});

test('a listener may end the client as it gets a lease, and nothing stays behind', () => {
  for (const conflictDetection of [false, true]) {
    const { start, clock, component, wire, server } = bench();
    component.onEvent(({ kind }) => kind === 'bound' && component.stop(ifindex, 4, { release: true }));
    start({ conflictDetection });
    clock.advance(10_000);
    expect(server.types.at(-1)).toBe('release');
    expect([wire.openSockets, clock.pending]).toEqual([0, 0]);
  }
});

test('"bound" is told before anything else goes out', () => {
  const { start, clock, component, wire } = bench();
  let sentBefore = -1;
  component.onEvent(() => {
    sentBefore = wire.sent.length;
  });
  start();
  clock.advance(5000);
  // DISCOVER and REQUEST; the announcements come later.
  expect(sentBefore).toBe(2);
  expect(wire.sent.length).toBe(4);
});

test('a server that is wrong in the same way for hours fills no log', () => {
  const { start, clock, server, lines } = bench();
  server.script = leases(ip('127.0.0.1'));
  start();
  clock.advance(3_000_000);
  expect(server.heard.length).toBeGreaterThan(200);
  expect(lines.filter((line) => line.includes('127.0.0.1'))).toHaveLength(1);
});

test('a link-local address that another host insists on is lost, and a new one comes', () => {
  const { start, clock, wire, server, events, kinds } = bench();
  server.script = () => undefined;
  start();
  clock.advance(15_000);
  const [silent] = events;
  if (silent?.kind !== 'silent') throw new Error('no link-local address');
  const claim = encodeArp({
    operation: 'request',
    senderMac: rival,
    senderAddress: silent.linkLocal,
    targetMac: mac('00:00:00:00:00:00'),
    targetAddress: silent.linkLocal,
  });
  const hear = () => wire.deliver(ifindex, 0x0806, claim, { source: rival, checksumNotReady: false });
  hear();
  expect(kinds()).toEqual(['silent']);
  hear();
  expect(events.slice(1)).toMatchObject([
    { kind: 'conflict', address: silent.linkLocal, mac: rival },
    { kind: 'lost', reason: 'conflict' },
  ]);
  clock.advance(15_000);
  expect(events.at(-1)).toMatchObject({ kind: 'silent' });
  expect(events.at(-1)).not.toMatchObject({ linkLocal: silent.linkLocal });
});

test('an address in use that another host insists on is declined', () => {
  const { start, clock, wire, server, kinds } = bench();
  start({ conflictDetection: true });
  clock.advance(12_000);
  const claim = encodeArp({
    operation: 'reply',
    senderMac: rival,
    senderAddress: ip('192.0.2.10'),
    targetMac: clientMac,
    targetAddress: ip('192.0.2.10'),
  });
  const hear = () => wire.deliver(ifindex, 0x0806, claim, { source: rival, checksumNotReady: false });
  hear();
  expect(kinds()).toEqual(['bound', 'conflict']);
  hear();
  expect(kinds()).toEqual(['bound', 'conflict', 'conflict', 'lost']);
  expect(server.types.at(-1)).toBe('decline');
});

test('the machine’s own second link in the same segment is no other host', () => {
  const { start, clock, wire, ownMacs, kinds } = bench();
  const second = mac('52:54:00:00:00:08');
  start({ conflictDetection: true });
  clock.advance(1500);
  // The kernel answers the probe on the second link, and later says that the address is there, too.
  const answer = encodeArp({
    operation: 'reply',
    senderMac: second,
    senderAddress: ip('192.0.2.10'),
    targetMac: clientMac,
    targetAddress: ip('0.0.0.0'),
  });
  const hear = () => wire.deliver(ifindex, 0x0806, answer, { source: second, checksumNotReady: false });
  ownMacs.add(second);
  hear();
  clock.advance(10_000);
  hear();
  hear();
  expect(kinds()).toEqual(['bound']);
  ownMacs.delete(second);
  clock.advance(1000);
  hear();
  expect(kinds()).toEqual(['bound', 'conflict']);
});

test('link-local claims of a thousand links are done in a few wake-ups', () => {
  const { start, clock, server, events } = bench();
  server.script = () => undefined;
  for (let n = 0; n < 1000; n++) {
    const [high, low] = [n >> 8, n & 255].map((byte) => byte.toString(16).padStart(2, '0'));
    start({ ifindex: 100 + n, interfaceName: `veth${n}`, mac: mac(`52:54:00:01:${high}:${low}`) });
  }
  clock.advance(12_000);
  const silent = events.filter(({ kind }) => kind === 'silent');
  expect(silent).toHaveLength(1000);
  expect(new Set(silent.map(({ at }) => at)).size).toBeLessThan(20);
});

test('a lease longer than the timers of the runtime reach is renewed at its T1, not before', () => {
  const { start, clock, server } = bench();
  server.script = leases(ip('192.0.2.10'), { seconds: 100 * 86_400 });
  start();
  clock.advance(49 * 86_400_000);
  expect(server.types).toEqual(['discover', 'request']);
  clock.advance(86_400_000 + 1000);
  expect(server.types).toEqual(['discover', 'request', 'request']);
});

test('a port 68 that another program holds is logged, and the lease comes all the same', () => {
  const datagrams = new FakeDatagrams();
  datagrams.onOpen = () => {
    throw new OsError('bind', 98, '0.0.0.0:68');
  };
  const lines: string[] = [];
  const note = (text: string) => void lines.push(text);
  const wire = new PacketWire();
  const component = createDhcpComponent({
    clock: new ManualClock(0),
    entropy: seededEntropy(1),
    packets: wire,
    datagrams,
    linkAddresses: { read: () => new Set() },
    log: { error: note, warning: note, info: note, debug: () => {} },
  });
  component.start({
    family: 4,
    ifindex,
    interfaceName: 'eth0',
    mac: clientMac,
    hostname: '',
    vendorClassId: '',
    conflictDetection: false,
  });
  expect(wire.sent).toHaveLength(1);
  expect(lines.join()).toContain('port 68');
});

test('links are served apart: what one hears is not the other’s', () => {
  const { start, clock, component, events, wire } = bench();
  start();
  start({ ifindex: 8, interfaceName: 'eth1', mac: mac('52:54:00:00:00:08') });
  clock.advance(1);
  expect(events.map((event) => [event.kind, event.ifindex])).toEqual([['bound', ifindex]]);
  component.stop(8, 4, { release: false });
  component.stop(9, 4, { release: true });
  component.renew(9, 4);
  // The announcements of the address are over, and their socket with them.
  clock.advance(3000);
  expect(wire.openSockets).toBe(1);
});

test('the host name a server gives is told', () => {
  const { start, clock, server, last } = bench();
  server.script = leases(ip('192.0.2.10'), { options: (writer) => void writer.add(option.hostName, 'desk-7') });
  start();
  clock.advance(1);
  expect(last()).toMatchObject({ lease: { hostname: 'desk-7' } });
});

/** The server's shell on a bridge, with our own clients on its ports: leases, files, probes, and who is reported as served. */
import { OsError, silentLogger } from '@connman/base';
import type { DhcpEvent, DhcpServerEvent } from '@connman/contracts';
import { FakeDatagrams, ManualClock, MemoryFiles, PacketWire } from '@connman/testkit';
import { createDhcpComponent } from '../../src/component';
import { arpProbe, decodeArp, encodeArp } from '../../src/ll/arp';
import { createDhcpServers } from '../../src/v4/server';
import { seededEntropy } from '../bench';
import { ip, mac } from '../scripted-server';

const bridge = 100;
const bridgeMac = mac('02:00:00:00:00:64');
const leaseFile = '/var/lib/connman/tether-leases';
const request = {
  ...{ ifindex: bridge, interfaceName: 'tether', mac: bridgeMac, address: ip('192.168.0.1'), prefixLength: 24 },
  ...{
    first: ip('192.168.0.2'),
    last: ip('192.168.0.4'),
    leaseSeconds: 86_400,
    nameservers: [ip('192.168.0.1')],
    mtu: 0,
  },
};
const macOf = (n: number) => mac(`02:00:00:00:01:${n.toString(16).padStart(2, '0')}`);

function bench(files = new MemoryFiles(), clock = new ManualClock(1000)) {
  const wire = new PacketWire();
  const datagrams = new FakeDatagrams();
  const reported: DhcpServerEvent[] = [];
  const events: DhcpEvent[] = [];
  const lines: string[] = [];
  const log = { ...silentLogger, warning: (text: string) => void lines.push(text) };
  /** Hosts that answer for an address: by ARP. */
  const holders = new Map<string, string>();
  wire.onSend = ({ ifindex, etherType, payload }) => {
    const probed = etherType === 0x0806 ? decodeArp(payload) : undefined;
    const holder = probed?.ok ? holders.get(probed.value.targetAddress) : undefined;
    clock.setTimer(1, () => {
      // A bridge: what one end sends, every other end gets.
      for (const other of [bridge, 1, 2, 3, 4]) {
        if (other === ifindex) continue;
        wire.deliver(other, etherType, payload, { source: macOf(ifindex), checksumNotReady: false });
      }
      if (!holder || !probed?.ok) return;
      const senderAddress = probed.value.targetAddress;
      const reply = { ...arpProbe(mac(holder), senderAddress), operation: 'reply' as const, senderAddress };
      wire.deliver(ifindex, etherType, encodeArp(reply), { source: mac(holder), checksumNotReady: false });
    });
  };
  const servers = createDhcpServers({
    ...{ clock, packets: wire, datagrams, files, log, leaseFile: () => leaseFile },
    onEvent: (event) => reported.push(event),
  });
  const component = createDhcpComponent({
    ...{ clock, entropy: seededEntropy(1), packets: wire, datagrams, log: silentLogger },
    linkAddresses: { read: () => new Set() },
  });
  component.onEvent((event) => events.push(event));
  const join = (n: number) =>
    component.start({
      ...{ family: 4, ifindex: n, interfaceName: `eth${n}`, mac: macOf(n), hostname: `box${n}` },
      ...{ vendorClassId: '', conflictDetection: false },
    });
  const leaseOf = (n: number) =>
    events.flatMap((one) => (one.family === 4 && one.ifindex === n && one.kind === 'bound' ? one.lease : [])).at(-1);
  return { wire, datagrams, clock, files, servers, component, reported, lines, holders, join, leaseOf };
}

test('a client gets an address, the router and the name server, and is reported until its lease is over', () => {
  const { servers, clock, join, leaseOf, reported, component } = bench();
  servers.start(request);
  join(1);
  clock.advance(2000);
  expect(leaseOf(1)).toMatchObject({
    ...{ prefixLength: 24, server: '192.168.0.1', nameservers: ['192.168.0.1'], leaseSeconds: 86_400 },
    routes: [{ destination: { address: '0.0.0.0', length: 0 }, gateway: '192.168.0.1' }],
  });
  const client = { mac: macOf(1), address: leaseOf(1)?.address, hostname: 'box1' };
  expect(reported.at(-1)).toEqual({ kind: 'clients', ifindex: bridge, clients: [client] });
  component.stop(1, 4, { release: false });
  clock.advance(86_400_000);
  expect(reported.at(-1)).toEqual({ kind: 'clients', ifindex: bridge, clients: [] });
});

test('a client that gives its lease back is no longer reported', () => {
  const { servers, clock, join, component, reported } = bench();
  servers.start(request);
  join(1);
  clock.advance(2000);
  component.stop(1, 4, { release: true });
  clock.advance(100);
  expect(reported.at(-1)).toMatchObject({ clients: [] });
});

test('after a restart a client keeps its address, and no other client gets it', () => {
  const first = bench();
  first.servers.start(request);
  first.join(1);
  first.clock.advance(5000);
  expect(first.files.read(leaseFile)).toMatch(/^\d+ 02:00:00:00:01:01 192\.168\.0\.\d box1 01020000000101\n$/);
  const second = bench(first.files, first.clock);
  second.servers.start(request);
  expect(second.reported).toMatchObject([{ clients: [{ mac: macOf(1) }] }]);
  for (const n of [2, 3, 1]) second.join(n);
  second.clock.advance(10_000);
  expect(second.leaseOf(1)?.address).toBe(first.leaseOf(1)?.address);
  expect(new Set([1, 2, 3].map((n) => second.leaseOf(n)?.address)).size).toBe(3);
});

test('leases on disk are taken to last no longer than a new one would, whatever the clock said', () => {
  const files = new MemoryFiles().putFile(leaseFile, '99999999999 02:00:00:00:01:09 192.168.0.2 * *\n');
  const { servers, clock, reported } = bench(files);
  servers.start(request);
  expect(reported).toMatchObject([{ clients: [{ address: '192.168.0.2', hostname: '' }] }]);
  clock.advance(86_400_000);
  expect(reported.at(-1)).toMatchObject({ clients: [] });
});

test('lines of the lease file that are none are passed over', () => {
  const bad = ['x', '1 2 3 4 5', '99 02:00:00:00:01:09 192.168.0.2', '99 02:00:00:00:01:09 192.168.0.2 a ..', '\0'];
  const good = '9999999999 02:00:00:00:01:08 192.168.0.3 phone 01ff';
  const { servers, reported } = bench(new MemoryFiles().putFile(leaseFile, [...bad, good].join('\n')));
  servers.start(request);
  expect(reported).toMatchObject([{ clients: [{ mac: '02:00:00:00:01:08', hostname: 'phone' }] }]);
});

test('an address that a stranger uses is not leased; one that the client itself uses is', () => {
  const { servers, clock, join, leaseOf, holders } = bench();
  holders.set('192.168.0.2', '02:00:00:00:09:09').set('192.168.0.3', '02:00:00:00:09:09');
  holders.set('192.168.0.4', macOf(1));
  servers.start(request);
  join(1);
  clock.advance(30_000);
  expect(leaseOf(1)?.address).toBe('192.168.0.4');
});

test('a crowd is reported together', () => {
  const { servers, clock, join, reported } = bench();
  servers.start(request);
  for (const n of [1, 2, 3]) join(n);
  clock.advance(5000);
  expect(reported.map((one) => one.kind === 'clients' && one.clients.length)).toEqual([0, 3]);
});

test('a lease is on disk once its client has it: a server that is killed then knows it again', () => {
  const { servers, clock, join, leaseOf, files } = bench();
  servers.start(request);
  for (const n of [1, 2]) {
    join(n);
    while (!leaseOf(n)) clock.advance(1);
    clock.advance(1);
    expect(files.read(leaseFile)).toContain(macOf(1));
  }
  // The second one came within a second of the first.
  expect(files.changes).toHaveLength(1);
  clock.advance(1000);
  expect(files.read(leaseFile)).toContain(macOf(2));
});

test('a crowd is written to disk once, and an unwritable disk is said once', () => {
  const { servers, clock, join, files, lines, component } = bench();
  servers.start(request);
  for (const n of [1, 2, 3]) join(n);
  clock.advance(5000);
  expect(files.changes).toEqual([`writeAtomic ${leaseFile}`]);
  files.fault = (call) => (call === 'writeAtomic' ? 28 : undefined);
  for (const n of [1, 2]) component.stop(n, 4, { release: true });
  clock.advance(1500);
  component.stop(3, 4, { release: true });
  clock.advance(1500);
  expect(lines).toEqual([expect.stringMatching(/tether-leases.*leases of clients are forgotten on a restart$/)]);
});

test('another server on the link is a fault with its reason, and nothing stays open', () => {
  const { servers, datagrams, wire, reported } = bench();
  datagrams.onOpen = () => {
    throw new OsError('bind', 98, 'UDP port 67 of tether');
  };
  servers.start(request);
  expect(reported).toEqual([
    { kind: 'failed', ifindex: bridge, reason: expect.stringMatching(/^no DHCP server on tether: .*EADDRINUSE/) },
  ]);
  expect(wire.openSockets).toBe(0);
});

test('a server that is stopped answers nothing and leaves nothing open', () => {
  const { servers, clock, join, leaseOf, wire, component, datagrams } = bench();
  servers.start(request);
  join(1);
  clock.advance(1);
  servers.stop(bridge);
  clock.advance(5000);
  expect(leaseOf(1)).toBeUndefined();
  component.stop(1, 4, { release: false });
  expect([wire.openSockets, datagrams.sockets.filter(({ closed }) => !closed)]).toEqual([0, []]);
});

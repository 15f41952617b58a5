import { type OsError, ok, type Result, silentLogger } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { NeighbourFact, TcpSocketFact } from '@connman/netlink';
import { ManualClock } from '@connman/testkit';
import { retransmittedSegments, UplinkWatch } from './uplink-watch';

const own = '10.0.0.5' as IpAddress;
const gateway = '10.0.0.1' as IpAddress;
const uplink = { ifindex: 2, addresses: [own], gateways: [gateway] };

function rig() {
  const clock = new ManualClock(1000);
  const seen: string[] = [];
  let sockets: TcpSocketFact[] = [];
  let neighbours: NeighbourFact[] = [];
  let retransmitted: number | undefined;
  let asked = 0;
  const watch = new UplinkWatch({
    clock,
    log: silentLogger,
    retransmitted: () => retransmitted,
    sockets: (family): Result<readonly TcpSocketFact[], OsError> => {
      if (family === 4) asked++;
      return ok(family === 4 ? sockets : []);
    },
    neighbours: () => ok(neighbours),
    onSuspicion: ({ ifindex, family, evidence, bySize }) =>
      seen.push(`${ifindex} IPv${family} ${evidence}${bySize ? ' by size' : ''}`),
  });
  watch.follow([uplink]);
  return {
    watch,
    /** A second later, with these sockets and this state of the gateway: what is suspected. */
    look: (next: readonly Partial<TcpSocketFact>[], state = 2) => {
      sockets = next.map((one, i) => ({
        ...{ cookie: `${i}`, local: own, isConnecting: false, retransmits: 0, hasFullSegment: false, progress: 0 },
        ...one,
      }));
      neighbours = [{ ifindex: 2, address: gateway, mac: '', state } as NeighbourFact];
      clock.advance(1000);
      return seen.splice(0);
    },
    retransmit: (count: number) => {
      retransmitted = count;
    },
    asked: () => asked,
    timers: () => clock.advance(60_000),
    seen,
  };
}

const stalls = ['2 IPv4 1 TCP connection(s) retransmit and none gets on'];

test('connections that retransmit, and none that gets on, are a sign', () => {
  const { look } = rig();
  expect(look([{ retransmits: 0 }, { progress: 10 }])).toEqual([]);
  expect(look([{ retransmits: 2 }, { progress: 10 }])).toEqual(stalls);
});

test('beside one that gets on they are none: its peer alone is dead', () => {
  const { look } = rig();
  look([{}, { progress: 10 }]);
  expect(look([{ retransmits: 5 }, { progress: 11 }])).toEqual([]);
});

test('full segments that are sent again are a sign also beside connections that get on', () => {
  const { look } = rig();
  look([{}, { progress: 10 }]);
  expect(look([{ retransmits: 2, hasFullSegment: true }, { progress: 11 }])).toEqual([
    '2 IPv4 1 TCP connection(s) retransmit full segments, others get on by size',
  ]);
  expect(look([{ retransmits: 3, hasFullSegment: true }, { progress: 11 }])).toEqual([`${stalls[0]} by size`]);
});

test('a single lost packet is none, and a connection attempt without an answer is one', () => {
  const { look } = rig();
  expect(look([{ retransmits: 1 }])).toEqual([]);
  expect(look([{ retransmits: 1, isConnecting: true }])).toEqual(stalls);
});

test('connections by other addresses do not count', () => {
  const { look } = rig();
  expect(look([{ retransmits: 9, local: '127.0.0.1' as IpAddress }])).toEqual([]);
});

test('a gateway that does not respond for two looks is a sign, once', () => {
  const { look } = rig();
  const failed = 0x20;
  expect(look([], failed)).toEqual([]);
  expect(look([], failed)).toEqual(['2 IPv4 the gateway 10.0.0.1 does not respond']);
  expect(look([], failed)).toEqual([]);
  expect(look([])).toEqual([]);
  look([], failed);
  expect(look([], failed)).toHaveLength(1);
});

test('without uplinks nothing is looked at', () => {
  const { watch, look } = rig();
  watch.follow([]);
  expect(look([{ retransmits: 9 }])).toEqual([]);
});

test('a machine that retransmits nothing is not asked for its connections, one that does for some seconds', () => {
  const { look, retransmit, asked } = rig();
  retransmit(7);
  for (let second = 0; second < 10; second++) look([{ progress: 10 }]);
  expect(asked()).toBe(5);
  retransmit(8);
  expect(look([{ retransmits: 2, progress: 10 }])).toEqual([]);
  expect(look([{ retransmits: 3, progress: 10 }])).toEqual(stalls);
  for (let second = 0; second < 10; second++) look([]);
  expect(asked()).toBe(10);
});

test('the number of retransmitted segments stands where the line of names says', () => {
  expect(
    retransmittedSegments('Ip: A B\nIp: 1 2\nTcp: RtoMin RetransSegs InErrs\nTcp: 200 42 0\nUdp: A\nUdp: 1\n'),
  ).toBe(42);
  for (const odd of [undefined, '', 'Tcp: RtoMin\nTcp: 200\n', 'Tcp: RtoMin RetransSegs\nTcp: 200\n'])
    expect(retransmittedSegments(odd)).toBeUndefined();
});

import { type OsError, ok, type Result, silentLogger } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import type { NeighbourFact, TcpSocketFact } from '@connman/netlink';
import { ManualClock } from '@connman/testkit';
import { UplinkWatch } from './uplink-watch';

const own = '10.0.0.5' as IpAddress;
const gateway = '10.0.0.1' as IpAddress;
const uplink = { ifindex: 2, addresses: [own], gateways: [gateway] };

function rig() {
  const clock = new ManualClock(1000);
  const seen: string[] = [];
  let sockets: TcpSocketFact[] = [];
  let neighbours: NeighbourFact[] = [];
  const watch = new UplinkWatch({
    clock,
    log: silentLogger,
    sockets: (family): Result<readonly TcpSocketFact[], OsError> => ok(family === 4 ? sockets : []),
    neighbours: () => ok(neighbours),
    onSuspicion: ({ ifindex, family, evidence }) => seen.push(`${ifindex} IPv${family} ${evidence}`),
  });
  watch.follow([uplink]);
  return {
    watch,
    /** A second later, with these sockets and this state of the gateway: what is suspected. */
    look: (next: readonly Partial<TcpSocketFact>[], state = 2) => {
      sockets = next.map((one, i) => ({
        ...{ cookie: `${i}`, local: own, isConnecting: false, retransmits: 0, progress: 0 },
        ...one,
      }));
      neighbours = [{ ifindex: 2, address: gateway, mac: '', state } as NeighbourFact];
      clock.advance(1000);
      return seen.splice(0);
    },
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

/** The advertiser on a wire: what hosts are told and when, and what becomes of solicitations that are not sound. */
import { after, silentLogger } from '@connman/base';
import type { AdvertisementRequest } from '@connman/contracts';
import { type Ipv6Address, ipv6FromBytes, type MacAddress } from '@connman/inet';
import { ManualClock, PacketWire } from '@connman/testkit';
import { seededEntropy } from '../../test/bench';
import { mac } from '../../test/scripted-server';
import { createRouterAdvertisers } from './advertiser';
import { decodeNeighbourMessage, encodeNeighbourMessage, etherTypeIpv6, headerLength } from './packet';

const ip = (text: string) => text as Ipv6Address;
const bridge = 7;
const clock0 = 1000;
const request: AdvertisementRequest = {
  ...{ ifindex: bridge, interfaceName: 'tether', mac: mac('02:00:00:00:00:64'), source: ip('fe80::64') },
  isDefaultRouter: true,
  prefixes: [{ prefix: ip('fd01:203:405::') }],
  mtu: 0,
  nameservers: [ip('fd01:203:405::1')],
};
const phone = { address: ip('fe80::1:2'), mac: mac('02:00:00:00:00:02') };
/** Of Linux 6.18: fe80::ff:fe00:2 to ff02::2, with its link-layer address. */
const captured = Buffer.from(
  '6000000000103afffe80000000000000000000fffe000002ff02000000000000000000000000000285007b2a000000000101020000000002',
  'hex',
);

function bench() {
  const wire = new PacketWire();
  const clock = new ManualClock(clock0);
  const lines: string[] = [];
  const log = { ...silentLogger, info: (text: string) => void lines.push(text) };
  const events: unknown[] = [];
  let meet = (_: readonly { readonly mac: MacAddress; readonly address: Ipv6Address }[]) => {};
  const watched: number[] = [];
  const advertisers = createRouterAdvertisers({
    ...{ clock, entropy: seededEntropy(1), packets: wire, log },
    onEvent: (event) => void events.push(event),
    watchNeighbours: ({ ifindex, onChange }) => {
      watched.push(ifindex);
      meet = onChange;
      return { close: () => void watched.pop() };
    },
  });
  advertisers.start(request);
  const hear = (packet: Uint8Array, source = phone.mac) =>
    wire.deliver(bridge, etherTypeIpv6, packet, { source, checksumNotReady: false });
  const solicit = (address = phone.address, source = phone.mac) => {
    const message = Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0);
    return hear(encodeNeighbourMessage({ source: address, destination: ip('ff02::2'), message }), source);
  };
  /** Since the last look. */
  const sent = () => wire.sent.splice(0).map(({ payload, destination }) => ({ ...read(payload), mac: destination }));
  return {
    wire,
    clock,
    lines,
    advertisers,
    hear,
    solicit,
    sent,
    events,
    watched,
    meet: (...met: Parameters<typeof meet>) => meet(...met),
  };
}

/** The fields of an advertisement, by their places in the RFCs. */
function read(packet: Uint8Array) {
  const decoded = decodeNeighbourMessage(packet, false);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  const { source, destination, message } = decoded.value;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const prefixes: string[] = [];
  let names = '';
  for (let at = 16; at < message.length; at += view.getUint8(at + 1) * 8) {
    if (view.getUint8(at) === 3)
      prefixes.push(
        `${ipv6FromBytes(message, at + 16)}/${view.getUint8(at + 2)} ${view.getUint32(at + 8)} ${view.getUint32(at + 4)}`,
      );
    if (view.getUint8(at) === 25) names = `${ipv6FromBytes(message, at + 8)} ${view.getUint32(at + 4)}`;
  }
  return { source, destination, type: message[0], routerSeconds: view.getUint16(6), prefixes, names };
}

test('an advertisement goes out at once: the prefix with the lifetimes of RFC 9096, the name server, the router', () => {
  const { sent } = bench();
  expect(sent()).toEqual([
    {
      ...{ source: 'fe80::64', destination: 'ff02::1', mac: '33:33:00:00:00:01', type: 134, routerSeconds: 1800 },
      prefixes: ['fd01:203:405::/64 2700 5400'],
      names: 'fd01:203:405::1 1800',
    },
  ]);
});

test('three come within 16 s of each other, the later ones every 200 to 600 s (RFC 4861 section 6.2.4)', () => {
  const { wire, clock } = bench();
  const times: number[] = [clock.now()];
  wire.onSend = () => times.push(clock.now());
  clock.advance(4_000_000);
  const waits = times.slice(1).map((at, i) => at - (times[i] as number));
  expect(Math.max(...waits.slice(0, 2))).toBeLessThanOrEqual(16_000);
  expect([Math.min(...waits.slice(2)) >= 200_000, Math.max(...waits.slice(2)) <= 600_000]).toEqual([true, true]);
});

test('a host that asks is answered alone within half a second; one without an address has all answered', () => {
  const { clock, solicit, sent } = bench();
  clock.advance(5000);
  sent();
  solicit();
  solicit();
  clock.advance(500);
  expect(sent()).toMatchObject([{ destination: phone.address, mac: phone.mac }]);
  solicit(ip('::'));
  clock.advance(500);
  expect(sent()).toMatchObject([{ destination: 'ff02::1' }]);
});

test('ten thousand solicitations are answered by few advertisements', () => {
  const { clock, solicit, sent } = bench();
  for (let i = 0; i < 10_000; i++) {
    solicit(ip(`fe80::1:${i.toString(16)}`));
    if (i % 1000 === 0) clock.advance(1);
  }
  clock.advance(3000);
  expect(sent().length).toBeLessThan(60);
});

test('a prefix that is over is advertised with lifetimes of 0 beside the new one, at once but not within 3 s', () => {
  const { clock, advertisers, sent } = bench();
  clock.advance(1000);
  sent();
  const now = clock.now();
  const fresh = { prefix: ip('2001:db8::'), preferredUntil: after(now, 60_000), validUntil: after(now, 7_200_000) };
  const former = { prefix: ip('fd01:203:405::'), preferredUntil: now, validUntil: now };
  advertisers.start({ ...request, prefixes: [fresh, former] });
  clock.advance(1999);
  expect(sent()).toEqual([]);
  clock.advance(1);
  expect(sent()[0]?.prefixes).toEqual(['2001:db8::/64 58 5400', 'fd01:203:405::/64 0 0']);
});

test('without a way out the router is no default router; stopped, all is taken back', () => {
  const { clock, advertisers, sent, wire } = bench();
  clock.advance(5000);
  sent();
  advertisers.start({ ...request, isDefaultRouter: false });
  expect(sent()).toMatchObject([{ routerSeconds: 0, prefixes: ['fd01:203:405::/64 2700 5400'] }]);
  advertisers.stop(bridge);
  expect(sent()).toMatchObject([{ routerSeconds: 0, prefixes: ['fd01:203:405::/64 0 0'], names: 'fd01:203:405::1 0' }]);
  clock.advance(1_000_000);
  expect([sent(), wire.openSockets]).toEqual([[], 0]);
});

test('a solicitation of a real kernel is answered', () => {
  const { clock, hear, sent } = bench();
  clock.advance(5000);
  sent();
  hear(captured);
  clock.advance(500);
  expect(sent()).toMatchObject([{ destination: 'fe80::ff:fe00:2' }]);
});

test('every truncation and every changed byte of a solicitation is answered or dropped, and complaints are few', () => {
  const { clock, hear, lines } = bench();
  for (let length = 0; length < captured.length; length++) hear(captured.subarray(0, length));
  for (let at = 0; at < captured.length; at++) {
    for (const bits of [0x01, 0x80, 0xff]) {
      const damaged = Uint8Array.from(captured);
      damaged[at] = (damaged[at] as number) ^ bits;
      hear(damaged);
    }
  }
  clock.advance(3000);
  expect(lines.length).toBeLessThanOrEqual(20);
});

test('what has come through a router is not heard', () => {
  const { hear } = bench();
  const far = Uint8Array.from(captured);
  far[7] = 64;
  expect(hear(far)).toBe(false);
  expect(decodeNeighbourMessage(far, true)).toMatchObject({ ok: false, error: { offset: 7 } });
  expect(captured[headerLength]).toBe(133);
});

test('addresses that the kernel meets on the link are reported, and gone with the advertisements', () => {
  const { advertisers, events, watched, meet } = bench();
  expect(watched).toEqual([bridge]);
  meet([{ mac: phone.mac, address: ip('fd01:203:405::2') }]);
  advertisers.stop(bridge);
  expect(watched).toEqual([]);
  expect(events).toEqual([
    { kind: 'addresses6', ifindex: bridge, addresses: [{ mac: phone.mac, address: 'fd01:203:405::2' }] },
    { kind: 'addresses6', ifindex: bridge, addresses: [] },
  ]);
});

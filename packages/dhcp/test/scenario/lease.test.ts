import { OsError } from '@connman/base';
import type { Dhcp4Held } from '@connman/contracts';
import { macBroadcast } from '@connman/inet';
import { encodeArp } from '../../src/ll/arp';
import { option, readOption } from '../../src/v4/options';
import { bench } from '../bench';
import { clientMac, ifindex, ip, isBroadcast, leases, mac, serverMac } from '../scripted-server';

test('discover, offer, request, ack: bound in the moment of the ack', () => {
  const { start, clock, server, events } = bench();
  start();
  clock.advance(1);
  expect(server.types).toEqual(['discover', 'request']);
  expect(events).toEqual([
    {
      kind: 'bound',
      family: 4,
      ageSeconds: 0,
      ifindex,
      at: expect.closeTo(1000.6),
      lease: expect.objectContaining({
        address: '192.0.2.10',
        prefixLength: 24,
        server: '192.0.2.1',
        nameservers: ['192.0.2.53'],
        routes: [{ destination: { address: '0.0.0.0', length: 0 }, gateway: '192.0.2.1' }],
        leaseSeconds: 3600,
        t1Seconds: 1800,
        t2Seconds: 3150,
      }),
    },
  ]);
});

test('rapid commit binds after one round trip', () => {
  const { start, clock, server, kinds } = bench();
  server.script = leases(ip('192.0.2.10'), { rapidCommit: true });
  start();
  clock.advance(0.4);
  expect(server.types).toEqual(['discover']);
  expect(kinds()).toEqual(['bound']);
});

test('who we are: client identifier, host name and vendor class', () => {
  const { start, clock, server } = bench();
  start({ hostname: 'laptop', vendorClassId: 'thing 1' });
  clock.advance(1);
  for (const { message } of server.heard) {
    expect(readOption(message.options, option.clientIdentifier)).toEqual(
      Uint8Array.of(1, 0x52, 0x54, 0, 0x12, 0x34, 0x56),
    );
    expect(readOption(message.options, option.hostName)).toBe('laptop');
    expect(readOption(message.options, option.vendorClass)).toBe('thing 1');
  }
  const [discover] = server.heard;
  expect(Array.from(discover?.message.options.get(55) ?? [])).toEqual(
    expect.arrayContaining([1, 3, 6, 12, 15, 26, 42, 119, 121, 252]),
  );
});

test('the last address is asked for first, and takes one round trip', () => {
  const { start, clock, server, kinds } = bench();
  start({ lastAddress: ip('192.0.2.10') });
  clock.advance(0.5);
  expect(server.types).toEqual(['request']);
  const [request] = server.heard;
  expect(request && readOption(request.message.options, option.requestedAddress)).toBe('192.0.2.10');
  expect(request && readOption(request.message.options, option.serverIdentifier)).toBeUndefined();
  expect(kinds()).toEqual(['bound']);
});

test('on another network the server says no, and a discover follows at once', () => {
  const { start, clock, server, last } = bench();
  start({ lastAddress: ip('10.0.0.5') });
  clock.advance(2);
  expect(server.types).toEqual(['request', 'discover', 'request']);
  expect(last()).toMatchObject({ kind: 'bound', lease: { address: '192.0.2.10' } });
});

test('on another network whose server says nothing, discover goes out within a second', () => {
  const { start, clock, server, last } = bench();
  const ordinary = leases(ip('192.0.2.10'));
  server.script = (message, type) => {
    const answer = ordinary(message, type);
    return answer?.type === 'nak' ? undefined : answer;
  };
  start({ lastAddress: ip('10.0.0.5') });
  clock.advance(1000);
  expect(server.types).toContain('discover');
  expect(last()).toMatchObject({ kind: 'bound', lease: { address: '192.0.2.10' } });
});

test('a lost first packet costs a quarter of a second', () => {
  const { start, clock, server, kinds } = bench();
  let lost = 0;
  server.loses = () => lost++ === 0;
  start();
  clock.advance(250);
  expect(kinds()).toEqual(['bound']);
});

test('the lease is renewed at T1 with its server alone, the address stays', () => {
  const { start, clock, server, events } = bench();
  start();
  clock.advance(1805_000);
  expect(server.types).toEqual(['discover', 'request', 'request']);
  const renewal = server.heard.at(-1);
  expect(renewal?.destination).toBe(serverMac);
  expect(renewal?.message.ciaddr).toBe('192.0.2.10');
  expect(renewal && readOption(renewal.message.options, option.serverIdentifier)).toBeUndefined();
  expect(events.map(({ kind }) => kind)).toEqual(['bound', 'bound']);
});

test('when the server is gone: renewing, rebinding to anyone, then the lease is lost and looked for again', () => {
  const { start, clock, server, events, kinds } = bench();
  start();
  clock.advance(1);
  server.script = () => undefined;
  clock.advance(3600_000);
  const renewals = server.heard.slice(2);
  expect(renewals.some((heard) => heard.type === 'request' && !isBroadcast(heard))).toBe(true);
  expect(renewals.some((heard) => heard.type === 'request' && isBroadcast(heard))).toBe(true);
  // Half of what is left each time, never below a minute: RFC 2131 section 4.4.5 allows few of them.
  expect(renewals.filter(({ type }) => type === 'request').length).toBeLessThan(16);
  expect(kinds().slice(0, 2)).toEqual(['bound', 'lost']);
  expect(events[1]).toMatchObject({ reason: 'expired', at: expect.closeTo(3601_000, -1) });
  server.script = leases(ip('192.0.2.77'));
  clock.advance(11_000);
  expect(events.at(-1)).toMatchObject({ kind: 'bound', lease: { address: '192.0.2.77' } });
});

test('an infinite lease is never renewed', () => {
  const { start, clock, server } = bench();
  server.script = leases(ip('192.0.2.10'), { seconds: 0xffffffff });
  start();
  clock.advance(400 * 86_400_000);
  expect(server.types).toEqual(['discover', 'request']);
});

test('a refused renewal loses the address, and another is there a moment later', () => {
  const { start, clock, server, kinds, last } = bench();
  start();
  clock.advance(1);
  server.script = leases(ip('192.0.2.99'));
  clock.advance(1806_000);
  expect(kinds()).toEqual(['bound', 'lost', 'bound']);
  expect(last()).toMatchObject({ lease: { address: '192.0.2.99' } });
});

test('a server that refuses everything is not asked at full speed', () => {
  const { start, clock, server, lines } = bench();
  server.script = (_, type) =>
    type === 'discover'
      ? { type: 'offer', yiaddr: ip('192.0.2.10'), options: (w) => void w.add(option.leaseTime, 3600) }
      : { type: 'nak' };
  start();
  clock.advance(60_000);
  expect(server.heard.length).toBeLessThan(40);
  expect(lines.filter((line) => line.includes('refused'))).toHaveLength(3);
});

test('silence brings an address of RFC 3927 that was probed, and a lease found later replaces it', () => {
  const { start, clock, server, wire, events, kinds } = bench();
  server.script = () => undefined;
  start();
  clock.advance(12_000);
  expect(kinds()).toEqual(['silent']);
  expect(events[0]).toMatchObject({ linkLocal: expect.stringMatching(/^169\.254\.\d+\.\d+$/) });
  expect(wire.sent.filter((packet) => packet.etherType === 0x0806).length).toBeGreaterThanOrEqual(4);
  server.script = leases(ip('192.0.2.10'));
  clock.advance(15_000);
  expect(kinds()).toEqual(['silent', 'bound']);
});

test('a link that was away for a moment asks for its lease again', () => {
  const { start, clock, component, server, kinds } = bench();
  start();
  clock.advance(1);
  component.renew(ifindex, 4);
  clock.advance(1);
  expect(server.types).toEqual(['discover', 'request', 'request']);
  expect(kinds()).toEqual(['bound', 'bound']);
});

test('stop gives the lease back when asked to, and leaves nothing open', () => {
  const { start, clock, component, server, wire } = bench();
  start();
  clock.advance(1);
  component.stop(ifindex, 4, { release: true });
  expect(server.heard.at(-1)).toMatchObject({ type: 'release', destination: serverMac });
  expect(wire.openSockets).toBe(0);
  expect(clock.pending).toBe(0);
  component.stop(ifindex, 4, { release: true });
  expect(server.types.filter((type) => type === 'release')).toHaveLength(1);
});

test('starting again replaces the client without a release', () => {
  const { start, clock, server } = bench();
  start();
  clock.advance(1);
  start();
  clock.advance(1);
  expect(server.types).not.toContain('release');
});

test('a link that refuses to send is tried again, one without a socket is reported', () => {
  const { start, clock, wire, server, kinds, last } = bench();
  const hear = wire.onSend;
  wire.onSend = () => {
    throw new OsError('sendto', 100, 'eth0');
  };
  start();
  clock.advance(100);
  wire.onSend = hear;
  clock.advance(1000);
  expect(kinds()).toEqual(['bound']);
  expect(server.types).toEqual(['discover', 'request']);
  wire.onOpen = () => {
    throw new OsError('socket', 1, 'eth0');
  };
  start();
  expect(last()).toMatchObject({ kind: 'failed', reason: expect.stringContaining('eth0') });
});

describe('a lease from before a restart', () => {
  /** A lease of an hour, a quarter of which is over. */
  function heldLease(): Dhcp4Held {
    const { start, clock, last } = bench();
    start();
    clock.advance(1);
    const event = last();
    if (event?.kind !== 'bound') throw new Error('the bench has no lease');
    return { lease: { ...event.lease, nameservers: [ip('192.0.2.53')] }, ageSeconds: 900 };
  }

  test('is asked for again, and confirmed without a probe or an announcement', () => {
    const { start, clock, server, wire, kinds } = bench();
    start({ held: heldLease(), conflictDetection: true });
    clock.advance(1);
    expect([server.types, kinds()]).toEqual([['request'], ['bound']]);
    clock.advance(10_000);
    expect(wire.sent.filter((packet) => packet.etherType === 0x0806)).toEqual([]);
  });

  test('is defended with conflict detection, and given up when another host insists on its address', () => {
    const { start, clock, server, wire, kinds } = bench();
    start({ held: heldLease(), conflictDetection: true });
    clock.advance(1);
    const rival = mac('02:00:00:00:00:99');
    const address = ip('192.0.2.10');
    const claim = encodeArp({
      operation: 'reply',
      senderMac: rival,
      senderAddress: address,
      targetMac: clientMac,
      targetAddress: address,
    });
    const hear = () => wire.deliver(ifindex, 0x0806, claim, { source: rival, checksumNotReady: false });
    hear();
    hear();
    expect(kinds()).toEqual(['bound', 'conflict', 'conflict', 'lost']);
    expect(server.types.at(-1)).toBe('decline');
  });

  test('is used on as a whole while no server responds, for the rest of its time', () => {
    const { start, clock, server, events, kinds } = bench();
    server.script = () => undefined;
    start({ held: heldLease() });
    clock.advance(10_000);
    expect(events).toMatchObject([
      { kind: 'bound', lease: { address: '192.0.2.10', nameservers: ['192.0.2.53'] }, ageSeconds: 906 },
    ]);
    clock.advance(2_680_000);
    expect(kinds()).toEqual(['bound']);
    clock.advance(20_000);
    expect(kinds().slice(0, 2)).toEqual(['bound', 'lost']);
    expect(events[1]).toMatchObject({ reason: 'expired', address: '192.0.2.10' });
  });

  test('that a server refuses is lost at once, and another address is asked for (RFC 2131 section 3.2 item 4)', () => {
    const { start, clock, server, events, kinds } = bench();
    server.script = leases(ip('192.0.2.99'));
    start({ held: heldLease() });
    clock.advance(1);
    expect(kinds()).toEqual(['lost', 'bound']);
    expect(events[0]).toMatchObject({ reason: 'refused', address: '192.0.2.10' });
  });

  test('that is over is only an address to ask for', () => {
    const { start, clock, server, kinds } = bench();
    server.script = () => undefined;
    start({ held: { ...heldLease(), ageSeconds: 3600 } });
    clock.advance(12_000);
    expect([server.types[0], kinds()]).toEqual(['request', ['silent']]);
  });

  test('of which only the address is known is lost, too, when a server refuses it', () => {
    const { start, clock, server, events } = bench();
    server.script = leases(ip('192.0.2.99'));
    start({ lastAddress: ip('192.0.2.10') });
    clock.advance(1);
    expect(events[0]).toMatchObject({ kind: 'lost', reason: 'refused', address: '192.0.2.10' });
  });
});

describe('conflict detection (RFC 5227)', () => {
  const rival = mac('02:00:00:00:00:99');

  test('a probe that gets no socket is begun again', () => {
    const { start, clock, wire, kinds, component, lines } = bench();
    wire.onOpen = ({ etherType }) => {
      if (etherType === 0x0806) throw new OsError('socket', 105, 'eth0');
    };
    start({ conflictDetection: true });
    clock.advance(10_000);
    expect(kinds()).toEqual([]);
    expect(lines.filter((line) => line.includes('trying again'))).toHaveLength(1);
    wire.onOpen = () => {};
    clock.advance(8500);
    expect(kinds()).toEqual(['bound']);
    component.stop(ifindex, 4, { release: false });
    expect([wire.openSockets, clock.pending]).toEqual([0, 0]);
  });

  test('the address is probed before its first use and announced after', () => {
    const { start, clock, wire, kinds } = bench();
    start({ conflictDetection: true });
    clock.advance(1000);
    expect(kinds()).toEqual([]);
    clock.advance(6500);
    expect(kinds()).toEqual(['bound']);
    const arps = wire.sent.filter((packet) => packet.etherType === 0x0806);
    expect(arps.length).toBeGreaterThanOrEqual(4);
    expect(arps.every((packet) => packet.destination === macBroadcast)).toBe(true);
  });

  test('an address that another host has is declined, and ten seconds later another is asked for', () => {
    const { start, clock, wire, server, kinds } = bench();
    start({ conflictDetection: true });
    clock.advance(1500);
    wire.deliver(ifindex, 0x0806, arpFrom(rival, '192.0.2.10'), { source: rival, checksumNotReady: false });
    expect(kinds()).toEqual(['conflict', 'lost']);
    expect(server.types.at(-1)).toBe('decline');
    server.script = leases(ip('192.0.2.20'));
    clock.advance(9000);
    expect(server.types.at(-1)).toBe('decline');
    clock.advance(15_000);
    expect(kinds()).toEqual(['conflict', 'lost', 'bound']);
  });

  test('without conflict detection nothing waits: bound first, announced afterwards', () => {
    const { start, clock, wire, kinds } = bench();
    start();
    clock.advance(1);
    expect(kinds()).toEqual(['bound']);
    clock.advance(3000);
    expect(wire.sent.filter((packet) => packet.etherType === 0x0806)).toHaveLength(2);
  });
});

function arpFrom(sender: string, address: string): Uint8Array {
  const hex = sender.replaceAll(':', '');
  const own = address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('');
  return Uint8Array.from(Buffer.from(`0001080006040002${hex}${own}${'00'.repeat(6)}00000000`, 'hex'));
}

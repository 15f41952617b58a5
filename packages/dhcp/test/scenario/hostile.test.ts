import * as fc from 'fast-check';
import { type OptionWriter, option } from '../../src/v4/options';
import { bench } from '../bench';
import { type Answer, clientMac, ifindex, ip, leases, mac, type Script, serverMac } from '../scripted-server';

/** The ordinary server with something added to, or changed in, its answers. */
const changed = (changes: Partial<Answer>, address = ip('192.0.2.10')): Script => {
  const ordinary = leases(address);
  return (message, type) => {
    const answer = ordinary(message, type);
    return answer && { ...answer, ...changes };
  };
};
const options = (add: (writer: OptionWriter) => void): Script => leases(ip('192.0.2.10'), { options: add });

function boundTo(script: Script, ms = 5000) {
  const { start, clock, server, events, lines } = bench();
  server.script = script;
  start();
  clock.advance(ms);
  const event = events.find(({ kind }) => kind === 'bound');
  return { lease: event?.kind === 'bound' ? event.lease : undefined, lines };
}

test.each([
  '0.0.0.0',
  '127.0.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
  '192.0.2.0',
  '192.0.2.255',
  '192.0.2.1',
])('the senseless address %s is never used, and the log says so', (address) => {
  const { lease, lines } = boundTo(leases(ip(address)));
  expect(lease).toBeUndefined();
  expect(lines.some((line) => line.startsWith('warning') && line.includes(address))).toBe(true);
});

test('classless routes silence the router option (RFC 3442)', () => {
  const routes = [
    { destination: { address: ip('10.0.0.0'), length: 8 }, gateway: ip('192.0.2.2') },
    { destination: { address: ip('192.168.0.0'), length: 16 }, gateway: ip('0.0.0.0') },
  ];
  expect(boundTo(options((w) => void w.add(option.classlessRoutes, routes))).lease?.routes).toEqual(routes);
});

test.each<[string, Uint8Array]>([
  ['cut short', Uint8Array.of(24, 10, 0)],
  ['a prefix of 33 bits', Uint8Array.of(33, 10, 0, 0, 0, 0, 192, 0, 2, 1)],
])('classless routes that are malformed (%s) leave the router in force', (_, value) => {
  const { lease, lines } = boundTo(changed({ raw: [[121, value]] }));
  expect(lease?.routes).toEqual([{ destination: { address: '0.0.0.0', length: 0 }, gateway: '192.0.2.1' }]);
  expect(lines.join()).toContain('malformed classless static route');
});

test.each([
  ['a shell', 'x; rm -rf /'],
  ['a line break', 'a\nnameserver 6.6.6.6'],
  ['quotes', "a'b"],
  ['a terminal’s signs', '\u001b[2J'],
  ['overlong labels', 'a'.repeat(64)],
])('names with %s in them are left out', (_, text) => {
  const script = options((w) => void w.add(option.hostName, text).add(option.domainName, text));
  const { lease } = boundTo(script);
  expect(lease).toMatchObject({ hostname: '', searchDomains: [] });
  for (const word of [lease?.domain ?? '']) expect(word).toMatch(/^[\w.-]*$/);
});

test.each([0, 1, 9])('a lease of %i s is taken as ten, with a word in the log', (seconds) => {
  const { lease, lines } = boundTo(leases(ip('192.0.2.10'), { seconds }));
  expect(lease?.leaseSeconds).toBe(10);
  expect(lines.join()).toContain('10 s taken');
});

test('times that contradict each other are replaced by the usual ones', () => {
  const script = options((w) => void w.add(option.renewalTime, 5000).add(option.rebindingTime, 100));
  expect(boundTo(script).lease).toMatchObject({ t1Seconds: 1800, t2Seconds: 3150 });
});

test.each([
  [576, 0],
  [1279, 0],
  [1280, 1280],
  [9000, 9000],
])('an MTU of %i is taken as %i', (mtu, taken) => {
  expect(boundTo(options((w) => void w.add(option.interfaceMtu, mtu))).lease?.mtu).toBe(taken);
});

test('a netmask with holes is replaced by the class of the address', () => {
  const { lease } = boundTo(options((w) => void w.add(option.subnetMask, ip('255.0.255.0'))));
  expect(lease?.prefixLength).toBe(24);
});

test('an answer with another transaction, to another client, or without a server is not heard', () => {
  expect(boundTo(changed({ xid: 1 })).lease).toBeUndefined();
  expect(boundTo(changed({ server: null })).lease).toBeUndefined();
  const { start, clock, server, kinds } = bench();
  server.script = () => undefined;
  start();
  clock.advance(1);
  const [discover] = server.heard;
  if (!discover) throw new Error('nothing was sent');
  const other = { ...discover.message, chaddr: mac('52:54:00:65:43:21') };
  server.say(other, { type: 'ack', yiaddr: ip('192.0.2.10'), options: (w) => void w.add(option.rapidCommit, true) });
  expect(kinds()).toEqual([]);
});

test('an acknowledgement no one asked for is not heard', () => {
  const { start, clock, server, kinds } = bench();
  server.script = () => undefined;
  start();
  clock.advance(1);
  const message = server.heard[0]?.message;
  if (!message) throw new Error('nothing was sent');
  // Without the rapid commit option an ACK is no answer to a DISCOVER (RFC 4039 section 3.1).
  server.say(message, { type: 'ack', yiaddr: ip('192.0.2.10'), options: (w) => void w.add(option.leaseTime, 3600) });
  expect(kinds()).toEqual([]);
});

test('a second server’s refusal does not disturb a lease in force', () => {
  const { start, clock, server, kinds } = bench();
  start();
  clock.advance(1);
  const message = server.heard[0]?.message;
  if (!message) throw new Error('nothing was sent');
  server.say(message, { type: 'nak', server: ip('192.0.2.66') });
  expect(kinds()).toEqual(['bound']);
});

test('random bytes from the wire neither stop nor fool the client', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), fc.integer({ min: 1, max: 1_000_000 }), (noise, seed) => {
      const { start, clock, wire, server, kinds } = bench(seed);
      start();
      for (const source of [serverMac, clientMac])
        wire.deliver(ifindex, 0x0800, noise, { source, checksumNotReady: true });
      clock.advance(1);
      expect(kinds()).toEqual(['bound']);
      expect(server.types).toEqual(['discover', 'request']);
    }),
    { numRuns: 300, seed: 42 },
  );
});

test('random options from a server give a lease that makes sense, or none', () => {
  const rawOptions = fc.array(fc.tuple(fc.integer({ min: 1, max: 254 }), fc.uint8Array({ maxLength: 60 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(rawOptions, (raw) => {
      const kept = raw.filter(([code]) => ![51, 52, 53, 54].includes(code));
      const { lease } = boundTo(changed({ raw: kept }), 50);
      if (!lease) return;
      expect(lease.prefixLength).toBeGreaterThanOrEqual(8);
      expect(lease.t1Seconds).toBeLessThan(lease.t2Seconds);
      for (const { gateway } of lease.routes) expect(gateway).not.toBe(lease.address);
      for (const name of [lease.hostname, lease.domain, ...lease.searchDomains]) expect(name).toMatch(/^[\w.-]*$/);
    }),
    { numRuns: 400, seed: 43 },
  );
});

/** The DHCPv6 client behind its component: a scripted server, a hostile one, and what is left behind. */
import { OsError } from '@connman/base';
import type { Dhcp6Event, Dhcp6Request } from '@connman/contracts';
import type { Duid, Ipv6Address } from '@connman/inet';
import { type FakeDatagramSocket, FakeDatagrams, ManualClock, PacketWire } from '@connman/testkit';
import { createDhcpComponent } from '../../src/component';
import { Dhcp6Client } from '../../src/v6/client';
import { encodeIaNa } from '../../src/v6/identity-association';
import { decodeMessage, encodeMessage, type Message, type RawOption } from '../../src/v6/message';
import { firstOf, optionCode, write } from '../../src/v6/options';
import { seededEntropy } from '../bench';

const duid = '000100012abb0000020000000001' as Duid;
const server = '0003000102000000ffff' as Duid;
const ifindex = 7;
const iaid = 0x01020304;
const EADDRNOTAVAIL = 99;

const request: Dhcp6Request = {
  family: 6,
  ifindex,
  interfaceName: 'eth0',
  mode: 'stateful',
  duid,
  iaid,
  address: true,
  hostname: 'box',
};

function bench() {
  const clock = new ManualClock(1000);
  const datagrams = new FakeDatagrams();
  const heard: Message[] = [];
  const events: Dhcp6Event[] = [];
  const lines: string[] = [];
  const note = (text: string) => void lines.push(text);
  let answer: (message: Message) => Uint8Array | undefined = lease;
  datagrams.onOpen = (socket) => {
    socket.onSend = (bytes) => {
      const message = decodeMessage(bytes);
      if (!message.ok) throw new Error(message.error.reason);
      heard.push(message.value);
      const reply = answer(message.value);
      if (reply) clock.setTimer(5, () => deliver(socket, reply));
    };
  };
  const component = createDhcpComponent({
    clock,
    entropy: seededEntropy(1),
    packets: new PacketWire(),
    datagrams,
    linkAddresses: { read: () => new Set() },
    loadDhcp6: () => Dhcp6Client,
    log: { error: note, warning: note, info: note, debug: () => {} },
  });
  component.onEvent((event) => event.family === 6 && events.push(event));
  return {
    clock,
    datagrams,
    heard,
    events,
    lines,
    component,
    answerWith(script: typeof answer) {
      answer = script;
    },
    start: (changes: Partial<Dhcp6Request> = {}) => component.start({ ...request, ...changes }),
    types: () => heard.map(({ type }) => type),
    kinds: () => events.map(({ kind }) => kind),
  };
}

function deliver(socket: FakeDatagramSocket, bytes: Uint8Array): void {
  if (!socket.closed) socket.options.onDatagram(bytes, 'fe80::1' as Ipv6Address, 547);
}

/** A server that gives 2001:db8::1 for an hour, two of its messages after another. */
function lease({ type, xid }: Message): Uint8Array | undefined {
  if (type === 'release') return undefined;
  const address = { address: '2001:db8::1' as Ipv6Address, preferredSeconds: 1800, validSeconds: 3600 };
  return encodeMessage({
    type: type === 'solicit' ? 'advertise' : 'reply',
    xid,
    options: [...identities(), encodeIaNa(iaid, [address], { t1: 900, t2: 1440 })],
  });
}

function identities(): RawOption[] {
  return [write.duid(optionCode.clientId, duid), write.duid(optionCode.serverId, server)];
}

test('Solicit, Advertise, Request, Reply: an address with what it needs', () => {
  const { start, clock, events, types, heard } = bench();
  start();
  clock.advance(200);
  expect(types()).toEqual(['solicit', 'request']);
  expect(events).toEqual([
    {
      kind: 'bound',
      family: 6,
      ifindex,
      ageSeconds: 0,
      lease: {
        server,
        addresses: [{ address: '2001:db8::1', preferredSeconds: 1800, validSeconds: 3600 }],
        prefixes: [],
        configuration: { nameservers: [], searchDomains: [], timeservers: [], captivePortalUrl: '' },
        t1Seconds: 900,
        t2Seconds: 1440,
      },
    },
  ]);
  const [solicit, requested] = heard.map(({ options }) => options);
  // Rapid commit is offered, and SOL_MAX_RT asked for (section 18.2.1); the host name is a partial one (RFC 4704 section 4.2).
  expect(firstOf(solicit ?? [], optionCode.rapidCommit)).toEqual(new Uint8Array(0));
  const asked = firstOf(solicit ?? [], optionCode.optionRequest);
  expect(asked && Buffer.from(asked).toString('hex')).toContain('0052');
  expect(firstOf(solicit ?? [], optionCode.clientFqdn)).toEqual(Uint8Array.of(0, 3, 98, 111, 120));
  expect(firstOf(requested ?? [], optionCode.serverId)).toEqual(firstOf(identities(), optionCode.serverId));
});

test('clients of both families run on one link and end apart', () => {
  const { start, clock, component, datagrams, types } = bench();
  start();
  component.start({
    family: 4,
    ifindex,
    interfaceName: 'eth0',
    mac: '02:00:00:00:00:01' as never,
    hostname: '',
    vendorClassId: '',
    conflictDetection: false,
  });
  clock.advance(200);
  component.stop(ifindex, 4, { release: false });
  clock.advance(900_000);
  expect(types().at(-1)).toBe('renew');
  component.stop(ifindex, 6, { release: true });
  expect([types().at(-1), datagrams.sockets.every(({ closed }) => closed), clock.pending]).toEqual([
    'release',
    true,
    0,
  ]);
});

test('a link that is not ready to send is tried until it is', () => {
  const { start, clock, datagrams, kinds } = bench();
  const ready = datagrams.onOpen;
  datagrams.onOpen = (socket) => {
    ready(socket);
    const send = socket.onSend;
    socket.onSend = (bytes) => {
      if (clock.now() < 2500) throw new OsError('send', EADDRNOTAVAIL, 'udp [ff02::1:2]:547');
      send(bytes);
    };
  };
  start();
  clock.advance(1400);
  expect(kinds()).toEqual([]);
  clock.advance(400);
  expect(kinds()).toEqual(['bound']);
});

test('a port that another client has is reported, with what to look for', () => {
  const { start, datagrams, events } = bench();
  datagrams.onOpen = () => {
    throw new OsError('bind', 98, 'udp [::]:546');
  };
  start();
  expect(events).toMatchObject([
    { kind: 'failed', reason: expect.stringMatching(/EADDRINUSE.*another DHCPv6 client/) },
  ]);
});

test('Reconfigure, messages of clients and relays, and those for others change nothing', () => {
  const { start, clock, datagrams, kinds, types } = bench();
  start();
  clock.advance(200);
  const [socket] = datagrams.sockets;
  if (!socket) throw new Error('no socket is open');
  for (const type of ['reconfigure', 'solicit', 'advertise', 'reply'] as const)
    deliver(socket, encodeMessage({ type, xid: 1, options: identities() }));
  deliver(socket, Uint8Array.of(13, 0, 0, 0));
  clock.advance(1000);
  expect([types(), kinds()]).toEqual([['solicit', 'request'], ['bound']]);
});

test('a flood of nonsense costs few lines and no lease', () => {
  const { start, clock, datagrams, kinds, lines } = bench();
  start();
  clock.advance(200);
  const [socket] = datagrams.sockets;
  const { bytes, uint32 } = seededEntropy(7);
  for (let i = 0; i < 20_000; i++) {
    const noise = bytes(uint32() % 80);
    noise[0] = [2, 7, 10, 13][uint32() % 4] as number;
    if (socket) deliver(socket, noise);
  }
  expect(kinds()).toEqual(['bound']);
  expect(lines.length).toBeLessThan(30);
});

test('a server that answers everything with a lease of a second is not asked more than once in five', () => {
  const { start, clock, types, answerWith } = bench();
  answerWith(({ type, xid }) => {
    const address = { address: '2001:db8::1' as Ipv6Address, preferredSeconds: 1, validSeconds: 1 };
    const options = [...identities(), encodeIaNa(iaid, [address], { t1: 1, t2: 1 })];
    return encodeMessage({ type: type === 'solicit' ? 'advertise' : 'reply', xid, options });
  });
  start();
  clock.advance(600_000);
  expect(types().length).toBeLessThan(130);
});

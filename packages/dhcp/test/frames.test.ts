/** Real packets: of dnsmasq, Kea and ISC dhcpd, whole and damaged in every place. */
import { type DhcpMessage, decodeMessage, encodeMessage } from '../src/v4/message';
import { messageTypeOf, option, readOption } from '../src/v4/options';
import { type ReadReply, readReply } from '../src/v4/reply';
import { decodeUdp, encodeUdp } from '../src/v4/udp';
import { frame, frameNames } from './frames';
import { clientMac, serverMac } from './scripted-server';

function messageIn(packet: Uint8Array, checksumNotReady = false): DhcpMessage {
  const datagram = decodeUdp(packet, checksumNotReady);
  if (!datagram.ok) throw new Error(datagram.error.reason);
  const message = decodeMessage(datagram.value.payload);
  if (!message.ok) throw new Error(message.error.reason);
  return message.value;
}

function replyIn(name: string, checksumNotReady = false): ReadReply {
  const reply = readReply(messageIn(frame(name), checksumNotReady), serverMac);
  if (!reply.ok) throw new Error(reply.error);
  return reply.value;
}

const lab = {
  prefixLength: 24,
  server: '10.77.1.1',
  domain: 'lab.example',
  searchDomains: ['lab.example', 'example.org', 'deep.lab.example'],
  timeservers: ['10.77.1.1'],
};
const byRouter = { destination: { address: '0.0.0.0', length: 0 }, gateway: '10.77.1.1' };
const classless = { destination: { address: '192.0.2.0', length: 24 }, gateway: '10.77.1.2' };

test('a lease of dnsmasq', () => {
  const { reply, notes } = replyIn('dnsmasq-ack', true);
  expect(reply).toMatchObject({
    type: 'ack',
    rapidCommit: false,
    lease: {
      ...lab,
      address: '10.77.1.111',
      routes: [byRouter, classless],
      nameservers: ['10.77.1.1'],
      mtu: 1400,
      captivePortalUrl: 'https://portal.example/api',
      metered: false,
      proxyAutoConfigUrl: 'http://wpad.example/wpad.dat',
      leaseSeconds: 120,
    },
  });
  expect(notes).toEqual([]);
  expect(replyIn('dnsmasq-rapid-commit-ack').reply).toMatchObject({ type: 'ack', rapidCommit: true });
});

test('a lease of Kea, with an option longer than 255 bytes (RFC 3396)', () => {
  const message = messageIn(frame('kea-ack'));
  expect(message.options.get(224)).toEqual(Uint8Array.from(Buffer.from('abcdefghij'.repeat(30))));
  expect(replyIn('kea-renewal-ack')).toMatchObject({
    notes: [],
    reply: {
      type: 'ack',
      lease: {
        ...lab,
        address: '10.77.1.100',
        routes: [byRouter, classless],
        nameservers: ['10.77.1.1', '10.77.1.2'],
        mtu: 1450,
        captivePortalUrl: 'https://portal.example/api',
        leaseSeconds: 12,
        t1Seconds: 2,
        t2Seconds: 6,
      },
    },
  });
});

test('a lease of ISC dhcpd reads the same whole and spread over the file and sname fields (option 52)', () => {
  const whole = messageIn(frame('isc-ack'));
  const spread = messageIn(frame('isc-overloaded-ack'));
  expect(frame('isc-overloaded-ack')).toHaveLength(576);
  expect(spread.options.get(52)).toBeUndefined();
  for (const code of [15, 26, 42, 119, 121]) expect(spread.options.get(code)).toEqual(whole.options.get(code));
  expect(replyIn('isc-overloaded-ack')).toMatchObject({
    notes: [],
    reply: { lease: { ...lab, address: '10.77.1.100', routes: [classless], mtu: 1420, leaseSeconds: 600 } },
  });
});

test.each(['dnsmasq-nak', 'kea-nak', 'isc-nak'])('%s is a refusal of the server', (name) => {
  expect(replyIn(name, name.startsWith('dnsmasq')).reply).toMatchObject({ type: 'nak', server: '10.77.1.1' });
});

test('a checksum left to the hardware is refused unless the packet says so', () => {
  const packet = frame('dnsmasq-offer');
  expect(decodeUdp(packet, false)).toMatchObject({ ok: false, error: { reason: 'wrong UDP checksum' } });
  expect(decodeUdp(packet, true).ok).toBe(true);
});

describe.each(frameNames('frames'))('%s', (name) => {
  const packet = frame(name);

  test('means the same when it is decoded, encoded and decoded', () => {
    const message = messageIn(packet, true);
    const again = encodeMessage(message);
    expect(message.chaddr).toBe(clientMac);
    expect(messageTypeOf(message.options)).toBe(name.split('-').at(-1));
    expect(readOption(message.options, option.serverIdentifier)).toBe('10.77.1.1');
    expect(again && decodeMessage(again)).toEqual({ ok: true, value: message });
    const source = { address: message.siaddr, port: 67 };
    const wrapped = encodeUdp({ source, destination: { ...source, port: 68 }, payload: again ?? new Uint8Array() });
    expect(messageIn(wrapped)).toEqual(message);
  });

  test('cut short anywhere it is refused or read in part, and always answered', () => {
    for (let length = 0; length < packet.length; length++) {
      const cut = packet.slice(0, length);
      expect(decodeUdp(cut, true).ok).toBe(false);
      const message = decodeMessage(packet.slice(28, length));
      if (message.ok) expect(typeof readReply(message.value, serverMac).ok).toBe('boolean');
      else expect(message.error.reason).not.toBe('');
    }
  });

  test('with any one byte changed it is refused, or a lease that makes sense is read', () => {
    for (let at = 0; at < packet.length; at++) {
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        const damaged = packet.slice();
        damaged[at] = (damaged[at] as number) ^ change;
        makesSense(damaged);
      }
    }
  });
});

/** What is read from a packet, with its checksum not looked at, is never senseless. */
function makesSense(packet: Uint8Array): void {
  const datagram = decodeUdp(packet, true);
  if (!datagram.ok) return;
  const message = decodeMessage(datagram.value.payload);
  if (!message.ok) return;
  const read = readReply(message.value, serverMac);
  if (!read.ok || read.value.reply.type === 'nak') return;
  const { lease } = read.value.reply;
  const names = [lease.hostname, lease.domain, ...lease.searchDomains].join('');
  const first = Number(lease.address.split('.')[0]);
  if (!/^[\w.-]*$/.test(names) || lease.t1Seconds > lease.t2Seconds || first === 0 || first === 127 || first > 223)
    throw new Error(`senseless: ${JSON.stringify(lease)} from ${Buffer.from(packet).toString('hex')}`);
  for (const { destination } of lease.routes)
    if (/^(127|22[4-9])\./.test(destination.address) && destination.length >= 4) throw new Error('senseless route');
  if (!Number.isInteger(lease.t1Seconds) || !Number.isInteger(lease.t2Seconds)) throw new Error('times in fractions');
  if (/[^\x21-\x7e]/.test(lease.proxyAutoConfigUrl + lease.captivePortalUrl)) throw new Error('senseless URL');
}

test.each(frameNames('corpus'))('%s, which once surprised, is refused or makes sense', (name) => {
  makesSense(frame(name, 'corpus'));
});

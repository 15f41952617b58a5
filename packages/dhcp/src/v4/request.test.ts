import type { Dhcp4Request } from '@connman/contracts';
import { clientMac, ip, serverMac } from '../../test/scripted-server';
import type { Outgoing } from './client-state';
import { decodeMessage } from './message';
import { messageTypeOf } from './options';
import { encodeOutgoing } from './request';
import { decodeUdp } from './udp';

const identity: Dhcp4Request = {
  family: 4,
  ifindex: 2,
  interfaceName: 'eth0',
  mac: clientMac,
  hostname: 'box',
  vendorClassId: 'thing',
  conflictDetection: false,
};

function sent(message: Partial<Outgoing> & Pick<Outgoing, 'type'>, who: Partial<Dhcp4Request> = {}) {
  const { packet, destination } = encodeOutgoing(
    { xid: 7, secs: 3, cautious: false, ...message },
    { ...identity, ...who },
  );
  const datagram = decodeUdp(packet, false);
  if (!datagram.ok) throw new Error(datagram.error.reason);
  const decoded = decodeMessage(datagram.value.payload);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  const { options, ...header } = decoded.value;
  const texts = new Map([...options].map(([code, value]) => [code, Buffer.from(value).toString('hex')]));
  return { packet, destination, datagram: datagram.value, header, options: texts, type: messageTypeOf(options) };
}

test('DHCPDISCOVER: from no one to everybody, with who we are and what we ask for', () => {
  const { datagram, destination, header, options, type } = sent({ type: 'discover' });
  expect(datagram).toMatchObject({
    source: { address: '0.0.0.0', port: 68 },
    destination: { address: '255.255.255.255', port: 67 },
  });
  expect(destination).toBe('ff:ff:ff:ff:ff:ff');
  expect(header).toMatchObject({
    op: 'request',
    xid: 7,
    secs: 3,
    broadcast: false,
    ciaddr: '0.0.0.0',
    chaddr: clientMac,
  });
  expect(type).toBe('discover');
  expect(Object.fromEntries(options)).toEqual({
    53: '01',
    61: '01525400123456',
    57: '05c0',
    55: '017903060c0f1a2a2b3a3b7277fc',
    12: Buffer.from('box').toString('hex'),
    60: Buffer.from('thing').toString('hex'),
    80: '',
  });
});

test('asked cautiously: a broadcast answer of 576 bytes, without the options that servers may not know', () => {
  const { header, options } = sent({ type: 'discover', cautious: true });
  expect(header.broadcast).toBe(true);
  expect(options.get(57)).toBe('0240');
  expect([options.has(60), options.has(80)]).toEqual([false, false]);
});

test('what is not configured is not said', () => {
  const { options } = sent({ type: 'request' }, { hostname: '', vendorClassId: '' });
  expect([options.has(12), options.has(60), options.has(80)]).toEqual([false, false, false]);
});

test('a renewal goes from the address to its server alone', () => {
  const unicastTo = { address: ip('192.0.2.1'), mac: serverMac };
  const { datagram, destination, header, options } = sent({ type: 'request', ciaddr: ip('192.0.2.10'), unicastTo });
  expect(datagram.source.address).toBe('192.0.2.10');
  expect(datagram.destination.address).toBe('192.0.2.1');
  expect(destination).toBe(serverMac);
  expect(header.ciaddr).toBe('192.0.2.10');
  expect([options.has(50), options.has(54)]).toEqual([false, false]);
});

test.each(['decline', 'release'] as const)('DHCP%s carries what RFC 2131 table 5 allows, and no more', (type) => {
  const where = type === 'decline' ? { requestedAddress: ip('192.0.2.10') } : { ciaddr: ip('192.0.2.10') };
  const { options } = sent({ type, server: ip('192.0.2.1'), ...where });
  expect([...options.keys()].sort((a, b) => a - b)).toEqual(type === 'decline' ? [50, 53, 54, 61] : [53, 54, 61]);
});

test('no message is shorter than relays of old take (RFC 1542), however little is in it', () => {
  for (const type of ['discover', 'request', 'decline', 'release'] as const)
    expect(sent({ type }).packet).toHaveLength(20 + 8 + 300);
});

test('names at their longest fit', () => {
  const { options } = sent({ type: 'discover' }, { hostname: 'h'.repeat(300), vendorClassId: 'v'.repeat(300) });
  expect([options.get(12), options.get(60)]).toEqual(['68'.repeat(255), '76'.repeat(255)]);
});

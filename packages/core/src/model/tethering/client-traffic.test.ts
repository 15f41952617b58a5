import type { TrafficCount } from '@connman/netlink';
import { clientTraffic } from './client-traffic';
import { newTethering, type Tethering } from './tethering';

const phone = '02:00:00:00:00:01' as never;
const tv = '02:00:00:00:00:02' as never;

function served(): Tethering {
  const tethering = newTethering(undefined, 'fd00::' as never, []);
  tethering.sharings.set('ethernet', { phase: 'on' });
  tethering.clients = [
    { mac: phone, address: '192.168.0.2' as never, hostname: 'phone' },
    { mac: tv, address: '192.168.0.3' as never, hostname: '' },
  ];
  return tethering;
}

const count = (
  direction: TrafficCount['direction'],
  address: string,
  bytes: number,
  mac?: TrafficCount['mac'],
): TrafficCount => ({ direction, address: address as never, bytes, packets: 1, ...(mac && { mac }) });

test('what a client carries is added up over its addresses, by family and direction', () => {
  const [first, second] = clientTraffic(served(), [
    count('sent', '192.168.0.2', 100, phone),
    count('received', '192.168.0.2', 900),
    count('sent', '2001:db8::2', 10, phone),
    count('sent', '2001:db8::22', 20, phone),
    count('received', '2001:db8::22', 70),
    count('received', '192.168.0.3', 5),
  ]);
  expect(first).toEqual({
    ...{ mac: phone, hostname: 'phone', addresses: ['192.168.0.2', '2001:db8::2', '2001:db8::22'] },
    carried: { 4: { sent: 100, received: 900 }, 6: { sent: 30, received: 70 } },
  });
  expect(second?.carried).toEqual({ 4: { sent: 0, received: 5 }, 6: { sent: 0, received: 0 } });
});

test('who sends from the address of another’s lease has what it sent, and nothing of what the other receives', () => {
  const [first, second] = clientTraffic(served(), [
    count('sent', '192.168.0.2', 1, phone),
    count('sent', '192.168.0.2', 1000, tv),
    count('received', '192.168.0.2', 500),
  ]);
  expect([first?.carried[4], second?.carried[4]]).toEqual([
    { sent: 1, received: 500 },
    { sent: 1000, received: 0 },
  ]);
});

test('an IPv6 address that two claim is the one’s who sent more', () => {
  const [first, second] = clientTraffic(served(), [
    count('sent', '2001:db8::2', 50, tv),
    count('sent', '2001:db8::2', 40, phone),
    count('received', '2001:db8::2', 7),
  ]);
  expect([first?.carried[6].received, second?.carried[6].received]).toEqual([0, 7]);
});

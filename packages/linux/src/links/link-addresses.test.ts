import { enterVethNamespace, ip, type VethPair } from '../../test/veth';
import { linkAddresses } from './link-addresses';

let pair: VethPair;
beforeAll(() => {
  pair = enterVethNamespace();
});
afterAll(() => pair.namespace.leave());

test('every link with an Ethernet address is listed, up or down, and no other', () => {
  ip('link add down0 address 02:00:00:00:00:07 type veth peer name down1 address 02:00:00:00:00:17');
  const own = [pair.eth0.mac, pair.peer0.mac, '02:00:00:00:00:07', '02:00:00:00:00:17'];
  expect([...linkAddresses.read()].sort()).toEqual(own.sort());
  ip('link del down0');
});

test('a link that comes or goes is seen at the next look', () => {
  ip('link add late0 address 02:00:00:00:00:08 type veth');
  expect(linkAddresses.read()).toContain('02:00:00:00:00:08');
  ip('link del late0');
  expect(linkAddresses.read()).not.toContain('02:00:00:00:00:08');
});

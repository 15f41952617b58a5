import { enterVethNamespace, ip, openDescriptors, type VethPair } from '../../test/veth';
import { packetPort } from './packet-port';
import { routerSolicitor } from './router-solicitor';

const ETH_P_IPV6 = 0x86dd;

let pair: VethPair;
beforeAll(() => {
  pair = enterVethNamespace();
  ip('address add fe80::2/64 dev eth0 nodad');
});
afterAll(() => pair.namespace.leave());

test('a router solicitation goes to all routers of the link, from its own address and with the hop limit of neighbours', async () => {
  const packet = await new Promise<Uint8Array>((resolve, reject) => {
    const receiver = packetPort.open({
      ifindex: pair.peer0.ifindex,
      etherType: ETH_P_IPV6,
      filter: [],
      onPacket(payload) {
        // Other things are said on a fresh link, too.
        if (payload[6] !== 58 || payload[40] !== 133) return;
        receiver.close();
        resolve(payload.slice());
      },
      onError: reject,
    });
    // Counted here: the receiver's own socket is closed on another thread, at some time; so may be those of an earlier test.
    const open = openDescriptors();
    routerSolicitor.solicit('eth0');
    expect(openDescriptors()).toBeLessThanOrEqual(open);
  });
  const hex = (from: number, to: number) => Buffer.from(packet.subarray(from, to)).toString('hex');
  expect(packet[7]).toBe(255);
  expect(hex(8, 24)).toBe('fe800000000000000000000000000002');
  expect(hex(24, 40)).toBe('ff020000000000000000000000000002');
  expect([hex(40, 42), hex(44, 48)]).toEqual(['8500', '00000000']);
});

test('a link that is not there is an error that names it', () => {
  expect(() => routerSolicitor.solicit('nosuch0')).toThrow(/binding to nosuch0/);
});

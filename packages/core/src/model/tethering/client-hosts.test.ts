import type { DhcpServerClient } from '@connman/contracts';
import { clientHosts } from './client-hosts';

const client = (hostname: string, last: number): DhcpServerClient => ({
  ...{ hostname, mac: '02:00:00:00:00:01' as never, address: `192.168.0.${last}` as never },
});

const hostsOf = (clients: DhcpServerClient[]) => clientHosts({ clients, addresses6: [], prefix: undefined });

test('a client has the first label of its name, in lower case', () => {
  expect(hostsOf([client('Phone.example.org', 2), client('tv', 3)])).toEqual([
    { name: 'phone', address: '192.168.0.2' },
    { name: 'tv', address: '192.168.0.3' },
  ]);
});

test('a second client of one name does not take it, and names that programs trust are no one’s', () => {
  const clients = ['phone', 'phone', 'WPAD', 'localhost', 'isatap', '_dns', ''].map((name, i) => client(name, i + 2));
  expect(hostsOf(clients)).toEqual([{ name: 'phone', address: '192.168.0.2' }]);
});

test('a client has the IPv6 addresses its hardware address was met with, of the shared prefix alone', () => {
  const clients = [client('phone', 2), { ...client('tv', 3), mac: '02:00:00:00:00:02' as never }];
  const met = (last: number, address: string) => ({
    mac: `02:00:00:00:00:0${last}` as never,
    address: address as never,
  });
  const addresses6 = [
    met(1, '2001:db8:40::a'),
    met(2, '2001:db8:40::b'),
    met(1, '2001:db8:41::a'),
    met(3, '2001:db8:40::c'),
    ...Array.from({ length: 20 }, (_, i) => met(2, `2001:db8:40::1:${i}`)),
  ];
  const prefix = { prefix: '2001:db8:40::' as never, isOwn: false };
  const hosts = clientHosts({ clients, addresses6, prefix });
  expect(hosts.filter(({ name }) => name === 'phone')).toEqual([
    { name: 'phone', address: '192.168.0.2' },
    { name: 'phone', address: '2001:db8:40::a' },
  ]);
  expect(hosts.filter(({ name }) => name === 'tv')).toHaveLength(9);
  expect(clientHosts({ clients, addresses6, prefix: undefined })).toHaveLength(2);
});

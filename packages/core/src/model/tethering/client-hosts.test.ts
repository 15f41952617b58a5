import type { DhcpServerClient } from '@connman/contracts';
import { clientHosts } from './client-hosts';

const client = (hostname: string, last: number): DhcpServerClient => ({
  ...{ hostname, mac: '02:00:00:00:00:01' as never, address: `192.168.0.${last}` as never },
});

test('a client has the first label of its name, in lower case', () => {
  expect(clientHosts([client('Phone.example.org', 2), client('tv', 3)])).toEqual([
    { name: 'phone', address: '192.168.0.2' },
    { name: 'tv', address: '192.168.0.3' },
  ]);
});

test('a second client of one name does not take it, and names that programs trust are no one’s', () => {
  const clients = ['phone', 'phone', 'WPAD', 'localhost', 'isatap', '_dns', ''].map((name, i) => client(name, i + 2));
  expect(clientHosts(clients)).toEqual([{ name: 'phone', address: '192.168.0.2' }]);
});

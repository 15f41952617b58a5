// The DHCPv6 client of connman-dhcp with real servers: addresses, prefixes, configuration, and how a lease lives and ends.
import { Variant } from 'dbus-next';
import { onSite } from './site';

jest.setTimeout(60_000);

const CONFIGURATION = {
  Nameservers: ['2001:db8:1::53'],
  SearchDomains: ['lab.example', 'example.org'],
  Timeservers: ['2001:db8:1::123'],
};
const inPool = expect.stringMatching(/^2001:db8:1::1[0-9a-f]{2}$/);

test.each(['dnsmasq', 'kea', 'isc'] as const)('%s gives an address, name servers, domains and time servers', (kind) =>
  onSite(async (site) => {
    await site.serve({ kind });
    await site.start();
    const { details } = await site.event('bound');
    expect(details).toMatchObject({ ...CONFIGURATION, AgeSeconds: 0, Addresses: [[inPool, expect.any(Number), 3600]] });
  }),
);

test('Kea with rapid commit answers the Solicit with the lease', () =>
  onSite(async (site) => {
    await site.serve({ kind: 'kea', rapidCommit: true });
    await site.start();
    await site.event('bound');
    const sent = site.program.output.items.filter((line) => line.includes(' sent'));
    expect(sent.map((line) => line.replace(/.*DHCPv6: /, ''))).toEqual(expect.not.arrayContaining(['request sent']));
  }));

test.each(['kea', 'isc'] as const)('%s delegates a prefix beside the address', (kind) =>
  onSite(async (site) => {
    await site.serve({ kind, delegates: '2001:db8:4000::' });
    await site.start({ PrefixLength: new Variant('u', 56) });
    const { details } = await site.event('bound');
    const prefix = expect.stringMatching(/^2001:db8:4000:[0-9a-f]*00::$|^2001:db8:4000::$/);
    expect(details).toMatchObject({ Addresses: [[inPool, 1800, 3600]], Prefixes: [[prefix, 56, 1800, 3600]] });
  }),
);

test.each(['dnsmasq', 'isc'] as const)('%s answers an Information-request', (kind) =>
  onSite(async (site) => {
    await site.serve({ kind, stateless: true });
    await site.start({ Mode: new Variant('s', 'stateless'), Address: new Variant('b', false) });
    expect((await site.event('configured')).details).toMatchObject(CONFIGURATION);
  }),
);

test('a lease is renewed at T1 with its server, again and again', () =>
  onSite(async (site) => {
    await site.serve({ kind: 'kea', t1: 5, t2: 20, preferred: 30, valid: 40 });
    await site.start();
    const { details } = await site.event('bound');
    await site.events.until('two renewals', () => site.events.items.length >= 3, 20_000);
    const again = site.events.items.slice(0, 3);
    expect(again.map(({ kind }) => kind)).toEqual(['bound', 'bound', 'bound']);
    expect(again[2]?.details.Addresses).toEqual(details.Addresses);
  }));

test('another server takes the lease over when the first is gone (Rebind), and without any it expires', () =>
  onSite(async (site) => {
    await site.serve({ kind: 'kea', t1: 5, t2: 7, preferred: 12, valid: 16 });
    await site.start();
    await site.event('bound');
    await site.stopServer();
    await site.program.line(/rebind sent/, 15_000);
    await site.event('lost', 0, 25_000);
    expect(site.events.items.at(-1)).toMatchObject({ kind: 'lost', details: { Reason: 'expired' } });
    const from = site.events.items.length;
    await site.serve({ kind: 'isc' });
    await site.event('bound', from, 30_000);
  }));

test('after the link was away the lease is confirmed, and on another link it is lost at once', () =>
  onSite(async (site) => {
    await site.serve({ kind: 'kea' });
    await site.start();
    await site.event('bound');
    await site.renew();
    await site.program.line(/confirm sent/);
    await site.event('bound', 1);
    await site.serve({ kind: 'kea', network: '2001:db8:2' });
    await site.renew();
    expect((await site.event('lost', 2)).details).toEqual({ Reason: 'not-on-link' });
    const { details } = await site.event('bound', 3);
    expect(details.Addresses).toEqual([[expect.stringMatching(/^2001:db8:2::1/), 1800, 3600]]);
  }));

test('a declined address is told to the server, which gives another', () =>
  onSite(async (site) => {
    await site.serve({ kind: 'kea' });
    await site.start();
    const address = addressOf((await site.event('bound')).details);
    await site.decline(address);
    await site.server.line(/DHCP6_DECLINE_LEASE/);
    expect((await site.event('lost')).details).toEqual({ Reason: 'conflict' });
    const other = addressOf((await site.event('bound', 2)).details);
    expect(other).not.toBe(address);
  }));

test('a lease that is given back is free for others', () =>
  onSite(async (site) => {
    await site.serve({ kind: 'kea', delegates: '2001:db8:4000::' });
    await site.start({ PrefixLength: new Variant('u', 56) });
    await site.event('bound');
    await site.stop(true);
    await site.server.line(/DHCP6_RELEASE_NA/);
    await site.server.line(/DHCP6_RELEASE_PD/);
  }));

test('a client that starts before the link has a usable address asks as soon as it has', () =>
  onSite(async (site) => {
    await site.serve({ kind: 'kea', rapidCommit: true });
    await site.startProgram();
    await site.machine.run('ip link set eth0 down');
    await site.machine.run('ip link set eth0 up');
    await site.start();
    await site.event('bound');
    expect(site.program.output.items.join('\n')).toMatch(/solicit not sent, trying again/);
  }));

function addressOf({ Addresses }: { readonly [key: string]: unknown }): string {
  const [[address] = ['']] = Addresses as [string][];
  return address as string;
}

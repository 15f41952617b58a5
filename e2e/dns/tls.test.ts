import type { Child } from '../netns/lab/child';
import { capture, type Far, inSite, type Site, startDnsmasq } from './site';
import { connections, makeCertificates, questionsInTheClear, startTlsServer } from './tls-server';

function configure(site: Site, far: Far, tls: string, name: string): Promise<Child> {
  const server = name === '' ? far.address : `${far.address}#${name}`;
  return site.startProxy(
    `[Proxy]\nTlsCaFile=/run/ca.pem\n[Servers]\nInterface=eth0\nServers=${server}\nTls=${tls}\nDomains=~test\n`,
  );
}

async function withTlsServer(scenario: (site: Site, far: Far, onWire: Child) => Promise<void>): Promise<void> {
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    site.machine.write('/run/ca.pem', await makeCertificates(far.host, 'DNS:dns.corpus.test'));
    await startTlsServer(far.host, far.address, { 'corpus.test': '192.0.2.1' });
    await scenario(site, far, await capture(far.host, 'port 53 or port 853'));
  });
}

test('strict, with the right name: questions go over one connection, none in the clear', async () => {
  await withTlsServer(async (site, far, onWire) => {
    await configure(site, far, 'strict', 'dns.corpus.test');
    for (let i = 0; i < 5; i++) expect(await site.dig(`n${i}.corpus.test`)).toBe('192.0.2.1');
    await onWire.output.until('the connection', () => connections(onWire) > 0);
    expect(connections(onWire)).toBe(1);
    expect(await questionsInTheClear(site.machine, onWire, far.address)).toEqual([]);
  });
}, 60_000);

test.each([
  ['another name', 'other.corpus.test'],
  ['no name, and an address the certificate does not have', ''],
])(
  'strict, with %s: nothing is resolved, nothing is said in the clear, and the log tells why',
  async (_title, name) => {
    await withTlsServer(async (site, far, onWire) => {
      const proxy = await configure(site, far, 'strict', name);
      expect(await site.rcode('secret.corpus.test')).toBe('SERVFAIL');
      expect(await site.rcode('secret2.corpus.test')).toBe('SERVFAIL');
      await proxy.line(/name server 10\.77\.1\.1 \(eth0\): TLS: .*(altnames|IP)/i);
      expect(await questionsInTheClear(site.machine, onWire, far.address)).toEqual([]);
    });
  },
  60_000,
);

test('opportunistic: any certificate will do, and a server without TLS is asked in the clear', async () => {
  await withTlsServer(async (site, far, onWire) => {
    await configure(site, far, 'opportunistic', '');
    expect(await site.dig('a.corpus.test')).toBe('192.0.2.1');
    await onWire.output.until('the connection', () => connections(onWire) > 0);
    expect(await questionsInTheClear(site.machine, onWire, far.address)).toEqual([]);
  });
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    await startDnsmasq(far.host, ['/#/192.0.2.7']);
    await configure(site, far, 'opportunistic', '');
    expect(await site.dig('a.corpus.test')).toBe('192.0.2.7');
  });
}, 60_000);

test('a connection the server has closed is made again, without an answer lost', async () => {
  await withTlsServer(async (site, far, onWire) => {
    await configure(site, far, 'strict', 'dns.corpus.test');
    expect(await site.dig('a.corpus.test')).toBe('192.0.2.1');
    // The kernel resets what is established, as after a restart of the server.
    await far.host.run('ss -K sport = :853').catch(() => '');
    expect(await site.dig('b.corpus.test')).toBe('192.0.2.1');
    expect(await questionsInTheClear(site.machine, onWire, far.address)).toEqual([]);
  });
}, 60_000);

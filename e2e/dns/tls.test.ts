import type { Child } from '../netns/lab/child';
import type { Host } from '../netns/lab/host';
import { capture, type Far, inSite, type Site, serverEnvironment, serverProgram, startDnsmasq } from './site';

/** A certificate authority of our own, and a certificate of it for `dns.corpus.test`. */
async function makeCertificates(host: Host): Promise<string> {
  await host.run([
    'sh',
    '-ec',
    `cd /run
     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=laboratory
     openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout dns.key -out dns.csr -subj /CN=dns.corpus.test
     printf 'subjectAltName=DNS:dns.corpus.test' > ext
     openssl x509 -req -in dns.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out dns.pem`,
  ]);
  return host.read('/run/ca.pem');
}

/** unbound with TLS on port 853, answering from data of its own, and nothing on port 53. */
async function startTlsServer(far: Far): Promise<Child> {
  far.host.write(
    '/run/unbound.conf',
    `server:
 interface: ${far.address}@853
 tls-port: 853
 tls-service-key: "/run/dns.key"
 tls-service-pem: "/run/dns.pem"
 access-control: 0.0.0.0/0 allow
 do-daemonize: no
 username: ""
 chroot: ""
 directory: "/run"
 pidfile: ""
 use-syslog: no
 module-config: "iterator"
 local-zone: "corpus.test." redirect
 local-data: "corpus.test. 60 A 192.0.2.1"
remote-control:
 control-enable: no
`,
  );
  const unbound = far.host.start([serverProgram('unbound'), '-d', '-c', '/run/unbound.conf'], {
    env: serverEnvironment,
  });
  await unbound.line(/start of service/);
  return unbound;
}

function configure(site: Site, far: Far, tls: string, name: string): Promise<Child> {
  const server = name === '' ? far.address : `${far.address}#${name}`;
  return site.startProxy(
    `[Proxy]\nTlsCaFile=/run/ca.pem\n[Servers]\nInterface=eth0\nServers=${server}\nTls=${tls}\nDomains=~test\n`,
  );
}

async function withTlsServer(scenario: (site: Site, far: Far, onWire: Child) => Promise<void>): Promise<void> {
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    site.machine.write('/run/ca.pem', await makeCertificates(far.host));
    await startTlsServer(far);
    await scenario(site, far, await capture(far.host, 'port 53 or port 853'));
  });
}

const questionsInTheClear = (onWire: Child) => onWire.output.items.filter((line) => / > [\d.]+\.53: /.test(line));
const connections = (onWire: Child) => onWire.output.items.filter((line) => /\.853: Flags \[S\]/.test(line)).length;

test('strict, with the right name: questions go over one connection, none in the clear', async () => {
  await withTlsServer(async (site, far, onWire) => {
    await configure(site, far, 'strict', 'dns.corpus.test');
    for (let i = 0; i < 5; i++) expect(await site.dig(`n${i}.corpus.test`)).toBe('192.0.2.1');
    await onWire.output.until('the connection', () => connections(onWire) > 0);
    expect(connections(onWire)).toBe(1);
    expect(questionsInTheClear(onWire)).toEqual([]);
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
      expect(questionsInTheClear(onWire)).toEqual([]);
      expect(onWire.output.items.filter((line) => line.includes('secret'))).toEqual([]);
    });
  },
  60_000,
);

test('opportunistic: any certificate will do, and a server without TLS is asked in the clear', async () => {
  await withTlsServer(async (site, far, onWire) => {
    await configure(site, far, 'opportunistic', '');
    expect(await site.dig('a.corpus.test')).toBe('192.0.2.1');
    await onWire.output.until('the connection', () => connections(onWire) > 0);
    expect(questionsInTheClear(onWire)).toEqual([]);
  });
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    await startDnsmasq(far.host, ['/#/192.0.2.7']);
    await configure(site, far, 'opportunistic', '');
    expect(await site.dig('a.corpus.test')).toBe('192.0.2.7');
  });
}, 60_000);

test('a connection the server has closed is made anew, without an answer lost', async () => {
  await withTlsServer(async (site, far, onWire) => {
    await configure(site, far, 'strict', 'dns.corpus.test');
    expect(await site.dig('a.corpus.test')).toBe('192.0.2.1');
    // The kernel resets what is established, as after a restart of the server.
    await far.host.run('ss -K sport = :853').catch(() => '');
    expect(await site.dig('b.corpus.test')).toBe('192.0.2.1');
    expect(questionsInTheClear(onWire)).toEqual([]);
  });
}, 60_000);

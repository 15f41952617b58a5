// A name server that speaks DNS over TLS alone, and what a capture shows of who asks it.
import type { Child } from '../netns/lab/child';
import type { Host } from '../netns/lab/host';
import { serverEnvironment, serverProgram } from './site';

/**
 * A certificate authority of our own, and a certificate of it.
 * @param subject what the certificate is for, as `DNS:dns.corpus.test` or `IP:10.77.1.1`
 * @returns the authority's own certificate (PEM)
 */
export async function makeCertificates(host: Host, subject: string): Promise<string> {
  await host.run([
    'sh',
    '-ec',
    `cd /run
     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=laboratory`,
  ]);
  await makeCertificate(host, subject);
  return host.read('/run/ca.pem');
}

/** Another one of the same authority; with -1 days it is over, as to a clock that is wrong. */
export async function makeCertificate(host: Host, subject: string, days = 2): Promise<void> {
  await host.run([
    'sh',
    '-ec',
    `cd /run
     openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout dns.key -out dns.csr -subj /CN=server
     printf 'subjectAltName=${subject}' > ext
     openssl x509 -req -in dns.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days ${days} -extfile ext -out dns.pem`,
  ]);
}

/** unbound on port 853 with the certificate that was made last; for each domain one address for all names in it. */
export async function startTlsServer(
  host: Host,
  address: string,
  domains: Readonly<Record<string, string>>,
): Promise<Child> {
  const data = Object.entries(domains).map(
    ([domain, answer]) => ` local-zone: "${domain}." redirect\n local-data: "${domain}. 60 A ${answer}"`,
  );
  host.write(
    '/run/unbound.conf',
    `server:
 interface: ${address}@853
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
${data.join('\n')}
remote-control:
 control-enable: no
`,
  );
  const unbound = host.start([serverProgram('unbound'), '-d', '-c', '/run/unbound.conf'], { env: serverEnvironment });
  await unbound.line(/start of service/);
  return unbound;
}

/**
 * What `machine` has asked `server` on port 53 so far: lines of the capture at the far end, in small letters. The capture tells
 * of a packet some time after it: a question of our own goes out behind the others and is waited for.
 */
export async function questionsInTheClear(machine: Host, onWire: Child, server: string): Promise<string[]> {
  const mark = `mark${onWire.output.items.length}.example`;
  await machine.run(['dig', '+tries=1', '+time=1', `@${server}`, mark]).catch(() => '');
  await onWire.output.until('the last question', () => onWire.output.items.some((line) => line.includes(mark)));
  const lines = onWire.output.items.map((line) => line.toLowerCase());
  return lines.filter((line) => / > \S+\.53: /.test(line) && !/ mark\d+\.example/.test(line));
}

/** How many connections were begun. */
export const connections = (onWire: Child): number =>
  onWire.output.items.filter((line) => /\.853: Flags \[S\]/.test(line)).length;

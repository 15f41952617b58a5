// L2TP and PPTP against real servers, in a kernel that has PPP.
import { execFileSync } from 'node:child_process';
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';
import { inLab } from '../../netns/lab/lab';
import { ours } from '../../netns/lab/subject';
import { VpnSite } from '../site';
import { check, equal, runScenarios } from './scenarios';

const ident = '10_77_1_1_lab_example';

const secrets = 'alice * "wonder land" *\n';
const pppOptions = ['name server', 'auth', 'require-mschap-v2', 'ms-dns 10.7.0.1', 'nodefaultroute', 'debug', ''];

async function startXl2tpd(far: Host): Promise<Child> {
  far.write('/etc/ppp/chap-secrets', secrets);
  far.write('/run/l2tp/options', pppOptions.join('\n'));
  far.write(
    '/run/l2tp/xl2tpd.conf',
    [
      '[global]',
      'port = 1701',
      '[lns default]',
      'ip range = 10.7.0.10-10.7.0.20',
      'local ip = 10.7.0.1',
      'require authentication = no',
      'pppoptfile = /run/l2tp/options',
      '',
    ].join('\n'),
  );
  const server = far.start([
    'xl2tpd',
    '-D',
    '-c',
    '/run/l2tp/xl2tpd.conf',
    '-C',
    '/run/l2tp/control',
    '-p',
    '/run/l2tp/pid',
  ]);
  await server.line(/Listening on IP address/);
  return server;
}

async function startPptpd(far: Host): Promise<Child> {
  far.write('/etc/ppp/chap-secrets', secrets);
  far.write('/run/pptp/options', [...pppOptions, 'require-mppe-128'].join('\n'));
  far.write(
    '/run/pptp/pptpd.conf',
    ['option /run/pptp/options', 'localip 10.7.0.1', 'remoteip 10.7.0.10-20', 'stimeout 10', ''].join('\n'),
  );
  const server = far.start(['pptpd', '--fg', '--conf', '/run/pptp/pptpd.conf', '--pidfile', '/run/pptp/pid']);
  // It says nothing when it listens; asking takes some milliseconds each time.
  for (let tries = 0; tries < 500 && !/:1723/.test(await far.run('ss -ltn')); tries++);
  return server;
}

function withServer(
  type: 'L2TP' | 'PPTP',
  password: string | undefined,
  scenario: (site: VpnSite, far: Host, server: Child) => Promise<void>,
  more: readonly string[] = [],
): Promise<void> {
  return inLab(ours, async (lab) => {
    const { network } = await lab.online();
    const server = await (type === 'L2TP' ? startXl2tpd : startPptpd)(network.far);
    const site = await VpnSite.open(lab);
    lab.machine.write(
      '/var/lib/connman-vpn/ppp.config',
      [
        ...['[provider_ppp]', `Type = ${type}`, 'Name = Dial', 'Host = 10.77.1.1', 'Domain = lab.example'],
        ...(password === undefined ? [] : [`${type}.User = alice`, `${type}.Password = ${password}`]),
        ...(type === 'PPTP' ? ['PPPD.ReqMPPE128 = true'] : []),
        ...more,
        '',
      ].join('\n'),
    );
    try {
      await site.start();
      await scenario(site, network.far, server);
    } catch (error) {
      if (error instanceof Error) error.message += `${site.report()}\n--- server\n${server.output.tail(40)}`;
      throw error;
    } finally {
      site.bus.close();
    }
  });
}

const scenarios = (type: 'L2TP' | 'PPTP') => ({
  [`${type} comes up with what the server gives, and leaves nothing behind`]: () =>
    withServer(type, 'wonder land', async (site) => {
      await site.connection(ident).call('Connect', [], { timeoutMs: 60_000 });
      const properties = await site.properties(ident);
      equal(properties.State, 'ready', 'State');
      check(/^10\.7\.0\.1\d$/.test((properties.IPv4 as { Address: string }).Address), 'an address of the server');
      equal((properties.IPv4 as { Peer: string }).Peer, '10.7.0.1', 'Peer');
      await site.pingThrough('10.7.0.1');
      check(!site.daemon?.output.tail(400).includes('wonder land'), 'no password in the log');
      check(!(await site.lab.machine.run('ps axww')).includes('wonder land'), 'no password among the arguments');
      await site.connection(ident).call('Disconnect', []);
      check(!/vpn0/.test(await site.lab.machine.run('ip -o link')), 'the link is gone');
      equal(await site.lab.machine.run('ls /run/connman-vpn'), '', 'its folder');
    }),
  [`${type} tells a wrong password from a server that does not answer`]: () =>
    withServer(type, undefined, async (site) => {
      await site.agent();
      site.answers = [
        { Username: 'alice', Password: 'wrong' },
        { Username: 'alice', Password: 'wonder land' },
      ];
      const error = await site
        .connection(ident)
        .call('Connect', [], { timeoutMs: 60_000 })
        .catch((fault: unknown) => fault);
      equal((error as { errorName?: string }).errorName, 'net.connman.Error.PermissionDenied', 'the error');
      await site.connection(ident).call('Connect', [], { timeoutMs: 60_000 });
      equal((await site.properties(ident)).State, 'ready', 'State');
    }),
  [`${type} survives the daemon`]: () =>
    withServer(type, 'wonder land', async (site) => {
      await site.connection(ident).call('Connect', [], { timeoutMs: 60_000 });
      const before = await site.properties(ident);
      const ping = site.lab.start(['ping', '-i', '0.1', '-c', '50', '10.7.0.1']);
      await ping.line(/icmp_seq=2 /);
      await site.kill();
      await site.start();
      equal(await site.properties(ident), before, 'what it is');
      await ping.exited;
      check(/ 0% packet loss/.test(ping.output.tail()), `no loss:\n${ping.output.tail(4)}`);
      await site.connection(ident).call('Disconnect', []);
      check(!/vpn0/.test(await site.lab.machine.run('ip -o link')), 'the link is gone');
    }),
});

// The guest's /dev/ptmx belongs to another instance of devpts than /dev/pts, where xl2tpd looks for its terminal.
execFileSync('mount', ['--bind', '/dev/pts/ptmx', '/dev/ptmx']);
void runScenarios({
  ...scenarios('L2TP'),
  ...scenarios('PPTP'),
  'L2TP with an IPsec key and no IPsec sends nothing, and says what is missing': () =>
    withServer(
      'L2TP',
      'wonder land',
      async (site, far) => {
        const capture = far.start(['tcpdump', '-n', '-l', '--immediate-mode', '-i', 'port', 'udp port 1701 or icmp']);
        await capture.line(/listening on port/);
        const error = await site
          .connection(ident)
          .call('Connect', [], { timeoutMs: 60_000 })
          .catch((fault: unknown) => fault as Error);
        const text = (error as Error | undefined)?.message ?? '';
        check(
          /L2TP\.IPsecPSK is set, and no IPsec policy protects .*10\.77\.1\.1; connect it/.test(text),
          `the error: ${text}`,
        );
        await site.pingThrough('10.77.1.1');
        await capture.line(/ICMP/);
        check(!/1701/.test(capture.output.tail(100).replace(/listening.*/g, '')), 'nothing goes to the server');
        check(!(await site.lab.machine.run('ps axww')).includes('IPsecPSK'), 'no key among the arguments');
      },
      ['L2TP.IPsecPSK = a shared key'],
    ),
});

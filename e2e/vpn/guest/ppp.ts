// L2TP and PPTP against real servers, in a kernel that has PPP.
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';
import { inLab } from '../../netns/lab/lab';
import { ours } from '../../netns/lab/subject';
import { VpnSite } from '../site';
import { offerTerminals } from './kinds';
import { mppe, startPptpd, startXl2tpd } from './ppp-servers';
import { check, equal, runScenarios } from './scenarios';

const ident = '10_77_1_1_lab_example';

function withServer(
  type: 'L2TP' | 'PPTP',
  password: string | undefined,
  scenario: (site: VpnSite, far: Host, server: Child) => Promise<void>,
  more: readonly string[] = [],
): Promise<void> {
  return inLab(ours, async (lab) => {
    const { network } = await lab.online();
    const server = type === 'L2TP' ? await startXl2tpd(network.far) : await startPptpd(network.far);
    const site = await VpnSite.open(lab);
    lab.machine.write(
      '/var/lib/connman-vpn/ppp.config',
      [
        ...['[provider_ppp]', `Type = ${type}`, 'Name = Dial', 'Host = 10.77.1.1', 'Domain = lab.example'],
        ...(password === undefined ? [] : [`${type}.User = alice`, `${type}.Password = ${password}`]),
        ...(type === 'PPTP' ? mppe : []),
        ...more,
        '',
      ].join('\n'),
    );
    await site.during(
      async () => {
        await site.start();
        await scenario(site, network.far, server);
      },
      () => ({ server }),
    );
  });
}

const scenarios = (type: 'L2TP' | 'PPTP') => ({
  [`${type} comes up with what the server gives, and leaves nothing behind`]: () =>
    withServer(type, 'wonder land', async (site) => {
      await site.connection(ident).call('Connect', [], { timeoutMs: 60_000 });
      const properties = await site.properties(ident);
      equal(properties.State, 'ready', 'State');
      check(/^10\.7\.0\.1\d$/.test((properties.IPv4 as { Address: string }).Address), 'an address of the server');
      if (!site.isDebian) equal((properties.IPv4 as { Peer: string }).Peer, '10.7.0.1', 'Peer');
      await site.pingThrough('10.7.0.1');
      const log = site.daemon?.output.tail(400) ?? '';
      check(!log.includes('wonder land'), 'no password in the log');
      if (type === 'L2TP' && !site.isDebian)
        check(/Using l2tp kernel support/.test(log), 'the kernel carries the data');
      check(!(await site.lab.machine.run('ps axww')).includes('wonder land'), 'no password among the arguments');
      await site.connection(ident).call('Disconnect', []);
      await site.untilIdle(`vpn_${ident}`);
      if (!site.isDebian) equal(await site.lab.machine.run('ls /run/connman-vpn'), '', 'its folder');
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
      // It stays in configuration, and the next Connect is InProgress.
      if (site.isDebian) return;
      await site.connection(ident).call('Connect', [], { timeoutMs: 60_000 });
      equal((await site.properties(ident)).State, 'ready', 'State');
    }),
});

/** What an IKE daemon would set up with the shared key: transport mode between the two for L2TP. */
async function protectL2tp(client: Host, clientAddress: string, server: Host, serverAddress: string): Promise<void> {
  const keys = `enc aes 0x${'11'.repeat(16)} auth sha1 0x${'22'.repeat(20)}`;
  const there = `src ${clientAddress} dst ${serverAddress}`;
  const back = `src ${serverAddress} dst ${clientAddress}`;
  for (const [host, directions] of [
    [client, ['out', 'in']],
    [server, ['in', 'out']],
  ] as const)
    for (const [addresses, port, spi, direction] of [
      [there, 'dport 1701', '0x1001', directions[0]],
      [back, 'sport 1701', '0x1002', directions[1]],
    ] as const) {
      await host.run(`ip xfrm state add ${addresses} proto esp spi ${spi} mode transport ${keys}`);
      const policy = `${addresses} proto udp ${port} dir ${direction}`;
      await host.run(`ip xfrm policy add ${policy} tmpl ${addresses} proto esp mode transport`);
    }
}

offerTerminals();
const onlyOurs = {
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
  "L2TP with an IPsec key goes through the system's IPsec, and nothing of it in clear": () =>
    withServer(
      'L2TP',
      'wonder land',
      async (site, far) => {
        const { machine, connman } = site.lab;
        const own = connman.service('eth0')?.properties.IPv4 as { Address: string } | undefined;
        await protectL2tp(machine, own?.Address ?? '', far, '10.77.1.1');
        const capture = far.start(['tcpdump', '-n', '-l', '--immediate-mode', '-i', 'port', 'udp port 1701 or esp']);
        await capture.line(/listening on port/);
        await site.connection(ident).call('Connect', [], { timeoutMs: 60_000 });
        await site.untilReady(`vpn_${ident}`);
        await site.pingThrough('10.7.0.1');
        await capture.line(/: ESP\(spi=/);
        check(!capture.output.items.some((line) => / IP .*1701/.test(line)), 'nothing in clear');
      },
      ['L2TP.IPsecPSK = a shared key'],
    ),
};

void runScenarios({ ...scenarios('L2TP'), ...scenarios('PPTP') }, onlyOurs);

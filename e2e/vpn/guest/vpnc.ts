// vpnc against strongSwan as a Cisco gateway: IKEv1 in aggressive mode with a group secret, Xauth, and the networks of Unity.
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';
import { inLab } from '../../netns/lab/lab';
import { ours } from '../../netns/lab/subject';
import { VpnSite } from '../site';
import { serverAddress } from './kinds';
import { check, equal, runScenarios } from './scenarios';
import { startCiscoGateway } from './strongswan';
import { layUplinks } from './two-uplinks';

const ident = '10_77_1_1_lab_example';

const allGiven = [
  'VPNC.IPSec.Secret = group secret',
  'VPNC.Xauth.Username = alice',
  'VPNC.Xauth.Password = wonder land',
];

const provider = (host: string, ...lines: readonly string[]) =>
  [
    ...['[provider_cisco]', 'Type = VPNC', 'Name = Cisco', `Host = ${host}`, 'Domain = lab.example'],
    ...['VPNC.IPSec.ID = staff', ...lines, ''],
  ].join('\n');

function withGateway(
  lines: readonly string[],
  scenario: (site: VpnSite, far: Host, server: Child) => Promise<void>,
): Promise<void> {
  return inLab(ours, async (lab) => {
    const { network } = await lab.online();
    const { far } = network;
    await far.run('ip address add 10.99.0.1/32 dev lo');
    const server = await startCiscoGateway(far, '10.77.1.1');
    const site = await VpnSite.open(lab);
    lab.machine.write('/var/lib/connman-vpn/cisco.config', provider('10.77.1.1', ...lines));
    await site.during(
      async () => {
        await site.start();
        await scenario(site, far, server);
      },
      () => ({ charon: server }),
    );
  });
}

void runScenarios({
  'vpnc comes up with what the gateway gives, and leaves nothing behind': () =>
    withGateway(allGiven, async (site) => {
      await site.connection(ident).call('Connect', [], { timeoutMs: 60_000 });
      const properties = await site.properties(ident);
      equal(properties.State, 'ready', 'State');
      check(/^10\.6\.0\.1\d$/.test((properties.IPv4 as { Address: string }).Address), 'an address of the pool');
      equal(properties.Nameservers, ['10.6.0.1'], 'Nameservers');
      equal(properties.SplitRouting, true, 'SplitRouting');
      await site.untilReady(`vpn_${ident}`);
      await site.pingThrough('10.99.0.1');
      const log = site.daemon?.output.tail(400) ?? '';
      check(!/wonder land|group secret/.test(log), 'no secret in the log');
      check(!/wonder land|group secret/.test(await site.lab.machine.run('ps axww')), 'no secret among the arguments');
      await site.connection(ident).call('Disconnect', []);
      check(!/vpn0/.test(await site.lab.machine.run('ip -o link')), 'the link is gone');
      equal(await site.lab.machine.run('ls /run/connman-vpn'), '', 'its folder');
    }),

  'vpnc tells a wrong password from a gateway that does not answer, and the agent is asked again': () =>
    withGateway([], async (site, _far, server) => {
      await site.agent();
      const given = { 'VPNC.IPSec.Secret': 'group secret', 'VPNC.Xauth.Username': 'alice' };
      site.answers = [
        { ...given, 'VPNC.Xauth.Password': 'wrong' },
        { ...given, 'VPNC.Xauth.Password': 'wonder land' },
      ];
      const connect = () =>
        site
          .connection(ident)
          .call('Connect', [], { timeoutMs: 120_000 })
          .then(
            () => 'connected',
            (fault: { errorName?: string }) => fault.errorName,
          );
      equal(await connect(), 'net.connman.Error.PermissionDenied', 'the answer to a wrong password');
      equal(await connect(), 'connected', 'the answer to the right one');
      const asked = site.questions.items.map((fields) => [...fields.keys()]);
      const fields = ['VPNC.IPSec.Secret', 'VPNC.Xauth.Username', 'VPNC.Xauth.Password'];
      equal(
        asked,
        [
          ['Host', 'Name', ...fields],
          ['Host', 'Name', 'VpnAgent.AuthFailure', ...fields],
        ],
        'what the agent was asked',
      );
      await site.connection(ident).call('Disconnect', []);
      await server.stop('SIGKILL');
      equal(await connect(), 'net.connman.Error.Failed', 'the answer while the gateway is silent');
    }),

  'behind a NAT all goes in UDP (NAT-T); a gateway that dies without a word is missed (DPD), and found again': () =>
    inLab(ours, async (lab) => {
      const [{ far }, home] = await layUplinks(lab);
      for (const address of [serverAddress, '10.99.0.1']) await far.run(`ip address add ${address}/32 dev lo`);
      home.far.write(
        '/run/nat',
        'table ip nat { chain out { type nat hook postrouting priority 100; oifname "inner" masquerade; }; }\n',
      );
      await home.far.run('nft -f /run/nat');
      let gateway = await startCiscoGateway(far, serverAddress);
      const capture = far.start(['tcpdump', '-n', '-l', '--immediate-mode', '-i', 'outer', 'udp or esp']);
      await capture.line(/listening on outer/);
      const lines = [...allGiven, 'VPNC.NATTMode = natt', 'VPNC.DPDTimeout = 10'];
      lab.machine.write('/var/lib/connman-vpn/cisco.config', provider(serverAddress, ...lines));
      await home.plug();
      await lab.startDaemon();
      await lab.connman.untilReady('eth1');
      const site = await VpnSite.open(lab);
      await site.during(
        async () => {
          await site.start();
          const it = `${serverAddress.replaceAll('.', '_')}_lab_example`;
          await site.untilService(`vpn_${it}`);
          await lab.connmanctl('connect', `vpn_${it}`);
          equal((await site.properties(it)).State, 'ready', 'State');
          await site.pingThrough('10.99.0.1');
          const packets = capture.output.items.filter((line) => line.includes(serverAddress));
          check(
            packets.some((line) => /IP 192\.0\.2\.2\.\d+ > 10\.200\.0\.1\.4500: UDP-encap: ESP/.test(line)),
            'ESP in UDP from the router',
          );
          check(!packets.some((line) => /: ESP\(/.test(line) && !line.includes('UDP-encap')), 'no bare ESP');
          await gateway.stop('SIGKILL');
          await far.run('ip xfrm state flush');
          await far.run('ip xfrm policy flush');
          const last = (state: string) => site.signals.items.lastIndexOf(`State "${state}"`);
          await site.until('the gateway missed', () => last('failure') > last('ready'), 60_000);
          gateway = await startCiscoGateway(far, serverAddress);
          await site.until('the tunnel again', () => last('ready') > last('failure'), 120_000);
          await site.pingThrough('10.99.0.1');
        },
        () => ({ charon: gateway }),
      );
    }),
});

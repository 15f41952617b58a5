// vpnc against strongSwan as a Cisco gateway: IKEv1 in aggressive mode with a group secret, Xauth, and the networks of Unity.
import type { Child } from '../../netns/lab/child';
import type { Host } from '../../netns/lab/host';
import { inLab } from '../../netns/lab/lab';
import { ours } from '../../netns/lab/subject';
import { VpnSite } from '../site';
import { check, equal, runScenarios } from './scenarios';
import { startCiscoGateway } from './strongswan';

const ident = '10_77_1_1_lab_example';

const allGiven = [
  'VPNC.IPSec.Secret = group secret',
  'VPNC.Xauth.Username = alice',
  'VPNC.Xauth.Password = wonder land',
];

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
    lab.machine.write(
      '/var/lib/connman-vpn/cisco.config',
      [
        ...['[provider_cisco]', 'Type = VPNC', 'Name = Cisco', 'Host = 10.77.1.1', 'Domain = lab.example'],
        ...['VPNC.IPSec.ID = staff', ...lines, ''],
      ].join('\n'),
    );
    try {
      await site.start();
      await scenario(site, far, server);
    } catch (error) {
      if (error instanceof Error) error.message += `${site.report()}\n--- charon\n${server.output.tail(60)}`;
      throw error;
    } finally {
      site.bus.close();
    }
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
});

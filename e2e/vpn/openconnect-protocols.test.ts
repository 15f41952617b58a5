// OpenConnect beyond AnyConnect: the program speaks the protocol that the settings name, and each form reaches the agent.
import type { Child } from '../netns/lab/child';
import { repository } from '../netns/lab/host';
import { inLab } from '../netns/lab/lab';
import { offerPrograms } from '../netns/lab/peers';
import { ours } from '../netns/lab/subject';
import { certificates, installClient } from './openvpn-server';
import { VpnSite } from './site';

jest.setTimeout(60_000);

const ident = '10_77_1_1_lab_example';

function withGateway(
  protocol: string,
  scenario: (site: VpnSite, gateway: Child, connect: () => Promise<string>) => Promise<void>,
): Promise<void> {
  return inLab(ours, async (lab) => {
    await offerPrograms(lab.machine, 'openconnect');
    const { network } = await lab.online();
    const { serverCert, serverKey } = certificates();
    network.far.write('/run/gateway.crt', serverCert);
    network.far.write('/run/gateway.key', serverKey);
    const program = [process.execPath, `${repository}/e2e/vpn/fake-gateway.mjs`, protocol];
    const gateway = network.far.start([...program, '/run/gateway.crt', '/run/gateway.key']);
    await gateway.line(/^listening$/);
    lab.machine.write(
      '/var/lib/connman-vpn/gate.config',
      [
        ...['[provider_gate]', 'Type = OpenConnect', 'Name = Gate', 'Host = 10.77.1.1', 'Domain = lab.example'],
        ...[`OpenConnect.Protocol = ${protocol}`, 'OpenConnect.AuthType = userpass'],
        ...(protocol === 'gp' ? ['OpenConnect.Usergroup = gateway'] : []),
        `OpenConnect.CACert = ${installClient(lab.machine)}/ca.crt`,
        '',
      ].join('\n'),
    );
    const site = await VpnSite.open(lab);
    await site.during(
      async () => {
        await site.start();
        await site.agent();
        const connect = () =>
          site
            .connection(ident)
            .call('Connect', [], { timeoutMs: 30_000 })
            .then(
              () => 'connected',
              (error: Error) => error.message,
            );
        await scenario(site, gateway, connect);
      },
      () => ({ gateway }),
    );
  });
}

const alice = { Username: 'alice', Password: 'wonder land' };
const wrong = { ...alice, Password: 'wrong' };
const code = { 'OpenConnect.SecondPassword': '123456' };
const asked = ({ questions }: VpnSite) =>
  questions.items.map((fields) => [...fields.keys()].filter((name) => name !== 'Host' && name !== 'Name'));
/** A wrong password is asked for again, with the reason. */
const untilRight = [
  ['Username', 'Password'],
  ['VpnAgent.AuthFailure', 'Username', 'Password'],
];
const secondFactor = ['OpenConnect.SecondPassword', 'OpenConnect.Prompt'];

test('GlobalProtect: password, the challenge with what the gateway says of it, and a tunnel with its networks', () =>
  withGateway('gp', async (site, _gateway, connect) => {
    site.answers = [wrong, alice, code];
    expect(await connect()).toBe('connected');
    expect(asked(site)).toEqual([...untilRight, secondFactor]);
    expect(
      JSON.stringify([...(site.questions.items[2]?.values() ?? [])], (_, value) =>
        value instanceof Map ? [...value] : value,
      ),
    ).toMatch(/Enter the code of your token/);
    expect(await site.properties(ident)).toMatchObject({
      State: 'ready',
      SplitRouting: true,
      Nameservers: ['10.5.0.1'],
      ServerRoutes: [[{ ProtocolFamily: 4, Network: '10.5.0.0', Netmask: '255.255.255.0' }]],
    });
    await site.untilReady(`vpn_${ident}`);
    await site.pingThrough('10.5.0.1');
    expect(site.daemon?.output.tail(300)).not.toMatch(/wonder land|123456|a-cookie/);
    await site.connection(ident).call('Disconnect', []);
    expect(await site.lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
  }));

test.each([
  ['fortinet', [secondFactor], /GET \/remote\/\S+ .*SVPNCOOKIE=a-cookie/],
  ['nc', [secondFactor], /POST \/dana\/\S+ .*DSID=a-cookie/],
  ['f5', [], /GET \/vdesk\/\S+ .*MRHSession=a-cookie/],
])('%s: the forms of its login reach the agent, and the session is used', (protocol, more, session) =>
  withGateway(protocol, async (site, gateway, connect) => {
    site.answers = [wrong, alice, code];
    const answer = connect();
    // This gateway has no tunnel to offer.
    await gateway.line(session, 30_000);
    expect(asked(site)).toEqual([...untilRight, ...more]);
    await site
      .connection(ident)
      .call('Disconnect', [])
      .catch(() => {});
    expect(await answer).not.toBe('connected');
  }),
);

test('Pulse: password, the code of a token, and a tunnel that takes all traffic', () =>
  withGateway('pulse', async (site, _gateway, connect) => {
    site.answers = [wrong, alice, code];
    expect(await connect()).toBe('connected');
    expect(asked(site)).toEqual([...untilRight, secondFactor]);
    expect(await site.properties(ident)).toMatchObject({
      State: 'ready',
      SplitRouting: false,
      Nameservers: ['10.5.0.1'],
      IPv4: { Address: '10.5.0.2' },
    });
    await site.untilReady(`vpn_${ident}`);
    await site.pingThrough('10.5.0.1');
    expect(site.daemon?.output.tail(300)).not.toMatch(/wonder land|123456|a-cookie/);
    await site.connection(ident).call('Disconnect', []);
    expect(await site.lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
  }));

// A port that asks for 802.1X, with *.config files as ConnMan's: wpa_supplicant's wired driver against hostapd's wired authenticator.
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import { credentials, identity, passphrase, SwitchPort, startSupplicant } from './lab/switch-port';

jest.setTimeout(120_000);

/** EAP takes seconds, as wpa_supplicant counts them. */
const patience = 30_000;

const file = '/var/lib/connman/desk.config';

function provision(lab: Lab, keys: readonly string[]): void {
  const lines = ['[service_desk]', 'Type=ethernet', `Identity=${identity}`, ...keys];
  lab.machine.write(file, `${lines.join('\n')}\n`);
}

const peap = (password: string, authority = 'ca.pem') => [
  ...['EAP=peap', 'Phase2=MSCHAPV2', `Passphrase=${password}`],
  `CACertFile=${credentials}/${authority}`,
];

const methods: Readonly<Record<string, readonly string[]>> = {
  PEAP: peap(passphrase),
  TTLS: ['EAP=ttls', 'Phase2=PAP', `Passphrase=${passphrase}`, `CACertFile=${credentials}/ca.pem`],
  TLS: [
    ...['EAP=tls', `CACertFile=${credentials}/ca.pem`, `ClientCertFile=${credentials}/client.pem`],
    `PrivateKeyFile=${credentials}/client.key`,
  ],
};

async function site(lab: Lab, renewSeconds = 0) {
  // hostapd listens on the port of DHCP servers, too.
  const network = await lab.network({ link: 'eth0', subnet: '10.77.1', dnsmasq: ['--bind-interfaces'] });
  const port = await SwitchPort.open(lab, network, { renewSeconds });
  return { network, port };
}

const discovers = (lines: readonly string[]) => lines.filter((line) => line.includes('DHCPDISCOVER')).length;

onlyOurs('a port is authorised by PEAP, TTLS and TLS, and no server is asked for an address before', () =>
  inLab(ours, async (lab) => {
    const { network, port } = await site(lab);
    await startSupplicant(lab);
    await network.plug();
    const capture = network.far.start(['tcpdump', '-lvni', 'port', 'ether proto 0x888e or udp port 67']);
    await capture.line(/listening on port/);
    for (const [name, keys] of Object.entries(methods)) {
      const before = port.authorisations;
      const seen = capture.output.items.length;
      provision(lab, keys);
      if (before === 0) await lab.startDaemon();
      await port.log.output.until(`authorised by ${name}`, () => port.authorisations > before, patience);
      await lab.connman.untilOnline('eth0', patience);
      // The capture tells of both a moment later.
      const { asked, authorised } = await capture.output.until(`the frames of ${name}`, () => {
        const frames = capture.output.items.slice(seen);
        const first = (pattern: RegExp) => frames.findIndex((line) => pattern.test(line));
        const found = { asked: first(/BOOTP\/DHCP, Request/), authorised: first(/^.*EAP packet.*Success/) };
        return found.asked >= 0 && found.authorised >= 0 ? found : undefined;
      });
      // Of the later ones the lease is given back first.
      if (before === 0) expect(asked).toBeGreaterThan(authorised);
    }
    expect(lab.connman.service('eth0')?.properties.Immutable).toBe(true);
  }),
);

onlyOurs('a wrong password or server certificate is an error that says so, and nothing is asked for an address', () =>
  inLab(ours, async (lab) => {
    const { network, port } = await site(lab);
    await startSupplicant(lab);
    provision(lab, peap('looking glass'));
    await network.plug();
    const connman = await lab.startDaemon();
    const failedWith = (error: string) => {
      const look = () => {
        const { State, Error: fault } = connman.service('eth0')?.properties ?? {};
        return State === 'failure' && fault === error;
      };
      return connman.until(`the service failed with ${error}`, look, patience);
    };
    await failedWith('auth-failed');
    await lab.daemon.line(/auth-failed: the authentication server refused the identity, password or certificate/);

    // After a refusal hostapd is silent for a minute.
    await port.restart();
    provision(lab, peap(passphrase, 'stranger.pem'));
    await failedWith('login-failed');
    await lab.daemon.line(/login-failed: the server's certificate was refused/);
    expect(discovers(network.dhcp.output.items)).toBe(0);

    await port.restart();
    provision(lab, peap(passphrase));
    await connman.untilOnline('eth0', patience);
    expect(lab.daemon.output.items.join('\n')).not.toMatch(/wonderland|looking glass/);
  }),
);

onlyOurs('an authorised port survives the switch, wpa_supplicant and connmand, and is lost with its account', () =>
  inLab(ours, async (lab) => {
    const { network, port } = await site(lab, 2);
    const supplicant = await startSupplicant(lab);
    provision(lab, peap(passphrase));
    await network.plug();
    const connman = await lab.startDaemon();
    await connman.untilOnline('eth0', patience);
    const [address] = await lab.machine.addresses('eth0');
    const kernelBefore = lab.machine.kernel.items.length;
    const again = async (what: string) => {
      const before = port.authorisations;
      await port.log.output.until(`authorised again ${what}`, () => port.authorisations > before, patience);
    };

    await again('by the switch');
    await supplicant.stop('SIGKILL');
    const successor = await startSupplicant(lab);
    await again('with the next wpa_supplicant');
    await lab.stopDaemon('SIGKILL');
    await lab.startDaemon();
    await again('with the next connmand');
    await connman.untilOnline('eth0', patience);
    expect(await lab.machine.addresses('eth0')).toEqual([address]);
    const removed = lab.machine.kernel.items.slice(kernelBefore).filter((line) => /^Deleted.*inet /.test(line));
    expect(removed).toEqual([]);

    await network.unplug();
    await connman.until('no service', () => connman.service('eth0') === undefined);
    await network.plug();
    await again('after a replug');
    await connman.untilOnline('eth0', patience);

    port.changePassword('looking glass');
    await port.restart();
    await successor.stop('SIGKILL');
    await startSupplicant(lab);
    await connman.until('the connection lost', () => connman.serviceState('eth0') === 'association', patience);
    await lab.daemon.line(/network lost: the authentication server refused the identity, password or certificate/);
    await lab.machine.until('no address', async () => (await lab.machine.addresses('eth0')).length === 0);
  }),
);

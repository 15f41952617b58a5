// What is rehearsed of connman-vpnd: its start, a connection from a file, connecting and disconnecting. By OpenVPN, the one that
// needs nothing of the kernel but tun; where openvpn is missing, as far as the answer that says so.
import { existsSync } from 'node:fs';
import { peersFolder } from '../netns/lab/host';
import type { Lab } from '../netns/lab/lab';
import { offerPrograms } from '../netns/lab/peers';
import { installClient, startOpenVpnServer } from '../vpn/openvpn-server';

const service = 'vpn_10_77_1_1_lab_example';

export async function rehearseVpn(lab: Lab, daemon: readonly string[]): Promise<void> {
  const { network, connman } = await lab.online();
  const settings = existsSync(`${peersFolder}/usr/sbin/openvpn`) ? await serve(lab, network.far) : [];
  lab.machine.write(
    '/var/lib/connman-vpn/lab.config',
    [
      ...['[provider_lab]', 'Type = OpenVPN', 'Name = Lab', 'Host = 10.77.1.1', 'Domain = lab.example'],
      ...settings,
      '',
    ].join('\n'),
  );
  const vpnd = lab.start(daemon);
  await connman.until('the connection', ({ services }) => services.some(({ path }) => path.endsWith(`/${service}`)));
  // connmanctl says what became of it; a refusal has run as well.
  for (const command of ['connect', 'disconnect']) await lab.connmanctl(command, service).catch(() => {});
  await vpnd.stop('SIGTERM');
}

/** An OpenVPN server at the router, and its client's settings. */
async function serve(lab: Lab, far: Lab['machine']): Promise<readonly string[]> {
  await offerPrograms(lab.machine, 'openvpn');
  await startOpenVpnServer(far, ['push "route 10.99.0.0 255.255.0.0"', 'push "dhcp-option DNS 10.8.0.1"']);
  const folder = installClient(lab.machine);
  return [
    ...[`OpenVPN.CACert = ${folder}/ca.crt`, `OpenVPN.Cert = ${folder}/client.crt`],
    `OpenVPN.Key = ${folder}/client.key`,
  ];
}

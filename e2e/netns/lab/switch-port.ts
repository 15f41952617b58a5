// A switch whose port asks for 802.1X: hostapd's wired authenticator with an authentication server of its own, and the machine's
// wpa_supplicant. hostapd does not block a port by itself; what is sent before the authorisation is looked for in the capture.
import { existsSync } from 'node:fs';
import { account, certify, enterpriseFolder } from '../../radio/lab/enterprise';
import type { Child } from './child';
import { type Host, peerLibraries, peersFolder } from './host';
import type { Lab } from './lab';
import type { Network } from './network';

/** Of certificates and keys, on both hosts. */
export const credentials = '/etc/enterprise';

export const { identity, passphrase } = account;

export interface SwitchPlan {
  /** The switch authenticates the port again after so many seconds; 0 for never. */
  readonly renewSeconds?: number;
}

export class SwitchPort {
  readonly #far: Host;
  readonly #plan: SwitchPlan;
  #hostapd: Child | undefined;

  private constructor(far: Host, plan: SwitchPlan) {
    this.#far = far;
    this.#plan = plan;
  }

  /** The far end of the cable asks for 802.1X from now on, and the machine has what it needs to answer. */
  static async open(lab: Lab, network: Network, plan: SwitchPlan = {}): Promise<SwitchPort> {
    const { far } = network;
    await enterpriseFolder(far, credentials);
    await certify(far, credentials, 'stranger', '/CN=Another CA');
    for (const file of ['ca.pem', 'stranger.pem', 'client.pem', 'client.key']) {
      lab.machine.write(`${credentials}/${file}`, far.read(`${credentials}/${file}`));
    }
    await lab.machine.run(`chmod 600 ${credentials}/client.key`);
    const port = new SwitchPort(far, plan);
    await port.restart();
    return port;
  }

  /** What hostapd logged since it was started last. */
  get log(): Child {
    if (!this.#hostapd) throw new Error('hostapd was not started');
    return this.#hostapd;
  }

  /** How often the port was authorised. */
  get authorisations(): number {
    return this.log.output.items.filter((line) => /authenticated - EAP type/.test(line)).length;
  }

  /** It knows nothing of what was before: a port that was refused may try at once. */
  async restart(): Promise<void> {
    await this.#hostapd?.stop();
    const { renewSeconds = 0 } = this.#plan;
    const lines = [
      ...['interface=port', 'driver=wired', 'ieee8021x=1', 'use_pae_group_addr=1', 'eap_server=1'],
      ...[`eap_user_file=${credentials}/users`, `ca_cert=${credentials}/ca.pem`],
      ...[`server_cert=${credentials}/server.pem`, `private_key=${credentials}/server.key`],
      ...[`eap_reauth_period=${renewSeconds}`, 'logger_stdout=-1', 'logger_stdout_level=1'],
    ];
    this.#far.write('/run/hostapd.conf', `${lines.join('\n')}\n`);
    this.#hostapd = this.#far.start([`${peersFolder}/usr/sbin/hostapd`, '/run/hostapd.conf'], {
      env: peerLibraries(),
    });
    await this.#hostapd.line(/AP-ENABLED/);
  }

  /** The server knows the user by another password from the next start on. */
  changePassword(password: string): void {
    const users = `* PEAP,TTLS,TLS\n"${identity}" MSCHAPV2,TTLS-PAP,TTLS-MSCHAPV2 "${password}" [2]\n`;
    this.#far.write(`${credentials}/users`, users);
  }
}

/** wpa_supplicant on the machine's bus. */
export async function startSupplicant(lab: Lab): Promise<Child> {
  // Debian 12 has it in /sbin.
  const folder = ['usr/sbin', 'sbin'].find((one) => existsSync(`${peersFolder}/${one}/wpa_supplicant`));
  const child = lab.machine.start([`${peersFolder}/${folder}/wpa_supplicant`, '-u'], { env: peerLibraries() });
  await child.line(/Successfully initialized wpa_supplicant/);
  return child;
}

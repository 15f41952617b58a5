/**
 * The server that a device behind iwd authenticates with: its certificate is learned with the first success, and another one later
 * ends the connection. iwd itself demands the learned one from the next connection on (server-certificates.ts).
 */
import type { Associate } from '@connman/contracts';
import type { Verdict } from '../supplicant/verdict';
import type { IwdDevice } from './device';
import type { ServerCertificate } from './server-certificates';

const howToPin =
  'set ControlPortOverNL80211=false in the group [General] of /etc/iwd/main.conf and restart iwd, or set CACertFile in a *.config file';

export class ServerWatch {
  private readonly device: IwdDevice;
  private command: Associate | undefined;
  private expected: string | undefined;
  private shown: ServerCertificate | undefined;
  private isJoined = false;

  constructor(device: IwdDevice) {
    this.device = device;
  }

  begin(command: Associate): void {
    const { eap } = command.profile;
    if (!eap || eap.method === 'pwd') return;
    this.command = command;
    this.expected = eap.pinnedServerCertificate;
    this.device.perform({ kind: 'watch-server', on: true });
  }

  /** @returns why the network must be left, if it must. */
  shows(certificate: ServerCertificate): Verdict | undefined {
    const { expected } = this;
    if (expected !== undefined && certificate.sha256 !== expected)
      return {
        error: 'login-failed',
        reason:
          "the server's certificate was refused: it is another one than at first use; remove the service to accept it",
      };
    this.shown = certificate;
    if (this.isJoined) this.trust(certificate);
    return undefined;
  }

  /** The network was joined: what the server showed is trusted from now on. */
  joined(name: string): void {
    const { command, device, shown } = this;
    if (!command) return;
    this.isJoined = true;
    if (shown) this.trust(shown);
    else if (!command.profile.eap?.caCertificate)
      device.log(
        'warning',
        `${device.link.name}: ${name}: iwd does not show the server's certificate, so it is not pinned; ${howToPin}`,
      );
  }

  private trust(certificate: ServerCertificate): void {
    const { command, device } = this;
    if (!command) return;
    const { network, attempt, profile } = command;
    if (profile.eap?.caCertificate) return;
    const { sha256 } = certificate;
    if (this.expected === undefined) device.emit({ kind: 'learned', network, attempt, serverCertificate: sha256 });
    device.perform({ kind: 'keep-certificate', certificate });
    this.expected = sha256;
  }

  end(): void {
    if (!this.command) return;
    this.command = undefined;
    this.shown = undefined;
    this.isJoined = false;
    this.device.perform({ kind: 'watch-server', on: false });
  }
}

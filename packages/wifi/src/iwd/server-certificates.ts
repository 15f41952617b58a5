/**
 * Certificates of authentication servers for iwd: heard on the link while iwd joins, kept as files once they are trusted, and handed
 * to iwd as the only authority from then on. It accepts a chain that has the certificate in it.
 */
import { type Logger, OsError } from '@connman/base';
import type { Associate } from '@connman/contracts';
import type { Files, PacketPort, PacketSocket } from '@connman/ports';
import { ServerCertificateReader } from './server-certificate';

const ETH_P_PAE = 0x888e;

export interface ServerCertificate {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly der: Uint8Array;
}

export interface ServerCertificateListener {
  /** A server's own certificate. */
  shown(certificate: ServerCertificate): void;
  /** iwd refused it. */
  refused(): void;
}

export interface ServerCertificatesOptions {
  readonly packets: PacketPort;
  readonly files: Files;
  /** Path of the folder of those that are trusted. */
  readonly folder: string;
  readonly log: Logger;
}

/** Loaded when the first one is heard. */
const crypto = () => require('node:crypto') as typeof import('node:crypto');

export class ServerCertificates {
  private readonly options: ServerCertificatesOptions;
  private readonly sockets = new Map<number, PacketSocket>();

  constructor(options: ServerCertificatesOptions) {
    this.options = options;
  }

  /** Listens until `stop`. Nothing is heard of frames that bypass the link. */
  watch(ifindex: number, heard: ServerCertificateListener): void {
    this.stop(ifindex);
    const reader = new ServerCertificateReader();
    const failed = (error: OsError) =>
      this.options.log.debug(`server certificates of link ${ifindex}: ${error.message}; none is pinned`);
    try {
      const socket = this.options.packets.open({
        ...{ ifindex, etherType: ETH_P_PAE, filter: [] },
        onPacket: (frame) => {
          const shown = reader.frame(frame);
          if (shown === 'refused') heard.refused();
          else if (shown) heard.shown({ der: shown, sha256: sha256Of(shown) });
        },
        onError: (error) => {
          failed(error);
          this.stop(ifindex);
        },
      });
      this.sockets.set(ifindex, socket);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      failed(error);
    }
  }

  stop(ifindex: number): void {
    this.sockets.get(ifindex)?.close();
    this.sockets.delete(ifindex);
  }

  close(): void {
    for (const ifindex of this.sockets.keys()) this.stop(ifindex);
  }

  keep({ sha256, der }: ServerCertificate): void {
    try {
      this.options.files.writeAtomic(this.pathOf(sha256), pemOf(der), 0o644);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.options.log.warning(`${error.message}; iwd will accept any certificate of the server until it can be saved`);
    }
  }

  /** The command with the pinned certificate as the authority, where it is kept. */
  withPinned(command: Associate): Associate {
    const { profile } = command;
    const { eap } = profile;
    const pin = eap?.pinnedServerCertificate;
    if (!eap || eap.caCertificate || pin === undefined) return command;
    const content = this.read(pin);
    return content === undefined
      ? command
      : { ...command, profile: { ...profile, eap: { ...eap, caCertificate: { content } } } };
  }

  private read(sha256: string): string | undefined {
    try {
      return this.options.files.read(this.pathOf(sha256));
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.options.log.warning(error.message);
      return undefined;
    }
  }

  private pathOf(sha256: string): string {
    return `${this.options.folder}/${sha256}.pem`;
  }
}

function sha256Of(der: Uint8Array): string {
  return crypto().createHash('sha256').update(der).digest('hex');
}

function pemOf(der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

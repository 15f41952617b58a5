/** What drivers work with: the ports, the links, and where our own small program is. */
import type { Logger } from '@connman/base';
import type {
  BusStreamPort,
  Clock,
  Entropy,
  Files,
  LocalListenerPort,
  NameResolver,
  NetlinkPort,
  Processes,
  ProcessUser,
} from '@connman/ports';
import type { TunnelLinks } from '../../links';

export interface DriverTools {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly files: Files;
  readonly processes: Processes;
  readonly listeners: LocalListenerPort;
  readonly streams: BusStreamPort;
  readonly resolver: NameResolver;
  readonly netlink: NetlinkPort;
  readonly links: TunnelLinks;
  /** Path of connman-vpn-callback. */
  readonly callback: string;
  /** Makes the connection's folder, mode 0700, and gives it to the user that the programs of this type run as. */
  makeFolder(path: string, type: string): void;
  /** Writes a file for programs of this type, which they alone can read (mode 0600). */
  writeSecret(path: string, content: string, type: string): void;
  /** Makes a link for a program of this type, which it alone can attach to. Throws OsError. */
  makeTunnel(name: string, kind: 'tun' | 'tap', type: string): void;
  /** Whom programs of this type run as. */
  runAs(type: string): ProcessUser | undefined;
}

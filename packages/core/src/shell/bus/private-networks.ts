/**
 * Manager.RequestPrivateNetwork and ReleasePrivateNetwork (ConnMan rule 169): TUN links on their way to the clients that asked for
 * them. Only the client keeps the descriptor: when it closes the last copy, the link goes.
 */
import type { OsError } from '@connman/base';
import { connmanError, explainedError } from '@connman/contracts';
import type { Bus, MethodCall, replyLater } from '@connman/dbus';
import type { OpenTunnel, TunnelDevicePort } from '@connman/ports';
import { privateNetworkPath } from '../../model/tethering/private-network';
import type { Snapshot } from '../publish/snapshot';
import type { Calls } from './calls';

export interface PrivateNetworksOptions {
  readonly bus: Pick<Bus, 'watchName'>;
  readonly calls: Pick<Calls, 'mayChange' | 'ask' | 'askFor' | 'tell'>;
  readonly tunnels: Pick<TunnelDevicePort, 'open'>;
  readonly snapshot: () => Snapshot;
}

const folder = privateNetworkPath('');

export class PrivateNetworks {
  private readonly options: PrivateNetworksOptions;
  /** Clients that have had a network, by their unique names: how to watch them no longer. */
  private readonly owners = new Map<string, () => void>();

  constructor(options: PrivateNetworksOptions) {
    this.options = options;
  }

  async request(call: MethodCall<'o path, a{sv} settings, h socket'>): Promise<typeof replyLater> {
    const { calls, snapshot } = this.options;
    await calls.mayChange(call);
    const tunnel = this.open();
    const { interfaceName, fd } = tunnel;
    const path = privateNetworkPath(interfaceName);
    this.watch(call.sender);
    const intent = { kind: 'open-private-network', interfaceName, owner: call.sender } as const;
    return calls.askFor(call, intent, {
      made: () => [path, snapshot().privateNetworks.get(path) ?? new Map(), fd],
      dropped: () => tunnel.close(),
    });
  }

  release(path: string, call: MethodCall<''>): typeof replyLater {
    const interfaceName = path.startsWith(folder) ? path.slice(folder.length) : '';
    return this.options.calls.ask(call, { kind: 'release-private-network', interfaceName, owner: call.sender });
  }

  close(): void {
    for (const end of this.owners.values()) end();
    this.owners.clear();
  }

  private open(): OpenTunnel {
    try {
      return this.options.tunnels.open();
    } catch (error) {
      const { code, message } = error as OsError;
      if (!deviceMissing.has(code)) throw explainedError('Failed', message);
      throw connmanError('NotSupported', `${message}; it needs TUN devices in the kernel ("modprobe tun")`);
    }
  }

  private watch(owner: string): void {
    if (this.owners.has(owner)) return;
    const end = this.options.bus.watchName(owner, () => {
      this.owners.delete(owner);
      this.options.calls.tell({ kind: 'end-private-networks', owner });
    });
    this.owners.set(owner, end);
  }
}

const deviceMissing: ReadonlySet<string> = new Set(['ENOENT', 'ENODEV', 'ENXIO']);

/** net.connman.vpn on the bus: the manager, one object for each connection, and their signals. */
import { maxListEntries, type Result } from '@connman/base';
import {
  type Authorizer,
  connmanError,
  explainedError,
  guarded,
  invalidArguments,
  refuseUnbounded,
  vpnConnectionInterface,
  vpnManagerInterface,
  vpnPaths,
} from '@connman/contracts';
import { type Bus, type BusError, type Exported, type Handlers, replyLater } from '@connman/dbus';
import type { Agents } from '../agent/agents';
import type { Connection } from '../connection/connection';
import type { Daemon, DaemonEvents } from '../daemon';
import { changedProperties, type PropertyMap } from '../provider/properties';
import { type Provider, providerFromCreate, type Refusal, withoutProperty, withProperty } from '../provider/provider';
import { setMany } from './set-many';

/** Far more than people have; each is a folder, and an object that every client reads. */
const mostConnections = 256;
const longestIdent = 200;

interface Entry {
  readonly connection: Connection;
  readonly exported: Exported<typeof vpnConnectionInterface>;
  said: PropertyMap;
}

export class VpnBus implements DaemonEvents {
  private readonly bus: Bus;
  private readonly daemon: Daemon;
  private readonly allows: (sender: string) => true | Promise<boolean>;
  private readonly entries = new Map<string, Entry>();
  private readonly manager: Exported<typeof vpnManagerInterface>;
  private open = () => {};
  /** A call that had the bus start the daemon comes before the answer to its request for the name, and waits for what there is. */
  private readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  /** `onCall` is called when a client uses the daemon. */
  constructor(bus: Bus, daemon: Daemon, agents: Agents, authorizer: Authorizer, onCall: () => void) {
    this.bus = bus;
    this.daemon = daemon;
    this.allows = (sender) => authorizer.allows(sender, 'net.connman.vpn.modify');
    const handlers: Handlers<typeof vpnManagerInterface> = {
      Create: async ([properties]) => {
        await this.opened;
        onCall();
        for (const [name, value] of properties) refuseUnbounded(name, value);
        const provider = theProvider(providerFromCreate(properties));
        refuseOverfull(provider);
        if (this.entries.size >= mostConnections && !this.entries.has(provider.ident))
          throw invalidArguments(`there may be ${mostConnections} connections; remove one first`);
        const connection = daemon.create(provider);
        if (!connection.ok) throw refusalError(connection.error);
        return vpnPaths.connection(connection.value.ident);
      },
      Remove: async ([path]) => {
        await this.opened;
        onCall();
        const entry = [...this.entries.values()].find(({ exported }) => exported.path === path);
        if (!entry) throw connmanError('NotFound');
        await daemon.remove(entry.connection);
      },
      GetConnections: async () => {
        await this.opened;
        onCall();
        return [...this.entries.values()].map(({ connection, exported }) => [exported.path, connection.properties]);
      },
      RegisterAgent: ([path], call) => agents.register(call.sender, path),
      UnregisterAgent: (_, call) => agents.unregister(call.sender),
    };
    this.manager = bus.export(vpnPaths.root, vpnManagerInterface, guarded(handlers, ['Create', 'Remove'], this.allows));
    bus.manageObjects(vpnPaths.root);
  }

  /** All connections are known. */
  start(): void {
    this.open();
  }

  onAdded(connection: Connection): void {
    const exported = this.exportConnection(connection);
    const said = connection.properties;
    this.entries.set(connection.ident, { connection, exported, said });
    this.manager.emit('ConnectionAdded', [exported.path, said]);
  }

  onRemoved(connection: Connection): void {
    const entry = this.entries.get(connection.ident);
    if (!entry) return;
    this.entries.delete(connection.ident);
    this.manager.emit('ConnectionRemoved', [entry.exported.path]);
    entry.exported.unexport();
  }

  /** State comes last: who hears "ready" finds all else in place. */
  onChanged(connection: Connection): void {
    const entry = this.entries.get(connection.ident);
    if (entry?.connection !== connection) return;
    const now = connection.properties;
    const changes = changedProperties(entry.said, now);
    entry.said = now;
    const last = changes.filter(([name]) => name === 'State');
    for (const change of [...changes.filter(([name]) => name !== 'State'), ...last])
      entry.exported.emit('PropertyChanged', [...change]);
  }

  private exportConnection(connection: Connection): Exported<typeof vpnConnectionInterface> {
    const { daemon } = this;
    const configure = (provider: Provider) => {
      refuseOverfull(provider);
      daemon.configure(connection, provider);
    };
    const refuseImmutable = () => {
      const { origin } = connection.provider;
      if (origin) throw explainedError('NotSupported', `it comes from ${origin.file}.config; change it there`);
    };
    const handlers: Handlers<typeof vpnConnectionInterface> = {
      GetProperties: () => connection.properties,
      SetProperty: ([name, value]) => {
        refuseImmutable();
        refuseUnbounded(name, value);
        if (name === 'Properties') return setMany(connection.provider, value, configure);
        configure(theProvider(withProperty(connection.provider, name, value)));
      },
      ClearProperty: ([name]) => {
        refuseImmutable();
        if (daemon.forgetSaved(connection, name)) return;
        configure(theProvider(withoutProperty(connection.provider, name)));
      },
      // connmand reports failures of what it has connected to the user itself.
      Connect: (_, call) => this.connect(connection, call.sender, true, call),
      Connect2: ([sender], call) => this.connect(connection, sender, false, call),
      Disconnect: (_, call) => {
        if (connection.state === 'idle' || connection.state === 'failure') {
          connection.disconnect();
          throw connmanError('NotConnected');
        }
        connection.disconnect(() => call.reply());
        return replyLater;
      },
    };
    const writing = ['SetProperty', 'ClearProperty', 'Connect', 'Connect2', 'Disconnect'] as const;
    const path = vpnPaths.connection(connection.ident);
    return this.bus.export(path, vpnConnectionInterface, guarded(handlers, writing, this.allows));
  }

  private connect(
    connection: Connection,
    sender: string,
    reports: boolean,
    call: { reply(): boolean; error(name: string, text: string): boolean },
  ): typeof replyLater {
    this.daemon.connect(connection, sender, reports).then((outcome) => {
      if (outcome.ok) return call.reply();
      const { errorName, message } = explainedError(outcome.error.error, outcome.error.text);
      return call.error(errorName, message);
    });
    return replyLater;
  }
}

/** Throws BusError. */
function theProvider(result: Result<Provider, Refusal>): Provider {
  if (result.ok) return result.value;
  throw refusalError(result.error);
}

/** Its identifier becomes the name of a folder, its settings a file that has to be read again. Throws BusError. */
function refuseOverfull({ ident, settings }: Provider): void {
  if (ident.length > longestIdent)
    throw invalidArguments(`Host and Domain may have ${longestIdent} characters together, these have ${ident.length}`);
  if (settings.size > maxListEntries) throw invalidArguments(`a connection may have ${maxListEntries} settings`);
}

function refusalError({ error, text }: Refusal): BusError {
  return explainedError(error, text);
}

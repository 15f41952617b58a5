/** Manager.ConnectProvider and RemoveProvider, the old way to VPN connections: carried out by connman-vpnd. */
import { connmanError, vpnBusName, vpnManagerInterface, vpnPaths } from '@connman/contracts';
import { type Bus, BusError, type MethodCall, type replyLater, str, type Variant } from '@connman/dbus';
import { servicePath } from '../../model/service/service';
import type { Calls } from './calls';

const servicePrefix = servicePath('vpn_');

export class ProviderCalls {
  private readonly bus: Bus;
  private readonly calls: Calls;

  constructor(bus: Bus, calls: Calls) {
    this.bus = bus;
    this.calls = calls;
  }

  /** Makes the connection, or changes the one there is for its server, and connects its service. Throws BusError. */
  async connect(properties: ReadonlyMap<string, Variant>, call: MethodCall<'o path'>): Promise<typeof replyLater> {
    const text = (key: string) => properties.get(key)?.as('s') ?? '';
    if (text('Host') === '' || text('VPN.Domain') === '') throw connmanError('InvalidArguments');
    if (text('Type') === '') throw connmanError('NotSupported');
    await this.calls.mayChange(call);
    const wanted = new Map([...properties].map(([key, value]) => [key, key === 'Networks' ? networks(value) : value]));
    const path = await this.manager.call('Create', [wanted]).catch(refuse);
    const service = `vpn_${path.slice(vpnPaths.connection('').length)}`;
    // Its arrival was told before the answer.
    return this.calls.ask(call, { kind: 'connect', service }, servicePath(service));
  }

  /** `path` is a VPN service's. Throws BusError. */
  async remove(path: string, call: MethodCall<''>): Promise<void> {
    await this.calls.mayChange(call);
    await this.manager.call('Remove', [vpnPaths.connection(path.slice(servicePrefix.length))]).catch(refuse);
  }

  private get manager() {
    return this.bus.object(vpnManagerInterface, { name: vpnBusName, path: vpnPaths.root });
  }
}

/** A list here, one text with commas there. */
function networks(value: Variant): Variant {
  const list = value.as('as');
  return list ? str(list.join(',')) : value;
}

/** Its own errors are ours; without it there are no VPN connections. */
function refuse(error: unknown): never {
  if (error instanceof BusError && error.errorName.startsWith('net.connman.')) throw error;
  throw connmanError('NotSupported');
}

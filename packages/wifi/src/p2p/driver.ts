/**
 * Wi-Fi Direct, a part of its own: radios that find other machines and form groups with them, through wpa_supplicant's P2P devices.
 * Each radio of the Wi-Fi technology that can do it is a device; the peers that it finds are its networks.
 */
import type { TechnologyCommand, TechnologyDriver, TechnologyEvent } from '@connman/contracts';
import { type Bus, propertiesInterface } from '@connman/dbus';
import type { WirelessLink, WirelessLinks } from '../links';
import {
  radioInterface,
  supplicantBusName,
  supplicantRoot,
  supplicantRootInterface,
} from '../supplicant/bus-interfaces';
import { groupInterface, p2pInterface, peerInterfaceName } from './bus-interfaces';
import { Finder, type FinderPorts } from './finder';

export { kernelLinks } from '../links';

export interface P2pOptions extends Omit<FinderPorts, 'onEvent'> {
  readonly links: Pick<WirelessLinks, 'watch' | 'close'>;
}

const callOptions = { timeoutMs: 8000, autoStart: false } as const;

export function createP2pDriver(options: P2pOptions): TechnologyDriver {
  return new P2pDriver(options);
}

class P2pDriver implements TechnologyDriver {
  readonly name = 'p2p';
  readonly type = 'p2p';
  private readonly options: P2pOptions;
  /** By ifindex. */
  private readonly finders = new Map<number, Finder>();
  private readonly ends: (() => void)[] = [];
  private listener: (event: TechnologyEvent) => void = () => {};
  private isUp = false;

  constructor(options: P2pOptions) {
    this.options = options;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { bus, links } = this.options;
    this.subscribe(bus);
    this.ends.push(bus.watchOwner(supplicantBusName, (owner) => this.appeared(owner !== undefined)));
    links.watch((all) => this.follow(all));
  }

  command(command: TechnologyCommand): void {
    for (const finder of this.finders.values()) if (isFor(command, finder.id)) finder.command(command);
  }

  close(): void {
    for (const end of this.ends) end();
    this.options.links.close();
  }

  private subscribe(bus: Bus): void {
    const sender = supplicantBusName;
    const root = { sender, interface: supplicantRootInterface.name };
    for (const [member, signature] of Object.entries(p2pInterface.signals)) {
      const match = { sender, interface: p2pInterface.name, member };
      this.ends.push(bus.subscribe(match, signature, (args, { path }) => this.at(path)?.signal(member, args)));
    }
    this.ends.push(
      bus.subscribe({ ...root, member: 'InterfaceAdded' }, 'o path, a{sv} properties', ([_, properties]) => {
        const finder = this.named(properties.get('Ifname')?.as('s') ?? '');
        if (finder) void this.lookFor(finder);
      }),
      bus.subscribe({ ...root, member: 'InterfaceRemoved' }, 'o path', ([path]) => this.at(path)?.vanished()),
      bus.subscribe(
        { sender, interface: propertiesInterface.name, member: 'PropertiesChanged' },
        's interface, a{sv} changed, as invalidated',
        ([name, changed], { path }) => {
          if (name === peerInterfaceName) this.ownerOf(path)?.peerChanged(path, changed);
        },
      ),
      bus.subscribe({ sender, interface: groupInterface.name, member: 'PeerDisconnected' }, 'o peer', (_, { path }) => {
        for (const finder of this.finders.values()) finder.memberLeft(path);
      }),
    );
  }

  private appeared(isUp: boolean): void {
    this.isUp = isUp;
    for (const finder of this.finders.values()) finder.reset();
    if (!isUp) return this.listener({ kind: 'down', reason: 'wpa_supplicant is not running' });
    this.listener({ kind: 'up' });
    for (const finder of this.finders.values()) void this.lookFor(finder);
  }

  private follow(links: readonly WirelessLink[]): void {
    for (const [ifindex, finder] of this.finders) {
      if (links.some((link) => link.ifindex === ifindex && link.name === finder.link.name)) continue;
      this.finders.delete(ifindex);
      finder.end();
    }
    for (const link of links) {
      if (this.finders.has(link.ifindex)) continue;
      const finder = new Finder(link, { ...this.options, onEvent: (event) => this.listener(event) });
      this.finders.set(link.ifindex, finder);
      if (this.isUp) void this.lookFor(finder);
    }
  }

  /** wpa_supplicant may have it already, as Wi-Fi has asked for it. */
  private async lookFor(finder: Finder): Promise<void> {
    const { bus } = this.options;
    const root = bus.object(supplicantRootInterface, { name: supplicantBusName, path: supplicantRoot });
    try {
      const path = await root.call('GetInterface', [finder.link.name], callOptions);
      const capabilities = await finder
        .properties(path)
        .call('Get', [radioInterface.name, 'Capabilities'], callOptions);
      const modes = capabilities.as('a{sv}')?.get('Modes')?.as('as') ?? [];
      if (this.isUp && modes.includes('p2p')) finder.appeared(path);
    } catch {
      // It does not have it: its signal comes when it does.
    }
  }

  private at(path: string): Finder | undefined {
    for (const finder of this.finders.values()) if (path !== '' && finder.path === path) return finder;
    return undefined;
  }

  /** Of the object of a peer, which is below the interface's. */
  private ownerOf(path: string): Finder | undefined {
    return this.at(path.replace(/\/Peers\/.*$/, ''));
  }

  private named(name: string): Finder | undefined {
    for (const finder of this.finders.values()) if (finder.link.name === name) return finder;
    return undefined;
  }
}

function isFor(command: TechnologyCommand, device: string): boolean {
  if ('device' in command) return command.device === device;
  return 'network' in command && command.network.startsWith(`${device}/`);
}

/**
 * One radio that finds peers (Wi-Fi Direct): wpa_supplicant's P2P device. Here are its power, its searches and the peers it knows;
 * being connected with one is in pairing.ts.
 */
import type { Logger } from '@connman/base';
import {
  type DeviceFact,
  deviceId,
  type NetworkId,
  type PeerService,
  type TechnologyCommand,
  type TechnologyEvent,
} from '@connman/contracts';
import { type Bus, bytes, dict, int32, propertiesInterface, str, type Variant } from '@connman/dbus';
import type { Clock, Files } from '@connman/ports';
import type { WirelessLink } from '../links';
import { supplicantBusName, supplicantRoot, supplicantRootInterface } from '../supplicant/bus-interfaces';
import type { Properties } from '../supplicant/facts';
import { p2pInterface, peerInterfaceName } from './bus-interfaces';
import { Pairing } from './pairing';
import { Peer } from './peer';

export interface FinderPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Logger;
  /** The number of a link by its name. */
  readonly ifindexOf: (name: string) => number | undefined;
  readonly onEvent: (event: TechnologyEvent) => void;
}

/** Rule 175, in seconds and milliseconds. */
const findSeconds = 30;
const listen = { period: int32(500), interval: int32(2000) };
/** wpa_supplicant says when a search is over; a little later it is over in any case. */
const findMs = findSeconds * 1000 + 2000;
/** WSC 2.0.7 table 41: a computer. */
const computer = Uint8Array.of(0, 1, 0x00, 0x50, 0xf2, 0x04, 0, 1);
const callOptions = { timeoutMs: 8000, autoStart: false } as const;

export class Finder {
  readonly link: WirelessLink;
  readonly ports: FinderPorts;
  readonly peers = new Map<string, Peer>();
  /** Of wpa_supplicant's interface; empty while it has none. */
  path = '';
  /** This machine wants to be the owner of groups. */
  isMaster = false;
  private readonly pairing: Pairing;
  private isWanted = false;
  private isKnown = false;
  private cancelFind: (() => void) | undefined;
  /** wpa_supplicant has begun it: what it says of the end of an earlier one counts no more. */
  private isFinding = false;
  /** What is offered, one list after the other. */
  private offering = Promise.resolve();
  private told = '';

  constructor(link: WirelessLink, ports: FinderPorts) {
    this.link = link;
    this.ports = ports;
    this.pairing = new Pairing(this);
  }

  get id() {
    return deviceId(`p2p:${this.ident}`);
  }

  get isOn(): boolean {
    return this.isWanted && this.path !== '';
  }

  private get ident(): string {
    return this.link.permanentMac.replaceAll(':', '');
  }

  /** wpa_supplicant has the radio, which can do P2P. */
  appeared(path: string): void {
    if (this.path === path) return;
    this.path = path;
    this.isKnown = true;
    if (this.isWanted) void this.begin();
    this.report();
  }

  /** wpa_supplicant has it no more; the radio may come back. */
  vanished(): void {
    if (this.path === '') return;
    this.path = '';
    this.endFind(false);
    this.pairing.end();
    this.forgetPeers();
    this.report();
  }

  /** The radio is gone. */
  end(): void {
    this.vanished();
    if (this.isKnown) this.ports.onEvent({ kind: 'device-gone', device: this.id });
  }

  /** wpa_supplicant has ended: connmand has heard that nothing holds any more. */
  reset(): void {
    this.path = '';
    this.isKnown = false;
    this.isWanted = false;
    this.told = '';
    this.cancelFind?.();
    this.cancelFind = undefined;
    this.isFinding = false;
    this.pairing.end();
    this.peers.clear();
  }

  command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered':
        return this.setPowered(command.powered);
      case 'scan':
        return void this.find();
      case 'stop-scan':
        if (this.cancelFind) this.tell('StopFind', []);
        return this.endFind(false);
      case 'associate': {
        const peer = this.peerOf(command.network);
        if (peer) void this.pairing.associate(peer, command.attempt, command.profile.wps);
        return;
      }
      case 'dissociate': {
        const peer = this.peerOf(command.network);
        if (peer) this.pairing.dissociate(peer);
        return;
      }
      case 'offer-services':
        this.isMaster = command.isMaster;
        this.offering = this.offering.then(() => this.offer(command.services));
        return;
    }
  }

  /** A signal of wpa_supplicant's P2P device. */
  signal(member: string, args: readonly unknown[]): void {
    if (!this.isOn) return;
    switch (member) {
      case 'DeviceFound':
        return void this.found(args[0] as string);
      case 'DeviceLost':
        return this.lost(args[0] as string);
      case 'FindStopped':
        return this.isFinding ? this.endFind(true) : undefined;
      case 'ProvisionDiscoveryRequestDisplayPin':
        return void this.found(args[0] as string).then((peer) => {
          if (peer) peer.shownPin = args[1] as string;
        });
      case 'GONegotiationRequest':
        return void this.found(args[0] as string).then((peer) => peer && this.invited(peer, args[1] as number));
      default:
        return this.pairing.signal(member, args);
    }
  }

  peerChanged(path: string, changed: Properties): void {
    const peer = this.peers.get(path);
    if (!peer) return;
    peer.change(changed);
    this.reportPeers([peer]);
  }

  /** Someone left, or came into, a group that this machine owns. */
  memberLeft(group: string): void {
    this.pairing.memberLeft(group);
  }

  private setPowered(powered: boolean): void {
    if (this.isWanted === powered) return this.report();
    this.isWanted = powered;
    if (powered && this.path !== '') void this.begin();
    if (!powered) {
      if (this.path !== '') {
        this.tell('StopFind', []);
        this.tell('ExtendedListen', [{}]);
      }
      this.endFind(false);
      this.pairing.leaveAll();
      this.forgetPeers();
    }
    this.report();
  }

  /** What others see of this machine; and whom wpa_supplicant knows already. */
  private async begin(): Promise<void> {
    const hostname = this.ports.files.read('/proc/sys/kernel/hostname')?.trim() ?? '';
    const config = {
      PrimaryDeviceType: bytes(computer),
      ...(hostname !== '' && { DeviceName: str(hostname.slice(0, 32)) }),
    };
    try {
      await this.properties(this.path).call('Set', [p2pInterface.name, 'P2PDeviceConfig', dict(config)], callOptions);
      const known = await this.properties(this.path).call('Get', [p2pInterface.name, 'Peers'], callOptions);
      await Promise.all((known.as('ao') ?? []).map((path) => this.found(path)));
      await this.pairing.takeUp();
    } catch (error) {
      this.ports.log.warning(`${this.link.name}: Wi-Fi Direct does not begin: ${(error as Error).message}`);
    }
  }

  private async find(): Promise<void> {
    if (!this.isOn || this.pairing.isBusy) return this.scanDone(false);
    if (this.cancelFind) return;
    this.cancelFind = this.ports.clock.setTimer(findMs, () => this.endFind(true));
    try {
      await this.device().call('Find', [{ Timeout: int32(findSeconds) }], callOptions);
      this.isFinding = this.cancelFind !== undefined;
    } catch (error) {
      this.ports.log.info(`${this.link.name}: no search for peers: ${(error as Error).message}`);
      this.endFind(false);
    }
  }

  private endFind(ok: boolean): void {
    if (!this.cancelFind) return;
    this.cancelFind();
    this.cancelFind = undefined;
    this.isFinding = false;
    this.scanDone(ok);
  }

  private scanDone(ok: boolean): void {
    this.ports.onEvent({ kind: 'scan-done', device: this.id, ok });
  }

  private async found(path: string): Promise<Peer | undefined> {
    try {
      const properties = await this.properties(path).call('GetAll', [peerInterfaceName], callOptions);
      if (!this.isOn || !path.startsWith(`${this.path}/`)) return undefined;
      const peer = this.peers.get(path) ?? new Peer(path);
      peer.isLost = false;
      peer.change(properties);
      this.peers.set(path, peer);
      this.reportPeers([peer]);
      return peer;
    } catch {
      // It went meanwhile.
      return undefined;
    }
  }

  private lost(path: string): void {
    const peer = this.peers.get(path);
    if (!peer) return;
    peer.isLost = true;
    this.forgetLost(peer);
  }

  /** One that is in use stays as long as it is. */
  forgetLost(peer: Peer): void {
    if (!peer.isLost || peer.link.kind !== 'idle' || !this.peers.delete(peer.path)) return;
    this.ports.onEvent({ kind: 'networks', changed: [], gone: [peer.fact(this.id).id] });
  }

  private invited(peer: Peer, passwordId: number): void {
    if (peer.link.kind !== 'idle') return;
    const fields = peer.invites(passwordId);
    this.ports.onEvent({ kind: 'invited', network: peer.fact(this.id).id, fields });
  }

  private async offer(services: readonly PeerService[]): Promise<void> {
    if (!this.isOn) return;
    const [device, { log }] = [this.device(), this.ports];
    const refused = (what: string) => (error: unknown) =>
      log.warning(`${this.link.name}: ${what} is not offered to peers: ${(error as Error).message}`);
    const elements = services.find((one) => one.kind === 'display')?.elements ?? '';
    const root = this.properties(supplicantRoot);
    await device.call('FlushService', [], callOptions).catch(refused('the list of services'));
    await root
      .call('Set', [supplicantRootInterface.name, 'WFDIEs', bytes(Buffer.from(elements, 'hex'))], callOptions)
      .catch(refused('Wi-Fi Display'));
    for (const service of services) {
      const args = argumentsOf(service);
      if (args) await device.call('AddService', [args], callOptions).catch(refused(service.kind));
    }
    // Who offers something is to be found.
    await device
      .call('ExtendedListen', [services.length > 0 ? listen : {}], callOptions)
      .catch(refused('what was registered'));
  }

  private forgetPeers(): void {
    const gone = [...this.peers.values()].map((peer) => peer.fact(this.id).id);
    this.peers.clear();
    if (gone.length > 0) this.ports.onEvent({ kind: 'networks', changed: [], gone });
  }

  private peerOf(network: NetworkId): Peer | undefined {
    for (const peer of this.peers.values()) if (peer.fact(this.id).id === network) return peer;
    return undefined;
  }

  private report(): void {
    if (!this.isKnown) return;
    const device: DeviceFact = {
      ...{ id: this.id, type: 'p2p', ident: this.ident, interfaceName: this.link.name, powered: this.isOn },
      can: { scan: true, activeSsids: 0, tether: false },
    };
    const text = JSON.stringify(device);
    if (text === this.told) return;
    this.told = text;
    this.ports.onEvent({ kind: 'device', device });
  }

  // What pairing needs as well.

  reportPeers(peers: readonly Peer[]): void {
    const changed = peers.filter(({ path }) => this.peers.has(path)).map((peer) => peer.fact(this.id));
    if (changed.length > 0) this.ports.onEvent({ kind: 'networks', changed, gone: [] });
  }

  device(path = this.path) {
    return this.ports.bus.object(p2pInterface, { name: supplicantBusName, path });
  }

  properties(path: string) {
    return this.ports.bus.object(propertiesInterface, { name: supplicantBusName, path });
  }

  /** A call that nothing depends on. */
  tell(
    member: 'StopFind' | 'Cancel' | 'Disconnect' | 'RejectPeer' | 'ExtendedListen',
    args: readonly unknown[],
    path = this.path,
  ): void {
    (this.device(path) as { call(member: string, args: readonly unknown[], options: object): Promise<unknown> })
      .call(member, args, callOptions)
      .catch((error: unknown) => this.ports.log.debug(`${this.link.name}: ${member}: ${(error as Error).message}`));
  }
}

function argumentsOf(service: PeerService): Record<string, Variant> | undefined {
  const buffer = (hex: string) => bytes(Buffer.from(hex, 'hex'));
  switch (service.kind) {
    case 'upnp':
      return { service_type: str('upnp'), version: int32(service.version), service: str(service.service) };
    case 'bonjour':
      return { service_type: str('bonjour'), query: buffer(service.query), response: buffer(service.response) };
    case 'display':
      return undefined;
  }
}

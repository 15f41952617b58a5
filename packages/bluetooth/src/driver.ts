/**
 * The Bluetooth technology: BlueZ's adapters are devices, paired devices that offer a personal area network (PAN) are networks
 * (rules 210 and 211). Pairing is left to BlueZ and its agents. bluetoothd comes and goes.
 */
import {
  type DeviceFact,
  type DeviceId,
  type DriverPorts,
  deviceId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import { bool, followProgram, MirroredObjects, propertiesInterface, Refusals } from '@connman/dbus';
import {
  adapterInterfaceName,
  bluezBusName,
  deviceInterface,
  networkInterface,
  networkServerInterface,
} from './bus-interfaces';
import { failureOf } from './failure';
import { type BluetoothLinks, identOf, PanNetwork } from './pan-network';

export interface BluetoothPorts extends DriverPorts, BluetoothLinks {}

export function createBluetoothDriver(ports: BluetoothPorts): TechnologyDriver {
  return new BluetoothDriver(ports);
}

/** Longer than BlueZ looks for a device, shorter than connmand waits for an attempt. */
const patience = { timeoutMs: 45_000, autoStart: false } as const;

const tryAgain =
  '"rfkill" lists what blocks it; "connmanctl disable bluetooth" and "connmanctl enable bluetooth" try again';

class BluetoothDriver implements TechnologyDriver {
  readonly name = 'bluetooth';
  readonly type = 'bluetooth';
  private readonly ports: BluetoothPorts;
  private readonly objects: MirroredObjects;
  private readonly refusals: Refusals;
  private readonly ends: (() => void)[] = [];
  /** What was reported, by object path. */
  private readonly adapters = new Map<string, DeviceFact>();
  private readonly networks = new Map<string, PanNetwork>();
  private readonly reported = new Map<PanNetwork, string>();
  /** Devices whose pairing was asked for in the log. */
  private readonly unpaired = new Set<string>();
  private listener: (event: TechnologyEvent) => void = () => {};
  private isUp = false;

  constructor(ports: BluetoothPorts) {
    this.ports = ports;
    this.refusals = new Refusals('bluetoothd', ports.log);
    this.objects = new MirroredObjects(ports.bus, bluezBusName, {
      changed: (path) => this.changed(path),
      gone: (path) => this.gone(path),
    });
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { bus, clock, log, rfkill } = this.ports;
    if (rfkill)
      this.ends.push(rfkill.watch('bluetooth', ({ soft, hard }) => this.listener({ kind: 'rfkill', soft, hard })));
    this.ends.push(
      followProgram({
        ...{ bus, clock, log, name: bluezBusName, complaint: 'bluetoothd does not list its adapters' },
        list: () => this.objects.load(),
        up: () => this.appeared(),
        down: () => this.lost(),
      }),
    );
  }

  command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered':
        return this.setPowered(command.device, command.powered);
      case 'associate': {
        const network = this.find(command.network);
        if (network) this.associate(network, command.attempt);
        return;
      }
      case 'dissociate': {
        const network = this.find(command.network);
        if (network?.isInUse) this.leave(network);
        return;
      }
      case 'set-tethering':
        void this.setTethering(command.device, command.bridge);
    }
  }

  close(): void {
    this.objects.close();
    for (const end of this.ends) end();
  }

  private appeared(): void {
    this.isUp = true;
    this.listener({ kind: 'up' });
    for (const [path] of this.objects.entries()) this.adapterChanged(path);
    for (const [path] of this.objects.entries()) this.deviceChanged(path);
  }

  private lost(): void {
    this.isUp = false;
    this.objects.clear();
    this.adapters.clear();
    this.networks.clear();
    this.reported.clear();
    this.unpaired.clear();
    this.listener({ kind: 'down', reason: 'bluetoothd is not running' });
  }

  private changed(path: string): void {
    if (!this.isUp) return;
    this.adapterChanged(path);
    this.deviceChanged(path);
  }

  private gone(path: string): void {
    if (!this.isUp) return;
    const adapter = this.adapters.get(path);
    if (adapter) {
      this.adapters.delete(path);
      for (const network of [...this.networks.values()]) if (network.device === adapter.id) this.drop(network, false);
      this.listener({ kind: 'device-gone', device: adapter.id });
    }
    const network = this.networks.get(path);
    if (network) this.drop(network);
    this.unpaired.delete(path);
  }

  private adapterChanged(path: string): void {
    const properties = this.objects.get(path)?.get(adapterInterfaceName);
    if (!properties) return;
    const ident = identOf(properties.get('Address')?.as('s') ?? '');
    const powered = properties.get('Powered')?.as('b') ?? false;
    const tether = this.objects.get(path)?.has(networkServerInterface.name) ?? false;
    const known = this.adapters.get(path);
    if (known?.ident === ident && known.powered === powered && known.can.tether === tether) return;
    const device: DeviceFact = {
      id: deviceId(`bluetooth:${ident}`),
      type: 'bluetooth',
      ident,
      interfaceName: '',
      powered,
      can: { scan: false, activeSsids: 0, tether },
    };
    this.adapters.set(path, device);
    this.listener({ kind: 'device', device });
    for (const [other] of this.objects.entries()) if (other.startsWith(`${path}/`)) this.deviceChanged(other);
  }

  private deviceChanged(path: string): void {
    const interfaces = this.objects.get(path);
    const properties = interfaces?.get(deviceInterface.name);
    if (!interfaces || !properties) return;
    const adapter = this.adapters.get(properties.get('Adapter')?.as('o') ?? '');
    if (!adapter) return;
    const known = this.networks.get(path);
    const network = known ?? new PanNetwork(adapter.id, path, interfaces);
    network.update(interfaces);
    const isPaired = properties.get('Paired')?.as('b') === true;
    if (!isPaired && network.role) this.askForPairing(network);
    if (adapter.powered && isPaired && network.role && interfaces.has(networkInterface.name)) {
      this.networks.set(path, network);
      this.report(network);
    } else if (known) this.drop(known);
  }

  /** Networks of others are heard during a search for devices: that is when a user wants to pair. */
  private askForPairing({ path, name, address, role }: PanNetwork): void {
    if (role === 'panu' || this.unpaired.has(path)) return;
    this.unpaired.add(path);
    const { log } = this.ports;
    log.info(`bluetooth: ${name} offers a network, but is not paired: "bluetoothctl pair ${address}" pairs it`);
  }

  private drop(network: PanNetwork, isNews = true): void {
    this.networks.delete(network.path);
    this.reported.delete(network);
    if (isNews) this.listener({ kind: 'networks', changed: [], gone: [network.id] });
  }

  private report(network: PanNetwork): void {
    if (this.networks.get(network.path) !== network) return;
    const fact = network.fact(this.ports);
    const text = JSON.stringify(fact);
    if (this.reported.get(network) === text) return;
    this.reported.set(network, text);
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
  }

  private find(id: string): PanNetwork | undefined {
    for (const network of this.networks.values()) if (network.id === id) return network;
    return undefined;
  }

  private setPowered(id: DeviceId, powered: boolean): void {
    const { bus, rfkill } = this.ports;
    // Rule 39: the switch of the kind follows the technology's power.
    rfkill?.block('bluetooth', !powered);
    const path = this.pathOf(id);
    if (path === '') return;
    const adapter = path.slice(path.lastIndexOf('/') + 1);
    bus
      .object(propertiesInterface, { name: bluezBusName, path })
      .call('Set', [adapterInterfaceName, 'Powered', bool(powered)], { autoStart: false })
      .then(
        () => this.refusals.granted(adapter, 'Powered'),
        (error: unknown) => this.adapters.has(path) && this.refusals.refused(adapter, 'Powered', error, tryAgain),
      );
  }

  /** As an access point (rule 166): BlueZ makes the links of those who join ports of the bridge. */
  private async setTethering(device: DeviceId, bridge: string | undefined): Promise<void> {
    const path = this.pathOf(device);
    if (!this.adapters.get(path)?.can.tether) return;
    const server = this.ports.bus.object(networkServerInterface, { name: bluezBusName, path });
    try {
      if (bridge === undefined) await server.call('Unregister', ['nap'], patience);
      else await server.call('Register', ['nap', bridge], patience);
      this.listener({ kind: 'tethering', device, on: bridge !== undefined });
    } catch (error) {
      const reason = `bluetoothd refuses: ${(error as Error).message}`;
      this.listener({ kind: 'tethering', device, on: false, reason });
    }
  }

  /** An adapter is in one network at a time: it leaves the others first. */
  private associate(network: PanNetwork, attempt: number): void {
    const others = [...this.networks.values()].filter(
      (other) => other !== network && other.device === network.device && other.isInUse,
    );
    for (const other of others) this.leave(other);
    network.attempt.begin(attempt);
    this.report(network);
    const earlier = Promise.all([network, ...others].map(({ work }) => work));
    network.work = earlier.then(() => this.connect(network, attempt));
  }

  private async connect(network: PanNetwork, attempt: number): Promise<void> {
    const isWanted = () => network.attempt.number === attempt && this.networks.get(network.path) === network;
    if (!isWanted()) return;
    try {
      // Another program's connection is what is wanted as well.
      if (!network.isConnected) {
        await this.clearLeftover(network);
        await this.networkOf(network).call('Connect', [network.role ?? 'nap'], patience);
      }
    } catch (error) {
      if (isWanted()) this.failed(network, attempt, error);
      return;
    }
    if (isWanted()) {
      network.attempt.succeeded();
      this.report(network);
    } else if (network.attempt.number === 0) await this.disconnect(network);
  }

  /** A bluetoothd that crashed leaves its connection to the kernel, where it refuses the next one. */
  private async clearLeftover({ device, path, name }: PanNetwork): Promise<void> {
    const { bus, existFor, log } = this.ports;
    const others = [...this.networks.values()].filter((other) => other.device === device);
    if (others.some(({ isConnected }) => isConnected) || !existFor(this.addressOf(device))) return;
    log.info(`bluetooth: the last bluetoothd left a connection behind; disconnecting ${name} to connect again`);
    await bus.object(deviceInterface, { name: bluezBusName, path }).call('Disconnect', [], patience);
  }

  /** An adapter's object; empty if it is gone. */
  private pathOf(device: DeviceId): string {
    return [...this.adapters].find(([, { id }]) => id === device)?.[0] ?? '';
  }

  /** Of an adapter, as the kernel writes it. */
  private addressOf(device: DeviceId): string {
    return (
      this.objects.get(this.pathOf(device))?.get(adapterInterfaceName)?.get('Address')?.as('s')?.toLowerCase() ?? ''
    );
  }

  private failed(network: PanNetwork, attempt: number, error: unknown): void {
    network.attempt.failed();
    this.report(network);
    const failure = failureOf(error, network.name, network.address);
    this.listener({ kind: 'failed', network: network.id, attempt, ...failure });
  }

  private leave(network: PanNetwork): void {
    network.attempt.leave();
    this.report(network);
    network.work = Promise.all([network.work, this.disconnect(network)]);
  }

  /** Ends an attempt as well. */
  private async disconnect(network: PanNetwork): Promise<void> {
    try {
      await this.networkOf(network).call('Disconnect', [], patience);
    } catch {
      // There was nothing to end; or it stays, and connmand hears so.
      network.attempt.stays();
      this.report(network);
    }
  }

  private networkOf({ path }: PanNetwork) {
    return this.ports.bus.object(networkInterface, { name: bluezBusName, path });
  }
}

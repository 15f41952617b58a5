/**
 * The cellular technology: oFono's modems with a SIM are devices, their internet contexts are networks (rule 213). The SIM's PIN,
 * the choice of the operator and whether data may roam are oFono's. ofonod comes and goes.
 */
import type { Logger, Secret } from '@connman/base';
import type { Associate, NetworkId, TechnologyCommand, TechnologyDriver, TechnologyEvent } from '@connman/contracts';
import { type Bus, bool, type SignalMatch, str, type Variant } from '@connman/dbus';
import type { Clock, Rfkill } from '@connman/ports';
import {
  connectionManagerInterface,
  contextInterface,
  type ModemInterface,
  managerInterface,
  modemInterface,
  modemInterfaces,
  ofonoBusName,
} from './bus-interfaces';
import { type Failure, failureOf, lockedSim, withoutApn } from './failure';
import { Modem } from './modem';
import { CellularNetwork } from './network';

export interface CellularPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent where the kernel has no rfkill. */
  readonly rfkill?: Rfkill;
  /** The index of a network link by its name; undefined if there is none. */
  readonly ifindexOf: (name: string) => number | undefined;
}

export function createCellularDriver(ports: CellularPorts): TechnologyDriver {
  return new CellularDriver(ports);
}

type Properties = ReadonlyMap<string, Variant>;

/** Shorter than connmand waits for an attempt. */
const patience = { timeoutMs: 45_000, autoStart: false } as const;
/** Between attempts to read what oFono has, while it does not answer. */
const greetAgainMs = 2000;

class CellularDriver implements TechnologyDriver {
  readonly name = 'cellular';
  readonly type = 'cellular';
  private readonly ports: CellularPorts;
  private readonly ends: (() => void)[] = [];
  private readonly modems = new Map<string, Modem>();
  /** What was reported last, by network. */
  private readonly reported = new Map<CellularNetwork, string>();
  private listener: (event: TechnologyEvent) => void = () => {};
  private isUp = false;
  private cancelGreeting = () => {};

  constructor(ports: CellularPorts) {
    this.ports = ports;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { bus, rfkill } = this.ports;
    if (rfkill) this.ends.push(rfkill.watch('wwan', ({ soft, hard }) => this.listener({ kind: 'rfkill', soft, hard })));
    const of = (interfaceName: string, member: string): SignalMatch => ({
      ...{ sender: ofonoBusName, interface: interfaceName, member },
    });
    this.ends.push(
      bus.subscribe(of(managerInterface.name, 'ModemAdded'), 'o path, a{sv} properties', ([path, properties]) =>
        this.modemAdded(path, properties),
      ),
      bus.subscribe(of(managerInterface.name, 'ModemRemoved'), 'o path', ([path]) => this.modemRemoved(path)),
      ...modemInterfaces.map(({ name }) =>
        bus.subscribe(of(name, 'PropertyChanged'), 's name, v value', ([property, value], { path }) =>
          this.modemChanged(path, name, property, value),
        ),
      ),
      bus.subscribe(
        of(connectionManagerInterface.name, 'ContextAdded'),
        'o path, a{sv} properties',
        ([path, properties], { path: modem }) => this.contextsAdded(modem, [[path, properties]]),
      ),
      bus.subscribe(of(connectionManagerInterface.name, 'ContextRemoved'), 'o path', ([path], { path: modem }) =>
        this.contextRemoved(modem, path),
      ),
      bus.subscribe(of(contextInterface.name, 'PropertyChanged'), 's name, v value', ([name, value], { path }) =>
        this.contextChanged(path, name, value),
      ),
      bus.watchOwner(ofonoBusName, (owner) => (owner === undefined ? this.lost() : void this.greet())),
    );
  }

  command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered': {
        const modem = [...this.modems.values()].find(({ device }) => device?.id === command.device);
        if (modem) this.setPowered(modem, command.powered);
        return;
      }
      case 'associate':
        return this.associate(command);
      case 'answer-input':
        return this.answered(command.network, command.attempt, command.values);
      case 'dissociate': {
        const { network, modem } = this.find(command.network) ?? {};
        if (network?.isInUse && modem) this.leave(modem, network);
      }
    }
  }

  close(): void {
    this.cancelGreeting();
    for (const end of this.ends) end();
  }

  // What oFono says.

  private async greet(): Promise<void> {
    this.cancelGreeting();
    const { bus, clock, log } = this.ports;
    const manager = bus.object(managerInterface, { name: ofonoBusName, path: '/' });
    try {
      const list = await manager.call('GetModems', [], patience);
      this.isUp = true;
      this.listener({ kind: 'up' });
      for (const [path, properties] of list) this.modemAdded(path, properties);
    } catch (error) {
      log.warning(`ofonod does not list its modems: ${(error as Error).message}; asking again`);
      this.cancelGreeting = clock.setTimer(greetAgainMs, () => void this.greet());
    }
  }

  private lost(): void {
    this.cancelGreeting();
    this.isUp = false;
    this.modems.clear();
    this.reported.clear();
    this.listener({ kind: 'down', reason: 'ofonod is not running' });
  }

  private modemAdded(path: string, properties: Properties): void {
    if (!this.isUp || this.modems.has(path)) return;
    const modem = new Modem(path, properties);
    this.modems.set(path, modem);
    this.settle(modem);
  }

  private modemRemoved(path: string): void {
    const modem = this.modems.get(path);
    if (!modem) return;
    this.modems.delete(path);
    this.loseDevice(modem);
  }

  private modemChanged(path: string, name: ModemInterface, property: string, value: Variant): void {
    const modem = this.modems.get(path);
    if (!modem) return;
    modem.set(name, property, value);
    this.settle(modem);
  }

  private contextsAdded(path: string, list: readonly (readonly [string, Properties])[]): void {
    const modem = this.modems.get(path);
    if (!modem) return;
    const { device } = modem;
    for (const [context, properties] of list)
      if (device && !modem.contexts.has(context))
        modem.contexts.set(context, new CellularNetwork(device.id, context, properties));
    this.reportNetworks(modem);
  }

  private contextRemoved(path: string, context: string): void {
    const network = this.modems.get(path)?.contexts.get(context);
    if (!network) return;
    this.modems.get(path)?.contexts.delete(context);
    this.drop(network);
  }

  private contextChanged(path: string, name: string, value: Variant): void {
    for (const modem of this.modems.values()) {
      const network = modem.contexts.get(path);
      if (!network) continue;
      network.set(name, value);
      // What belongs to the activation comes around it: it is whole once the context is active.
      if (name === 'Active' || network.isActive) this.reportNetworks(modem);
    }
  }

  /** Reads what a modem newly has, and reports what it is now. */
  private settle(modem: Modem): void {
    for (const spec of modemInterfaces) {
      const isPresent = spec === modemInterface || modem.interfaces.includes(spec.name);
      if (!isPresent && modem.known.has(spec.name)) this.forget(modem, spec.name);
      else if (isPresent && !modem.known.has(spec.name)) void this.read(modem, spec);
    }
    if (!modem.isPowered && !modem.wasWoken) {
      modem.wasWoken = true;
      // Without power it does not say whose SIM it has; its radio stays off.
      this.set(modem, 'Powered', true);
    }
    if (modem.pinRequired && !modem.isLockReported) this.ports.log.warning(lockedSim(modem.name, modem.pinRequired));
    modem.isLockReported = modem.pinRequired !== '';
    this.reportDevice(modem);
  }

  private forget(modem: Modem, name: ModemInterface): void {
    modem.forget(name);
    if (name !== connectionManagerInterface.name) return;
    for (const network of modem.contexts.values()) this.drop(network);
    modem.contexts.clear();
    modem.areContextsRead = false;
  }

  private async read(modem: Modem, spec: (typeof modemInterfaces)[number]): Promise<void> {
    const { bus, log } = this.ports;
    modem.known.add(spec.name);
    try {
      const object = bus.object(spec, { name: ofonoBusName, path: modem.path });
      modem.replace(spec.name, await object.call('GetProperties', [], patience));
    } catch (error) {
      modem.forget(spec.name);
      return log.debug(`${modem.name}: ${spec.name} does not answer: ${(error as Error).message}`);
    }
    if (this.modems.get(modem.path) !== modem) return;
    if (spec === connectionManagerInterface && modem.wantsOnline) this.allowData(modem);
    this.settle(modem);
  }

  private async readContexts(modem: Modem): Promise<void> {
    modem.areContextsRead = true;
    const manager = this.ports.bus.object(connectionManagerInterface, { name: ofonoBusName, path: modem.path });
    try {
      this.contextsAdded(modem.path, await manager.call('GetContexts', [], patience));
    } catch (error) {
      this.ports.log.debug(`${modem.name}: its contexts are not known: ${(error as Error).message}`);
    }
  }

  // What connmand hears.

  private reportDevice(modem: Modem): void {
    const { fact, device } = modem;
    if (device && fact?.id !== device.id) this.loseDevice(modem);
    if (!fact) return;
    if (modem.device?.powered !== fact.powered) {
      modem.device = fact;
      this.listener({ kind: 'device', device: fact });
    }
    if (modem.known.has('org.ofono.ConnectionManager') && !modem.areContextsRead) void this.readContexts(modem);
    this.reportNetworks(modem);
  }

  private loseDevice(modem: Modem): void {
    const { device } = modem;
    modem.device = undefined;
    for (const network of modem.contexts.values()) this.reported.delete(network);
    modem.contexts.clear();
    modem.areContextsRead = false;
    if (device) this.listener({ kind: 'device-gone', device: device.id });
  }

  private reportNetworks(modem: Modem): void {
    const { device } = modem;
    for (const network of modem.contexts.values()) {
      const isUsable = modem.isAttached || network.isInUse;
      if (device?.powered && network.isInternet && isUsable) this.report(modem, network);
      else this.drop(network);
    }
  }

  private report(modem: Modem, network: CellularNetwork): void {
    if (modem.contexts.get(network.path) !== network) return;
    const fact = network.fact(modem.cell, this.ports.ifindexOf);
    const text = JSON.stringify(fact);
    if (this.reported.get(network) === text) return;
    this.reported.set(network, text);
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
  }

  private drop(network: CellularNetwork): void {
    if (this.reported.delete(network)) this.listener({ kind: 'networks', changed: [], gone: [network.id] });
  }

  private find(id: NetworkId): { readonly modem: Modem; readonly network: CellularNetwork } | undefined {
    for (const modem of this.modems.values())
      for (const network of modem.contexts.values())
        if (network.id === id && this.reported.has(network)) return { modem, network };
    return undefined;
  }

  // What connmand wants.

  private setPowered(modem: Modem, powered: boolean): void {
    // Rule 39: the switch of the kind follows the technology's power.
    this.ports.rfkill?.block('wwan', !powered);
    modem.wantsOnline = powered;
    if (powered && !modem.isPowered) this.set(modem, 'Powered', true);
    this.set(modem, 'Online', powered);
    if (powered) this.allowData(modem);
  }

  private allowData(modem: Modem): void {
    if (!modem.known.has('org.ofono.ConnectionManager') || modem.isDataOn) return;
    const object = this.ports.bus.object(connectionManagerInterface, { name: ofonoBusName, path: modem.path });
    object.call('SetProperty', ['Powered', bool(true)], patience).catch((error: unknown) => {
      this.ports.log.warning(`${modem.name}: data stays off: ${(error as Error).message}`);
    });
  }

  private set(modem: Modem, property: 'Powered' | 'Online', value: boolean): void {
    const object = this.ports.bus.object(modemInterface, { name: ofonoBusName, path: modem.path });
    object.call('SetProperty', [property, bool(value)], patience).catch((error: unknown) => {
      this.ports.log.debug(`${modem.name}: ${property} stays as it is: ${(error as Error).message}`);
    });
  }

  private associate({ network: id, attempt, caller }: Associate): void {
    const { modem, network } = this.find(id) ?? {};
    if (!modem || !network) return;
    const others = [...modem.contexts.values()].filter(
      (other) => other !== network && other.isInternet && other.isInUse,
    );
    for (const other of others) this.leave(modem, other);
    network.attempt.begin(attempt);
    this.report(modem, network);
    const fields = network.isActive ? [] : network.missingFields;
    if (fields.length > 0 && caller === undefined) return this.failed(modem, network, attempt, withoutApn(modem.name));
    if (fields.length > 0) return this.listener({ kind: 'needs-input', network: id, attempt, fields });
    const earlier = Promise.all([network, ...others].map(({ work }) => work));
    network.work = earlier.then(() => this.activate(modem, network, attempt));
  }

  /** The access point name, and what belongs to it, is kept by oFono. */
  private answered(id: NetworkId, attempt: number, values?: Readonly<Record<string, Secret>>): void {
    const { modem, network } = this.find(id) ?? {};
    if (!modem || !network || network.attempt.number !== attempt) return;
    const apn = values?.APN?.reveal() ?? '';
    if (apn === '') return this.failed(modem, network, attempt, withoutApn(modem.name));
    const texts = [
      ['Username', values?.['APN.Username']?.reveal() ?? ''],
      ['Password', values?.['APN.Password']?.reveal() ?? ''],
      ['AccessPointName', apn],
    ] as const;
    network.work = network.work.then(async () => {
      try {
        for (const [name, text] of texts)
          await this.contextOf(network).call('SetProperty', [name, str(text)], patience);
      } catch (error) {
        if (network.attempt.number === attempt) this.failed(modem, network, attempt, failureOf(error, modem, apn));
        return;
      }
      await this.activate(modem, network, attempt);
    });
  }

  private async activate(modem: Modem, network: CellularNetwork, attempt: number): Promise<void> {
    const isWanted = () => network.attempt.number === attempt && modem.contexts.get(network.path) === network;
    if (!isWanted()) return;
    try {
      if (!network.isActive) await this.contextOf(network).call('SetProperty', ['Active', bool(true)], patience);
    } catch (error) {
      if (isWanted()) this.failed(modem, network, attempt, failureOf(error, modem, network.apn));
      return;
    }
    if (isWanted()) {
      network.attempt.succeeded();
      this.report(modem, network);
    } else if (network.attempt.number === 0) await this.deactivate(modem, network);
  }

  private failed(modem: Modem, network: CellularNetwork, attempt: number, failure: Failure): void {
    network.attempt.failed();
    this.report(modem, network);
    this.listener({ kind: 'failed', network: network.id, attempt, ...failure });
    // It may have been kept for the attempt's sake alone.
    this.reportNetworks(modem);
  }

  private leave(modem: Modem, network: CellularNetwork): void {
    network.attempt.leave();
    this.report(modem, network);
    network.work = Promise.all([network.work, this.deactivate(modem, network)]);
  }

  private async deactivate(modem: Modem, network: CellularNetwork): Promise<void> {
    try {
      await this.contextOf(network).call('SetProperty', ['Active', bool(false)], patience);
    } catch {
      // There was nothing to end; or it stays, and connmand hears so.
      network.attempt.stays();
    }
    this.reportNetworks(modem);
  }

  private contextOf({ path }: CellularNetwork) {
    return this.ports.bus.object(contextInterface, { name: ofonoBusName, path });
  }
}

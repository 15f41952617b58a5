/** ofonod on the bus: its modems with what they are now, kept up to date by its signals. It comes and goes. */
import type { DriverPorts } from '@connman/contracts';
import { bool, followProgram, Refusals, type SignalMatch, type Variant } from '@connman/dbus';
import {
  connectionManagerInterface,
  contextInterface,
  type ModemInterface,
  managerInterface,
  modemInterface,
  modemInterfaces,
  networkTimeInterface,
  ofonoBusName,
} from './bus-interfaces';
import { lockedSim } from './failure';
import { Modem } from './modem';
import { CellularNetwork } from './network';

export interface OfonoListener {
  up(): void;
  down(): void;
  /** A modem, or one of its contexts, is not what it was. */
  changed(modem: Modem): void;
  gone(modem: Modem): void;
  contextGone(network: CellularNetwork): void;
  /** The network's time, as oFono writes it. */
  timeTold(modem: Modem, time: Properties): void;
}

type Ports = Pick<DriverPorts, 'bus' | 'clock' | 'log'>;

type Properties = ReadonlyMap<string, Variant>;

/** Shorter than connmand waits for an attempt. */
export const patience = { timeoutMs: 45_000, autoStart: false } as const;

const tryAgain =
  '"connmanctl disable cellular" and "connmanctl enable cellular" try again; with OFONO_AT_DEBUG=1 in its environment ofonod logs what the modem answers';
const restartIt = 'without it there is no service; restart ofonod if this does not pass';

export class Ofono {
  readonly modems = new Map<string, Modem>();
  private readonly ports: Ports;
  private readonly listener: OfonoListener;
  private readonly ends: (() => void)[] = [];
  private readonly refusals: Refusals;
  private isUp = false;

  constructor(ports: Ports, listener: OfonoListener) {
    this.ports = ports;
    this.refusals = new Refusals('ofonod', ports.log);
    this.listener = listener;
  }

  start(): void {
    const { bus, clock, log } = this.ports;
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
      bus.subscribe(of(networkTimeInterface.name, 'NetworkTimeChanged'), 'a{sv} time', ([time], { path }) => {
        const modem = this.modems.get(path);
        if (modem) this.listener.timeTold(modem, time);
      }),
      followProgram({
        ...{ bus, clock, log, name: ofonoBusName, complaint: 'ofonod does not list its modems' },
        list: () => bus.object(managerInterface, { name: ofonoBusName, path: '/' }).call('GetModems', [], patience),
        up: (list) => this.appeared(list),
        down: () => this.lost(),
      }),
    );
  }

  close(): void {
    for (const end of this.ends) end();
  }

  set(modem: Modem, property: 'Powered' | 'Online', value: boolean): void {
    const object = this.ports.bus.object(modemInterface, { name: ofonoBusName, path: modem.path });
    void this.ask(modem, property, tryAgain, () => object.call('SetProperty', [property, bool(value)], patience));
  }

  allowData(modem: Modem): void {
    if (!modem.known.has(connectionManagerInterface.name) || modem.isDataOn) return;
    const object = this.ports.bus.object(connectionManagerInterface, { name: ofonoBusName, path: modem.path });
    void this.ask(modem, 'data', tryAgain, () => object.call('SetProperty', ['Powered', bool(true)], patience));
  }

  contextOf({ path }: CellularNetwork) {
    return this.ports.bus.object(contextInterface, { name: ofonoBusName, path });
  }

  private appeared(list: readonly (readonly [string, Properties])[]): void {
    this.isUp = true;
    this.listener.up();
    for (const [path, properties] of list) this.modemAdded(path, properties);
  }

  private lost(): void {
    this.isUp = false;
    this.modems.clear();
    this.listener.down();
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
    this.listener.gone(modem);
  }

  private modemChanged(path: string, name: ModemInterface, property: string, value: Variant): void {
    const modem = this.modems.get(path);
    if (!modem) return;
    modem.set(name, property, value);
    this.settle(modem);
  }

  private contextsAdded(path: string, list: readonly (readonly [string, Properties])[]): void {
    const modem = this.modems.get(path);
    const device = modem?.fact?.id;
    if (!modem || device === undefined) return;
    for (const [context, properties] of list)
      if (!modem.contexts.has(context)) modem.contexts.set(context, new CellularNetwork(device, context, properties));
    this.listener.changed(modem);
  }

  private contextRemoved(path: string, context: string): void {
    const network = this.modems.get(path)?.contexts.get(context);
    if (!network) return;
    this.modems.get(path)?.contexts.delete(context);
    this.listener.contextGone(network);
  }

  private contextChanged(path: string, name: string, value: Variant): void {
    for (const modem of this.modems.values()) {
      const network = modem.contexts.get(path);
      if (!network) continue;
      network.set(name, value);
      // What belongs to the activation comes around it: it is whole once the context is active.
      if (name === 'Active' || network.isActive) this.listener.changed(modem);
    }
  }

  /** Reads what a modem newly has, forgets what it has no more. */
  private settle(modem: Modem): void {
    for (const spec of modemInterfaces) {
      const isPresent = spec === modemInterface || modem.interfaces.includes(spec.name);
      if (!isPresent && modem.known.has(spec.name)) this.forget(modem, spec.name);
      else if (isPresent && !modem.known.has(spec.name)) void this.read(modem, spec);
    }
    const tellsTime = modem.interfaces.includes(networkTimeInterface.name);
    if (tellsTime && !modem.wasAskedForTime) void this.readTime(modem);
    modem.wasAskedForTime = tellsTime;
    if (!modem.isPowered && !modem.wasWoken) {
      modem.wasWoken = true;
      // Without power it does not say whose SIM it has; its radio stays off.
      this.set(modem, 'Powered', true);
    }
    if (modem.pinRequired && !modem.isLockReported) this.ports.log.warning(lockedSim(modem.name, modem.pinRequired));
    modem.isLockReported = modem.pinRequired !== '';
    this.listener.changed(modem);
    if (modem.device && modem.known.has(connectionManagerInterface.name) && !modem.areContextsRead)
      void this.readContexts(modem);
  }

  private forget(modem: Modem, name: ModemInterface): void {
    modem.forget(name);
    if (name !== connectionManagerInterface.name) return;
    const networks = [...modem.contexts.values()];
    modem.forgetContexts();
    for (const network of networks) this.listener.contextGone(network);
  }

  /** Undefined where it is refused, which the log says; a modem that has gone meanwhile has refused nothing. */
  private async ask<R>(modem: Modem, what: string, advice: string, call: () => Promise<R>): Promise<R | undefined> {
    try {
      const answer = await call();
      this.refusals.granted(modem.name, what);
      return answer;
    } catch (error) {
      if (this.modems.get(modem.path) === modem) this.refusals.refused(modem.name, what, error, advice);
      return undefined;
    }
  }

  private async read(modem: Modem, spec: (typeof modemInterfaces)[number]): Promise<void> {
    modem.known.add(spec.name);
    const object = this.ports.bus.object(spec, { name: ofonoBusName, path: modem.path });
    const properties = await this.ask(modem, spec.name, restartIt, () => object.call('GetProperties', [], patience));
    if (!properties) return modem.forget(spec.name);
    modem.replace(spec.name, properties);
    if (this.modems.get(modem.path) !== modem) return;
    if (spec === connectionManagerInterface && modem.wantsOnline) this.allowData(modem);
    this.settle(modem);
  }

  private async readTime(modem: Modem): Promise<void> {
    const object = this.ports.bus.object(networkTimeInterface, { name: ofonoBusName, path: modem.path });
    try {
      this.listener.timeTold(modem, await object.call('GetNetworkTime', [], patience));
    } catch (error) {
      this.ports.log.debug(`${modem.name}: its network did not report the time: ${(error as Error).message}`);
    }
  }

  private async readContexts(modem: Modem): Promise<void> {
    modem.areContextsRead = true;
    const manager = this.ports.bus.object(connectionManagerInterface, { name: ofonoBusName, path: modem.path });
    const list = await this.ask(modem, 'its contexts', restartIt, () => manager.call('GetContexts', [], patience));
    if (list) this.contextsAdded(modem.path, list);
  }
}

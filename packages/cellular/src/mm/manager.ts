/** ModemManager on the bus: its modems with their SIMs and bearers, kept up to date by its signals. It comes and goes. */
import type { DriverPorts } from '@connman/contracts';
import { followProgram, MirroredObjects, propertiesInterface, Refusals, type Variant } from '@connman/dbus';
import {
  bearerInterfaceName,
  modemInterface,
  modemManagerBusName,
  modemManagerPath,
  simInterfaceName,
  simpleInterface,
  timeInterface,
} from './bus-interfaces';
import { MmModem } from './modem';

export interface ModemManagerListener {
  up(): void;
  down(): void;
  /** A modem, its SIM or its bearer is not what it was. */
  changed(modem: MmModem): void;
  gone(modem: MmModem): void;
  /** The network's time, in ISO 8601. */
  timeTold(modem: MmModem, time: string, timezone: ReadonlyMap<string, Variant> | undefined): void;
}

type Ports = Pick<DriverPorts, 'bus' | 'clock' | 'log'>;

/** Shorter than connmand waits for an attempt. */
export const patience = { timeoutMs: 45_000, autoStart: false } as const;

export class ModemManager {
  readonly modems = new Map<string, MmModem>();
  readonly refusals: Refusals;
  private readonly ports: Ports;
  private readonly listener: ModemManagerListener;
  private readonly objects: MirroredObjects;
  private readonly ends: (() => void)[] = [];
  private isUp = false;

  constructor(ports: Ports, listener: ModemManagerListener) {
    this.ports = ports;
    this.refusals = new Refusals('ModemManager', ports.log);
    this.listener = listener;
    const mirror = { changed: (path: string) => this.changed(path), gone: (path: string) => this.gone(path) };
    this.objects = new MirroredObjects(ports.bus, modemManagerBusName, mirror, modemManagerPath);
  }

  start(): void {
    const { bus, clock, log } = this.ports;
    const of = { sender: modemManagerBusName };
    this.ends.push(
      bus.subscribe(
        { ...of, interface: propertiesInterface.name, member: 'PropertiesChanged' },
        's interface, a{sv} changed, as invalidated',
        ([name, changed], { path }) => {
          if (name === bearerInterfaceName) this.bearerChanged(path, changed);
          if (name === simInterfaceName) this.simChanged(path, changed);
        },
      ),
      bus.subscribe(
        { ...of, interface: timeInterface.name, member: 'NetworkTimeChanged' },
        's time',
        ([time], { path }) => this.tellTime(path, time),
      ),
      followProgram({
        ...{ bus, clock, log, name: modemManagerBusName, complaint: 'ModemManager does not list its modems' },
        list: () => this.objects.load(),
        up: () => this.appeared(),
        down: () => this.lost(),
      }),
    );
  }

  close(): void {
    this.objects.close();
    for (const end of this.ends) end();
  }

  modemOf({ path }: MmModem) {
    return this.ports.bus.object(modemInterface, { name: modemManagerBusName, path });
  }

  simpleOf({ path }: MmModem) {
    return this.ports.bus.object(simpleInterface, { name: modemManagerBusName, path });
  }

  /** A connection was made by this bearer. Rejects with BusError. */
  async take(modem: MmModem, path: string): Promise<void> {
    const bearer = await this.propertiesOf(path, bearerInterfaceName);
    modem.bearerPath = path;
    modem.bearer = bearer;
  }

  private appeared(): void {
    this.isUp = true;
    this.listener.up();
    for (const [path] of this.objects.entries()) this.changed(path);
  }

  private lost(): void {
    this.isUp = false;
    this.objects.clear();
    this.modems.clear();
    this.listener.down();
  }

  private changed(path: string): void {
    const interfaces = this.objects.get(path);
    if (!this.isUp || !interfaces?.has(modemInterface.name)) return;
    const modem = this.modems.get(path) ?? new MmModem(path);
    this.modems.set(path, modem);
    modem.update(interfaces);
    if (modem.wantedSim !== modem.simPath) void this.readSim(modem);
    if (!modem.areBearersRead) void this.readBearers(modem);
    this.listener.changed(modem);
  }

  private gone(path: string): void {
    const modem = this.modems.get(path);
    if (!modem || !this.isUp) return;
    this.modems.delete(path);
    this.listener.gone(modem);
  }

  private bearerChanged(path: string, changed: ReadonlyMap<string, Variant>): void {
    for (const modem of this.modems.values()) {
      if (modem.bearerPath !== path) continue;
      modem.bearer = new Map([...modem.bearer, ...changed]);
      this.listener.changed(modem);
    }
  }

  private simChanged(path: string, changed: ReadonlyMap<string, Variant>): void {
    for (const modem of this.modems.values()) {
      if (modem.simPath !== path) continue;
      modem.sim = new Map([...modem.sim, ...changed]);
      this.listener.changed(modem);
    }
  }

  private tellTime(path: string, time: string): void {
    const modem = this.modems.get(path);
    const timezone = this.objects.get(path)?.get(timeInterface.name)?.get('NetworkTimezone')?.as('a{sv}');
    if (modem) this.listener.timeTold(modem, time, timezone);
  }

  private async readSim(modem: MmModem): Promise<void> {
    const path = modem.wantedSim;
    modem.simPath = path;
    modem.sim = new Map();
    if (path === '') return;
    try {
      const sim = await this.propertiesOf(path, simInterfaceName);
      if (modem.simPath === path) modem.sim = sim;
    } catch (error) {
      const advice =
        'without it there is no service; "mmcli -i any" shows it, restart ModemManager if this does not pass';
      if (this.modems.get(modem.path) === modem) this.refusals.refused(modem.name, 'its SIM', error, advice);
      return;
    }
    this.refusals.granted(modem.name, 'its SIM');
    if (this.modems.get(modem.path) === modem) this.listener.changed(modem);
  }

  /** What another program, or a former run, has connected. */
  private async readBearers(modem: MmModem): Promise<void> {
    modem.areBearersRead = true;
    for (const path of modem.bearerPaths) {
      const bearer = await this.propertiesOf(path, bearerInterfaceName).catch(() => undefined);
      if (bearer?.get('Connected')?.as('b') !== true || modem.isInUse) continue;
      modem.bearerPath = path;
      modem.bearer = bearer;
      if (this.modems.get(modem.path) === modem) this.listener.changed(modem);
    }
  }

  private propertiesOf(path: string, name: string): Promise<ReadonlyMap<string, Variant>> {
    return this.ports.bus
      .object(propertiesInterface, { name: modemManagerBusName, path })
      .call('GetAll', [name], patience);
  }
}

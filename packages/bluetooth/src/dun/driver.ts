/**
 * The second way into Bluetooth networks: dundee, which belongs to oFono, lists paired phones that offer dial-up networking and
 * dials by them. Each is a device and its one network (rule 212). dundee comes and goes.
 */
import type {
  AssociationError,
  DriverPorts,
  TechnologyCommand,
  TechnologyDriver,
  TechnologyEvent,
} from '@connman/contracts';
import { BusError, bool, busErrorName, followProgram, type Variant } from '@connman/dbus';
import type { RadioBlock } from '@connman/ports';
import { dundeeBusName, dundeeDeviceInterface, dundeeManagerInterface } from './bus-interfaces';
import { DunPhone } from './phone';

export function createDunDriver(ports: DriverPorts): TechnologyDriver {
  return new DunDriver(ports);
}

/** Dialling takes longer than a call usually does; connmand waits longer still. */
const patience = { timeoutMs: 45_000, autoStart: false } as const;

class DunDriver implements TechnologyDriver {
  readonly name = 'dundee';
  readonly type = 'bluetooth';
  private readonly ports: DriverPorts;
  private readonly phones = new Map<string, DunPhone>();
  /** Networks as they were reported, as JSON. */
  private readonly reported = new Map<DunPhone, string>();
  private readonly ends: (() => void)[] = [];
  private listener: (event: TechnologyEvent) => void = () => {};
  private isUp = false;
  private isBlocked = false;

  constructor(ports: DriverPorts) {
    this.ports = ports;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { bus, clock, log, rfkill } = this.ports;
    const manager = { sender: dundeeBusName, interface: dundeeManagerInterface.name };
    const device = { sender: dundeeBusName, interface: dundeeDeviceInterface.name };
    if (rfkill) this.ends.push(rfkill.watch('bluetooth', (block) => this.blocked(block)));
    this.ends.push(
      bus.subscribe({ ...manager, member: 'DeviceAdded' }, 'o path, a{sv} properties', ([path, properties]) =>
        this.add(path, properties),
      ),
      bus.subscribe({ ...manager, member: 'DeviceRemoved' }, 'o path', ([path]) => this.remove(path)),
      bus.subscribe({ ...device, member: 'PropertyChanged' }, 's name, v value', ([name, value], { path }) =>
        this.changed(path, name, value),
      ),
      followProgram({
        ...{ bus, clock, log, name: dundeeBusName, complaint: 'dundee does not list its devices' },
        list: () =>
          bus.object(dundeeManagerInterface, { name: dundeeBusName, path: '/' }).call('GetDevices', [], patience),
        up: (list) => this.appeared(list),
        down: () => this.lost(),
      }),
    );
  }

  command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered':
        return this.setPowered(command.device, command.powered);
      case 'associate': {
        const phone = this.find(command.network);
        if (phone) this.associate(phone, command.attempt);
        return;
      }
      case 'dissociate': {
        const phone = this.find(command.network);
        if (phone?.isInUse) this.leave(phone);
      }
    }
  }

  close(): void {
    for (const end of this.ends) end();
  }

  private appeared(list: readonly (readonly [string, ReadonlyMap<string, Variant>])[]): void {
    this.isUp = true;
    this.listener({ kind: 'up' });
    for (const [path, properties] of list) this.add(path, properties);
  }

  private lost(): void {
    this.isUp = false;
    this.phones.clear();
    this.reported.clear();
    this.listener({ kind: 'down', reason: 'dundee is not running' });
  }

  private add(path: string, properties: ReadonlyMap<string, Variant>): void {
    if (!this.isUp || this.phones.has(path)) return;
    const phone = new DunPhone(path, properties);
    this.phones.set(path, phone);
    this.listener({ kind: 'device', device: phone.deviceFact });
    this.report(phone);
  }

  private remove(path: string): void {
    const phone = this.phones.get(path);
    if (!phone) return;
    this.phones.delete(path);
    this.reported.delete(phone);
    this.listener({ kind: 'device-gone', device: phone.device });
  }

  private changed(path: string, name: string, value: Variant): void {
    const phone = this.phones.get(path);
    if (!phone) return;
    phone.set(name, value);
    this.report(phone);
  }

  private report(phone: DunPhone): void {
    if (!phone.isOn || this.phones.get(phone.path) !== phone) return;
    const fact = phone.fact(this.ports.ifindexOf);
    const text = JSON.stringify(fact);
    if (this.reported.get(phone) === text) return;
    this.reported.set(phone, text);
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
  }

  private find(id: string): DunPhone | undefined {
    for (const phone of this.phones.values()) if (phone.id === id && phone.isOn) return phone;
    return undefined;
  }

  private setPowered(device: string, powered: boolean): void {
    // Rule 39: the switch of the kind follows the technology's power.
    this.ports.rfkill?.block('bluetooth', !powered);
    for (const phone of this.phones.values()) {
      if (phone.device !== device) continue;
      phone.isWanted = powered;
      this.followPower(phone);
    }
  }

  private blocked({ soft, hard }: RadioBlock): void {
    this.isBlocked = soft || hard;
    this.listener({ kind: 'rfkill', soft, hard });
    for (const phone of this.phones.values()) this.followPower(phone);
  }

  private followPower(phone: DunPhone): void {
    const isOn = phone.isWanted && !this.isBlocked;
    if (phone.isOn === isOn) return;
    if (!isOn && phone.isInUse) this.leave(phone);
    phone.isOn = isOn;
    if (!isOn && this.reported.delete(phone)) this.listener({ kind: 'networks', changed: [], gone: [phone.id] });
    this.listener({ kind: 'device', device: phone.deviceFact });
    this.report(phone);
  }

  private associate(phone: DunPhone, attempt: number): void {
    phone.attempt.begin(attempt);
    this.report(phone);
    phone.work = phone.work.then(() => this.dial(phone, attempt));
  }

  private async dial(phone: DunPhone, attempt: number): Promise<void> {
    const isWanted = () => phone.attempt.number === attempt && this.phones.get(phone.path) === phone;
    if (!isWanted()) return;
    try {
      if (!phone.isActive) await this.setActive(phone, true);
    } catch (error) {
      if (isWanted()) this.failed(phone, attempt, error);
      return;
    }
    if (isWanted()) {
      phone.attempt.succeeded();
      this.report(phone);
    } else if (phone.attempt.number === 0) await this.hangUp(phone);
  }

  private failed(phone: DunPhone, attempt: number, error: unknown): void {
    phone.attempt.failed();
    this.report(phone);
    this.listener({ kind: 'failed', network: phone.id, attempt, ...failureOf(error, phone.name) });
  }

  private leave(phone: DunPhone): void {
    phone.attempt.leave();
    this.report(phone);
    phone.work = Promise.all([phone.work, this.hangUp(phone)]);
  }

  private async hangUp(phone: DunPhone): Promise<void> {
    try {
      await this.setActive(phone, false);
    } catch {
      // There was nothing to end; or it stays, which connmand learns from its events.
      phone.attempt.stays();
    }
    this.report(phone);
  }

  private setActive({ path }: DunPhone, active: boolean): Promise<unknown> {
    const object = this.ports.bus.object(dundeeDeviceInterface, { name: dundeeBusName, path });
    return object.call('SetProperty', ['Active', bool(active)], patience);
  }
}

function failureOf(error: unknown, name: string): { readonly error: AssociationError; readonly reason: string } {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof BusError && error.errorName === busErrorName.noReply)
    return { error: 'out-of-range', reason: `${name} did not answer in time; is it in range, and its Bluetooth on?` };
  return {
    error: 'connect-failed',
    reason: `${name}: ${text}; is it in range, still paired, and allowed to dial for others?`,
  };
}

/** dundee as far as connmand knows it, on a scripted bus: phones that dial. */
import { BusError, bool, str, strings, Variant } from '@connman/dbus';
import type { ScriptedBus, ScriptedCall, ScriptedProgram } from '@connman/testkit';

const busName = 'org.ofono.dundee';
const device = 'org.ofono.dundee.Device';
const manager = 'org.ofono.dundee.Manager';

export interface ScriptedPhone {
  readonly name: string;
  /** What dialling is refused with; silent if empty. */
  fault?: string;
}

export class ScriptedDundee implements ScriptedProgram {
  readonly calls: ScriptedCall[] = [];
  private readonly bus: ScriptedBus;
  private readonly phones: (ScriptedPhone & { isActive: boolean })[] = [];
  private runs = false;

  constructor(bus: ScriptedBus) {
    this.bus = bus;
  }

  start(): void {
    this.runs = true;
    this.bus.own(busName, this);
  }

  /** Its connections end with it. */
  crash(): void {
    this.runs = false;
    for (const phone of this.phones) phone.isActive = false;
    this.bus.disown(busName);
  }

  put(phone: ScriptedPhone): void {
    this.phones.push({ ...phone, isActive: false });
    const path = `/device${this.phones.length - 1}`;
    if (this.runs) this.bus.emit(busName, '/', manager, 'DeviceAdded', [path, this.propertiesOf(path)]);
  }

  unpair(name: string): void {
    const index = this.phones.findIndex((phone) => phone.name === name);
    this.phones.splice(index, 1);
    this.bus.emit(busName, '/', manager, 'DeviceRemoved', [`/device${index}`]);
  }

  /** Another program dials, or the other end hangs up. */
  set(name: string, active: boolean): void {
    this.setActive(`/device${this.phones.findIndex((phone) => phone.name === name)}`, active);
  }

  call(call: ScriptedCall): void {
    this.calls.push(call);
    const { path, member, args } = call;
    if (member === 'GetDevices')
      return call.answer(this.phones.map((_, i) => [`/device${i}`, this.propertiesOf(`/device${i}`)]));
    const phone = this.at(path);
    if (!phone) throw new BusError('org.freedesktop.DBus.Error.UnknownObject', path);
    const [, value] = args as [string, Variant];
    const active = value.as('b') ?? false;
    if (active && phone.fault === '') return;
    if (active && phone.fault !== undefined) throw new BusError('org.ofono.Error.Failed', phone.fault);
    if (!active)
      this.calls
        .findLast((one) => one.path === path && one !== call && phone.fault === '')
        ?.refuse('org.ofono.Error.Failed', 'Operation failed');
    this.setActive(path, active);
    call.answer();
  }

  private setActive(path: string, active: boolean): void {
    const phone = this.at(path);
    if (!phone || phone.isActive === active) return;
    phone.isActive = active;
    // What belongs to the connection comes first.
    for (const name of ['Settings', 'Active'])
      this.bus.emit(busName, path, device, 'PropertyChanged', [name, this.propertiesOf(path).get(name)]);
  }

  private at(path: string) {
    return this.phones[Number(path.slice('/device'.length))];
  }

  private propertiesOf(path: string): Map<string, Variant> {
    const { name, isActive = false } = this.at(path) ?? { name: '' };
    const settings = new Map<string, Variant>([
      ['Interface', str('ppp0')],
      ['Address', str('10.64.1.2')],
      ['DomainNameServers', strings(['10.64.0.53', '10.64.0.54'])],
    ]);
    return new Map<string, Variant>([
      ['Name', str(name)],
      ['Active', bool(isActive)],
      ['Settings', new Variant('a{sv}', isActive ? settings : new Map())],
    ]);
  }
}

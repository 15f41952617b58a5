/** ofonod as far as cellular networks know it, on a scripted bus: one modem with a SIM and its contexts. */
import { BusError, bool, byte, str, strings, Variant } from '@connman/dbus';
import type { ScriptedBus, ScriptedCall, ScriptedProgram } from '@connman/testkit';

const busName = 'org.ofono';
export const modemPath = '/quectel_0';

type Properties = Map<string, Variant>;
type Settings = Readonly<Record<string, Variant>>;

const staticSettings: Settings = {
  Interface: str('wwan0'),
  Method: str('static'),
  Address: str('10.64.1.2'),
  Netmask: str('255.255.255.252'),
  Gateway: str('10.64.1.1'),
  DomainNameServers: strings(['10.64.0.53']),
};

export interface ScriptedContext {
  readonly name: string;
  readonly type?: string;
  apn?: string;
  settings?: Settings;
  settings6?: Settings;
  /** What activating it is refused with; silent if empty. */
  fault?: string;
}

export class ScriptedOfono implements ScriptedProgram {
  readonly calls: ScriptedCall[] = [];
  readonly contexts = new Map<string, ScriptedContext>();
  /** Empty while the SIM is locked. */
  imsi = '244070100000001';
  pinRequired = 'none';
  status = 'registered';
  /** What setting Online is refused with. */
  powerFault: string | undefined;
  /** What its network has said of the time; undefined for an oFono without that plug-in. */
  networkTime: Settings | undefined;
  private readonly bus: ScriptedBus;
  private readonly objects = new Map<string, Properties>();
  private isBlocked = false;
  private runs = false;

  constructor(bus: ScriptedBus) {
    this.bus = bus;
  }

  start(): void {
    this.runs = true;
    this.plugIn();
    this.bus.own(busName, this);
  }

  crash(): void {
    this.runs = false;
    this.objects.clear();
    this.bus.disown(busName);
  }

  plugIn(): void {
    const modem: Properties = new Map<string, Variant>([
      ['Powered', bool(false)],
      ['Online', bool(false)],
      ['Name', str('Quectel')],
      ['Interfaces', strings([])],
    ]);
    this.objects.set(key(modemPath, 'Modem'), modem);
    for (const [name, context] of this.contexts) {
      const properties: Properties = new Map<string, Variant>([
        ['Name', str('Internet')],
        ['Type', str(context.type ?? 'internet')],
        ['Active', bool(false)],
        ['AccessPointName', str(context.apn ?? 'internet')],
        ['Settings', settingsOf({})],
        ['IPv6.Settings', settingsOf({})],
      ]);
      this.objects.set(key(`${modemPath}/${name}`, 'ConnectionContext'), properties);
    }
    if (this.runs) this.bus.emit(busName, '/', 'org.ofono.Manager', 'ModemAdded', [modemPath, modem]);
  }

  takeOut(): void {
    this.objects.clear();
    this.bus.emit(busName, '/', 'org.ofono.Manager', 'ModemRemoved', [modemPath]);
  }

  put(context: ScriptedContext): void {
    this.contexts.set(context.name, context);
  }

  /** The switch of the machine. */
  block(blocked: boolean): void {
    this.isBlocked = blocked;
    if (blocked) this.setOnline(false);
  }

  /** Its place in a network changes: searching, registered, roaming. */
  register(status: string): void {
    this.status = status;
    this.change(modemPath, 'NetworkRegistration', 'Status', str(status));
    this.change(modemPath, 'ConnectionManager', 'Attached', bool(status === 'registered' || status === 'roaming'));
  }

  unlock(imsi: string): void {
    this.imsi = imsi;
    this.pinRequired = 'none';
    this.change(modemPath, 'SimManager', 'PinRequired', str('none'));
    this.change(modemPath, 'SimManager', 'SubscriberIdentity', str(imsi));
  }

  tellTime(time: Settings): void {
    this.networkTime = time;
    const told = new Map(Object.entries(time));
    this.bus.emit(busName, modemPath, 'org.ofono.NetworkTime', 'NetworkTimeChanged', [told]);
  }

  /** The network ends a context. */
  end(name: string): void {
    this.setActive(`${modemPath}/${name}`, false);
  }

  textOf(name: string, property: string): string {
    return (
      this.objects
        .get(key(`${modemPath}/${name}`, 'ConnectionContext'))
        ?.get(property)
        ?.as('s') ?? ''
    );
  }

  call(call: ScriptedCall): void {
    this.calls.push(call);
    const { path, interface: fullName, member, args } = call;
    const name = fullName.replace('org.ofono.', '');
    if (member === 'GetModems') return call.answer([[modemPath, this.objects.get(key(modemPath, 'Modem'))]]);
    if (member === 'GetNetworkTime') return call.answer(new Map(Object.entries(this.networkTime ?? {})));
    if (member === 'GetContexts') {
      const list = [...this.contexts.keys()].map((one) => `${modemPath}/${one}`);
      return call.answer(list.map((one) => [one, this.objects.get(key(one, 'ConnectionContext'))]));
    }
    const properties = this.objects.get(key(path, name));
    if (!properties) throw new BusError('org.freedesktop.DBus.Error.UnknownObject', path);
    if (member === 'GetProperties') return call.answer(new Map(properties));
    const [property, value] = args as [string, Variant];
    if (property === 'Active' && value.as('b')) return this.activate(path, call);
    if (property === 'Online' && value.as('b') && this.isBlocked)
      throw new BusError('org.ofono.Error.Failed', 'Operation failed');
    if (property === 'Online' && this.powerFault !== undefined)
      throw new BusError('org.ofono.Error.Failed', this.powerFault);
    call.answer();
    if (property === 'Powered' && name === 'Modem') return this.power();
    if (property === 'Online') return this.setOnline(value.as('b') ?? false);
    if (property === 'Active') return this.setActive(path, false);
    this.change(path, name, property, value);
  }

  private power(): void {
    const sim: Properties = new Map<string, Variant>([
      ['Present', bool(true)],
      ['PinRequired', str(this.pinRequired)],
      ...(this.imsi ? ([['SubscriberIdentity', str(this.imsi)]] as const) : []),
    ]);
    this.objects.set(key(modemPath, 'SimManager'), sim);
    this.change(modemPath, 'Modem', 'Powered', bool(true));
    this.change(modemPath, 'Modem', 'Interfaces', strings(['org.ofono.SimManager']));
  }

  private setOnline(online: boolean): void {
    for (const name of this.contexts.keys()) if (!online) this.end(name);
    const isAttached = this.status === 'registered' || this.status === 'roaming';
    this.objects.set(
      key(modemPath, 'NetworkRegistration'),
      new Map<string, Variant>([
        ['Status', str(this.status)],
        ['Name', str('LabTel')],
        ['Strength', byte(61)],
      ]),
    );
    this.objects.set(
      key(modemPath, 'ConnectionManager'),
      new Map<string, Variant>([
        ['Attached', bool(isAttached)],
        ['Powered', bool(true)],
      ]),
    );
    this.change(modemPath, 'Modem', 'Online', bool(online));
    const time = this.networkTime ? ['NetworkTime'] : [];
    const names = ['SimManager', ...(online ? ['NetworkRegistration', 'ConnectionManager', ...time] : [])];
    this.change(modemPath, 'Modem', 'Interfaces', strings(names.map((name) => `org.ofono.${name}`)));
  }

  private activate(path: string, call: ScriptedCall): void {
    const context = this.contexts.get(path.slice(modemPath.length + 1));
    if (context?.fault === '') return;
    if (context?.fault !== undefined) throw new BusError('org.ofono.Error.Failed', context.fault);
    // As ofonod does: the answer first, then what it is about.
    call.answer();
    this.setActive(path, true);
  }

  private setActive(path: string, active: boolean): void {
    const context = this.contexts.get(path.slice(modemPath.length + 1));
    const { settings = staticSettings, settings6 = {} } = context ?? {};
    if (this.objects.get(key(path, 'ConnectionContext'))?.get('Active')?.as('b') === active) return;
    if (active) {
      this.change(path, 'ConnectionContext', 'Settings', settingsOf(settings));
      this.change(path, 'ConnectionContext', 'IPv6.Settings', settingsOf(settings6));
    }
    this.change(path, 'ConnectionContext', 'Active', bool(active));
    if (!active) this.change(path, 'ConnectionContext', 'Settings', settingsOf({}));
  }

  private change(path: string, name: string, property: string, value: Variant): void {
    const properties = this.objects.get(key(path, name));
    if (!properties) return;
    properties.set(property, value);
    this.bus.emit(busName, path, `org.ofono.${name}`, 'PropertyChanged', [property, value]);
  }
}

/** As it comes off the wire. */
const settingsOf = (settings: Settings): Variant => new Variant('a{sv}', new Map(Object.entries(settings)));

const key = (path: string, name: string): string => `${path} ${name}`;

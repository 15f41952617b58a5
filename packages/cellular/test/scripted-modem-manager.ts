/** ModemManager as far as cellular networks know it, on a scripted bus: one modem with a SIM, and its bearers. */
import { BusError, bool, int32, objectPath, str, uint32, Variant } from '@connman/dbus';
import type { ScriptedBus, ScriptedCall, ScriptedProgram } from '@connman/testkit';

const busName = 'org.freedesktop.ModemManager1';
const root = '/org/freedesktop/ModemManager1';
export const modemPath = `${root}/Modem/0`;
const simPath = `${root}/SIM/0`;
const modem = `${busName}.Modem`;
const modem3gpp = `${modem}.Modem3gpp`;
const bearer = `${busName}.Bearer`;
const properties = 'org.freedesktop.DBus.Properties';
const objectManager = 'org.freedesktop.DBus.ObjectManager';

type Properties = Map<string, Variant>;
export type Config = Readonly<Record<string, Variant>>;

export const static4: Config = {
  ...{ method: uint32(2), address: str('10.64.1.2'), prefix: uint32(30), gateway: str('10.64.1.1') },
  ...{ dns1: str('10.64.0.53'), dns2: str('10.64.0.54'), mtu: uint32(1430) },
};

export class ScriptedModemManager implements ScriptedProgram {
  readonly calls: ScriptedCall[] = [];
  imsi = '244070100000001';
  config4: Config = static4;
  config6: Config = {};
  /** What Connect is refused with, by ip-type where it depends on that; silent if empty. */
  fault: string | ((family: number) => string | undefined) | undefined;
  /** What Enable is refused with. */
  powerFault: string | undefined;
  private readonly bus: ScriptedBus;
  private readonly objects = new Map<string, Map<string, Properties>>();
  private isBlocked = false;
  private runs = false;
  private lastBearer = -1;
  private registration = 1;

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

  plugIn(state = 3): void {
    const sim: Properties = new Map<string, Variant>([
      ['Imsi', str(this.imsi)],
      ['OperatorIdentifier', str('24407')],
      ['OperatorName', str('LabTel')],
    ]);
    this.objects.set(simPath, new Map([[`${busName}.Sim`, sim]]));
    const interfaces = new Map<string, Properties>([
      [
        modem,
        new Map<string, Variant>([
          ['State', int32(state)],
          ['Manufacturer', str('Quectel')],
          ['Model', str('EG25')],
          ['Sim', objectPath(this.imsi === '' ? '/' : simPath)],
          ['UnlockRequired', uint32(state === 2 ? 2 : 1)],
          ['SignalQuality', new Variant('(ub)', [61, true])],
          ['Bearers', new Variant('ao', [])],
        ]),
      ],
      [
        modem3gpp,
        new Map<string, Variant>([
          ['RegistrationState', uint32(0)],
          ['OperatorCode', str('')],
          ['OperatorName', str('')],
        ]),
      ],
      [`${modem}.Simple`, new Map()],
      [
        `${modem}.Time`,
        new Map<string, Variant>([['NetworkTimezone', new Variant('a{sv}', new Map([['offset', int32(120)]]))]]),
      ],
    ]);
    this.objects.set(modemPath, interfaces);
    if (this.runs) this.bus.emit(busName, root, objectManager, 'InterfacesAdded', [modemPath, interfaces]);
  }

  takeOut(): void {
    const names = [...(this.objects.get(modemPath)?.keys() ?? [])];
    this.objects.clear();
    this.bus.emit(busName, root, objectManager, 'InterfacesRemoved', [modemPath, names]);
  }

  /** The switch of the machine. */
  block(blocked: boolean): void {
    this.isBlocked = blocked;
    if (blocked) this.enable(false);
  }

  unlock(imsi: string): void {
    this.imsi = imsi;
    this.takeOut();
    this.plugIn();
  }

  /** 1 at home, 2 searching, 5 roaming. */
  register(registration: number): void {
    this.registration = registration;
    if (this.state >= 6 && this.state < 11) this.enable(true);
    else this.change(modemPath, modem3gpp, { RegistrationState: uint32(registration) });
  }

  /** Another program, or a former run, has connected. */
  connected(): string {
    const path = `${root}/Bearer/${++this.lastBearer}`;
    const values: Properties = new Map<string, Variant>([
      ['Connected', bool(true)],
      ['Interface', str('wwan0')],
      ['Ip4Config', configOf(this.config4)],
      ['Ip6Config', configOf(this.config6)],
    ]);
    this.objects.set(path, new Map([[bearer, values]]));
    this.change(modemPath, modem, { Bearers: new Variant('ao', [path]), State: int32(11) });
    return path;
  }

  /** The network ends the connection. */
  end(): void {
    const path = `${root}/Bearer/${this.lastBearer}`;
    this.change(path, bearer, { Connected: bool(false), Ip4Config: configOf({}), Ip6Config: configOf({}) });
    if (this.state === 11) this.change(modemPath, modem, { State: int32(8) });
  }

  tellTime(time: string): void {
    this.bus.emit(busName, modemPath, `${modem}.Time`, 'NetworkTimeChanged', [time]);
  }

  call(call: ScriptedCall): void {
    this.calls.push(call);
    const { path, interface: name, member, args } = call;
    if (member === 'GetManagedObjects') {
      const own = this.objects.get(modemPath);
      return call.answer(new Map(path === root && own ? [[modemPath, own]] : []));
    }
    const object = this.objects.get(path);
    if (!object) throw new BusError('org.freedesktop.DBus.Error.UnknownObject', path);
    if (member === 'GetAll') return call.answer(new Map(object.get(String(args[0]))));
    switch (member) {
      case 'Enable':
        if (args[0] === true && this.isBlocked) throw new BusError(`${busName}.Error.Core.WrongState`, 'Blocked');
        if (this.powerFault !== undefined) throw new BusError(`${busName}.Error.Core.Failed`, this.powerFault);
        this.enable(args[0] === true);
        return call.answer();
      case 'SetPowerState':
        return call.answer();
      case 'Connect':
        return this.connect(call, args[0] as Properties);
      case 'Disconnect':
        this.calls.findLast((one) => one.member === 'Connect')?.refuse(`${busName}.Error.Core.Cancelled`, 'Cancelled');
        this.end();
        return call.answer();
      default:
        throw new BusError('org.freedesktop.DBus.Error.UnknownMethod', `${name}.${member}`);
    }
  }

  private connect(call: ScriptedCall, settings: Properties): void {
    const { fault } = this;
    const error = typeof fault === 'function' ? fault(settings.get('ip-type')?.as('u') ?? 0) : fault;
    if (error === '') return;
    if (error !== undefined) throw new BusError(`${busName}.Error.${error}`, `refused (${error})`);
    call.answer(this.connected());
  }

  private enable(enabled: boolean): void {
    if (!enabled) this.end();
    const isIn = this.registration === 1 || this.registration === 5;
    const at = enabled && isIn ? '24407' : '';
    this.change(modemPath, modem3gpp, {
      RegistrationState: uint32(enabled ? this.registration : 0),
      OperatorCode: str(at),
      OperatorName: str(at && 'LabTel'),
    });
    this.change(modemPath, modem, { State: int32(enabled ? (isIn ? 8 : 7) : 3) });
  }

  private get state(): number {
    return this.objects.get(modemPath)?.get(modem)?.get('State')?.as('i') ?? 0;
  }

  private change(path: string, name: string, values: Config): void {
    const known = this.objects.get(path)?.get(name);
    if (!known) return;
    for (const [key, value] of Object.entries(values)) known.set(key, value);
    this.bus.emit(busName, path, properties, 'PropertiesChanged', [name, new Map(Object.entries(values)), []]);
  }
}

/** As it comes off the wire. */
const configOf = (config: Config): Variant => new Variant('a{sv}', new Map(Object.entries(config)));

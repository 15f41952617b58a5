/** One modem as oFono's signals tell it: its power, its SIM, its place in a network, its contexts. */
import type { DeviceFact } from '@connman/contracts';
import { deviceId } from '@connman/contracts';
import type { Variant } from '@connman/dbus';
import type { ModemInterface } from './bus-interfaces';
import type { Cell, CellularNetwork } from './network';

type Properties = ReadonlyMap<string, Variant>;

export class Modem {
  readonly path: string;
  /** By path. */
  readonly contexts = new Map<string, CellularNetwork>();
  /** As connmand knows it, once the SIM has said who it is. */
  device: DeviceFact | undefined;
  /** connmand wants its radio on. */
  wantsOnline = false;
  /** Was switched on to see its SIM. */
  wasWoken = false;
  /** The log has said that its SIM is locked. */
  isLockReported = false;
  /** Its network was asked for the time. */
  wasAskedForTime = false;
  /** Its contexts were asked for. */
  areContextsRead = false;
  /** The interfaces whose properties are read or being read. */
  readonly known = new Set<ModemInterface>(['org.ofono.Modem']);
  private readonly properties = new Map<ModemInterface, Map<string, Variant>>();

  constructor(path: string, properties: Properties) {
    this.path = path;
    this.replace('org.ofono.Modem', properties);
  }

  replace(name: ModemInterface, properties: Properties): void {
    this.properties.set(name, new Map(properties));
  }

  set(name: ModemInterface, property: string, value: Variant): void {
    this.properties.get(name)?.set(property, value);
  }

  forget(name: ModemInterface): void {
    this.known.delete(name);
    this.properties.delete(name);
  }

  /** They are read again: the SIM or the modem is another one now. */
  forgetContexts(): void {
    this.contexts.clear();
    this.areContextsRead = false;
  }

  get interfaces(): readonly string[] {
    return this.get('org.ofono.Modem', 'Interfaces')?.as('as') ?? [];
  }

  get name(): string {
    return this.get('org.ofono.Modem', 'Name')?.as('s') || this.path.slice(1);
  }

  get isPowered(): boolean {
    return this.flag('org.ofono.Modem', 'Powered');
  }

  get isOnline(): boolean {
    return this.flag('org.ofono.Modem', 'Online');
  }

  /** What the SIM wants before it can be used; empty for nothing. */
  get pinRequired(): string {
    const wanted = this.get('org.ofono.SimManager', 'PinRequired')?.as('s') ?? 'none';
    return wanted === 'none' ? '' : wanted;
  }

  /** Whether it may use data at all: oFono's own switch. */
  get isDataOn(): boolean {
    return this.flag('org.ofono.ConnectionManager', 'Powered');
  }

  /** Contexts can be activated. */
  get isAttached(): boolean {
    const status = this.status;
    return (status === 'registered' || status === 'roaming') && this.flag('org.ofono.ConnectionManager', 'Attached');
  }

  get cell(): Cell {
    return {
      name: this.get('org.ofono.NetworkRegistration', 'Name')?.as('s') ?? '',
      strength: this.get('org.ofono.NetworkRegistration', 'Strength')?.as('y'),
      roaming: this.status === 'roaming',
    };
  }

  /** The device that it is now; none while it has no SIM, or the SIM is locked (rule 213: its identifier is the IMSI). */
  get fact(): DeviceFact | undefined {
    const imsi = this.get('org.ofono.SimManager', 'SubscriberIdentity')?.as('s');
    if (!imsi) return undefined;
    return {
      id: deviceId(`cellular:${imsi}`),
      type: 'cellular',
      ident: imsi,
      interfaceName: '',
      powered: this.isPowered && this.isOnline,
      can: { scan: false, activeSsids: 0, tether: false },
    };
  }

  private get status(): string {
    return this.get('org.ofono.NetworkRegistration', 'Status')?.as('s') ?? '';
  }

  private flag(name: ModemInterface, property: string): boolean {
    return this.get(name, property)?.as('b') === true;
  }

  private get(name: ModemInterface, property: string): Variant | undefined {
    return this.properties.get(name)?.get(property);
  }
}

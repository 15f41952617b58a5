/** One modem as ModemManager has it: its SIM, its place in a network, its bearer; as connmand's device and its one network. */
import {
  type DeviceFact,
  deviceId,
  JoinAttempt,
  type JoinedLink,
  type NetworkFact,
  type NetworkId,
  networkId,
} from '@connman/contracts';
import type { MirroredInterfaces, Variant } from '@connman/dbus';
import { locks, modem3gppInterfaceName, modemInterface, modemState, roamingStates } from './bus-interfaces';
import { isPpp, providedIp } from './provided-ip';

type Properties = ReadonlyMap<string, Variant>;

const none: Properties = new Map();

/** As oFono calls the context that most SIMs have: a service stays the same under either driver of its modem. */
const group = 'context1';

export class MmModem {
  readonly path: string;
  readonly attempt = new JoinAttempt();
  /** As connmand knows it. */
  device: DeviceFact | undefined;
  sim: Properties = none;
  /** The SIM whose properties were asked for, by path. */
  simPath = '';
  /** The bearer in use: its path and properties. */
  bearerPath = '';
  bearer: Properties = none;
  /** Bearers of others were looked at. */
  areBearersRead = false;
  /** The log has said that its SIM is locked. */
  isLockReported = false;
  /** Settles when ModemManager has answered what it was asked last. */
  work: Promise<unknown> = Promise.resolve();
  private interfaces: MirroredInterfaces = new Map();

  constructor(path: string) {
    this.path = path;
  }

  update(interfaces: MirroredInterfaces): void {
    this.interfaces = interfaces;
  }

  get name(): string {
    const words = [this.get('Manufacturer')?.as('s'), this.get('Model')?.as('s')].filter((word) => word);
    return words.join(' ') || this.path.slice(this.path.lastIndexOf('/') + 1);
  }

  get state(): number {
    return this.get('State')?.as('i') ?? 0;
  }

  /** What its SIM wants before it can be used, in words; empty for nothing. */
  get lock(): string {
    if (this.state !== modemState.locked) return '';
    return locks.get(this.get('UnlockRequired')?.as('u') ?? 0) ?? 'code';
  }

  get wantedSim(): string {
    const path = this.get('Sim')?.as('o') ?? '/';
    return path === '/' ? '' : path;
  }

  get bearerPaths(): readonly string[] {
    return this.get('Bearers')?.as('ao') ?? [];
  }

  get imsi(): string {
    return this.sim.get('Imsi')?.as('s') ?? '';
  }

  /** Of the SIM, in digits. */
  get operator(): string {
    return this.sim.get('OperatorIdentifier')?.as('s') ?? '';
  }

  /** Of the network: the first three digits are its country. */
  get networkCode(): string {
    return this.of3gpp('OperatorCode')?.as('s') ?? '';
  }

  get isRegistered(): boolean {
    return this.state >= modemState.registered;
  }

  get isConnected(): boolean {
    return this.bearer.get('Connected')?.as('b') === true;
  }

  get isInUse(): boolean {
    return this.attempt.number !== 0 || this.isConnected;
  }

  get isPpp(): boolean {
    return this.isConnected && isPpp(this.config('Ip4Config'), this.config('Ip6Config'));
  }

  get networkId(): NetworkId {
    return networkId(`${deviceId(`modemmanager:${this.imsi}`)}/${group}`);
  }

  /** None while it has no SIM, or the SIM is locked (rule 213: its identifier is the IMSI). */
  factOf(isSilenced: boolean): DeviceFact | undefined {
    const { imsi } = this;
    if (imsi === '') return undefined;
    return {
      ...{ id: deviceId(`modemmanager:${imsi}`), type: 'cellular', ident: imsi, interfaceName: '' },
      powered: this.state >= modemState.enabled && !isSilenced,
      can: { scan: false, activeSsids: 0, tether: false },
    };
  }

  /** @param ifindexOf the index of a link by its name */
  networkFact(device: DeviceFact, ifindexOf: (name: string) => number | undefined): NetworkFact {
    const name = this.of3gpp('OperatorName')?.as('s') || this.sim.get('OperatorName')?.as('s') || this.name;
    const [strength] = this.get('SignalQuality')?.as('(ub)') ?? [];
    const roaming = roamingStates.includes(this.of3gpp('RegistrationState')?.as('u') ?? 0);
    return {
      ...{ id: this.networkId, device: device.id, group, name, roaming },
      ...(strength !== undefined && { strength }),
      link: this.attempt.link(this.joined(ifindexOf), `${name} ended the connection`),
    };
  }

  private joined(ifindexOf: (name: string) => number | undefined): JoinedLink | undefined {
    const name = this.bearer.get('Interface')?.as('s');
    const ifindex = this.isConnected && !this.isPpp && name ? ifindexOf(name) : undefined;
    if (ifindex === undefined) return undefined;
    const provided = providedIp(this.config('Ip4Config'), this.config('Ip6Config'));
    return { ifindex, ...(provided && { provided }) };
  }

  private config(name: string): Properties {
    return this.bearer.get(name)?.as('a{sv}') ?? none;
  }

  private get(property: string): Variant | undefined {
    return this.interfaces.get(modemInterface.name)?.get(property);
  }

  private of3gpp(property: string): Variant | undefined {
    return this.interfaces.get(modem3gppInterfaceName)?.get(property);
  }
}

/**
 * wpa_supplicant as far as Wi-Fi of connmand knows it, on a scripted bus and in scripted air: interfaces, scans, network blocks,
 * the states of an attempt. Like the real one it goes on trying a selected network until it is removed.
 */
import { BusError, int16, int32, objectPath, str, strings, uint16, uint32, type Variant, variant } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import type { AccessPoint, JoinEvent, ScriptedAir } from './scripted-air';
import type { ScriptedBus, ScriptedCall, ScriptedProgram } from './scripted-bus';
import { type Block, blockOf, bssProperties, isFit, textOf, type Values, variantOf } from './supplicant-values';

const busName = 'fi.w1.wpa_supplicant1';
const root = '/fi/w1/wpa_supplicant1';
const radioInterface = 'fi.w1.wpa_supplicant1.Interface';
const bssInterface = 'fi.w1.wpa_supplicant1.BSS';
const propertiesInterface = 'org.freedesktop.DBus.Properties';

const scanMs = 120;
const scanOfKnownMs = 40;
/** Between its own tries. */
const busyRetryMs = 1000;
const retryMs = [100, 500, 1000, 2000, 5000] as const;
const scanIntervalMs = 5000;
/** What the kernel takes for all channels of a real radio. */
const leftBehindMs = 15_000;
const localInactivity = -4;
const localLeaving = -3;

/** The kernel's side of a radio: what the test makes of carriers and of frames. */
export interface RadioKernel {
  readonly name: string;
  onCarrier(carrier: boolean): void;
  /** A frame that nl80211 tells every listener of. */
  onFrame(event: JoinEvent, useSae: boolean): void;
  /** The kernel makes a scan that wpa_supplicant does not know of, and refuses others. */
  scanning: boolean;
  /** A scan has ended in the kernel; no frequencies stand for all. */
  onScanned(frequencies: readonly number[]): void;
  isBlocked(): boolean;
}

export interface ScriptedSupplicantOptions {
  readonly bus: ScriptedBus;
  readonly clock: Clock;
  readonly air: ScriptedAir;
  /** The machine's radios, present ones. */
  readonly radios: () => readonly RadioKernel[];
}

export class ScriptedSupplicant implements ScriptedProgram {
  /** Scans begin and do not end while this is so, or until they are ended. */
  private isDeaf = false;
  private readonly options: ScriptedSupplicantOptions;
  private readonly interfaces = new Map<string, SupplicantInterface>();
  private count = 0;
  private life = 0;
  runs = false;

  constructor(options: ScriptedSupplicantOptions) {
    this.options = options;
  }

  get deaf(): boolean {
    return this.isDeaf;
  }

  set deaf(deaf: boolean) {
    this.isDeaf = deaf;
    if (!deaf) for (const one of this.interfaces.values()) one.endScan();
  }

  start(): void {
    if (this.runs) return;
    this.runs = true;
    this.options.bus.own(busName, this);
  }

  /** Killed: the kernel ends what it had joined, and goes on with its scans. */
  crash(): void {
    if (!this.runs) return;
    this.runs = false;
    this.life++;
    for (const one of this.interfaces.values()) {
      if (one.isScanning) this.leaveScanning(one.radio);
      one.end();
    }
    this.interfaces.clear();
    this.options.bus.disown(busName);
  }

  private leaveScanning(radio: RadioKernel): void {
    radio.scanning = true;
    this.options.clock.setTimer(leftBehindMs, () => {
      if (!radio.scanning) return;
      radio.scanning = false;
      radio.onScanned([]);
    });
  }

  hang(isHung: boolean): void {
    this.options.bus.hang(busName, isHung);
  }

  /** Its link is gone. */
  linkGone(name: string): void {
    for (const [path, one] of this.interfaces) if (one.radio.name === name) this.remove(path, one);
  }

  /** The switches have changed. */
  blockChanged(): void {
    for (const one of this.interfaces.values()) one.blockChanged();
  }

  call(call: ScriptedCall): void {
    const { path, member, args } = call;
    if (path === root && call.interface === propertiesInterface)
      return call.answer(new Map([['Capabilities', strings(['ap', 'sae'])]]));
    if (path === root) return this.rootCall(call, member, args);
    const one = this.interfaces.get(path.replace(/\/(BSSs|Networks)\/.*$/, ''));
    if (!one) throw new BusError(`${busName}.InterfaceUnknown`, path);
    one.call(call);
  }

  private rootCall(call: ScriptedCall, member: string, args: readonly unknown[]): void {
    switch (member) {
      case 'GetInterface': {
        const path = this.pathOf(args[0] as string);
        if (path === undefined) throw new BusError(`${busName}.InterfaceUnknown`, 'not controlled');
        return call.answer(path);
      }
      case 'CreateInterface': {
        const name = textOf(args[0] as Values, 'Ifname');
        const radio = this.options.radios().find((one) => one.name === name);
        if (!radio) throw new BusError(`${busName}.UnknownError`, 'no such link');
        if (this.pathOf(radio.name) !== undefined) throw new BusError(`${busName}.InterfaceExists`, radio.name);
        return call.answer(this.add(radio));
      }
      case 'RemoveInterface': {
        const one = this.interfaces.get(args[0] as string);
        if (!one) throw new BusError(`${busName}.InterfaceUnknown`, 'not controlled');
        this.remove(args[0] as string, one);
        return call.answer();
      }
      default:
        throw new BusError('org.freedesktop.DBus.Error.UnknownMethod', member);
    }
  }

  private add(radio: RadioKernel): string {
    const path = `${root}/Interfaces/${this.count++}`;
    const { bus, clock, air } = this.options;
    const { life } = this;
    this.interfaces.set(
      path,
      new SupplicantInterface({
        path,
        radio,
        air,
        isDeaf: () => this.isDeaf,
        emit: (at, name, member, args) => {
          if (this.life === life) bus.emit(busName, at, name, member, args);
        },
        later: (ms, act) =>
          clock.setTimer(ms, () => {
            if (this.life === life && this.interfaces.has(path)) act();
          }),
      }),
    );
    bus.emit(busName, root, busName, 'InterfaceAdded', [path, new Map([['Ifname', str(radio.name)]])]);
    return path;
  }

  private remove(path: string, one: SupplicantInterface): void {
    this.interfaces.delete(path);
    one.end();
    this.options.bus.emit(busName, root, busName, 'InterfaceRemoved', [path]);
  }

  private pathOf(name: string): string | undefined {
    for (const [path, { radio }] of this.interfaces) if (radio.name === name) return path;
    return undefined;
  }
}

interface InterfaceOptions {
  readonly path: string;
  readonly radio: RadioKernel;
  readonly air: ScriptedAir;
  readonly isDeaf: () => boolean;
  emit(path: string, interfaceName: string, member: string, args: readonly unknown[]): void;
  later(ms: number, act: () => void): () => void;
}

class SupplicantInterface {
  readonly radio: RadioKernel;
  private readonly options: InterfaceOptions;
  private state = 'inactive';
  private currentBss = '/';
  private currentNetwork = '/';
  private readonly bsss = new Map<AccessPoint, { readonly path: string }>();
  private readonly blocks = new Map<string, Block>();
  private selected: string | undefined;
  private count = 0;
  private tries = 0;
  private scanning = false;
  private cancelScan: () => void = () => {};
  private afterScan: () => void = () => {};
  private cancelTry: () => void = () => {};
  private leave: () => void = () => {};

  constructor(options: InterfaceOptions) {
    this.options = options;
    this.radio = options.radio;
    if (this.radio.isBlocked()) this.state = 'interface_disabled';
  }

  get isScanning(): boolean {
    return this.scanning;
  }

  end(): void {
    this.stop();
    this.cancelScan();
  }

  blockChanged(): void {
    if (this.radio.isBlocked()) {
      this.stop();
      this.cancelScan();
      this.scanning = false;
      this.enter('interface_disabled');
    } else if (this.state === 'interface_disabled') {
      this.enter('disconnected');
      if (this.selected !== undefined) this.tryLater(0);
    }
  }

  call(call: ScriptedCall): void {
    const { path, member, args } = call;
    if (call.interface === propertiesInterface) {
      if (member !== 'GetAll') return call.answer();
      const bss = [...this.bsss].find(([, one]) => one.path === path);
      return call.answer(bss ? bssProperties(bss[0]) : this.properties());
    }
    switch (member) {
      case 'Scan':
        return this.scan(call, args[0] as Values);
      case 'AbortScan':
        if (this.scanning) this.scanEnded(false);
        return call.answer();
      case 'AddNetwork': {
        const network = `${this.options.path}/Networks/${this.count++}`;
        this.blocks.set(network, blockOf(args[0] as Values));
        return call.answer(network);
      }
      case 'SelectNetwork':
        if (!this.blocks.has(args[0] as string)) throw new BusError(`${busName}.NetworkUnknown`, 'no such block');
        this.stop();
        this.selected = args[0] as string;
        this.tries = 0;
        this.change({ CurrentNetwork: objectPath(this.selected) });
        this.tryLater(0);
        return call.answer();
      case 'RemoveNetwork':
        if (!this.blocks.delete(args[0] as string)) throw new BusError(`${busName}.NetworkUnknown`, 'no such block');
        if (this.selected === args[0]) this.deselect();
        return call.answer();
      case 'RemoveAllNetworks':
        this.blocks.clear();
        if (this.selected !== undefined) this.deselect();
        return call.answer();
      case 'Disconnect':
        this.deselect();
        return call.answer();
      default:
        return call.answer();
    }
  }

  private properties(): Map<string, Variant> {
    return new Map<string, Variant>([
      ['State', str(this.state)],
      ['CurrentBSS', objectPath(this.currentBss)],
      ['CurrentNetwork', objectPath(this.currentNetwork)],
      [
        'BSSs',
        variant(
          'ao',
          [...this.bsss.values()].map(({ path }) => path),
        ),
      ],
      [
        'Capabilities',
        variant(
          'a{sv}',
          new Map([
            ['MaxScanSSID', int32(4)],
            ['KeyMgmt', strings(['wpa-psk', 'sae', 'none'])],
            ['Modes', strings(['infrastructure', 'ap'])],
          ]),
        ),
      ],
    ]);
  }

  private scan(call: ScriptedCall, given: Values): void {
    if (this.scanning || this.radio.isBlocked())
      throw new BusError(`${radioInterface}.ScanError`, 'Scan request rejected');
    if (this.radio.scanning) {
      call.answer();
      return this.scanEnded(false);
    }
    const channels = variantOf(given, 'Channels')?.as('a(uu)') ?? [];
    this.beginScan(channels.map(([frequency]) => frequency));
    call.answer();
  }

  private beginScan(frequencies: readonly number[], then: () => void = () => {}): void {
    this.scanning = true;
    this.afterScan = then;
    if (this.options.isDeaf()) return;
    this.cancelScan = this.options.later(frequencies.length > 0 ? scanOfKnownMs : scanMs, () => {
      this.radio.onScanned(frequencies);
      this.scanned(frequencies);
    });
  }

  endScan(): void {
    if (this.scanning) this.scanned([]);
  }

  private scanned(frequencies: readonly number[]): void {
    this.results(frequencies);
    this.scanEnded(true);
    this.afterScan();
  }

  private scanEnded(ok: boolean): void {
    this.cancelScan();
    this.scanning = false;
    this.options.emit(this.options.path, radioInterface, 'ScanDone', [ok]);
    if (this.state === 'scanning' && this.selected === undefined) this.enter('inactive');
  }

  private results(frequencies: readonly number[]): void {
    const { air, path, emit } = this.options;
    const heard = air.heard(frequencies);
    for (const ap of heard) {
      const known = this.bsss.get(ap);
      if (known) {
        emit(known.path, propertiesInterface, 'PropertiesChanged', [
          bssInterface,
          new Map([
            ['Age', uint32(0)],
            ['Signal', int16(ap.signalDbm)],
            ['Frequency', uint16(ap.frequency)],
          ]),
          [],
        ]);
        continue;
      }
      const bss = `${path}/BSSs/${this.count++}`;
      this.bsss.set(ap, { path: bss });
      emit(path, radioInterface, 'BSSAdded', [bss, bssProperties(ap)]);
    }
    for (const [ap, { path: bss }] of this.bsss) {
      if (heard.includes(ap) || bss === this.currentBss) continue;
      if (frequencies.length > 0 && !frequencies.includes(ap.frequency)) continue;
      this.bsss.delete(ap);
      emit(path, radioInterface, 'BSSRemoved', [bss]);
    }
  }

  private tryLater(ms: number): void {
    this.cancelTry();
    this.cancelTry = this.options.later(ms, () => this.attempt());
  }

  private attempt(): void {
    const block = this.selected === undefined ? undefined : this.blocks.get(this.selected);
    if (!block || this.radio.isBlocked()) return;
    const [best] = [...this.bsss.keys()]
      .filter((ap) => ap.ssid === block.ssid && isFit(ap, block))
      .sort((a, b) => b.signalDbm - a.signalDbm);
    if (!best) {
      this.enter('scanning');
      if (this.scanning) return this.tryLater(scanMs);
      if (this.radio.scanning) return this.tryLater(busyRetryMs);
      const isDeaf = this.options.isDeaf();
      this.beginScan([], () => this.tryLater(this.isHeard(block) ? 0 : scanIntervalMs));
      if (isDeaf) this.tryLater(scanIntervalMs);
      return;
    }
    const useSae = block.keyManagement.includes('SAE') && (best.security === 'sae' || best.security === 'transition');
    this.leave = this.options.air.join(best, block.passphrase, useSae, (event) => this.joined(best, useSae, event));
  }

  private isHeard(block: Block): boolean {
    return [...this.bsss.keys()].some((ap) => ap.ssid === block.ssid);
  }

  private joined(ap: AccessPoint, useSae: boolean, event: JoinEvent): void {
    const bss = this.bsss.get(ap)?.path ?? '/';
    this.radio.onFrame(event, useSae);
    switch (event.kind) {
      case 'state':
        if (event.state === 'authenticating') this.currentBss = bss;
        if (event.state === 'completed') {
          this.tries = 0;
          this.radio.onCarrier(true);
          return this.enter('completed', {
            CurrentBSS: objectPath(bss),
            CurrentAuthMode: str(useSae ? 'SAE' : 'WPA2-PSK'),
          });
        }
        return this.enter(event.state, { CurrentBSS: objectPath(bss) });
      case 'refused': {
        const name = event.state === 'authenticating' ? 'AuthStatusCode' : 'AssocStatusCode';
        this.change({ [name]: int32(event.status) });
        return this.lost(ap, {});
      }
      case 'deauthenticated':
        return this.lost(ap, { DisconnectReason: int32(event.reason) });
      case 'silent':
        return this.lost(ap, event.state === 'completed' ? { DisconnectReason: int32(localInactivity) } : {});
    }
  }

  /** And on to the next try. */
  private lost(ap: AccessPoint, change: Readonly<Record<string, Variant>>): void {
    if (this.state === 'completed') this.radio.onCarrier(false);
    this.currentBss = '/';
    this.enter('disconnected', { CurrentBSS: objectPath('/'), ...change });
    // It is looked for again.
    const bss = this.bsss.get(ap);
    if (bss && !ap.on) {
      this.bsss.delete(ap);
      this.options.emit(this.options.path, radioInterface, 'BSSRemoved', [bss.path]);
    }
    this.tryLater(retryMs[Math.min(this.tries++, retryMs.length - 1)] as number);
  }

  private deselect(): void {
    const wasIn = this.state === 'completed';
    this.selected = undefined;
    this.stop();
    this.currentBss = '/';
    this.enter('disconnected', {
      CurrentBSS: objectPath('/'),
      CurrentNetwork: objectPath('/'),
      ...(wasIn && { DisconnectReason: int32(localLeaving) }),
    });
  }

  /** Leaves the access point, or gives up trying. */
  private stop(): void {
    this.cancelTry();
    this.leave();
    if (this.state === 'completed') this.radio.onCarrier(false);
  }

  private enter(state: string, change: Readonly<Record<string, Variant>> = {}): void {
    this.state = state;
    this.change({ ...change, State: str(state) });
  }

  private change(change: Readonly<Record<string, Variant>>): void {
    const network = change.CurrentNetwork?.as('o');
    if (network !== undefined) this.currentNetwork = network;
    const { path, emit } = this.options;
    emit(path, propertiesInterface, 'PropertiesChanged', [radioInterface, new Map(Object.entries(change)), []]);
  }
}

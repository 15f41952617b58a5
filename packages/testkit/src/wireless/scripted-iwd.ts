/**
 * iwd as far as Wi-Fi of connmand knows it, on a scripted bus and in scripted air: devices, stations, networks, known networks
 * and the agent it asks. Like the real one it says little of why a connection failed.
 */
import { BusError, bool, objectPath, str, uint32, type Variant } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import type { AccessPoint, JoinEvent, ScriptedAir } from './scripted-air';
import type { ScriptedBus, ScriptedCall, ScriptedProgram } from './scripted-bus';
import type { RadioKernel } from './scripted-supplicant';

const busName = 'net.connman.iwd';
const root = '/net/connman/iwd';
const propertiesInterface = 'org.freedesktop.DBus.Properties';
const objectManager = 'org.freedesktop.DBus.ObjectManager';
const failed = `${busName}.Failed`;
const scanMs = 300;

type Interfaces = Map<string, Map<string, Variant>>;

export interface ScriptedIwdOptions {
  readonly bus: ScriptedBus;
  readonly clock: Clock;
  readonly air: ScriptedAir;
  readonly radios: () => readonly (RadioKernel & { readonly ifindex: number })[];
}

export class ScriptedIwd implements ScriptedProgram {
  /** Scans begin and do not end while this is so, or until they are ended. */
  private isDeaf = false;
  runs = false;
  private readonly options: ScriptedIwdOptions;
  private readonly devices = new Map<string, IwdStation>();
  private readonly objects = new Map<string, Interfaces>();
  /** Passphrases it keeps on disk, by known network. */
  private readonly known = new Map<string, string>();
  private agent: string | undefined;
  private life = 0;

  constructor(options: ScriptedIwdOptions) {
    this.options = options;
  }

  get deaf(): boolean {
    return this.isDeaf;
  }

  set deaf(deaf: boolean) {
    this.isDeaf = deaf;
    if (!deaf) for (const device of this.devices.values()) device.endScan(true);
  }

  start(): void {
    if (this.runs) return;
    this.runs = true;
    this.options.bus.own(busName, this);
    for (const radio of this.options.radios()) this.linkAdded(radio);
  }

  crash(): void {
    if (!this.runs) return;
    this.runs = false;
    this.life++;
    for (const device of this.devices.values()) device.stop();
    this.devices.clear();
    this.objects.clear();
    this.agent = undefined;
    this.options.bus.disown(busName);
  }

  hang(isHung: boolean): void {
    this.options.bus.hang(busName, isHung);
  }

  linkAdded(radio: RadioKernel & { readonly ifindex: number }): void {
    if (!this.runs) return;
    const adapter = `${root}/${radio.ifindex}`;
    const path = `${adapter}/${radio.ifindex}`;
    const powered = !radio.isBlocked();
    this.put(adapter, `${busName}.Adapter`, { Powered: bool(powered) });
    this.put(path, `${busName}.Device`, {
      ...{ Name: str(radio.name), Adapter: objectPath(adapter), Mode: str('station'), Powered: bool(false) },
    });
    this.devices.set(path, this.newStation(path, radio));
    if (powered) this.setPowered(path, true);
    // The switches may have changed as listeners heard of the device.
    if (powered === radio.isBlocked()) this.blockChanged();
  }

  /** A scan that another program began: what it found is taken over. */
  scannedByKernel(name: string): void {
    for (const device of this.devices.values()) if (device.radio.name === name) device.results();
  }

  /** Another program has ended the scan that is under way. */
  scanAborted(name: string): void {
    for (const device of this.devices.values()) if (device.radio.name === name) device.endScan(false);
  }

  linkGone(name: string): void {
    for (const [path, device] of this.devices) {
      if (device.radio.name !== name) continue;
      device.stop();
      this.devices.delete(path);
      for (const one of [...this.objects.keys()]) if (one.startsWith(path.replace(/\/[^/]*$/, ''))) this.take(one);
    }
  }

  blockChanged(): void {
    for (const [path, { radio }] of this.devices) {
      if (radio.isBlocked()) this.setPowered(path, false);
      this.change(path.replace(/\/[^/]*$/, ''), `${busName}.Adapter`, { Powered: bool(!radio.isBlocked()) });
    }
  }

  call(call: ScriptedCall): void {
    const { path, member, args } = call;
    if (member === 'GetManagedObjects')
      return call.answer(new Map([...this.objects].map(([at, all]) => [at, new Map(all)])));
    if (member === 'RegisterAgent') {
      this.agent = args[0] as string;
      return call.answer();
    }
    if (call.interface === propertiesInterface) return this.set(call, args as [string, string, Variant]);
    if (call.interface === `${busName}.Network`) return this.connect(call);
    if (call.interface === `${busName}.KnownNetwork`) {
      this.forget(path);
      return call.answer();
    }
    const device = this.devices.get(path);
    if (!device || !this.objects.get(path)?.has(`${busName}.Station`)) throw new BusError(`${busName}.NotFound`, path);
    device.call(call);
  }

  private set(call: ScriptedCall, [, name, value]: [string, string, Variant]): void {
    const device = this.devices.get(call.path);
    if (device && name === 'Powered') {
      const powered = value.as('b') === true;
      if (powered && device.radio.isBlocked()) throw new BusError(`${busName}.Failed`, 'rfkill');
      this.setPowered(call.path, powered);
    }
    call.answer();
  }

  private setPowered(path: string, powered: boolean): void {
    const device = this.devices.get(path);
    const isOn = this.objects.get(path)?.has(`${busName}.Station`) === true;
    if (!device || isOn === powered) return;
    this.change(path, `${busName}.Device`, { Powered: bool(powered) });
    if (powered) {
      this.put(path, `${busName}.Station`, { State: str('disconnected'), Scanning: bool(false) });
      return;
    }
    device.stop();
    for (const one of [...this.objects.keys()]) if (one.startsWith(`${path}/`)) this.take(one);
    this.objects.get(path)?.delete(`${busName}.Station`);
    this.emit('/', objectManager, 'InterfacesRemoved', [path, [`${busName}.Station`]]);
  }

  private connect(call: ScriptedCall): void {
    const path = call.path.replace(/\/[^/]*$/, '');
    const device = this.devices.get(path);
    if (!device || !this.objects.has(call.path)) throw new BusError(`${busName}.NotFound`, call.path);
    device.connect(call, call.path);
  }

  private newStation(path: string, radio: RadioKernel): IwdStation {
    const { clock, air } = this.options;
    const { life } = this;
    return new IwdStation({
      path,
      radio,
      air,
      isDeaf: () => this.deaf,
      later: (ms, act) =>
        clock.setTimer(ms, () => {
          if (this.life === life && this.devices.has(path)) act();
        }),
      change: (at, name, values) => this.change(at, name, values),
      put: (at, name, values) => this.put(at, name, values),
      take: (at) => this.take(at),
      passphraseOf: (network, given) => this.passphraseOf(network, given),
      keep: (network, passphrase) => this.keep(network, passphrase),
    });
  }

  private passphraseOf(network: string, given: (passphrase: string | undefined) => void): void {
    const kept = this.known.get(knownPath(network));
    if (kept !== undefined || /_open$/.test(network)) return given(kept ?? '');
    if (this.agent === undefined) return given(undefined);
    this.options.bus.callClient(this.agent, 'RequestPassphrase', [network], (value) =>
      given(typeof value === 'string' ? value : undefined),
    );
  }

  private keep(network: string, passphrase: string): void {
    const path = knownPath(network);
    this.known.set(path, passphrase);
    this.put(path, `${busName}.KnownNetwork`, { AutoConnect: bool(true) });
    this.change(network, `${busName}.Network`, { KnownNetwork: objectPath(path) });
  }

  private forget(path: string): void {
    this.known.delete(path);
    this.take(path);
    for (const [network, all] of this.objects) {
      const properties = all.get(`${busName}.Network`);
      if (properties?.get('KnownNetwork')?.as('o') !== path) continue;
      properties.delete('KnownNetwork');
      this.emit(network, propertiesInterface, 'PropertiesChanged', [`${busName}.Network`, new Map(), ['KnownNetwork']]);
    }
  }

  private put(path: string, name: string, values: Readonly<Record<string, Variant>>): void {
    const properties = new Map(Object.entries(values));
    const all = this.objects.get(path) ?? new Map();
    this.objects.set(path, all.set(name, properties));
    this.emit('/', objectManager, 'InterfacesAdded', [path, new Map([[name, new Map(properties)]])]);
  }

  private change(path: string, name: string, values: Readonly<Record<string, Variant>>): void {
    const properties = this.objects.get(path)?.get(name);
    if (!properties) return;
    for (const [key, value] of Object.entries(values)) properties.set(key, value);
    this.emit(path, propertiesInterface, 'PropertiesChanged', [name, new Map(Object.entries(values)), []]);
  }

  private take(path: string): void {
    const all = this.objects.get(path);
    if (!all) return;
    this.objects.delete(path);
    this.emit('/', objectManager, 'InterfacesRemoved', [path, [...all.keys()]]);
  }

  private emit(path: string, name: string, member: string, args: readonly unknown[]): void {
    this.options.bus.emit(busName, path, name, member, args);
  }
}

const knownPath = (network: string): string => `${root}/${network.slice(network.lastIndexOf('/') + 1)}`;

interface StationOptions {
  readonly path: string;
  readonly radio: RadioKernel;
  readonly air: ScriptedAir;
  readonly isDeaf: () => boolean;
  later(ms: number, act: () => void): () => void;
  change(path: string, interfaceName: string, values: Readonly<Record<string, Variant>>): void;
  put(path: string, interfaceName: string, values: Readonly<Record<string, Variant>>): void;
  take(path: string): void;
  passphraseOf(network: string, given: (passphrase: string | undefined) => void): void;
  keep(network: string, passphrase: string): void;
}

class IwdStation {
  readonly radio: RadioKernel;
  private readonly options: StationOptions;
  /** What was heard last, by path of the network. */
  private readonly heard = new Map<string, AccessPoint>();
  private attempt: ScriptedCall | undefined;
  private connected: string | undefined;
  private scanning = false;
  private cancelScan: () => void = () => {};
  private leave: () => void = () => {};

  constructor(options: StationOptions) {
    this.options = options;
    this.radio = options.radio;
  }

  stop(): void {
    this.cancelScan();
    this.scanning = false;
    this.heard.clear();
    this.disconnect();
  }

  endScan(ok: boolean): void {
    if (!this.scanning) return;
    this.cancelScan();
    if (ok) {
      this.radio.onScanned([]);
      this.results();
    }
    this.scanning = false;
    this.options.change(this.options.path, `${busName}.Station`, { Scanning: bool(false) });
  }

  call(call: ScriptedCall): void {
    switch (call.member) {
      case 'Scan':
        if (this.scanning) throw new BusError(`${busName}.InProgress`, 'Operation already in progress');
        this.scan();
        return call.answer();
      case 'Disconnect':
        this.disconnect();
        this.entered('disconnected');
        return call.answer();
      case 'GetOrderedNetworks':
        return call.answer(
          [...this.heard]
            .sort(([, a], [, b]) => b.signalDbm - a.signalDbm)
            .map(([path, { signalDbm }]) => [path, signalDbm * 100]),
        );
      case 'GetDiagnostics': {
        const ap = this.connected === undefined ? undefined : this.heard.get(this.connected);
        if (!ap) throw new BusError(`${busName}.NotConnected`, 'not connected');
        const security = ap.security === 'sae' || ap.security === 'transition' ? 'WPA3-Personal' : 'WPA2-Personal';
        return call.answer(
          new Map([
            ['ConnectedBss', str(ap.bssid)],
            ['Frequency', uint32(ap.frequency)],
            ['Security', str(security)],
          ]),
        );
      }
      default:
        throw new BusError(`${busName}.NotSupported`, call.member);
    }
  }

  connect(call: ScriptedCall, network: string): void {
    this.disconnect();
    this.attempt = call;
    this.options.passphraseOf(network, (passphrase) => {
      if (this.attempt !== call) return;
      if (passphrase === undefined) return this.fail(`${busName}.Aborted`);
      const ap = this.heard.get(network);
      if (!ap) return this.fail(`${busName}.NotFound`);
      this.entered('connecting', network);
      const useSae = ap.security === 'sae' || ap.security === 'transition';
      this.leave = this.options.air.join(ap, passphrase, useSae, (event) =>
        this.joined(network, passphrase, useSae, event),
      );
    });
  }

  private joined(network: string, passphrase: string, useSae: boolean, event: JoinEvent): void {
    this.radio.onFrame(event, useSae);
    if (event.kind === 'state') {
      if (event.state !== 'completed') return;
      this.connected = network;
      this.radio.onCarrier(true);
      this.entered('connected', network);
      this.options.keep(network, passphrase);
      this.attempt?.answer();
      this.attempt = undefined;
      return;
    }
    if (this.connected !== undefined) this.radio.onCarrier(false);
    this.connected = undefined;
    this.entered('disconnected');
    this.fail(failed);
  }

  private fail(error: string): void {
    const { attempt } = this;
    this.attempt = undefined;
    attempt?.refuse(error, 'Operation failed');
  }

  private disconnect(): void {
    this.leave();
    if (this.connected !== undefined) this.radio.onCarrier(false);
    this.connected = undefined;
    this.fail(`${busName}.Aborted`);
  }

  private entered(state: string, network = '/'): void {
    const { path, change } = this.options;
    change(path, `${busName}.Station`, { State: str(state), ConnectedNetwork: objectPath(network) });
  }

  private scan(): void {
    const { path, change, later, isDeaf } = this.options;
    this.scanning = true;
    change(path, `${busName}.Station`, { Scanning: bool(true) });
    if (isDeaf()) return;
    this.cancelScan = later(scanMs, () => this.endScan(true));
  }

  results(): void {
    const { air, path, put, take } = this.options;
    const heard = new Map(air.heard().map((ap) => [`${path}/${hex(ap.ssid)}_${typeOf(ap)}`, ap]));
    for (const [network, ap] of heard) {
      if (!this.heard.has(network)) {
        const properties = {
          Name: str(ap.ssid),
          Type: str(typeOf(ap)),
          Connected: bool(false),
          Device: objectPath(path),
        };
        put(network, `${busName}.Network`, properties);
      }
      this.heard.set(network, ap);
    }
    for (const network of [...this.heard.keys()]) {
      if (heard.has(network) || network === this.connected) continue;
      this.heard.delete(network);
      take(network);
    }
  }
}

const hex = (text: string): string => Buffer.from(text).toString('hex');
const typeOf = ({ security }: AccessPoint): string => (security === 'none' ? 'open' : 'psk');

/** bluetoothd as far as Bluetooth networks know it, on a scripted bus: one adapter, paired devices, their networks. */
import { BusError, bool, objectPath, str, strings, type Variant } from '@connman/dbus';
import type { ScriptedBus, ScriptedCall, ScriptedProgram } from '@connman/testkit';

const busName = 'org.bluez';
const nap = '00001116-0000-1000-8000-00805f9b34fb';
const properties = 'org.freedesktop.DBus.Properties';
const objectManager = 'org.freedesktop.DBus.ObjectManager';

export interface ScriptedPeer {
  readonly name: string;
  readonly address: string;
  readonly uuids?: readonly string[];
  paired?: boolean;
  /** What Connect is refused with; silent if empty. */
  fault?: string;
}

type Interfaces = Map<string, Map<string, Variant>>;

const adapterAddress = '00:AA:01:00:00:24';
const adapterPath = '/org/bluez/hci0';

export class ScriptedBluez implements ScriptedProgram {
  readonly calls: ScriptedCall[] = [];
  /** Who may join as what, and the bridge that takes them. */
  bridge: string | undefined;
  readonly peers = new Map<string, ScriptedPeer>();
  /** What setting Powered is refused with. */
  powerFault: string | undefined;
  private readonly bus: ScriptedBus;
  private readonly objects = new Map<string, Interfaces>();
  private powered = false;
  private isBlocked = false;
  private isLeftBehind = false;
  private lastBnep = -1;

  constructor(bus: ScriptedBus) {
    this.bus = bus;
  }

  start(): void {
    this.plugIn();
    this.bus.own(busName, this);
  }

  /** A connection that it had stays in the kernel, and is in the way of the next one. */
  crash(): void {
    this.isLeftBehind ||= [...this.objects.keys()].some((path) => this.isConnected(path));
    this.objects.clear();
    this.bus.disown(busName);
  }

  plugIn(): void {
    this.powered &&= !this.isBlocked;
    const adapter = new Map([
      ['Address', str(adapterAddress)],
      ['Powered', bool(this.powered)],
    ]);
    this.add(
      adapterPath,
      new Map([
        ['org.bluez.Adapter1', adapter],
        ['org.bluez.NetworkServer1', new Map()],
      ]),
    );
    for (const peer of this.peers.values()) this.addPeer(peer);
  }

  takeOut(): void {
    for (const [path, interfaces] of [...this.objects].reverse()) this.remove(path, [...interfaces.keys()]);
  }

  put(peer: ScriptedPeer): string {
    this.peers.set(peer.name, peer);
    return this.addPeer(peer);
  }

  /** The switch of the machine. */
  block(blocked: boolean): void {
    this.isBlocked = blocked;
    if (blocked) this.setPowered(false);
  }

  /** The other end ends the connection. */
  hangUp(name: string): void {
    const peer = this.peers.get(name);
    if (peer) this.disconnected(pathOf(peer));
  }

  /** Whether the kernel has a network link of the adapter. */
  hasLink(adapter: string): boolean {
    const isConnected = [...this.objects.keys()].some((path) => this.isConnected(path));
    return adapter === adapterAddress.toLowerCase() && (this.isLeftBehind || isConnected);
  }

  pair(name: string): void {
    const peer = this.peers.get(name);
    if (peer) this.change(pathOf(peer), 'org.bluez.Device1', { Paired: bool(true) });
  }

  /** Another program, or a former run, has connected. */
  connected(name: string): void {
    const peer = this.peers.get(name);
    if (!peer) return;
    const interfaceName = `bnep${++this.lastBnep}`;
    const change = { Connected: bool(true), Interface: str(interfaceName), UUID: str(nap) };
    this.change(pathOf(peer), 'org.bluez.Network1', change);
  }

  call(call: ScriptedCall): void {
    this.calls.push(call);
    const { path, interface: name, member, args } = call;
    if (name === objectManager) return call.answer(new Map(this.objects));
    if (name === properties && member === 'Set') {
      const [, , value] = args as [string, string, Variant];
      if (this.isBlocked && value.as('b')) throw new BusError('org.bluez.Error.Blocked', 'Blocked through rfkill');
      if (this.powerFault !== undefined) throw new BusError('org.bluez.Error.Failed', this.powerFault);
      call.answer();
      return this.setPowered(value.as('b') ?? false);
    }
    if (name === 'org.bluez.NetworkServer1') return this.serve(member, args, call);
    const peer = [...this.peers.values()].find((one) => pathOf(one) === path);
    if (peer && name === 'org.bluez.Device1' && member === 'Disconnect') {
      this.isLeftBehind = false;
      return call.answer();
    }
    if (!peer || name !== 'org.bluez.Network1') throw new BusError('org.freedesktop.DBus.Error.UnknownObject', path);
    if (member === 'Disconnect') return this.answerDisconnect(path, call);
    if (this.isLeftBehind) throw new BusError('org.bluez.Error.Failed', 'Input/output error');
    if (peer.fault === '') return;
    if (peer.fault !== undefined) throw new BusError('org.bluez.Error.Failed', peer.fault);
    this.connected(peer.name);
    call.answer(`bnep${this.lastBnep}`);
  }

  private serve(member: string, [uuid, bridge]: readonly unknown[], call: ScriptedCall): void {
    if (member === 'Register' && this.bridge !== undefined)
      throw new BusError('org.bluez.Error.AlreadyExists', 'Already Exists');
    this.bridge = member === 'Register' ? `${uuid} ${bridge}` : undefined;
    call.answer();
  }

  private answerDisconnect(path: string, call: ScriptedCall): void {
    const waiting = this.calls.filter((one) => one.path === path && one.member === 'Connect').at(-1);
    if (this.isConnected(path)) this.disconnected(path);
    else waiting?.refuse('org.bluez.Error.Failed', 'Operation canceled');
    call.answer();
  }

  private isConnected(path: string): boolean {
    return this.objects.get(path)?.get('org.bluez.Network1')?.get('Connected')?.as('b') === true;
  }

  private disconnected(path: string): void {
    if (!this.isConnected(path)) return;
    this.change(path, 'org.bluez.Network1', { Connected: bool(false), Interface: str(''), UUID: str('') });
  }

  private setPowered(powered: boolean): void {
    if (this.powered === powered) return;
    this.powered = powered;
    if (!powered) for (const path of this.objects.keys()) this.disconnected(path);
    this.change(adapterPath, 'org.bluez.Adapter1', { Powered: bool(powered) });
  }

  private addPeer(peer: ScriptedPeer): string {
    const { name, address, uuids = [nap], paired = true } = peer;
    const path = pathOf(peer);
    const device = new Map<string, Variant>([
      ['Adapter', objectPath(adapterPath)],
      ['Address', str(address)],
      ['Alias', str(name)],
      ['Paired', bool(paired)],
      ['UUIDs', strings(uuids)],
    ]);
    const network = new Map<string, Variant>([['Connected', bool(false)]]);
    this.add(
      path,
      new Map([
        ['org.bluez.Device1', device],
        ['org.bluez.Network1', network],
      ]),
    );
    return path;
  }

  private add(path: string, interfaces: Interfaces): void {
    this.objects.set(path, interfaces);
    this.bus.emit(busName, '/', objectManager, 'InterfacesAdded', [path, interfaces]);
  }

  private remove(path: string, names: readonly string[]): void {
    this.objects.delete(path);
    this.bus.emit(busName, '/', objectManager, 'InterfacesRemoved', [path, names]);
  }

  private change(path: string, name: string, values: Readonly<Record<string, Variant>>): void {
    const known = this.objects.get(path)?.get(name);
    if (!known) return;
    for (const [key, value] of Object.entries(values)) known.set(key, value);
    this.bus.emit(busName, path, properties, 'PropertiesChanged', [name, new Map(Object.entries(values)), []]);
  }
}

function pathOf({ address }: ScriptedPeer): string {
  return `${adapterPath}/dev_${address.replaceAll(':', '_')}`;
}

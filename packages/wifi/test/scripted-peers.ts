/** wpa_supplicant as far as Wi-Fi Direct knows it, on a scripted bus: radios, the peers that they hear, and the groups they form. */
import { bytes, int32, objectPath, str, strings, uint16, type Variant, variant } from '@connman/dbus';
import type { MacAddress } from '@connman/inet';
import type { ScriptedBus, ScriptedCall } from '@connman/testkit';
import type { WirelessLink } from '../src/links';

export const busName = 'fi.w1.wpa_supplicant1';
const root = '/fi/w1/wpa_supplicant1';
const p2p = `${busName}.Interface.P2PDevice`;
const radioPath = `${root}/Interfaces/0`;
const groupInterfacePath = `${root}/Interfaces/7`;
const groupPath = `${groupInterfacePath}/Groups/aa`;

export const wlan0: WirelessLink = { ifindex: 3, name: 'wlan0', permanentMac: '02:00:00:00:00:00' as MacAddress };

export const pathOf = (ident: string): string => `${radioPath}/Peers/${ident}`;

export class ScriptedPeers {
  /** What was called, in words; reading properties is not among it. */
  readonly calls: string[] = [];
  /** Refuses what it names. */
  refuses = '';
  canP2p = true;
  hasRadio = true;
  members: string[] = [];
  /** A group that exists before the driver comes. */
  role: 'device' | 'client' | 'GO' = 'device';
  /** Who is found by a search, and says yes to who wants a group with them. */
  near: readonly string[] = [];
  later: (ms: number, act: () => void) => void = () => {};
  readonly peers = new Map<string, Record<string, Variant>>();
  private readonly bus: ScriptedBus;

  constructor(bus: ScriptedBus) {
    this.bus = bus;
  }

  call(call: ScriptedCall): void {
    const { path, member, args } = call;
    if (member === this.refuses) return call.refuse(`${busName}.UnknownError`, 'no');
    if (member === 'GetInterface')
      return this.hasRadio && args[0] === 'wlan0' ? call.answer(radioPath) : call.refuse(`${busName}.InterfaceUnknown`);
    if (member === 'Get') return call.answer(this.property(path, args[1] as string));
    if (member === 'GetAll') return call.answer(this.properties(path, args[0] as string));
    if (member === 'Set') this.calls.push(`Set ${args[1]} ${words(args[2])}`);
    else this.calls.push([member, ...args.map(words)].join(' '));
    if (member === 'Disconnect') this.finish();
    call.answer('');
    if (member === 'Find' && this.near.length > 0) this.later(50, () => this.find());
    if (member === 'StopFind') this.emit('FindStopped');
    const { peer } = (args[0] ?? {}) as { readonly peer?: Variant };
    const [ident] = this.near.filter((one) => pathOf(one) === peer?.as('o'));
    if (member === 'Connect' && ident !== undefined) this.later(50, () => this.form('client', ident));
  }

  private find(): void {
    for (const ident of this.near) this.hear(ident);
    this.later(50, () => this.emit('FindStopped'));
  }

  private property(path: string, name: string): Variant {
    switch (name) {
      case 'Capabilities':
        return variant(
          'a{sv}',
          new Map([['Modes', strings(this.canP2p ? ['infrastructure', 'p2p'] : ['infrastructure'])]]),
        );
      case 'Interfaces':
        return variant('ao', this.role === 'device' ? [radioPath] : [radioPath, groupInterfacePath]);
      case 'Peers':
        return variant('ao', [...this.peers.keys()]);
      case 'Members':
        return variant('ao', this.members);
      case 'PeerGO':
        return objectPath(this.members[0] ?? '/');
      default:
        return str(path === groupInterfacePath ? 'p2p-wlan0-0' : 'wlan0');
    }
  }

  private properties(path: string, of: string): Map<string, Variant> {
    if (of === p2p) {
      return new Map([
        ['Role', str(this.role)],
        ['Group', objectPath(groupPath)],
      ]);
    }
    return new Map(Object.entries(this.peers.get(path) ?? {}));
  }

  /** A peer is heard. Methods: 0x0080 is the button. */
  hear(ident: string, properties: Record<string, Variant> = {}): void {
    const usual = { DeviceName: str(`Peer ${ident}`), config_method: uint16(0x0188), level: int32(-50) };
    this.peers.set(pathOf(ident), { ...usual, ...properties });
    this.emit('DeviceFound', pathOf(ident));
  }

  emit(member: string, ...args: unknown[]): void {
    this.bus.emit(busName, radioPath, p2p, member, args);
  }

  /** The group that was asked for is formed. */
  form(role: 'client' | 'GO', ...members: string[]): void {
    this.members = members.map(pathOf);
    this.emit('GroupStarted', this.ofGroup(role));
  }

  finish(): void {
    this.emit('GroupFinished', this.ofGroup('client'));
  }

  leaves(ident: string): void {
    this.members = this.members.filter((path) => path !== pathOf(ident));
    this.bus.emit(busName, groupPath, `${busName}.Group`, 'PeerDisconnected', [pathOf(ident)]);
  }

  radioGoes(goes: boolean): void {
    this.hasRadio = !goes;
    if (goes) this.bus.emit(busName, root, busName, 'InterfaceRemoved', [radioPath]);
    else this.bus.emit(busName, root, busName, 'InterfaceAdded', [radioPath, new Map([['Ifname', str('wlan0')]])]);
  }

  private ofGroup(role: string): Map<string, Variant> {
    return new Map([
      ['interface_object', objectPath(groupInterfacePath)],
      ['group_object', objectPath(groupPath)],
      ['role', str(role)],
    ]);
  }
}

export const displayElements = bytes(Uint8Array.of(0, 0, 6));

/** Of variants and what they are in, as short as tests want it. */
function words(value: unknown): string {
  const plain = (_key: string, inner: unknown): unknown => {
    if (inner instanceof Uint8Array) return Buffer.from(inner).toString('hex');
    if (inner instanceof Map) return Object.fromEntries(inner);
    const { signature, value: held } = (inner ?? {}) as { signature?: string; value?: unknown };
    return signature === undefined ? inner : plain(_key, held);
  };
  return typeof value === 'string' ? value.replace(/^.*\//, '') : JSON.stringify(value, plain);
}

/** One connection of connman-vpnd as its signals tell it, and as the network that connmand makes a service of. */
import {
  type DeviceId,
  type NetworkFact,
  type NetworkId,
  type NetworkLink,
  networkId,
  type VpnFacts,
} from '@connman/contracts';
import { str, type Variant } from '@connman/dbus';
import { type IpAddress, parseIp } from '@connman/inet';
import { providedIp } from './provided-ip';

export class MirroredConnection {
  readonly id: NetworkId;
  readonly ident: string;
  /** connmand has told it to end, and it has not ended yet. */
  isLeaving = false;
  /** connmand has taken up an attempt that another client's call made. */
  isJoined = false;
  private readonly device: DeviceId;
  private properties: ReadonlyMap<string, Variant>;
  /** The last that connmand made; 0 if it came up without it. */
  private lastAttempt = 0;
  private wasUp = false;
  private isCalling = false;
  /** The answer to connmand's call came before the state that it stands for. */
  private isAhead = false;

  constructor(device: DeviceId, ident: string, properties: ReadonlyMap<string, Variant>) {
    this.device = device;
    this.ident = ident;
    this.id = networkId(`${device}/${ident}`);
    this.properties = properties;
  }

  get attempt(): number {
    return this.lastAttempt;
  }

  get state(): string {
    return this.text('State');
  }

  /** Its properties belong together: those of a tunnel that comes up precede its state, and of one that is up the link is there. */
  get isWhole(): boolean {
    return this.state === 'ready' ? this.properties.has('Index') : this.state !== 'configuration';
  }

  get host(): string {
    return this.text('Host');
  }

  get name(): string {
    return this.text('Name') || this.ident;
  }

  /** The addresses the tunnel's own packets go to; undefined if the daemon does not say. */
  get announcedServers(): readonly IpAddress[] | undefined {
    const texts = this.properties.get('ServerAddresses')?.as('as');
    return texts?.map(parseIp).filter((address) => address !== undefined);
  }

  begin(attempt: number): void {
    this.lastAttempt = attempt;
    this.isAhead = false;
    if (this.isOver) this.isLeaving = false;
    this.isJoined = false;
  }

  /** connmand's call to connect it is on its way. */
  called(): void {
    this.isCalling = true;
  }

  refused(): void {
    this.isCalling = false;
    if (!this.isUnderWay) this.lastAttempt = 0;
  }

  /** ConnMan's daemon may answer that WireGuard is connected before it says that it connects: what follows is connmand's. */
  accepted(): void {
    this.isCalling = false;
    this.isAhead = !this.isUnderWay;
    if (this.isAhead) this.isJoined = true;
  }

  /** It was ended for connmand. ConnMan's daemon does not signal that of WireGuard. */
  left(): void {
    if (this.isLeaving) this.set('State', str('idle'));
    this.isLeaving = false;
  }

  /** On its way or up, and not to end: what is wanted of it. */
  get isUnderWay(): boolean {
    return !this.isLeaving && (this.state === 'ready' || this.state === 'configuration');
  }

  private get isOver(): boolean {
    return this.state === 'idle' || this.state === 'failure';
  }

  /** As it was read again: what is not up any more was not ended on purpose, but lost with the daemon. */
  replace(properties: ReadonlyMap<string, Variant>): void {
    this.properties = properties;
    if (this.state !== 'ready') this.wasUp = false;
  }

  /** What is gone is told as an empty value. */
  set(name: string, value: Variant): void {
    const properties = new Map(this.properties).set(name, value);
    const isGone = (value.as('i') ?? 0) < 0 || value.as('a{sv}')?.size === 0;
    if (isGone) properties.delete(name);
    this.properties = properties;
  }

  fact(servers: readonly IpAddress[]): NetworkFact {
    const link = this.link(servers);
    if (this.isOver) this.isLeaving = false;
    this.wasUp = link.kind === 'up';
    // What begins next is another client's, unless connmand has called already.
    if (link.kind !== 'idle' || this.state === 'failure') this.isAhead = false;
    if (link.kind === 'idle' && !this.isCalling && !this.isAhead) this.lastAttempt = 0;
    const vpn = {
      type: this.text('Type'),
      host: this.host,
      domain: this.text('Domain'),
      splitRouting: this.properties.get('SplitRouting')?.as('b') ?? false,
      immutable: this.properties.get('Immutable')?.as('b') ?? false,
      ...(this.killSwitch && { killSwitch: this.killSwitch }),
    };
    return { id: this.id, device: this.device, group: this.ident, name: this.name, vpn, link };
  }

  private get killSwitch(): VpnFacts['killSwitch'] {
    const text = this.text('KillSwitch');
    if (text === 'local') return 'local';
    return text === 'true' ? 'strict' : undefined;
  }

  private link(servers: readonly IpAddress[]): NetworkLink {
    const { state, lastAttempt: attempt } = this;
    if (state === 'configuration' && this.isUnderWay) return { kind: 'associating', attempt };
    const ifindex = this.properties.get('Index')?.as('i');
    if (state === 'ready' && this.isUnderWay && ifindex !== undefined)
      return { kind: 'up', attempt, ifindex, provided: providedIp(this.properties, servers) };
    if (state === 'failure') return { kind: 'idle', loss: { cause: 'by-peer', reason: 'the VPN connection failed' } };
    if (this.isLeaving) return { kind: 'idle' };
    const isEndedElsewhere = this.wasUp && state !== 'ready';
    return isEndedElsewhere
      ? { kind: 'idle', loss: { cause: 'by-user', reason: 'another program disconnected it' } }
      : { kind: 'idle' };
  }

  private text(name: string): string {
    return this.properties.get(name)?.as('s') ?? '';
  }
}

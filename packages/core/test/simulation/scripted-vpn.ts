/** A driver of tunnels whose servers are the test: each connection comes up with what it was given. */
import {
  type AssociationError,
  deviceId,
  type NetworkId,
  type NetworkLink,
  networkId,
  type ProvidedIp,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
  type VpnFacts,
} from '@connman/contracts';
import { type IpAddress, type MacAddress, parseIp, parsePrefix } from '@connman/inet';
import type { Clock } from '@connman/ports';
import type { FakeKernel } from '@connman/testkit';

export interface Tunnel {
  readonly name: string;
  readonly link: string;
  /** With its prefix length. */
  readonly address: string;
  /** `default` for all traffic. */
  readonly routes?: readonly string[];
  readonly servers?: readonly string[];
  readonly nameservers?: readonly string[];
  readonly domains?: readonly string[];
  readonly immutable?: boolean;
  readonly killSwitch?: 'strict' | 'local';
}

interface Known {
  readonly tunnel: Tunnel;
  routes: readonly string[];
  link: NetworkLink;
  ifindex?: number;
}

const device = deviceId('vpn:scripted');

export class ScriptedVpn implements TechnologyDriver {
  readonly name = 'vpn';
  readonly type = 'vpn' as const;
  readonly commands: TechnologyCommand[] = [];
  /** What the next attempts end with. */
  refusal: { readonly error: AssociationError; readonly isCanceled?: true } | undefined;
  handshakeMs = 100;
  /** `start` reports nothing; `speak` does. */
  silentAtStart = false;
  private readonly kernel: FakeKernel;
  private readonly clock: Clock;
  private readonly known = new Map<NetworkId, Known>();
  private listener: (event: TechnologyEvent) => void = () => {};

  constructor(kernel: FakeKernel, clock: Clock) {
    this.kernel = kernel;
    this.clock = clock;
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    if (!this.silentAtStart) this.speak();
  }

  speak(): void {
    this.listener({ kind: 'up' });
    const can = { scan: false, activeSsids: 0, tether: false };
    this.listener({
      kind: 'device',
      device: { id: device, type: 'vpn', ident: 'vpn', interfaceName: '', powered: true, can },
    });
    for (const [id, known] of this.known) {
      // What it had up it did not bring up for this daemon.
      if (known.link.kind === 'up') known.link = { ...known.link, attempt: 0 };
      this.report(id);
    }
  }

  close(): void {}

  put(tunnel: Tunnel): void {
    const id = networkId(`${device}/${tunnel.name}`);
    this.known.set(id, { tunnel, routes: tunnel.routes ?? [], link: { kind: 'idle' } });
    this.report(id);
  }

  /** Its settings are other ones now. */
  change(name: string, settings: { readonly [K in keyof Tunnel]?: Tunnel[K] | undefined }): void {
    const id = networkId(`${device}/${name}`);
    const known = this.known.get(id);
    if (known) this.known.set(id, { ...known, tunnel: { ...known.tunnel, ...settings } as Tunnel });
    this.report(id);
  }

  /** The connection is removed for good. */
  remove(name: string): void {
    const id = networkId(`${device}/${name}`);
    this.takeDown(id, { kind: 'idle' });
    this.known.delete(id);
    this.listener({ kind: 'networks', changed: [], gone: [id] });
  }

  /** The program behind the driver is gone; `speak` brings it back. */
  crash(): void {
    this.listener({ kind: 'down', reason: 'its program has ended' });
  }

  /** Another program connects it, or ends it. */
  byAnother(name: string, up: boolean): void {
    const id = networkId(`${device}/${name}`);
    if (up) this.bringUp(id, 0);
    else this.takeDown(id, { kind: 'idle', loss: { cause: 'by-user', reason: 'another program disconnected it' } });
  }

  lose(name: string): void {
    this.takeDown(networkId(`${device}/${name}`), { kind: 'idle', loss: { cause: 'by-peer', reason: 'it failed' } });
  }

  command(command: TechnologyCommand): void {
    this.commands.push(command);
    if (command.kind === 'associate') this.associate(command.network, command.attempt);
    if (command.kind === 'dissociate') this.takeDown(command.network, { kind: 'idle' });
    if (command.kind === 'set-split-routing') {
      const known = this.known.get(command.network);
      if (known) known.routes = command.split ? known.routes.filter((to) => to !== 'default') : ['default'];
      this.refresh(command.network);
    }
  }

  private associate(network: NetworkId, attempt: number): void {
    const known = this.known.get(network);
    if (!known) return;
    known.link = { kind: 'associating', attempt };
    this.report(network);
    this.clock.setTimer(this.handshakeMs, () => {
      const { refusal } = this;
      if (!refusal) return this.bringUp(network, attempt);
      known.link = { kind: 'idle' };
      this.report(network);
      this.listener({ kind: 'failed', network, attempt, reason: 'refused', ...refusal });
    });
  }

  private bringUp(id: NetworkId, attempt: number): void {
    const known = this.known.get(id);
    if (!known) return;
    known.ifindex ??= this.kernel.createLink({
      name: known.tunnel.link,
      mac: '' as MacAddress,
      hardwareType: 65534,
      kind: 'tun',
      up: true,
    });
    known.link = { kind: 'up', attempt, ifindex: known.ifindex, provided: providedOf(known) };
    this.report(id);
  }

  private refresh(id: NetworkId): void {
    const known = this.known.get(id);
    if (known?.link.kind === 'up') known.link = { ...known.link, provided: providedOf(known) };
    this.report(id);
  }

  private takeDown(id: NetworkId, link: NetworkLink): void {
    const known = this.known.get(id);
    if (!known) return;
    if (known.ifindex !== undefined) this.kernel.removeLink(known.ifindex);
    delete known.ifindex;
    known.link = link;
    this.report(id);
  }

  private report(id: NetworkId): void {
    const known = this.known.get(id);
    if (!known) return;
    const { name, immutable = false, killSwitch } = known.tunnel;
    const split = known.link.kind === 'up' && !known.routes.includes('default');
    const vpn: VpnFacts = {
      type: 'openvpn',
      host: 'vpn.example',
      domain: '',
      splitRouting: split,
      immutable,
      ...(killSwitch && { killSwitch }),
    };
    const fact = { id, device, group: name, name, vpn, link: known.link };
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
  }
}

function providedOf({ tunnel, routes }: Known): ProvidedIp {
  const own = parsePrefix(tunnel.address);
  if (!own) throw new Error(`${tunnel.address} is no address with a prefix length`);
  const addresses = (texts: readonly string[] = []) => texts.map(parseIp).filter((one): one is IpAddress => !!one);
  const any = own.address.includes(':') ? '::/0' : '0.0.0.0/0';
  return {
    addresses: [{ address: own.address, prefixLength: own.length }],
    routes: routes.flatMap((text) => {
      const destination = parsePrefix(text === 'default' ? any : text);
      return destination ? [{ destination }] : [];
    }),
    nameservers: addresses(tunnel.nameservers),
    domains: tunnel.domains ?? [],
    mtu: 0,
    servers: addresses(tunnel.servers ?? ['203.0.113.1']),
  };
}

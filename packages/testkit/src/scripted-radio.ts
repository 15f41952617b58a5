/**
 * A technology driver whose air is the test: one radio, networks that come and go, access points that accept, refuse or say
 * nothing. It keeps the driver contract (contracts/src/technology.ts) as a real one does.
 */
import type { Secret } from '@connman/base';
import {
  type Associate,
  type AssociationError,
  type DeviceFact,
  type DeviceId,
  deviceId,
  type LinkLoss,
  type NetworkFact,
  type NetworkId,
  type NetworkLink,
  type NetworkSecurity,
  networkId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { Clock } from '@connman/ports';

export interface RadioOptions {
  readonly clock: Clock;
  readonly interfaceName: string;
  readonly ifindex: number;
  readonly mac: MacAddress;
  /** The driver's name; one driver may have several radios only if their names differ. */
  readonly driver?: string;
  /** The link gets its carrier with the network, and loses it with it. */
  readonly onCarrier: (carrier: boolean) => void;
}

/** An access point, as good as a network here: what it takes to get in, and what it does. */
export interface AirNetwork {
  readonly name: string;
  readonly security?: NetworkSecurity;
  /** The right one; every one is right if absent. */
  passphrase?: string;
  strength?: number;
  frequency?: number;
  /** It answers to its name alone. */
  readonly hidden?: boolean;
  /** Refuses with this error, or says nothing. */
  fault?: AssociationError | 'silence';
}

interface Known extends AirNetwork {
  link: NetworkLink;
}

const associationMs = 80;
const scanMs = 120;
const timeOutMs = 10_000;

export class ScriptedRadio implements TechnologyDriver {
  readonly name: string;
  readonly type = 'wifi' as const;
  /** All commands, in order. */
  readonly commands: TechnologyCommand[] = [];
  readonly device: DeviceId;
  powered = false;
  /** It can be an access point; the test says with `share` whether it is. */
  canTether = false;
  /** Scans do not end. */
  deaf = false;
  private readonly options: RadioOptions;
  private listener: (event: TechnologyEvent) => void = () => {};
  /** What could be heard, by name; what was heard at the last scan is in `heard`. */
  private readonly air = new Map<string, AirNetwork>();
  private readonly heard = new Map<NetworkId, Known>();
  private cancelAttempt: () => void = () => {};
  /** The groups in which its channels are scanned; it does not say which it has if empty. */
  scanSteps: readonly (readonly number[])[] = [];
  private cancelScan: () => void = () => {};
  /** Its program runs. */
  works = false;

  constructor(options: RadioOptions) {
    this.options = options;
    this.name = options.driver ?? 'radio';
    this.device = deviceId(`${this.name}/${options.interfaceName}`);
  }

  start(): void {
    this.works = true;
    this.emit({ kind: 'up' });
    this.reportDevice();
    // The attempt was another daemon's.
    for (const known of this.heard.values()) if (known.link.kind === 'up') known.link = { ...known.link, attempt: 0 };
    const changed = [...this.heard.values()].map((known) => this.factOf(known));
    if (changed.length > 0) this.emit({ kind: 'networks', changed, gone: [] });
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  close(): void {
    this.works = false;
  }

  // The test's side.

  /** A network that can be heard from the next scan on. */
  put(network: AirNetwork): AirNetwork {
    this.air.set(network.name, network);
    return network;
  }

  /** It is silent from now on; a station in it notices at once. */
  remove(name: string): void {
    this.air.delete(name);
    const id = this.idOf(name);
    if (this.heard.get(id)?.link.kind === 'up') {
      this.lose(name, { cause: 'out-of-range', reason: 'no beacons' });
    }
  }

  /** A network that was heard ends the association. */
  lose(name: string, loss: LinkLoss): void {
    const known = this.heard.get(this.idOf(name));
    if (known?.link.kind !== 'up') return;
    this.options.onCarrier(false);
    this.change(known, { kind: 'idle', loss });
  }

  /** The program behind the driver crashes; `start` brings it back. */
  crash(): void {
    this.works = false;
    this.cancelAttempt();
    if ([...this.heard.values()].some(({ link }) => link.kind === 'up')) this.options.onCarrier(false);
    this.heard.clear();
    this.powered = false;
    this.emit({ kind: 'down', reason: 'its program has ended' }, true);
  }

  /** Reports something out of turn. */
  emit(event: TechnologyEvent, isLast = false): void {
    if (this.works || isLast) this.listener(event);
  }

  idOf(name: string): NetworkId {
    return networkId(`${this.device}/${name}`);
  }

  /** Names of the networks that are up; one at most. */
  get joined(): string[] {
    return [...this.heard.values()].filter(({ link }) => link.kind === 'up').map(({ name }) => name);
  }

  /** The last attempt's number. */
  get lastAttempt(): number {
    return this.commands.filter((one): one is Associate => one.kind === 'associate').at(-1)?.attempt ?? 0;
  }

  // The driver's side.

  command(command: TechnologyCommand): void {
    this.commands.push(command);
    if (!this.works) return;
    switch (command.kind) {
      case 'set-powered':
        this.soon(20, () => this.setPowered(command.powered));
        return;
      case 'scan':
        if (this.deaf) return;
        this.cancelScan = this.soon(scanMs, () => this.scanned(command.ssids, command.frequencies));
        return;
      case 'stop-scan':
        this.cancelScan();
        return this.emit({ kind: 'scan-done', device: this.device, ok: false });
      case 'associate':
        return this.associate(command);
      case 'dissociate':
        return this.leave(command.network);
      default:
        return;
    }
  }

  private soon(delayMs: number, act: () => void): () => void {
    return this.options.clock.setTimer(delayMs, () => this.works && act());
  }

  private setPowered(powered: boolean): void {
    if (this.powered === powered) return;
    this.powered = powered;
    if (!powered) {
      this.cancelAttempt();
      const gone = [...this.heard.keys()];
      if (this.joined.length > 0) this.options.onCarrier(false);
      this.heard.clear();
      this.emit({ kind: 'networks', changed: [], gone });
    }
    this.reportDevice();
  }

  /** The radio is on the air as an access point with these stations; undefined: it is not. */
  share(stations: readonly MacAddress[] | undefined): void {
    const { device, options } = this;
    const on = stations !== undefined;
    this.emit({ kind: 'tethering', device, on, ...(on && { ifindex: options.ifindex }) });
    if (stations) this.emit({ kind: 'stations', device, macs: stations });
  }

  reportDevice(): void {
    const { interfaceName, ifindex, mac } = this.options;
    const steps = this.scanSteps.length > 0 && { scanSteps: this.scanSteps };
    const device: DeviceFact = {
      id: this.device,
      type: 'wifi',
      ident: mac.replaceAll(':', ''),
      interfaceName,
      ifindex,
      powered: this.powered,
      can: { scan: true, activeSsids: 4, tether: this.canTether, ...steps },
    };
    this.emit({ kind: 'device', device });
  }

  private scanned(ssids: readonly string[], frequencies: readonly number[]): void {
    const isHeard = ({ name, hidden, frequency = 2412 }: AirNetwork) =>
      (!hidden || ssids.includes(hex(name))) && (frequencies.length === 0 || frequencies.includes(frequency));
    const changed = [...this.air.values()].filter(isHeard).map((network) => {
      const id = this.idOf(network.name);
      // An attempt under way keeps hold of the entry.
      const known = Object.assign(this.heard.get(id) ?? { link: { kind: 'idle' } }, network) as Known;
      // What was lost and is heard again is just idle.
      if (known.link.kind === 'idle') known.link = { kind: 'idle' };
      this.heard.set(id, known);
      return known;
    });
    const gone: NetworkId[] = [];
    for (const [id, { name, frequency = 2412, link }] of this.heard) {
      if (this.air.has(name) || link.kind !== 'idle') continue;
      if (frequencies.length > 0 && !frequencies.includes(frequency)) continue;
      this.heard.delete(id);
      gone.push(id);
    }
    this.emit({ kind: 'networks', changed: changed.map((known) => this.factOf(known)), gone });
    this.emit({ kind: 'scan-done', device: this.device, ok: true });
  }

  private associate({ network, attempt, profile }: Associate): void {
    const known = this.heard.get(network);
    this.cancelAttempt();
    for (const other of this.heard.values()) {
      if (other.link.kind === 'idle') continue;
      if (other.link.kind === 'up') this.options.onCarrier(false);
      this.change(other, { kind: 'idle', loss: { cause: 'local', reason: 'left for another network' } });
    }
    if (!known || !this.powered) return this.fail(network, attempt, 'connect-failed', 'the network is not known');
    this.change(known, { kind: 'associating', attempt });
    const air = this.air.get(known.name);
    // It has heard of no WPA3.
    const verdict = air && (profile.atLeast === 'sae' ? 'connect-failed' : verdictOf(air, profile.passphrase));
    const delayMs = !air || verdict === 'silence' ? timeOutMs : associationMs;
    this.cancelAttempt = this.options.clock.setTimer(delayMs, () => {
      this.cancelAttempt = () => {};
      if (!this.works) return;
      const now = this.air.get(known.name);
      if (!now) return this.refuse(known, attempt, 'out-of-range', 'no answer to the probe');
      if (verdict === 'silence')
        return this.refuse(known, attempt, 'connect-failed', 'no answer to the authentication');
      if (verdict) return this.refuse(known, attempt, verdict, `refused: ${verdict}`);
      this.options.onCarrier(true);
      this.change(known, { kind: 'up', attempt, ifindex: this.options.ifindex });
    });
  }

  private refuse(known: Known, attempt: number, error: AssociationError, reason: string): void {
    this.change(known, { kind: 'idle' });
    this.fail(this.idOf(known.name), attempt, error, reason);
  }

  private fail(network: NetworkId, attempt: number, error: AssociationError, reason: string): void {
    this.emit({ kind: 'failed', network, attempt, error, reason });
  }

  private leave(network: NetworkId): void {
    const known = this.heard.get(network);
    if (!known || known.link.kind === 'idle') return;
    this.cancelAttempt();
    if (known.link.kind === 'up') this.options.onCarrier(false);
    this.change(known, { kind: 'idle' });
  }

  private change(known: Known, link: NetworkLink): void {
    known.link = link;
    this.emit({ kind: 'networks', changed: [this.factOf(known)], gone: [] });
  }

  private factOf({ name, security = 'none', strength = 70, frequency = 2412, link }: Known): NetworkFact {
    const ssid = hex(name);
    return {
      id: this.idOf(name),
      device: this.device,
      group: `${ssid}_managed_${security}`,
      name,
      strength,
      wifi: { ssid, security, offers: [], frequency, bssid: '02:00:00:00:ff:01' as MacAddress },
      link,
    };
  }
}

const hex = (text: string): string => Buffer.from(text).toString('hex');

function verdictOf(
  { fault, passphrase }: AirNetwork,
  given: Secret | undefined,
): AssociationError | 'silence' | undefined {
  if (fault) return fault;
  return passphrase !== undefined && given?.reveal() !== passphrase ? 'invalid-key' : undefined;
}

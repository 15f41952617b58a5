/**
 * One radio behind wpa_supplicant, as a machine: events in, calls and reports out. Here are its interface, its scans and its
 * list of networks; joining one is in station.ts, being an access point in hotspot.ts.
 */
import type { DeviceFact, TechnologyCommand, TechnologyEvent } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import { type ScanPolicy, usualScanning } from '../back-end';
import type { RadioLink } from '../links';
import type { Bss } from '../radio/networks';
import { NetworkReport } from '../radio/report';
import { Hotspot } from './hotspot';
import type { InterfaceAbilities, RadioEffect, RadioEvent, RadioTimer, SupplicantCall } from './messages';
import { Station } from './station';

/** A scan of all channels takes up to 10 s on slow radios. */
const scanMs = 15_000;
/** Between attempts to get the interface from wpa_supplicant. */
const createAgainMs = 5000;
/** A BSS that was heard so many seconds ago was heard by the scan that has just ended. */
export const freshSeconds = 1;

type Scan = SupplicantCall & { method: 'scan' };

const noAbilities: InterfaceAbilities = {
  maxScanSsids: 0,
  sae: false,
  owe: false,
  fastTransition: false,
  sha256: false,
  suiteB192: false,
  accessPoint: false,
  p2p: false,
};

export class Radio {
  readonly link: RadioLink;
  readonly bsss = new Map<string, Bss>();
  abilities = noAbilities;
  scanSteps: readonly (readonly number[])[] = [];
  private effects: RadioEffect[] = [];
  private numbers = 0;
  private readonly pending = new Map<number, (answer: RadioEvent & { kind: 'answered' | 'refused' }) => void>();
  private readonly report: NetworkReport;
  private readonly station: Station;
  private readonly hotspot: Hotspot;
  private wanted = false;
  private path = '';
  private blocked = false;
  private disabled = false;
  /** The scan under way. */
  private scanning: Scan | undefined;
  /** The same, to be made once more when the one in its way has ended. */
  private nextScan: Scan | undefined;
  private isSecondScan = false;
  /** What was reported of the device last. */
  private reported: (Pick<DeviceFact, 'powered'> & Pick<Radio, 'abilities' | 'scanSteps'>) | undefined;
  readonly scanPolicy: ScanPolicy;

  constructor(link: RadioLink, scanPolicy = usualScanning) {
    this.link = link;
    this.scanPolicy = scanPolicy;
    this.report = new NetworkReport(link.id);
    this.station = new Station(this);
    this.hotspot = new Hotspot(this);
  }

  /** The radio as it is now; `present`: wpa_supplicant has its interface already, as another run left it. */
  start(blocked: boolean): RadioEffect[] {
    this.blocked = blocked;
    this.reportDevice();
    return this.flush();
  }

  step(event: RadioEvent): RadioEffect[] {
    this.handle(event);
    this.reportDevice();
    return this.flush();
  }

  /** The radio is no more, or wpa_supplicant is gone: what was reported no longer holds. */
  end(): RadioEffect[] {
    this.hotspot.end();
    this.interfaceGone();
    this.emit({ kind: 'device-gone', device: this.link.id });
    return this.flush();
  }

  get hasInterface(): boolean {
    return this.path !== '';
  }

  /** A scan that connmand asked for is under way. */
  get isScanning(): boolean {
    return this.scanning !== undefined;
  }

  private handle(event: RadioEvent): void {
    switch (event.kind) {
      case 'command':
        return this.command(event.command);
      case 'interface':
        return this.interfaceThere(event);
      case 'interface-gone':
        return this.interfaceGone();
      case 'changed': {
        const { state } = event.change;
        if (state !== undefined) this.disabled = state === 'interface_disabled';
        // The kernel has ended it, and wpa_supplicant may not say so.
        if (this.disabled) this.endScan(false);
        if (this.hotspot.active) return this.hotspot.changed(event.change);
        return this.station.changed(event.change);
      }
      case 'bss':
        this.bsss.set(event.path, event.bss);
        if (event.age <= freshSeconds) this.station.heard(event.bss);
        return;
      case 'bss-gone':
        this.bsss.delete(event.path);
        return;
      case 'scan-done':
        this.reportNetworks();
        if (this.nextScan) this.scanAgain();
        else if (event.ok) this.endScan(true);
        else this.scanRefused('it was ended');
        return this.station.scanDone();
      case 'no-scan':
        return this.endScan(false);
      case 'air':
        if (event.event.kind === 'scanned') return this.scanAgain();
        return this.station.signal(event);
      case 'blocked':
        this.blocked = event.blocked;
        if (event.blocked) this.endScan(false);
        return;
      case 'answered':
      case 'refused': {
        const done = this.pending.get(event.call);
        this.pending.delete(event.call);
        return done?.(event);
      }
      case 'station':
        return this.hotspot.station(event.mac, event.joined);
      case 'timer':
        return this.timer(event.timer);
      default:
        return this.station.signal(event);
    }
  }

  private command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered':
        return this.setPowered(command.powered);
      case 'scan':
        return this.scan(command.ssids, command.frequencies);
      case 'stop-scan':
        if (this.scanning) this.call({ method: 'abort-scan' });
        return this.endScan(false);
      case 'associate':
        return this.station.associate(command);
      case 'dissociate':
        return this.station.dissociate(command.network);
      case 'answer-input':
        return this.station.answerInput(command);
      case 'set-tethering':
        return this.hotspot.set(command.access, command.bridge ?? '');
      case 'set-country':
        return this.call({ method: 'set', property: 'Country', value: command.country });
    }
  }

  private setPowered(powered: boolean): void {
    this.wanted = powered;
    if (powered) {
      if (!this.hasInterface) this.create();
      return;
    }
    this.cancel('create');
    this.hotspot.end();
    if (!this.hasInterface) return;
    this.call({ method: 'remove-interface' });
    this.interfaceGone();
  }

  private create(bridge?: string): void {
    this.ask({ method: 'create-interface', ...(bridge === undefined ? {} : { bridge }) }, (answer) => {
      if (answer.kind === 'answered' || !this.wanted || this.hasInterface) return;
      this.log('warning', `wpa_supplicant does not take ${this.link.name}: ${answer.text}; trying again in 5 s`);
      this.setTimer('create', createAgainMs);
    });
  }

  private interfaceThere(event: RadioEvent & { kind: 'interface' }): void {
    this.wanted = true;
    this.path = event.path;
    this.abilities = event.abilities;
    this.scanSteps = event.scanSteps;
    this.disabled = event.state.state === 'interface_disabled';
    this.cancel('create');
    this.bsss.clear();
    for (const [path, bss] of event.bsss) this.bsss.set(path, bss);
    // Both ways to derive the SAE element; a scan's result may be used for as long as the list that the user sees.
    this.call({ method: 'set', property: 'SaePwe', value: '2' });
    this.call({ method: 'set', property: 'ScanResValidForConnect', value: '20' });
    if (this.scanPolicy.randomAddress) this.randomizeScans();
    this.station.address.has(event.address, event.ownAddress);
    this.reportDevice();
    if (this.hotspot.active) return this.hotspot.interfaceThere();
    this.station.adopt(event.state);
    this.reportNetworks();
  }

  private randomizeScans(): void {
    this.ask({ method: 'randomize-scans' }, (answer) => {
      if (answer.kind === 'refused')
        this.log('warning', `${this.link.name}: scans show the radio's own address: ${answer.text}`);
    });
  }

  private interfaceGone(): void {
    this.path = '';
    this.disabled = false;
    this.pending.clear();
    this.bsss.clear();
    this.endScan(false);
    this.station.interfaceGone();
    const gone = this.report.clear();
    if (gone) this.emit(gone);
    this.hotspot.interfaceGone();
  }

  private scan(ssids: readonly string[], frequencies: readonly number[]): void {
    const device = this.link.id;
    if (!this.hasInterface || this.hotspot.active || this.station.isJoining)
      return this.emit({ kind: 'scan-done', device, ok: false });
    // One at a time: the results of the running one answer both.
    if (this.scanning) return;
    this.setTimer('scan', scanMs);
    const byName = ssids.slice(0, Math.max(0, this.abilities.maxScanSsids - 1));
    this.startScan({ method: 'scan', ssids: byName, frequencies });
  }

  private startScan(call: Scan): void {
    this.scanning = call;
    this.ask(call, (answer) => {
      if (answer.kind === 'refused') this.scanRefused(answer.text);
    });
  }

  /**
   * A scan that is in the way is ended, once: wpa_supplicant's own one is of all channels while ours may be of two; one of another
   * program, or of a wpa_supplicant that was killed, goes on in the kernel for many seconds.
   */
  private scanRefused(reason: string): void {
    const { scanning, station } = this;
    if (!scanning) return;
    this.log('debug', `${this.link.name}: scan refused: ${reason}`);
    if (this.isSecondScan || !(station.busyScanning || station.isFree)) return this.endScan(false);
    this.nextScan = scanning;
    if (station.busyScanning) this.call({ method: 'abort-scan' });
    else this.effects.push({ kind: 'end-foreign-scan' });
  }

  private scanAgain(): void {
    const { nextScan } = this;
    if (!nextScan) return;
    this.nextScan = undefined;
    this.isSecondScan = true;
    this.startScan(nextScan);
  }

  private endScan(ok: boolean): void {
    if (!this.scanning) return;
    this.scanning = undefined;
    this.nextScan = undefined;
    this.isSecondScan = false;
    this.cancel('scan');
    this.emit({ kind: 'scan-done', device: this.link.id, ok });
  }

  private timer(timer: RadioTimer): void {
    switch (timer) {
      case 'scan':
        this.log('warning', `${this.link.name}: the scan did not end within 15 s`);
        this.call({ method: 'abort-scan' });
        return this.endScan(false);
      case 'create':
        if (this.wanted && !this.hasInterface) this.create();
        return;
      default:
        return this.station.timer(timer);
    }
  }

  private reportDevice(): void {
    const powered = this.hasInterface && !this.blocked && (!this.disabled || this.station.address.isChanging);
    const { reported, abilities, scanSteps } = this;
    if (powered === reported?.powered && abilities === reported.abilities && scanSteps === reported.scanSteps) return;
    this.reported = { powered, abilities, scanSteps };
    const { id, ident, ifindex, name } = this.link;
    const device: DeviceFact = {
      id,
      type: 'wifi',
      ident,
      interfaceName: name,
      ifindex,
      powered,
      can: {
        scan: true,
        activeSsids: Math.max(0, abilities.maxScanSsids - 1),
        ...(scanSteps.length > 0 && { scanSteps }),
        tether: abilities.accessPoint,
        ...(abilities.p2p && { findsPeers: true }),
      },
    };
    this.emit({ kind: 'device', device });
  }

  // What station and hotspot need of the radio.

  /** While it is an access point the radio can join none: what wpa_supplicant still lists is reported when it is a station again. */
  reportNetworks(): void {
    if (this.hotspot.active) return;
    const event = this.report.update(this.bsss.values(), this.station.active(), this.station.loss);
    if (event) this.emit(event);
  }

  /** Gives the interface up and takes it again, as a member of the bridge or as a station. */
  recreate(bridge?: string): void {
    if (this.hasInterface) {
      this.call({ method: 'remove-interface' });
      this.interfaceGone();
    }
    this.create(bridge);
  }

  emit(event: TechnologyEvent): void {
    this.effects.push({ kind: 'report', event });
  }

  call(call: SupplicantCall): void {
    this.effects.push({ kind: 'call', call });
  }

  ask(call: SupplicantCall, done: (answer: RadioEvent & { kind: 'answered' | 'refused' }) => void): void {
    const number = ++this.numbers;
    this.pending.set(number, done);
    this.effects.push({ kind: 'call', call, number });
  }

  setAddress(mac: MacAddress): void {
    this.effects.push({ kind: 'set-address', mac });
  }

  forgetUnresolved(): void {
    this.effects.push({ kind: 'forget-unresolved' });
  }

  setTimer(timer: RadioTimer, ms: number): void {
    this.effects.push({ kind: 'timer', timer, ms });
  }

  cancel(timer: RadioTimer): void {
    this.effects.push({ kind: 'cancel', timer });
  }

  log(level: 'info' | 'warning' | 'debug', text: string): void {
    this.effects.push({ kind: 'log', level, text });
  }

  private flush(): RadioEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}

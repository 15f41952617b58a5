/**
 * One device behind iwd, as a machine: events in, calls and reports out. iwd roams and keeps keys by itself. Which channels it
 * scans cannot be chosen, so scans are started in the kernel, whose results iwd takes over while it looks for a network
 * (station state "autoconnect"); and it says little about failures, so what the kernel hears on the air fills that in
 * (failure.ts).
 */
import type { Secret } from '@connman/base';
import type {
  Associate,
  DeviceFact,
  LinkLoss,
  StrongSecurity,
  TechnologyCommand,
  TechnologyEvent,
} from '@connman/contracts';
import type { RadioLink } from '../links';
import { noDowngrade } from '../radio/codes';
import { keyOfNetworkId, networkIdOf, textOf } from '../radio/networks';
import { type LinkOf, NetworkReport } from '../radio/report';
import type { Verdict } from '../supplicant/verdict';
import { Evidence } from './failure';
import { IwdHotspot } from './hotspot';
import { isOnItsWayBack, type Membership } from './membership';
import type {
  AgentQuestion,
  DeviceEffect,
  DeviceEvent,
  DeviceState,
  DeviceTimer,
  Diagnostics,
  IwdCall,
} from './messages';
import { profileFault, secretOf, settingsOf } from './profile';
import { IwdScans } from './scans';
import type { ServerCertificate } from './server-certificates';
import { ServerWatch } from './server-watch';
import { keyOfPath, Sight } from './sight';
import { WayBack } from './way-back';

const attemptMs = 60_000;
const wpsMs = 130_000;

type Answered = (answer: DeviceEvent & { kind: 'answered' | 'refused' }) => void;

export class IwdDevice {
  readonly link: RadioLink;
  readonly sight: Sight;
  private effects: DeviceEffect[] = [];
  private numbers = 0;
  private readonly pending = new Map<number, Answered>();
  readonly scans = new IwdScans(this);
  private readonly hotspot = new IwdHotspot(this);
  private readonly server = new ServerWatch(this);
  private readonly wayBack = new WayBack(this);
  private state: DeviceState = { powered: false, mode: 'station' };
  private wanted: boolean | undefined;
  private blocked = false;
  private member: Membership | undefined;
  private diagnostics: Diagnostics = {};
  scanSteps: readonly (readonly number[])[] = [];
  /** iwd uses the hardware address that its file of a network has. */
  private readonly setsAddresses: boolean;
  /** As the device was reported last; nothing else of it changes. */
  private reportedPower: boolean | undefined;
  /** What worked last by network path, and is all that iwd keeps of the network: it need not ask again. */
  private readonly stored = new Map<string, Secret>();

  constructor(link: RadioLink, setsAddresses = false) {
    this.link = link;
    this.setsAddresses = setsAddresses;
    this.sight = new Sight(new NetworkReport(link.id));
  }

  start(state: DeviceState, blocked: boolean, scanSteps: readonly (readonly number[])[]): DeviceEffect[] {
    this.blocked = blocked;
    this.scanSteps = scanSteps;
    this.enter(state);
    this.reportDevice();
    return this.flush();
  }

  step(event: DeviceEvent): DeviceEffect[] {
    this.handle(event);
    this.reportDevice();
    return this.flush();
  }

  end(): DeviceEffect[] {
    this.abandon('iwd gave the device up');
    this.clear();
    this.emit({ kind: 'device-gone', device: this.link.id });
    return this.flush();
  }

  private handle(event: DeviceEvent): void {
    switch (event.kind) {
      case 'command':
        return this.command(event.command);
      case 'state':
        return this.enter(event.state);
      case 'network':
        this.sight.add(event.network);
        this.reportNetworks();
        this.goOnOnceForgotten();
        if (this.member?.phase === 'lingering') this.wayBack.takenOver(this.member);
        return;
      case 'network-gone':
        this.sight.remove(event.path);
        this.goOnOnceForgotten();
        return this.reportNetworks();
      case 'heard':
        return this.heard(event);
      case 'scan-answer':
        return this.scans.refused(event.answer);
      case 'diagnostics':
        return this.diagnosed(event.diagnostics);
      case 'answered':
      case 'refused': {
        const done = this.pending.get(event.call);
        this.pending.delete(event.call);
        return done?.(event);
      }
      case 'asked':
        return this.asked(event.what, event.request);
      case 'air':
        return this.member?.evidence.heard(event.event);
      case 'server-certificate':
        return this.serverShows(event.certificate);
      case 'blocked':
        return this.setBlocked(event.blocked);
      case 'timer':
        return this.timer(event.timer);
    }
  }

  private command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered':
        this.wanted = command.powered;
        if (!command.powered) this.leave();
        return this.call({ method: 'power', powered: command.powered });
      case 'scan':
        // On its way into a network it needs the air for itself: WPS scans, too.
        if (!this.state.station || (this.member && this.member.phase !== 'up'))
          return this.emit({ kind: 'scan-done', device: this.link.id, ok: false });
        return this.scans.begin(command.ssids, command.frequencies);
      case 'stop-scan':
        return this.scans.stop();
      case 'associate':
        return this.associate(command);
      case 'dissociate':
        if (this.member?.network === command.network) {
          this.leave();
          this.reportNetworks();
        }
        return;
      case 'set-tethering':
        return this.hotspot.set(command);
    }
  }

  private enter(state: DeviceState): void {
    const before = this.state;
    this.state = state;
    const { station } = state;
    if (!station) this.abandon('the radio was switched off');
    if (this.wanted && !state.powered && before.powered && !this.blocked) this.call({ method: 'power', powered: true });
    this.hotspot.enter(state);
    if (!station) {
      this.scans.end(false);
      return this.clear();
    }
    if (before.station?.scanning && !station.scanning) this.scans.endedByIwd();
    if (!before.station) this.effects.push({ kind: 'hear' });
    if (station.state === before.station?.state && station.network === before.station?.network) return;
    this.stationChanged(station.state, station.network);
  }

  private stationChanged(state: string, network: string): void {
    const { member } = this;
    if (state === 'connected' || state === 'roaming') {
      if (member && isOnItsWayBack(member)) this.wayBack.end(member);
      // Found connected: what an earlier run, or iwd by itself, joined.
      if (!member) this.adopt(network);
      this.effects.push({ kind: 'diagnose' });
      return;
    }
    // One that iwd began by itself just before would hold the connection up.
    if (state === 'connecting') this.effects.push({ kind: 'abort-scan' });
    if (state === 'disconnected' && member?.phase === 'up') this.wayBack.begin(member);
  }

  private adopt(path: string): void {
    const key = keyOfPath(path);
    if (!key) return;
    const network = networkIdOf(this.link.id, key);
    const evidence = new Evidence(key.security);
    this.member = {
      key,
      network,
      attempt: 0,
      command: undefined,
      evidence,
      phase: 'up',
      used: undefined,
      toSearch: [],
    };
    this.reportNetworks();
  }

  private heard({ bsss, scanned }: DeviceEvent & { kind: 'heard' }): void {
    if (!this.state.station) return;
    if (bsss) this.sight.hear(bsss);
    const { member } = this;
    if (member?.phase === 'lost') this.wayBack.remembered(member);
    this.reportNetworks();
    if (!scanned) return;
    if (member?.phase === 'lingering') this.wayBack.look(member);
    else this.scans.ended(bsss !== undefined);
  }

  private associate(command: Associate): void {
    const { network, attempt, profile } = command;
    const key = keyOfNetworkId(network);
    const fail = (reason: string) => this.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason });
    if (!this.state.station) return fail('the radio is switched off');
    if (!key || key.ssid === '') return fail('the name of the hidden network is missing');
    const fault = profileFault(profile, {
      setsAddresses: this.setsAddresses,
      ...this.sight.viewOf(key, profile.atLeast),
    });
    if (fault !== undefined) return fail(fault);
    this.leave();
    this.sight.forgetLoss();
    const evidence = new Evidence(key.security);
    this.member = { key, network, attempt, command, evidence, phase: 'joining', used: undefined, toSearch: [] };
    this.server.begin(command);
    this.setTimer('attempt', profile.wps ? wpsMs : attemptMs);
    this.reportNetworks();
    this.connect(this.member);
  }

  connect(member: Membership): void {
    const { command, key } = member;
    // iwd would wait for the end of a scan; it is worth it where the scan may be for the network's encrypted twin.
    if (!this.sight.hasTwins(key)) this.effects.push({ kind: 'abort-scan' });
    const own = this.setsAddresses ? this.link.permanentMac : undefined;
    const atLeast = command?.profile.atLeast ?? member.used;
    const demanded = command && settingsOf(key, { ...command.profile, ...(atLeast && { atLeast }) }, own);
    const secret = command && secretOf(key, command.profile);
    const done: Answered = (answer) => {
      if (this.member !== member) return;
      if (answer.kind === 'refused') return this.refused(member, answer.error, answer.text);
      const joined = this.sight.pathOf(key);
      if (joined !== undefined && secret && !demanded) this.stored.set(joined, secret);
      this.connected(member);
    };
    const { wps } = command?.profile ?? {};
    if (wps) return this.ask(wps.pin ? { method: 'start-pin', pin: wps.pin } : { method: 'push-button' }, done);
    const path = this.sight.pathOf(key);
    if (path === undefined) return this.ask({ method: 'connect-hidden', name: textOf(key.ssid) }, done);
    const known = this.sight.knownNetworkOf(key);
    if (demanded) this.stored.delete(path);
    const isOther = !demanded && known !== '' && secret && this.stored.get(path)?.reveal() !== secret.reveal();
    // iwd asks for no passphrase that it keeps: one that may be another is forgotten first.
    if (isOther && key.security === 'psk' && !member.forgetting) return this.letForget(member, known);
    // What an earlier connection demanded is no longer wanted; after Forget it would still count for a moment.
    const settings = demanded ?? (isOther && key.security === 'none' ? { key, hidden: false } : undefined);
    this.ask({ method: 'connect', network: path, ...(settings ? { settings } : {}) }, done);
  }

  /** What it keeps, and what an earlier connection demanded, counts until iwd shows that it is gone; that is after its answer. */
  private letForget(member: Membership, known: string): void {
    member.forgetting = 'asked';
    this.ask({ method: 'forget', known }, (answer) => {
      if (this.member !== member || answer.kind !== 'refused') return;
      member.forgetting = 'refused';
      this.connect(member);
    });
  }

  private goOnOnceForgotten(): void {
    const { member } = this;
    if (member?.forgetting !== 'asked' || this.sight.knownNetworkOf(member.key) !== '') return;
    delete member.forgetting;
    this.connect(member);
  }

  private connected(member: Membership): void {
    if (isOnItsWayBack(member)) this.wayBack.end(member);
    else this.server.joined(textOf(member.key.ssid));
    member.phase = 'up';
    this.cancel('attempt');
    this.effects.push({ kind: 'diagnose' });
    this.reportNetworks();
  }

  private refused(member: Membership, error: string, text: string): void {
    if (member.phase !== 'returning') return this.fail(member, error, text);
    this.forget();
    this.reportLoss(member);
  }

  private fail(member: Membership, error: string, text: string): void {
    const path = this.sight.pathOf(member.key);
    if (path !== undefined) this.stored.delete(path);
    this.failWith(member, member.evidence.verdict(error, text, path !== undefined));
  }

  private failWith(member: Membership, verdict: Verdict): void {
    const { key, network, attempt } = member;
    this.forget();
    if (verdict.error === 'out-of-range')
      this.sight.lose(key, { kind: 'idle', loss: { cause: 'out-of-range', reason: verdict.reason } });
    this.emit({ kind: 'failed', network, attempt, ...verdict });
    this.reportNetworks();
  }

  /** Nothing more is said to a server with another certificate. */
  private serverShows(certificate: ServerCertificate): void {
    const { member } = this;
    const verdict = this.server.shows(certificate);
    if (!member || !verdict) return;
    if (member.phase !== 'joining') return this.lose(member, { cause: 'local', reason: verdict.reason });
    this.leave();
    this.failWith(member, verdict);
  }

  private asked(what: AgentQuestion, request: number): void {
    const profile = this.member?.command?.profile;
    const eap = profile?.eap;
    const answers: Record<AgentQuestion, readonly (string | Secret | undefined)[]> = {
      passphrase: [profile?.passphrase],
      'key-passphrase': [eap?.privateKeyPassphrase],
      'user-password': [eap?.identity, eap?.password],
      password: [eap?.password],
    };
    const texts = answers[what].filter((text) => text !== undefined);
    const complete = texts.length === answers[what].length;
    this.effects.push({ kind: 'answer', request, ...(complete ? { texts } : {}) });
  }

  /** Leaves the network, or gives up joining it. */
  private leave(): void {
    const { member, state } = this;
    if (!member) return;
    this.forget();
    if (member.command?.profile.wps && member.phase === 'joining') this.call({ method: 'cancel-wps' });
    // Told to disconnect where it is not connected, iwd would stop looking for networks.
    if (state.station && (state.station.state !== 'disconnected' || member.phase === 'joining'))
      this.call({ method: 'disconnect' });
  }

  private lose(member: Membership, loss?: LinkLoss): void {
    this.leave();
    this.reportLoss(member, loss);
  }

  private reportLoss(member: Membership, loss = member.evidence.loss()): void {
    this.sight.lose(member.key, { kind: 'idle', loss });
    this.reportNetworks();
  }

  /** The station is no more. */
  private abandon(reason: string): void {
    const { member } = this;
    if (!member) return;
    this.forget();
    const { network, attempt } = member;
    if (member.phase === 'joining') this.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason });
  }

  private forget(): void {
    this.member = undefined;
    this.server.end();
    this.diagnostics = {};
    for (const timer of ['attempt', 'linger', 'look'] as const) this.cancel(timer);
  }

  private diagnosed(diagnostics: Diagnostics): void {
    const { member } = this;
    if (member?.phase !== 'up') return;
    this.diagnostics = diagnostics;
    const { network, attempt } = member;
    const used = strongOf(diagnostics.security);
    // iwd roams, and comes back, to access points that offer less. Of a connection that is not encrypted it says nothing.
    const isSaid = diagnostics.security !== undefined || member.used === 'owe';
    if (member.used && used !== member.used && isSaid)
      return this.lose(member, { cause: 'local', reason: noDowngrade[member.used] });
    member.used ??= used;
    if (used) this.emit({ kind: 'learned', network, attempt, used });
    this.reportNetworks();
  }

  private timer(timer: DeviceTimer): void {
    const { member } = this;
    if (timer === 'scan' || timer === 'catch-up') return this.scans.timer(timer);
    if (!member) return;
    if (timer === 'look' && member.phase === 'lingering') return this.wayBack.look(member, false);
    if (timer === 'linger' && isOnItsWayBack(member)) return this.lose(member);
    if (timer !== 'attempt' || member.phase !== 'joining') return;
    this.leave();
    this.fail(member, '', 'iwd did not answer');
  }

  private setBlocked(blocked: boolean): void {
    const before = this.blocked;
    this.blocked = blocked;
    if (before && !blocked && this.wanted) this.call({ method: 'power', powered: true });
  }

  private reportDevice(): void {
    const powered = this.state.powered && !this.blocked;
    if (powered === this.reportedPower) return;
    this.reportedPower = powered;
    const { id, ident, ifindex, name } = this.link;
    const steps = this.scanSteps.length > 0 && { scanSteps: this.scanSteps };
    const can = { scan: true, activeSsids: 3, tether: true, ...steps };
    const device: DeviceFact = { id, type: 'wifi', ident, interfaceName: name, ifindex, powered, can };
    this.emit({ kind: 'device', device });
  }

  private reportNetworks(): void {
    const event = this.state.station && this.sight.update(this.active());
    if (event) this.emit(event);
  }

  private clear(): void {
    const event = this.sight.clear();
    if (event) this.emit(event);
  }

  private active(): LinkOf | undefined {
    const { member, diagnostics, link } = this;
    if (!member) return undefined;
    const { key, attempt, phase } = member;
    const { bssid } = diagnostics;
    return {
      key,
      link: phase === 'joining' ? { kind: 'associating', attempt } : { kind: 'up', attempt, ifindex: link.ifindex },
      ...(bssid && { bssid }),
    };
  }

  // What its parts need of the device.

  emit(event: TechnologyEvent): void {
    this.effects.push({ kind: 'report', event });
  }

  perform(effect: DeviceEffect): void {
    this.effects.push(effect);
  }

  call(call: IwdCall): void {
    this.effects.push({ kind: 'call', call });
  }

  ask(call: IwdCall, done: Answered): void {
    const number = ++this.numbers;
    this.pending.set(number, done);
    this.effects.push({ kind: 'call', call, number });
  }

  setTimer(timer: DeviceTimer, ms: number): void {
    this.effects.push({ kind: 'timer', timer, ms });
  }

  cancel(timer: DeviceTimer): void {
    this.effects.push({ kind: 'cancel', timer });
  }

  log(level: 'info' | 'warning' | 'debug', text: string): void {
    this.effects.push({ kind: 'log', level, text });
  }

  private flush(): DeviceEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}

/** Of iwd's words for the security of a connection. */
function strongOf(security = ''): StrongSecurity | undefined {
  if (security.startsWith('WPA3-Personal')) return 'sae';
  return security === 'OWE' ? 'owe' : undefined;
}

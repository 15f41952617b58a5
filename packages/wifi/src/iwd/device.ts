/**
 * One device behind iwd, as a machine: events in, calls and reports out. iwd scans, roams and keeps keys by itself, and says
 * little about failures; what the kernel hears on the air fills that in (failure.ts).
 */
import type { Secret } from '@connman/base';
import type { Associate, DeviceFact, NetworkFact, NetworkId, NetworkLink, TechnologyCommand } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import type { RadioLink } from '../links';
import { groupOf, keyOfNetworkId, type NetworkKey, nameOf, networkIdOf, strengthOf } from '../radio/networks';
import { Evidence } from './failure';
import type { KnownNetworkSettings } from './known-network-file';
import type {
  AgentQuestion,
  DeviceEffect,
  DeviceEvent,
  DeviceState,
  DeviceTimer,
  Diagnostics,
  IwdCall,
  IwdNetwork,
} from './messages';

const scanMs = 20_000;
const attemptMs = 60_000;
const wpsMs = 130_000;
/** How long the way back into the network may take before connmand hears of the loss. */
const lingerMs = 3000;
const noAddress = '00:00:00:00:00:00' as MacAddress;

type Answered = (answer: DeviceEvent & { kind: 'answered' | 'refused' }) => void;

interface Membership {
  readonly key: NetworkKey;
  readonly network: NetworkId;
  readonly attempt: number;
  readonly command: Associate | undefined;
  readonly evidence: Evidence;
  phase: 'joining' | 'up' | 'lingering';
}

export class IwdDevice {
  readonly link: RadioLink;
  private effects: DeviceEffect[] = [];
  private numbers = 0;
  private readonly pending = new Map<number, Answered>();
  private readonly networks = new Map<string, IwdNetwork>();
  private readonly signals = new Map<string, number>();
  private readonly reported = new Map<NetworkId, NetworkFact>();
  private state: DeviceState = { powered: false, mode: 'station' };
  private wanted: boolean | undefined;
  private blocked = false;
  private scanning = false;
  private member: Membership | undefined;
  private loss: { readonly key: NetworkKey; readonly link: NetworkLink } | undefined;
  private diagnostics: Diagnostics = {};
  private hotspot: { readonly ssid: string; readonly passphrase: Secret; asked: boolean; on: boolean } | undefined;
  private leavingHotspot = false;
  private reportedFact = '';
  /** What worked last by network path: iwd keeps it, so it need not ask again. */
  private readonly stored = new Map<string, Secret>();

  constructor(link: RadioLink) {
    this.link = link;
  }

  start(state: DeviceState, blocked: boolean): DeviceEffect[] {
    this.blocked = blocked;
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
    this.networks.clear();
    this.reportNetworks();
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
        this.networks.set(event.network.path, event.network);
        return;
      case 'network-gone':
        this.networks.delete(event.path);
        this.signals.delete(event.path);
        return;
      case 'listed':
        this.signals.clear();
        for (const [path, signal] of event.networks) this.signals.set(path, signal);
        this.reportNetworks();
        return this.endScan(true);
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
        return this.scan();
      case 'associate':
        return this.associate(command);
      case 'dissociate':
        if (this.member?.network === command.network) {
          this.leave();
          this.reportNetworks();
        }
        return;
      case 'set-tethering':
        return this.tether(command);
    }
  }

  private enter(state: DeviceState): void {
    const before = this.state;
    this.state = state;
    const station = state.station;
    if (!station) this.abandon('the radio was switched off');
    if (this.wanted && !state.powered && before.powered && !this.blocked) this.call({ method: 'power', powered: true });
    this.enterHotspot(state);
    if (!station) {
      this.endScan(false);
      return this.reportNetworks();
    }
    if (station.scanning !== before.station?.scanning && !station.scanning) this.effects.push({ kind: 'list' });
    if (!before.station) this.effects.push({ kind: 'list' });
    if (station.state === before.station?.state && station.network === before.station?.network) return;
    this.stationChanged(station.state, station.network);
  }

  private stationChanged(state: string, network: string): void {
    const { member } = this;
    if (state === 'connected' || state === 'roaming') {
      if (member?.phase === 'lingering') {
        this.cancel('linger');
        member.phase = 'up';
      }
      // Found connected: what an earlier run, or iwd by itself, joined.
      if (!member) this.adopt(network);
      this.effects.push({ kind: 'diagnose' });
      return;
    }
    if (state === 'disconnected' && member?.phase === 'up') this.linger(member);
  }

  private adopt(path: string): void {
    const key = keyOfPath(path);
    if (!key) return;
    const network = networkIdOf(this.link.id, key);
    this.member = { key, network, attempt: 0, command: undefined, evidence: new Evidence(key.security), phase: 'up' };
    this.reportNetworks();
  }

  private scan(): void {
    const device = this.link.id;
    if (!this.state.station) return this.emit({ kind: 'scan-done', device, ok: false });
    if (this.scanning) return;
    this.scanning = true;
    this.setTimer('scan', scanMs);
    if (this.state.station.scanning) return;
    this.ask({ method: 'scan' }, (answer) => {
      // Busy: it scans by itself, and the end of that serves as well.
      if (answer.kind === 'answered' || answer.error.endsWith('.InProgress')) return;
      this.log('debug', `${this.link.name}: scan refused: ${answer.text}`);
      this.endScan(false);
    });
  }

  private endScan(ok: boolean): void {
    if (!this.scanning) return;
    this.scanning = false;
    this.cancel('scan');
    this.emit({ kind: 'scan-done', device: this.link.id, ok });
  }

  private associate(command: Associate): void {
    const { network, attempt, profile } = command;
    const key = keyOfNetworkId(network);
    const fail = (reason: string) => this.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason });
    if (!this.state.station) return fail('the radio is switched off');
    if (!key || key.ssid === '') return fail('the name of the hidden network is missing');
    if (profile.mac.kind === 'set')
      this.log('info', `${this.link.name}: iwd sets addresses itself: AddressRandomization in its main.conf`);
    this.leave();
    const member: Membership = {
      key,
      network,
      attempt,
      command,
      evidence: new Evidence(key.security),
      phase: 'joining',
    };
    this.member = member;
    this.setTimer('attempt', profile.wpsPin === undefined ? attemptMs : wpsMs);
    this.reportNetworks();
    this.connect(member);
  }

  private connect(member: Membership): void {
    const { command, key } = member;
    const done: Answered = (answer) => {
      if (this.member !== member) return;
      if (answer.kind === 'answered') this.connected(member);
      else this.refused(member, answer.error, answer.text);
    };
    const pin = command?.profile.wpsPin;
    if (pin) return this.ask(pin.reveal() === '' ? { method: 'push-button' } : { method: 'start-pin', pin }, done);
    const path = this.pathOf(key);
    if (path === undefined) return this.ask({ method: 'connect-hidden', name: nameOf(key.ssid) }, done);
    const known = this.networks.get(path)?.knownNetwork ?? '';
    const passphrase = command?.profile.passphrase;
    // iwd asks for no passphrase that it keeps: one that may be another is forgotten first.
    if (
      known !== '' &&
      passphrase &&
      !command?.profile.saeOnly &&
      this.stored.get(path)?.reveal() !== passphrase.reveal() &&
      key.security === 'psk'
    )
      this.call({ method: 'forget', known });
    const settings = settingsOf(member);
    this.ask({ method: 'connect', network: path, ...(settings ? { settings } : {}) }, done);
  }

  private connected(member: Membership): void {
    const { command, key } = member;
    const path = this.pathOf(key);
    if (path !== undefined && command?.profile.passphrase) this.stored.set(path, command.profile.passphrase);
    member.phase = 'up';
    this.cancel('attempt');
    this.cancel('linger');
    this.effects.push({ kind: 'diagnose' });
    this.reportNetworks();
  }

  private refused(member: Membership, error: string, text: string): void {
    if (member.phase === 'lingering') return this.lose(member);
    const { network, attempt } = member;
    const verdict = member.evidence.verdict(error, text, this.networkIsHeard(member.key));
    const path = this.pathOf(member.key);
    if (path !== undefined) this.stored.delete(path);
    this.forget();
    this.emit({ kind: 'failed', network, attempt, ...verdict });
    this.reportNetworks();
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
    const { member } = this;
    if (!member) return;
    this.forget();
    if (member.command?.profile.wpsPin && member.phase === 'joining') this.call({ method: 'cancel-wps' });
    if (this.state.station) this.call({ method: 'disconnect' });
  }

  private linger(member: Membership): void {
    member.phase = 'lingering';
    this.setTimer('linger', lingerMs);
    // iwd would wait for its own timers: back in at once, by any access point that is heard.
    this.connect(member);
  }

  private lose(member: Membership): void {
    this.loss = { key: member.key, link: { kind: 'idle', loss: member.evidence.loss() } };
    this.leave();
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
    this.diagnostics = {};
    this.cancel('attempt');
    this.cancel('linger');
  }

  private diagnosed(diagnostics: Diagnostics): void {
    const { member } = this;
    if (member?.phase !== 'up') return;
    this.diagnostics = diagnostics;
    const { network, attempt } = member;
    if (diagnostics.security?.startsWith('WPA3-Personal')) this.emit({ kind: 'learned', network, attempt, sae: true });
    this.reportNetworks();
  }

  private timer(timer: DeviceTimer): void {
    const { member } = this;
    if (timer === 'scan') return this.endScan(false);
    if (!member) return;
    if (timer === 'linger' && member.phase === 'lingering') return this.lose(member);
    if (timer !== 'attempt' || member.phase !== 'joining') return;
    this.leave();
    const verdict = member.evidence.verdict('', 'iwd did not answer', this.networkIsHeard(member.key));
    this.emit({ kind: 'failed', network: member.network, attempt: member.attempt, ...verdict });
    this.reportNetworks();
  }

  private setBlocked(blocked: boolean): void {
    const before = this.blocked;
    this.blocked = blocked;
    if (before && !blocked && this.wanted) this.call({ method: 'power', powered: true });
  }

  private tether({ access }: TechnologyCommand & { kind: 'set-tethering' }): void {
    const device = this.link.id;
    if (access && !access.passphrase) {
      this.log('warning', `${this.link.name}: iwd makes no open access points; set a tethering passphrase`);
      return this.emit({ kind: 'tethering', device, on: false });
    }
    this.hotspot = access?.passphrase && {
      ssid: nameOf(access.ssid),
      passphrase: access.passphrase,
      asked: false,
      on: false,
    };
    this.call({ method: 'mode', mode: access ? 'ap' : 'station' });
    this.leavingHotspot = !access;
  }

  private enterHotspot({ accessPoint, station }: DeviceState): void {
    const { hotspot } = this;
    if (this.leavingHotspot && station) {
      this.leavingHotspot = false;
      this.emit({ kind: 'tethering', device: this.link.id, on: false });
    }
    if (!hotspot || !accessPoint) return;
    if (!accessPoint.started && !hotspot.on) {
      if (hotspot.asked) return;
      hotspot.asked = true;
      return this.call({ method: 'start-access-point', ssid: hotspot.ssid, passphrase: hotspot.passphrase });
    }
    if (hotspot.on === accessPoint.started) return;
    hotspot.on = accessPoint.started;
    const { id: device, ifindex } = this.link;
    this.emit({ kind: 'tethering', device, on: hotspot.on, ...(hotspot.on ? { ifindex } : {}) });
  }

  private networkIsHeard(key: NetworkKey): boolean {
    return this.pathOf(key) !== undefined;
  }

  private pathOf(key: NetworkKey): string | undefined {
    const group = groupOf(key);
    for (const path of this.networks.keys()) {
      const other = keyOfPath(path);
      if (other && groupOf(other) === group) return path;
    }
    return undefined;
  }

  private reportDevice(): void {
    const { id, ident, ifindex, name } = this.link;
    const powered = this.state.powered && !this.blocked;
    const can = { scan: true, activeSsids: 0, tether: true };
    const device: DeviceFact = { id, type: 'wifi', ident, interfaceName: name, ifindex, powered, can };
    const text = JSON.stringify(device);
    if (text === this.reportedFact) return;
    this.reportedFact = text;
    this.emit({ kind: 'device', device });
  }

  private reportNetworks(): void {
    const { member, loss } = this;
    this.loss = undefined;
    const facts = new Map<NetworkId, NetworkFact>();
    if (this.state.station)
      for (const path of this.networks.keys()) {
        const key = keyOfPath(path);
        const signal = this.signals.get(path);
        // Rule 219: a network appears once its strength is known.
        if (!key || (signal === undefined && member?.key.ssid !== key.ssid)) continue;
        const fact = this.factOf(key, signal);
        facts.set(fact.id, fact);
      }
    for (const special of member ? [{ key: member.key, link: this.linkOf(member) }] : loss ? [loss] : []) {
      const id = networkIdOf(this.link.id, special.key);
      const fact = facts.get(id) ?? this.reported.get(id);
      if (fact) facts.set(id, { ...fact, link: special.link });
    }
    const changed = [...facts.values()].filter(
      (fact) => JSON.stringify(fact) !== JSON.stringify(this.reported.get(fact.id)),
    );
    const gone = [...this.reported.keys()].filter((id) => !facts.has(id));
    for (const fact of changed) this.reported.set(fact.id, fact);
    for (const id of gone) this.reported.delete(id);
    if (changed.length + gone.length > 0) this.emit({ kind: 'networks', changed, gone });
  }

  private factOf(key: NetworkKey, signal: number | undefined): NetworkFact {
    const id = networkIdOf(this.link.id, key);
    const before = this.reported.get(id);
    const mine = this.member && groupOf(this.member.key) === groupOf(key) ? this.diagnostics : {};
    const offers = key.security === 'psk' ? (['psk', 'sae'] as const) : [];
    const strength = signal === undefined ? before?.strength : strengthOf(Math.round(signal / 100));
    return {
      id,
      device: this.link.id,
      group: groupOf(key),
      name: nameOf(key.ssid),
      ...(strength === undefined ? {} : { strength }),
      // iwd says neither of networks that it is not in.
      wifi: {
        ...key,
        offers,
        frequency: mine.frequency ?? before?.wifi?.frequency ?? 0,
        bssid: mine.bssid ?? before?.wifi?.bssid ?? noAddress,
      },
      link: { kind: 'idle' },
    };
  }

  private linkOf({ phase, attempt }: Membership): NetworkLink {
    return phase === 'joining' ? { kind: 'associating', attempt } : { kind: 'up', attempt, ifindex: this.link.ifindex };
  }

  private emit(event: (DeviceEffect & { kind: 'report' })['event']): void {
    this.effects.push({ kind: 'report', event });
  }

  private call(call: IwdCall): void {
    this.effects.push({ kind: 'call', call });
  }

  private ask(call: IwdCall, done: Answered): void {
    const number = ++this.numbers;
    this.pending.set(number, done);
    this.effects.push({ kind: 'call', call, number });
  }

  private setTimer(timer: DeviceTimer, ms: number): void {
    this.effects.push({ kind: 'timer', timer, ms });
  }

  private cancel(timer: DeviceTimer): void {
    this.effects.push({ kind: 'cancel', timer });
  }

  private log(level: 'info' | 'warning' | 'debug', text: string): void {
    this.effects.push({ kind: 'log', level, text });
  }

  private flush(): DeviceEffect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }
}

/** What only iwd's file of the network can say. */
function settingsOf({ command, key }: Membership): KnownNetworkSettings | undefined {
  if (!command) return undefined;
  const { eap, hidden = false, saeOnly, passphrase } = command.profile;
  if (key.security === 'ieee8021x' && eap) return { key, hidden, eap };
  return saeOnly && passphrase ? { key, hidden, saePassphrase: passphrase } : undefined;
}

const securities = { open: 'none', wep: 'wep', psk: 'psk', '8021x': 'ieee8021x' } as const;

/** `/net/connman/iwd/0/3/486f6d65_psk`: the path says SSID and kind (rule 176). */
export function keyOfPath(path: string): NetworkKey | undefined {
  const match = /\/([0-9a-f]*)_(open|wep|psk|8021x)$/.exec(path);
  if (!match) return undefined;
  return { ssid: match[1] as string, security: securities[match[2] as keyof typeof securities] };
}

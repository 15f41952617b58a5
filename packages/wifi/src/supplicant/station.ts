/**
 * A radio as a station: an attempt to join a network from the command to its end, and the life of the association after it.
 *
 *   off --associate--> preparing --network added--> joining --completed--> up <--> lingering
 *
 * While lingering the supplicant looks for another access point of the network, and connmand hears of it only if none is found.
 */
import type { Secret } from '@connman/base';
import type {
  Associate,
  AssociationProfile,
  LinkLoss,
  NetworkId,
  StrongSecurity,
  TechnologyCommand,
} from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import { refusesSaeConfirmation } from '../nl80211/air';
import { searchSteps } from '../radio/channels';
import { lossOf, noDowngrade } from '../radio/codes';
import { type Bss, groupOf, isTwin, keyOf, keyOfNetworkId, type NetworkKey, networkIdOf } from '../radio/networks';
import type { LinkOf } from '../radio/report';
import { type Membership, type MembershipStart, membership } from './membership';
import type { InterfaceChange, RadioEvent, RadioTimer, SupplicantState } from './messages';
import { alone, type PreparedNetwork, pinnedTo, prepareNetwork } from './network-block';
import { OwnAddress } from './own-address';
import type { Radio } from './radio';
import { Inquest, isTrying, type Verdict } from './verdict';
import { frequenciesOf, offeredBy, twinsOf } from './whereabouts';

/** An attempt that leads nowhere ends by itself long before this, see verdict.ts. */
const attemptMs = 20_000;
const enterpriseMs = 45_000;
/** The walk time of WPS (WSC 2.0.7 section 11.3) and a few seconds for the handshake. */
const wpsMs = 125_000;
/** How long another access point of the network may take. */
const lingerMs = 2000;

export class Station {
  private readonly radio: Radio;
  private member: Membership | undefined;
  /** The network that was lost, until it is heard again. */
  loss: LinkOf | undefined;
  private state: SupplicantState = 'unknown';
  private currentBss = '/';
  readonly address: OwnAddress;

  constructor(radio: Radio) {
    this.radio = radio;
    this.address = new OwnAddress(radio);
  }

  /** wpa_supplicant scans for itself. */
  get busyScanning(): boolean {
    return this.state === 'scanning';
  }

  /** On the way into a network: it needs the air for itself, and takes another scan's results for a failed search. */
  get isJoining(): boolean {
    const phase = this.member?.phase;
    return phase === 'preparing' || phase === 'joining';
  }

  /** In no network, and not on the way into one. */
  get isFree(): boolean {
    return this.member === undefined;
  }

  /** What to report of the network at hand. */
  active(): LinkOf | undefined {
    const { member, radio } = this;
    if (!member) return undefined;
    const { key, attempt, phase } = member;
    const bssid = this.bssid;
    const link =
      phase === 'up' || phase === 'lingering'
        ? ({ kind: 'up', attempt, ifindex: radio.link.ifindex } as const)
        : ({ kind: 'associating', attempt } as const);
    return { key, link, ...(bssid ? { bssid } : {}) };
  }

  heard(bss: Bss): void {
    const group = groupOf(keyOf(bss));
    if (this.loss && group === groupOf(this.loss.key)) this.loss = undefined;
    const { member } = this;
    if (!member || group !== groupOf(member.key)) return;
    member.frequencies.add(bss.frequency);
    if (member.twins.length === 0 || isTwin(bss)) member.isHeardAgain = true;
  }

  /** The interface as another run left it: an association that works is kept; one that is only sought would be in the way. */
  adopt(change: InterfaceChange): void {
    this.state = change.state ?? 'unknown';
    this.currentBss = change.currentBss ?? '/';
    const bss = this.radio.bsss.get(this.currentBss);
    if (this.state !== 'completed' || !bss || !change.currentNetwork || change.currentNetwork === '/')
      return this.radio.call({ method: 'remove-networks' });
    const key = keyOf(bss);
    const member = this.begin({ key, attempt: 0, inquest: new Inquest('none', false) });
    member.block = change.currentNetwork;
    member.phase = 'up';
    this.secured(member, change.authMode);
  }

  associate({ network, attempt, profile }: Associate): void {
    const { radio } = this;
    const key = keyOfNetworkId(network);
    if (!radio.hasInterface || !key || key.ssid === '') {
      const reason = radio.hasInterface ? 'the name of the hidden network is missing' : 'the radio is switched off';
      return radio.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason });
    }
    this.leave();
    this.loss = undefined;
    const wps = profile.wps !== undefined;
    const prepared = wps ? undefined : this.prepare(key, profile);
    if (prepared && !prepared.ok)
      return radio.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason: prepared.error });
    const twins = twinsOf(radio, key);
    this.begin({
      ...{ key, attempt, wps, twins },
      inquest: new Inquest(key.security, prepared?.value.mayUseSae ?? false, twins.length > 0),
      blobs: prepared?.value.blobs.map((blob) => blob.name) ?? [],
      learnsCertificate:
        profile.eap !== undefined && !profile.eap.caCertificate && !profile.eap.pinnedServerCertificate,
    });
    radio.setTimer('attempt', wps ? wpsMs : key.security === 'ieee8021x' ? enterpriseMs : attemptMs);
    radio.reportNetworks();
    this.address.become(profile.mac.kind === 'set' ? profile.mac.mac : this.address.usual, () => {
      if (prepared) this.addNetwork(prepared.value);
      else if (profile.wps) this.startWps(profile.wps.pin);
    });
  }

  private begin(known: MembershipStart): Membership {
    const { radio } = this;
    this.member = membership(networkIdOf(radio.link.id, known.key), frequenciesOf(radio, known.key), known);
    return this.member;
  }

  private prepare(key: NetworkKey, profile: AssociationProfile): ReturnType<typeof prepareNetwork> {
    const { abilities, scanPolicy } = this.radio;
    return prepareNetwork(key, offeredBy(this.radio, key), profile, abilities, scanPolicy.background);
  }

  dissociate(network: NetworkId): void {
    if (this.member?.network !== network) return;
    this.leave();
    this.radio.reportNetworks();
  }

  answerInput(command: TechnologyCommand & { kind: 'answer-input' }): void {
    const { member, radio } = this;
    if (member?.network !== command.network || member.attempt !== command.attempt) return;
    const [entry] = Object.entries(command.values ?? {});
    if (!entry || member.block === '') return this.fail({ error: 'auth-failed', reason: 'no answer was given' });
    radio.call({ method: 'reply', network: member.block, field: fieldOf(entry[0]), value: entry[1] });
  }

  changed(change: InterfaceChange): void {
    const { member } = this;
    const before = this.state;
    if (change.currentBss !== undefined) this.useBss(change.currentBss);
    if (change.currentNetwork !== undefined && member?.wps && change.currentNetwork !== '/')
      member.block = change.currentNetwork;
    const { authStatus, assocStatus, disconnectReason, state } = change;
    if (member?.phase === 'joining') {
      const { inquest } = member;
      const verdict =
        (authStatus === undefined ? undefined : inquest.onAuthStatus(authStatus)) ??
        (assocStatus === undefined ? undefined : inquest.onAssocStatus(assocStatus)) ??
        (disconnectReason === undefined ? undefined : inquest.onDisconnect(disconnectReason, before));
      if (verdict) return this.fail(verdict, state);
    }
    if (member && disconnectReason !== undefined && disconnectReason !== 0) member.lostBy = disconnectReason;
    if (state !== undefined) this.entered(state);
    else if (member?.phase === 'up' && disconnectReason !== undefined && this.state !== 'completed') this.linger();
    if (member === this.member && member?.phase === 'up') this.secured(member, change.authMode);
  }

  private entered(state: SupplicantState): void {
    const { member, radio, state: before } = this;
    this.state = state;
    if (this.address.isChanging && state !== 'interface_disabled' && state !== 'unknown') this.address.settled();
    if (!member) return;
    if (state === 'disconnected' || state === 'scanning') this.demandLearned(member);
    if (state === 'completed' && (member.phase === 'joining' || member.phase === 'lingering')) return this.completed();
    if (member.phase === 'joining') {
      const verdict = member.inquest.onState(state);
      if (verdict) this.fail(verdict);
      else if (state === 'disconnected' && isTrying(before)) this.tryAgain(member);
    } else if (member.phase === 'up' && state !== 'completed' && state !== 'group_handshake') {
      this.linger();
    } else if (state === 'interface_disabled' && member.phase === 'lingering') {
      radio.cancel('linger');
      this.lose();
    }
  }

  /** After a try that failed wpa_supplicant pauses for up to 10 s, or takes the network for disabled for longer. */
  private tryAgain({ block, wps }: Membership): void {
    if (block !== '' && !wps) this.radio.call({ method: 'select-network', network: block });
  }

  scanDone(): void {
    const { member } = this;
    if (!member) return;
    const verdict = member.phase === 'joining' && !member.wps ? member.inquest.onScanDone() : undefined;
    if (verdict) this.fail(verdict);
    else if (!member.isHeardAgain && !isTrying(this.state)) this.search(member);
  }

  signal(event: RadioEvent): void {
    const { member, radio } = this;
    if (!member) return;
    const { network, attempt } = member;
    switch (event.kind) {
      case 'eap':
        return member.inquest.onEap(event.status, event.parameter);
      case 'air':
        if (member.phase === 'joining' && refusesSaeConfirmation(event.event))
          this.fail({ error: 'invalid-key', reason: 'the access point refused the SAE confirmation' });
        return;
      case 'address-refused':
        return this.addressRefused(event.reason);
      case 'certificate':
        if (event.depth === 0) this.certified(member, event.sha256);
        return;
      case 'wps-credentials':
        member.credentials = event.key;
        return;
      case 'wps-failed':
        if (member.wps) this.fail({ error: 'connect-failed', reason: `WPS failed: ${event.reason}` });
        return;
      case 'network-request': {
        const type = event.field === 'OTP' ? 'response' : 'passphrase';
        const field = { name: event.field, type, requirement: 'mandatory', value: event.text } as const;
        return radio.emit({ kind: 'needs-input', network, attempt, fields: [field] });
      }
    }
  }

  timer(timer: RadioTimer): void {
    if (timer === 'address') return this.address.settled();
    const { member } = this;
    if (timer === 'attempt' && member && (member.phase === 'joining' || member.phase === 'preparing'))
      return this.fail(member.inquest.timedOut());
    if (timer !== 'linger' || member?.phase !== 'lingering') return;
    if (isTrying(this.state) && !member.extended) {
      member.extended = true;
      return this.radio.setTimer('linger', lingerMs);
    }
    this.lose();
  }

  interfaceGone(): void {
    this.state = 'unknown';
    this.currentBss = '/';
    this.address.forget();
    const { member, radio } = this;
    if (!member) return;
    this.forget();
    if (member.phase === 'joining' || member.phase === 'preparing') {
      const { network, attempt } = member;
      radio.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason: 'the radio was switched off' });
    }
  }

  private addNetwork({ block, blobs }: PreparedNetwork): void {
    const { member, radio } = this;
    if (!member) return;
    for (const { name, content } of blobs) {
      // One of an earlier attempt would be in the way.
      radio.call({ method: 'remove-blob', name });
      radio.call({ method: 'add-blob', name, content });
    }
    radio.ask({ method: 'add-network', block }, (answer) => {
      if (this.member !== member) {
        if (answer.kind === 'answered') radio.call({ method: 'remove-network', network: answer.path });
        return;
      }
      if (answer.kind === 'refused')
        return this.fail({ error: 'connect-failed', reason: `wpa_supplicant refused the settings: ${answer.text}` });
      member.block = answer.path;
      member.phase = 'joining';
      radio.call({ method: 'select-network', network: answer.path });
      if (member.twins.length > 0) this.beginSearch(member);
    });
  }

  /** Without a PIN by the button. */
  private startWps(pin: Secret | undefined): void {
    const { member, radio } = this;
    if (!member) return;
    member.phase = 'joining';
    radio.ask({ method: 'start-wps', ...(pin && { pin }) }, (answer) => {
      if (this.member === member && answer.kind === 'refused')
        this.fail({ error: 'connect-failed', reason: `WPS did not start: ${answer.text}` });
    });
  }

  private completed(): void {
    const { member, radio } = this;
    if (!member) return;
    const first = member.phase === 'joining';
    member.phase = 'up';
    member.extended = false;
    radio.cancel('attempt');
    radio.cancel('linger');
    if (first) this.learned(member);
    else radio.forgetUnresolved();
    radio.reportNetworks();
  }

  private learned(member: Membership): void {
    const { network, attempt, certificate, learnsCertificate, credentials } = member;
    const isNew = learnsCertificate && certificate !== '';
    if (isNew) member.toDemand = pinnedTo(certificate);
    const serverCertificate = isNew ? { serverCertificate: certificate } : {};
    const passphrase = credentials ? { passphrase: credentials } : {};
    if ('serverCertificate' in serverCertificate || 'passphrase' in passphrase)
      this.radio.emit({ kind: 'learned', network, attempt, ...passphrase, ...serverCertificate });
  }

  /** A roam from one access point to the next leaves no moment for `demandLearned`: it is checked here. */
  private certified(member: Membership, certificate: string): void {
    if (!member.toDemand || certificate === member.certificate) member.certificate = certificate;
    else this.lose({ cause: 'local', reason: 'an access point showed another server certificate than the one before' });
  }

  /**
   * Has wpa_supplicant demand the learned certificate, WPA3 or OWE, where it comes back into the network by itself. Only without a
   * connection: a change of a block in use makes it forget the key of the connection, and drop it.
   */
  private demandLearned(member: Membership): void {
    if (!member.toDemand) return;
    this.radio.call({ method: 'change-network', network: member.block, block: member.toDemand });
    member.toDemand = undefined;
  }

  /** A roam to an access point that offers less leaves no moment for `demandLearned`: it is checked here. */
  private secured(member: Membership, authMode = 'INACTIVE'): void {
    if (authMode === 'INACTIVE') return;
    const used = strongOf(authMode);
    if (member.used && used !== member.used) return this.lose({ cause: 'local', reason: noDowngrade[member.used] });
    if (member.used || !used) return;
    member.used = used;
    member.toDemand = alone[used](this.radio.abilities);
    const { network, attempt } = member;
    // Attempt 0 is one of another run.
    if (attempt !== 0) this.radio.emit({ kind: 'learned', network, attempt, used });
  }

  private linger(): void {
    const { member, radio } = this;
    if (member?.phase !== 'up') return;
    member.phase = 'lingering';
    radio.setTimer('linger', lingerMs);
    this.beginSearch(member);
  }

  /** One scan of all channels, as wpa_supplicant would make, takes up to 15 s. */
  private beginSearch(member: Membership): void {
    member.isHeardAgain = false;
    member.toSearch = searchSteps(member.frequencies, this.radio.scanSteps);
    if (!this.radio.isScanning) this.search(member);
  }

  private search(member: Membership): void {
    const [frequencies, ...toSearch] = member.toSearch;
    if (!frequencies) return;
    member.toSearch = toSearch;
    this.radio.call({ method: 'scan', ssids: [...member.twins, member.key.ssid], frequencies });
  }

  private lose(loss?: LinkLoss): void {
    const { member } = this;
    if (!member) return;
    const { key, lostBy } = member;
    this.loss = { key, link: { kind: 'idle', loss: loss ?? lossOf(Math.abs(lostBy), lostBy > 0) } };
    this.release(member);
    this.radio.reportNetworks();
  }

  private fail({ error, reason }: Verdict, state?: SupplicantState): void {
    const { member, radio } = this;
    if (state !== undefined) this.state = state;
    if (!member) return;
    const { key, network, attempt } = member;
    if (error === 'out-of-range') this.loss = { key, link: { kind: 'idle', loss: { cause: 'out-of-range', reason } } };
    this.release(member);
    radio.emit({ kind: 'failed', network, attempt, error, reason });
    radio.reportNetworks();
  }

  /** Leaves the network, or gives up joining it. */
  private leave(): void {
    if (this.member) this.release(this.member);
  }

  private release(member: Membership): void {
    const { radio } = this;
    this.forget();
    if (member.wps) radio.call({ method: 'cancel-wps' });
    // Without its block the supplicant leaves the network and looks for no other one.
    if (member.block !== '') radio.call({ method: 'remove-network', network: member.block });
    // Nothing is to be found by it any more.
    if (this.state === 'scanning') radio.call({ method: 'abort-scan' });
    for (const name of member.blobs) radio.call({ method: 'remove-blob', name });
  }

  private forget(): void {
    this.member = undefined;
    this.address.forget();
    for (const timer of ['attempt', 'linger'] as const) this.radio.cancel(timer);
  }

  /** The network must not see another address than the one that was chosen for it. */
  private addressRefused(reason: string): void {
    this.address.refused();
    this.fail({ error: 'connect-failed', reason: `the radio does not take another hardware address: ${reason}` });
  }

  private useBss(path: string): void {
    this.currentBss = path;
    const bss = this.radio.bsss.get(path);
    if (!bss || !this.member) return;
    this.member.inquest.onBss(bss.offers.sae);
    if (this.member.phase === 'up') this.radio.reportNetworks();
  }

  private get bssid(): MacAddress | undefined {
    return this.radio.bsss.get(this.currentBss)?.bssid;
  }
}

/** Of wpa_supplicant's CurrentAuthMode. */
function strongOf(authMode: string): StrongSecurity | undefined {
  if (authMode.includes('SAE')) return 'sae';
  return authMode === 'OWE' ? 'owe' : undefined;
}

/** wpa_supplicant's names of what it asks for, by the names of our input fields. */
function fieldOf(name: string): string {
  return name === 'Passphrase' ? 'PASSWORD' : name === 'Identity' ? 'IDENTITY' : name;
}

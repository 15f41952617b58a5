/**
 * A cable whose port asks for 802.1X (IEEE 802.1X-2020 section 8), from the command to join to the loss of the authorisation.
 *
 *   free --associate--> waiting --wpa_supplicant is running--> authenticating --success--> authorised
 *                                                                    ^                       |
 *                                                                    '-- wpa_supplicant -----'
 *                                                                        restarted
 *
 * The switch knows nothing of wpa_supplicant's end: while it is away an authorised port stays so.
 */
import {
  type AssociationError,
  cable,
  cableId,
  type EapProfile,
  type NetworkFact,
  type NetworkId,
  type TechnologyEvent,
} from '@connman/contracts';
import type { SupplicantState } from '../supplicant/messages';

/** EAP with a slow RADIUS server takes some seconds; a switch without 802.1X never answers. */
const attemptMs = 30_000;

export type PortEvent =
  /** Without EAP settings the port needs nothing. */
  | { readonly kind: 'associate'; readonly attempt: number; readonly eap?: EapProfile }
  | { readonly kind: 'dissociate' }
  | { readonly kind: 'supplicant'; readonly present: boolean }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'state'; readonly state: SupplicantState }
  | { readonly kind: 'eap'; readonly status: string; readonly parameter: string }
  /** SHA-256 of the server's own certificate. */
  | { readonly kind: 'certificate'; readonly sha256: string }
  | { readonly kind: 'timer' };

export type PortEffect =
  | { readonly kind: 'report'; readonly event: TechnologyEvent }
  /** Has wpa_supplicant authenticate on the link, from scratch. */
  | { readonly kind: 'authenticate'; readonly eap: EapProfile }
  /** Takes the link away from wpa_supplicant. */
  | { readonly kind: 'release' }
  /** Rings once; replaces the one before. */
  | { readonly kind: 'timer'; readonly ms: number }
  | { readonly kind: 'cancel' };

interface Membership {
  readonly attempt: number;
  readonly eap: EapProfile;
  /** It was authorised before, and clients have seen that. */
  isUp: boolean;
  /** wpa_supplicant is at it. */
  isAuthenticating: boolean;
  /** The server has begun an exchange. */
  hasStarted: boolean;
  certificate: string;
  certificateFault: string;
  alert: string;
}

export class Port {
  private readonly ifindex: number;
  private present = false;
  /** Of the last exchange, if it was refused. */
  private wasRefused = false;
  private member: Membership | undefined;
  private effects: PortEffect[] = [];

  constructor(ifindex: number) {
    this.ifindex = ifindex;
  }

  private get network(): NetworkId {
    return cableId(this.ifindex);
  }

  /** wpa_supplicant is needed. */
  get isWanted(): boolean {
    return this.member !== undefined;
  }

  step(event: PortEvent): readonly PortEffect[] {
    this.effects = [];
    this.take(event);
    return this.effects;
  }

  private take(event: PortEvent): void {
    const { member } = this;
    switch (event.kind) {
      case 'associate':
        return this.associate(event.attempt, event.eap);
      case 'dissociate':
        if (member) this.leave();
        return this.report({ kind: 'idle' });
      case 'supplicant':
        return this.followSupplicant(event.present);
      case 'refused':
        return this.fail('connect-failed', event.reason);
      case 'state':
        if (event.state === 'completed' && member?.isAuthenticating) this.authorised(member);
        return;
      case 'eap':
        if (member) this.followEap(member, event.status, event.parameter);
        return;
      case 'certificate':
        if (member) member.certificate = event.sha256;
        return;
      case 'timer':
        if (member?.isAuthenticating || member?.isUp === false) this.timedOut(member);
    }
  }

  private associate(attempt: number, eap: EapProfile | undefined): void {
    if (this.member) this.leave();
    if (!eap) return this.report({ kind: 'up', attempt, ifindex: this.ifindex });
    const nothing = { hasStarted: false, certificate: '', certificateFault: '', alert: '' };
    this.member = { attempt, eap, isUp: false, isAuthenticating: false, ...nothing };
    this.report({ kind: 'associating', attempt });
    this.effects.push({ kind: 'timer', ms: attemptMs });
    if (this.present) this.authenticate(this.member);
  }

  private followSupplicant(present: boolean): void {
    const { member } = this;
    this.present = present;
    if (!member) return;
    if (present) {
      if (member.isUp) this.effects.push({ kind: 'timer', ms: attemptMs });
      this.authenticate(member);
    } else {
      member.isAuthenticating = false;
      if (member.isUp) this.effects.push({ kind: 'cancel' });
    }
  }

  private authenticate(member: Membership): void {
    Object.assign(member, { isAuthenticating: true, hasStarted: false, certificateFault: '', alert: '' });
    this.effects.push({ kind: 'authenticate', eap: member.eap });
  }

  private authorised(member: Membership): void {
    const { attempt, eap, certificate, isUp } = member;
    member.isAuthenticating = false;
    this.wasRefused = false;
    this.effects.push({ kind: 'cancel' });
    if (isUp) return;
    member.isUp = true;
    if (!eap.caCertificate && !eap.pinnedServerCertificate && certificate !== '') {
      const event = { kind: 'learned', network: this.network, attempt, serverCertificate: certificate } as const;
      this.effects.push({ kind: 'report', event });
    }
    this.report({ kind: 'up', attempt, ifindex: this.ifindex });
  }

  /** The signal EAP of wpa_supplicant; also of an exchange that the switch has begun to authenticate the port again. */
  private followEap(member: Membership, status: string, parameter: string): void {
    if (status === 'started') {
      Object.assign(member, { hasStarted: true, certificateFault: '', alert: '' });
    } else if (status === 'remote certificate verification' && parameter !== 'success') {
      member.certificateFault = parameter;
    } else if (status === 'remote TLS alert') {
      member.alert = parameter;
    } else if (status === 'completion' && parameter === 'failure' && member.hasStarted) {
      this.refused(member);
    }
  }

  private refused({ certificateFault, alert }: Membership): void {
    this.wasRefused = true;
    if (certificateFault !== '') {
      return this.fail('login-failed', `the server's certificate was refused: ${certificateFault}`);
    }
    const detail = alert === '' ? '' : ` (TLS alert: ${alert})`;
    this.fail('auth-failed', `the authentication server refused the identity, password or certificate${detail}`);
  }

  private timedOut({ hasStarted }: Membership): void {
    const seconds = attemptMs / 1000;
    if (!this.present) return this.fail('connect-failed', `wpa_supplicant, which 802.1X needs, is not running`);
    if (hasStarted) return this.fail('connect-failed', `the authentication server did not finish within ${seconds} s`);
    const hint = this.wasRefused
      ? 'many are silent for a minute after a refusal'
      : 'a port without one needs no EAP settings';
    this.fail('connect-failed', `no 802.1X authenticator responded within ${seconds} s; ${hint}`);
  }

  /** wpa_supplicant would go on trying a password that is wrong, until the account is locked. */
  private fail(error: AssociationError, reason: string): void {
    const { member } = this;
    if (!member) return;
    this.leave();
    if (member.isUp) return this.report({ kind: 'idle', loss: { cause: 'by-peer', reason } });
    this.report({ kind: 'idle' });
    const { attempt } = member;
    this.effects.push({ kind: 'report', event: { kind: 'failed', network: this.network, attempt, error, reason } });
  }

  private leave(): void {
    this.member = undefined;
    this.effects.push({ kind: 'cancel' });
    if (this.present) this.effects.push({ kind: 'release' });
  }

  private report(link: NetworkFact['link']): void {
    this.effects.push({
      kind: 'report',
      event: { kind: 'networks', changed: [{ ...cable(this.ifindex), link }], gone: [] },
    });
  }
}

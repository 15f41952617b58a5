/**
 * Why an attempt to join failed. wpa_supplicant goes on trying by itself; what it reports meanwhile is collected here until
 * it is clear that the attempt leads nowhere, and why.
 *
 * One rule stands above the rest: `invalid-key` is said when the access point showed that it has another key, and never
 * because of silence, a refusal, or a lost frame.
 */
import type { AssociationError, NetworkSecurity } from '@connman/contracts';
import { reasonInWords, statusInWords } from '../radio/codes';
import type { SupplicantState } from './messages';

export interface Verdict {
  readonly error: AssociationError;
  readonly reason: string;
}

/** Refusals after which an attempt is over: three, so that another access point of the network gets its chance. */
const maxRefusals = 3;
/** Tries without an answer, each with the retransmissions of the radio's driver. */
const maxSilentTries = 3;
/** Scans that did not hear the network. */
const maxEmptyScans = 3;
/** In OWE transition mode wpa_supplicant passes over the open network up to five times, waiting for its hidden twin. */
const maxScansForTwin = 6;

/** Reasons with which access points end a 4-way handshake over a message they cannot verify (2: hostapd before 2.6). */
const keyMismatchReasons = new Set([2, 14, 15]);
const reasonBlocked = 6;
const reason8021xFailed = 23;
const statusChallengeFailed = 15;
/** Of SAE commits that go on: anti-clogging token wanted, hash-to-element in use, SAE-PK in use. */
const saeContinues = new Set([76, 126, 127]);
const statusUnknownPassword = 123;

export class Inquest {
  private readonly security: NetworkSecurity;
  private readonly mayUseSae: boolean;
  private readonly maxEmptyScans: number;
  /** The access point at hand offers SAE; in a network in transition some may not. */
  private bssOffersSae = true;
  private state: SupplicantState = 'disconnected';
  private refusals = 0;
  private silentTries = 0;
  private emptyScans = 0;
  private heard = false;
  /** A code came since the last try began. */
  private answered = false;
  private lastRefusal: Verdict | undefined;
  private certificateFault = '';
  private eapFailed = false;

  constructor(security: NetworkSecurity, mayUseSae: boolean, hasTwin = false) {
    this.security = security;
    this.mayUseSae = mayUseSae;
    this.maxEmptyScans = hasTwin ? maxScansForTwin : maxEmptyScans;
  }

  /** The supplicant's state; @returns the verdict once there is one. */
  onState(state: SupplicantState): Verdict | undefined {
    const before = this.state;
    this.state = state;
    if (isTrying(state)) {
      if (!isTrying(before)) this.answered = false;
      this.heard = true;
      return undefined;
    }
    if (!isTrying(before) || state === 'completed' || this.answered) return undefined;
    this.silentTries++;
    return this.silentTries >= maxSilentTries ? this.timedOut() : undefined;
  }

  onBss(offersSae: boolean): void {
    this.bssOffersSae = offersSae;
  }

  onScanDone(): Verdict | undefined {
    if (this.heard) return undefined;
    this.emptyScans++;
    return this.emptyScans >= this.maxEmptyScans ? this.timedOut() : undefined;
  }

  onAuthStatus(status: number): Verdict | undefined {
    if (status === 0 || saeContinues.has(status)) return undefined;
    const reason = `authentication refused, ${statusInWords(status)}`;
    const wrongKey = status === statusChallengeFailed && (this.security === 'wep' || this.usesSae());
    if (wrongKey || (status === statusUnknownPassword && this.usesSae())) return { error: 'invalid-key', reason };
    return this.refused({ error: 'connect-failed', reason });
  }

  onAssocStatus(status: number): Verdict | undefined {
    if (status === 0) return undefined;
    return this.refused({ error: 'connect-failed', reason: `association refused, ${statusInWords(status)}` });
  }

  /** @param reason negative if the disconnection began on this side. @param state in which it came. */
  onDisconnect(reason: number, state: SupplicantState): Verdict | undefined {
    const eap = this.eapVerdict(reason);
    if (eap) return eap;
    // Our own side gives up after silence: that is counted as a silent try.
    if (reason <= 0) return undefined;
    const words = `deauthenticated, ${reasonInWords(reason)}`;
    if (state === '4way_handshake' && this.security === 'psk' && !this.usesSae() && keyMismatchReasons.has(reason))
      return { error: 'invalid-key', reason: `4-way handshake failed: ${words}` };
    const verdict = { error: reason === reasonBlocked ? 'blocked' : 'connect-failed', reason: words } as const;
    // wpa_supplicant takes it for a wrong key: it leaves the network alone for 10 s and more, and scans all channels.
    if (state === '4way_handshake' && this.security === 'psk') return verdict;
    return this.refused(verdict);
  }

  /** The signal EAP of wpa_supplicant. */
  onEap(status: string, parameter: string): void {
    if (status === 'remote certificate verification' && parameter !== 'success') this.certificateFault = parameter;
    else if (status === 'completion' && parameter === 'failure') this.eapFailed = true;
    else if (status === 'started') this.eapFailed = false;
  }

  /** The time for the attempt is up. */
  timedOut(): Verdict {
    const eap = this.eapVerdict(reason8021xFailed);
    if (eap && (this.eapFailed || this.certificateFault !== '')) return eap;
    if (this.lastRefusal) return this.lastRefusal;
    if (!this.heard) return { error: 'out-of-range', reason: 'no access point of the network was heard' };
    return { error: 'out-of-range', reason: 'the access point did not respond' };
  }

  private eapVerdict(reason: number): Verdict | undefined {
    if (this.security !== 'ieee8021x') return undefined;
    if (this.certificateFault !== '')
      return { error: 'login-failed', reason: `the server's certificate was refused: ${this.certificateFault}` };
    if (this.eapFailed || Math.abs(reason) === reason8021xFailed)
      return { error: 'auth-failed', reason: 'the authentication server refused the identity or password' };
    return undefined;
  }

  private usesSae(): boolean {
    return this.mayUseSae && this.bssOffersSae;
  }

  private refused(verdict: Verdict): Verdict | undefined {
    this.answered = true;
    this.lastRefusal = verdict;
    this.refusals++;
    return this.refusals >= maxRefusals ? verdict : undefined;
  }
}

/** Frames go to and fro between us and one access point. */
export function isTrying(state: SupplicantState): boolean {
  return (
    state === 'authenticating' ||
    state === 'associating' ||
    state === 'associated' ||
    state === '4way_handshake' ||
    state === 'group_handshake'
  );
}

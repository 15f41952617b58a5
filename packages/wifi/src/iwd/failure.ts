/**
 * Why an attempt through iwd failed. iwd answers `Failed` to a wrong passphrase and to almost everything else; the kernel's
 * events of the same attempt tell them apart.
 */
import type { LinkLoss, NetworkSecurity } from '@connman/contracts';
import { type AirEvent, refusesSaeConfirmation } from '../nl80211/air';
import { lossOf, reasonInWords, statusInWords } from '../radio/codes';
import type { Verdict } from '../supplicant/verdict';

const algorithmSae = 3;
const transactionsOk = 0;
/** Statuses of an SAE commit that ask for another one: anti-clogging token, another group. */
const saeContinues = new Set([76, 77, 126, 127]);
const statusChallengeFailed = 15;
/**
 * How an access point ends a 4-way handshake over a message that it cannot verify. hostapd says so after four seconds; iwd itself
 * gives up after five, which is silence.
 */
const handshakeReasons = new Set([2, 14, 15]);
const reasonBlocked = 6;
const reason8021xFailed = 23;

const certificateRefused: Verdict = {
  error: 'login-failed',
  reason: "the server's certificate was refused: not of the configured authority or name, or not valid now",
};

export class Evidence {
  private readonly security: NetworkSecurity;
  private associated = false;
  private sae = false;
  private silent = false;
  private authStatus = 0;
  private saeRefused = 0;
  private wrongPassword = false;
  private assocStatus = 0;
  private certificateRefused = false;
  private ended: { readonly reason: number; readonly byPeer: boolean } | undefined;

  constructor(security: NetworkSecurity) {
    this.security = security;
  }

  heard(event: AirEvent): void {
    switch (event.kind) {
      case 'authenticated':
        if (event.algorithm === algorithmSae) {
          this.sae = true;
          this.wrongPassword = refusesSaeConfirmation(event);
          if (event.status !== 0 && !saeContinues.has(event.status)) this.saeRefused = event.status;
        } else this.authStatus = event.status;
        return;
      case 'associated':
        this.assocStatus = event.status;
        this.associated = event.status === 0;
        if (this.associated) this.ended = undefined;
        return;
      case 'ended':
        // What follows by our own hand is the echo of the first one.
        if (!this.ended || event.byPeer) this.ended = { reason: event.reason, byPeer: event.byPeer };
        return;
      case 'silent':
        this.silent = true;
        return;
      case 'certificate-refused':
        this.certificateRefused = true;
    }
  }

  verdict(error: string, text: string, networkIsHeard: boolean): Verdict {
    const name = error.replace(/^.*\./, '');
    if (name === 'InvalidFormat') return { error: 'invalid-key', reason: 'iwd refused the format of the passphrase' };
    if (name === 'NotConfigured')
      return { error: 'connect-failed', reason: 'iwd has no settings for this 802.1X network' };
    if (name === 'NotFound') return { error: 'out-of-range', reason: 'no access point of the network was heard' };
    const { ended, assocStatus, authStatus } = this;
    if (this.certificateRefused) return certificateRefused;
    if (this.wrongPassword)
      return { error: 'invalid-key', reason: `SAE confirmation refused, ${statusInWords(this.saeRefused)}` };
    if (this.saeRefused !== 0) return failed(`authentication refused, ${statusInWords(this.saeRefused)}`);
    if (assocStatus !== transactionsOk) return failed(`association refused, ${statusInWords(assocStatus)}`);
    if (authStatus === statusChallengeFailed && this.security === 'wep')
      return { error: 'invalid-key', reason: `authentication refused, ${statusInWords(authStatus)}` };
    if (authStatus !== 0) return failed(`authentication refused, ${statusInWords(authStatus)}`);
    if (this.associated && ended) return this.afterAssociation(ended);
    if (!networkIsHeard || this.silent)
      return {
        error: 'out-of-range',
        reason: this.silent ? 'the access point did not respond' : 'the network is not heard',
      };
    return failed(`iwd: ${text}`);
  }

  loss(): LinkLoss {
    return lossOf(this.ended?.reason ?? 0, this.ended?.byPeer ?? false);
  }

  private afterAssociation({ reason, byPeer }: { readonly reason: number; readonly byPeer: boolean }): Verdict {
    const words = `${byPeer ? 'deauthenticated' : 'disconnected on this side'}, ${reasonInWords(reason)}`;
    if (byPeer && this.security === 'psk' && !this.sae && handshakeReasons.has(reason))
      return { error: 'invalid-key', reason: `4-way handshake failed: ${words}` };
    if (this.security === 'ieee8021x' && (reason === reason8021xFailed || !byPeer))
      return { error: 'auth-failed', reason: `802.1X authentication failed: ${words}` };
    return { error: byPeer && reason === reasonBlocked ? 'blocked' : 'connect-failed', reason: words };
  }
}

function failed(reason: string): Verdict {
  return { error: 'connect-failed', reason };
}

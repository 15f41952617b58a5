/** Where a technology driver is with one network that its back end joins by a call: the attempt, and the link as it is reported. */
import type { LinkLoss, NetworkLink, ProvidedIp } from './technology';

/** What the back end has while it is connected. */
export interface JoinedLink {
  readonly ifindex: number;
  readonly provided?: ProvidedIp;
}

export class JoinAttempt {
  private current = 0;
  /** The back end has not answered the call yet. */
  private isCalling = false;
  /** The link was reported as up. */
  private isUp = false;
  /** The back end was asked to end the connection. */
  private isLeaving = false;
  /** How the last connection was lost, until another one begins. */
  private loss: LinkLoss | undefined;

  /** Of the attempt under way or in effect; 0 for none, and for a connection that another program made. */
  get number(): number {
    return this.current;
  }

  begin(number: number): void {
    this.current = number;
    this.isCalling = true;
    this.isUp = false;
    this.isLeaving = false;
    this.loss = undefined;
  }

  /** The call was answered: the link is there, or about to be. */
  succeeded(): void {
    this.isCalling = false;
  }

  failed(): void {
    this.current = 0;
    this.isCalling = false;
  }

  /** It is given up, or the connection is to end. */
  leave(): void {
    this.failed();
    this.isLeaving = true;
    this.loss = undefined;
  }

  /** The back end did not end the connection. */
  stays(): void {
    this.isLeaving = false;
  }

  /**
   * The link as it is now.
   * @param connected is undefined while the back end is not connected
   * @param lossReason in words, should that be a loss
   */
  link(connected: JoinedLink | undefined, lossReason: string): NetworkLink {
    const { current: attempt } = this;
    if (attempt !== 0 && (this.isCalling || (!connected && !this.isUp))) return { kind: 'associating', attempt };
    if (connected && !this.isLeaving) {
      this.isUp = true;
      this.loss = undefined;
      return { kind: 'up', attempt, ...connected };
    }
    const isLost = this.isUp && !this.isLeaving;
    this.isUp = false;
    if (!connected) this.isLeaving = false;
    if (isLost) {
      this.current = 0;
      this.loss = { cause: 'by-peer', reason: lossReason };
    }
    return { kind: 'idle', ...(this.loss && { loss: this.loss }) };
  }
}

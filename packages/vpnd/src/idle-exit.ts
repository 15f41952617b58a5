/** Ends the program when it has been of no use for a while: the bus starts it again when it is needed. */
import type { Clock } from '@connman/ports';

const patienceMs = 60_000;

export class IdleExit {
  private readonly clock: Clock;
  private readonly onExit: () => void;
  private cancel = () => {};

  constructor(clock: Clock, onExit: () => void) {
    this.clock = clock;
    this.onExit = onExit;
  }

  /** To be called whenever something happened; `needed` while there is something to stay for. */
  look(needed: boolean): void {
    this.cancel();
    this.cancel = needed ? () => {} : this.clock.setTimer(patienceMs, this.onExit);
  }
}

/** What another program has: asked of it whenever it appears on the bus, and again until it says. */
import type { Logger } from '@connman/base';
import type { Clock } from '@connman/ports';
import type { Bus } from './bus';

export interface FollowedProgram<T> {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  /** Its name on the bus. */
  readonly name: string;
  /** For the log: 'bluetoothd does not list its adapters'. */
  readonly complaint: string;
  /** Rejects with BusError. */
  readonly list: () => Promise<T>;
  readonly up: (list: T) => void;
  /** It left the bus, or was never there. */
  readonly down: () => void;
}

const againMs = 2000;

/** The returned function ends it. */
export function followProgram<T>({ bus, clock, log, ...program }: FollowedProgram<T>): () => void {
  /** An answer to an earlier run of the program, or after the end, counts for nothing. */
  let run = 0;
  let cancel = () => {};
  const ask = async (own: number) => {
    let list: T;
    try {
      list = await program.list();
    } catch (error) {
      if (own !== run) return;
      log.warning(`${program.complaint}: ${(error as Error).message}; asking again`);
      cancel = clock.setTimer(againMs, () => void ask(own));
      return;
    }
    if (own === run) program.up(list);
  };
  const next = () => {
    cancel();
    return ++run;
  };
  const unwatch = bus.watchOwner(program.name, (owner) => {
    const own = next();
    if (owner === undefined) program.down();
    else void ask(own);
  });
  return () => {
    next();
    unwatch();
  };
}

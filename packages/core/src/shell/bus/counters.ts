/** Counters of clients: programs that hear from time to time what services carry (ConnMan rules 23, 27 and 28). */
import { connmanError, counterInterface, explainedError } from '@connman/contracts';
import { type Bus, uint32 } from '@connman/dbus';
import type { Clock } from '@connman/ports';
import { changedUsage, type Usage } from '../../model/counter/usage';
import { Table } from '../../model/table/table';
import type { Statistics } from '../statistics/statistics';

export interface CountersOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly statistics: Statistics;
}

interface Counter {
  readonly sender: string;
  readonly path: string;
  readonly periodMs: number;
  /** What it has heard of each service, by the service's path. */
  readonly heard: Map<string, { readonly home?: Usage; readonly roaming?: Usage }>;
  end: () => void;
}

const mostPerClient = 16;
/** Timers know no longer wait. */
const longestPeriodMs = 24 * 86_400_000;

export class Counters {
  private readonly options: CountersOptions;
  /** By path. */
  private readonly counters = new Table<string, Counter>();
  private readonly bySender = this.counters.groupBy(({ sender }) => sender);

  constructor(options: CountersOptions) {
    this.options = options;
  }

  /** A period of 0 s asks for nothing. */
  register(sender: string, path: string, periodSeconds: number): void {
    if (this.counters.has(path)) throw connmanError('AlreadyExists');
    if (this.bySender.size(sender) >= mostPerClient)
      throw explainedError('Failed', `a client may have ${mostPerClient} counters`);
    const periodMs = Math.min(periodSeconds * 1000, longestPeriodMs);
    const counter: Counter = { sender, path, periodMs, heard: new Map(), end: () => {} };
    const endWatch = this.options.bus.watchName(sender, () => this.remove(counter));
    let endTimer = () => {};
    const tick = () => {
      this.report(counter);
      endTimer = this.options.clock.setTimer(periodMs, tick);
    };
    if (periodMs > 0) endTimer = this.options.clock.setTimer(periodMs, tick);
    counter.end = () => {
      endWatch();
      endTimer();
    };
    this.counters.set(path, counter);
  }

  unregister(sender: string, path: string): void {
    const counter = this.counters.get(path);
    if (!counter) throw connmanError('NotRegistered');
    if (counter.sender !== sender) throw connmanError('PermissionDenied', 'the counter belongs to another client');
    this.remove(counter);
  }

  /** The daemon ends: every counter is told. */
  close(): void {
    for (const counter of this.counters.values()) {
      this.clientOf(counter).send('Release', []);
      this.remove(counter);
    }
  }

  private remove(counter: Counter): void {
    counter.end();
    this.counters.delete(counter.path);
  }

  /** All of a service's values the first time, then those that have changed. */
  private report(counter: Counter): void {
    const connected = this.options.statistics.current();
    const paths = new Set(connected.map(({ path }) => path));
    for (const path of counter.heard.keys()) if (!paths.has(path)) counter.heard.delete(path);
    for (const { path, isRoaming, home, roaming } of connected) {
      const kind = isRoaming ? 'roaming' : 'home';
      const usage = (isRoaming ? roaming : home).map(Math.floor);
      const heard = counter.heard.get(path);
      const changed = new Map([...changedUsage(heard?.[kind], usage)].map(([key, value]) => [key, uint32(value)]));
      counter.heard.set(path, { ...heard, [kind]: usage });
      this.clientOf(counter).send('Usage', isRoaming ? [path, {}, changed] : [path, changed, {}]);
    }
  }

  private clientOf({ sender, path }: Counter) {
    return this.options.bus.object(counterInterface, { name: sender, path });
  }
}

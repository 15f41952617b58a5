/** What is counted of all connections since the start, for net.connman.Diagnosis.Metrics: kept as it happens, put into words elsewhere. */
import type { Instant } from '@connman/base';
import type { TechnologyType } from '@connman/contracts';
import { isConnected, type Service, type ServiceError } from '../service/service';

/** Upper bounds in seconds; slower ones are counted in all alone. */
export const timeToOnlineBounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

export interface TimeToOnline {
  /** One for each bound, not added up, and one for what is slower. */
  readonly counts: number[];
  sumSeconds: number;
}

export interface Metrics {
  readonly connects: Map<TechnologyType, number>;
  readonly failures: Map<TechnologyType, Map<ServiceError, number>>;
  readonly timeToOnline: Map<TechnologyType, TimeToOnline>;
  /** The default service goes by another link than the one before. */
  routeSwitches: number;
  /** Of the last default service that was connected. */
  defaultLink: number | undefined;
  /** When the connection began by which a service was online last. */
  readonly wasOnline: Map<string, Instant>;
}

export function newMetrics(): Metrics {
  return {
    connects: new Map(),
    failures: new Map(),
    timeToOnline: new Map(),
    routeSwitches: 0,
    defaultLink: undefined,
    wasOnline: new Map(),
  };
}

export function countService(
  metrics: Metrics,
  id: string,
  before: Service | undefined,
  now: Service | undefined,
  at: Instant,
): void {
  if (!now) metrics.wasOnline.delete(id);
  if (!now || (before?.state === now.state && before.failures === now.failures)) return;
  const { type, state, error, connection } = now;
  if (isConnected(state) && !(before && isConnected(before.state))) add(metrics.connects, type);
  if (error !== '' && now.failures > (before?.failures ?? 0)) {
    const ofType = metrics.failures.get(type) ?? new Map<ServiceError, number>();
    metrics.failures.set(type, ofType);
    add(ofType, error);
  }
  // A service that falls back to ready and is online again has not come online another time.
  if (state !== 'online' || !connection || metrics.wasOnline.get(id) === connection.since) return;
  metrics.wasOnline.set(id, connection.since);
  observe(metrics, type, (at - connection.since) / 1000);
}

export function countDefaultLink(metrics: Metrics, link: number | undefined): void {
  if (link === undefined || link === metrics.defaultLink) return;
  if (metrics.defaultLink !== undefined) metrics.routeSwitches++;
  metrics.defaultLink = link;
}

function observe({ timeToOnline }: Metrics, type: TechnologyType, seconds: number): void {
  const times = timeToOnline.get(type) ?? { counts: [...timeToOnlineBounds.map(() => 0), 0], sumSeconds: 0 };
  timeToOnline.set(type, times);
  const place = timeToOnlineBounds.findIndex((bound) => seconds <= bound);
  const index = place < 0 ? timeToOnlineBounds.length : place;
  times.counts[index] = (times.counts[index] ?? 0) + 1;
  times.sumSeconds += seconds;
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** From what the servers say to a correction of the clock, or to the reason why there is none. */
import type { Discipline, Leap } from '@connman/ports';
import type { Transition } from './client-state';
import { type Fit, fitAt, wanderPpm } from './fit';
import { isLeapDay, plannedLeap } from './leap';
import { type Selection, select } from './select';
import type { Source } from './source';

/** A server that leaps farther than this from what it said before is not believed alone (panic threshold of ntpd). */
const leapOfTimeMs = 1_000_000;
/** No certificate's validity and no battery outlives this. */
const plausibleYears = 30;
const yearSeconds = 31_556_952;
/** A rate is never trusted better than this, in parts per million: temperature changes it. */
const leastPriorError = 0.5;

export type Verdict = 'corrected' | 'waiting' | 'disputed';

interface Opinion {
  readonly source: Source;
  readonly fit: Fit;
}

/** Corrects the clock if the servers agree. 'disputed' asks for more of them. */
export function correct(turn: Transition): Verdict {
  const { reading } = turn.event;
  const opinions = turn.state.sources.flatMap((source) =>
    source.fit && source.reach !== 0 ? [{ source, fit: fitAt(source.fit, reading.raw) }] : [],
  );
  const selection = select(opinions.map((opinion) => candidate(opinion, reading.raw)));
  const unheard = turn.state.sources.filter(({ samples, misses }) => samples.length === 0 && misses === 0).length;
  if (opinions.length === 0) return 'waiting';
  const agreeing = selection?.survivors.length ?? 0;
  // The first who answer may be the ones who lie: as long as others may outvote them, they are waited for.
  if (unheard > 0 && agreeing * 2 <= opinions.length + unheard) return 'waiting';
  if (!selection) {
    const said = opinions.map(
      ({ source, fit }) => `${name(source)} ${signedSeconds(fit.offset + reading.raw - reading.wall)}`,
    );
    turn.sayOnce('disputed', 'warning', `time servers disagree (${said.join(', ')}); leaving the clock alone`);
    return 'disputed';
  }
  const trueTime = selection.offset + reading.raw;
  const fault = agreeing < 2 ? absurdity(turn, trueTime) : undefined;
  if (fault) {
    const [only] = selection.survivors;
    const when = new Date(trueTime).toISOString();
    const text = `${only ? name(only.id.source) : 'a time server'} says ${when}, which ${fault}; refused until another server agrees`;
    turn.sayOnce('disputed', 'warning', text);
    return 'disputed';
  }
  turn.unsay('disputed');
  nameFalsetickers(turn, selection);
  apply(turn, selection);
  return 'corrected';
}

function candidate(opinion: Opinion, raw: number) {
  const { source, fit } = opinion;
  const latest = source.samples[source.samples.length - 1];
  const best = Math.min(...source.samples.map(({ distance }) => distance));
  const aging = latest ? ((raw - latest.raw) * wanderPpm) / 1e6 : 0;
  return { id: opinion, offset: fit.offset, distance: best + 2 * fit.offsetError + aging };
}

/** Why one server alone is not believed that it is this late, as the rest of a sentence. */
function absurdity(turn: Transition, trueTime: number): string | undefined {
  const { request, known } = turn.state;
  if (trueTime < request.notBefore * 1000) return 'is before this software was made';
  if (trueTime > (request.notBefore + plausibleYears * yearSeconds) * 1000)
    return `is more than ${plausibleYears} years on`;
  const { anchor } = known;
  if (!anchor) return undefined;
  const leap = trueTime - (anchor.trueTime + turn.event.reading.boot - anchor.boot);
  return Math.abs(leap) > leapOfTimeMs ? `is ${signedSeconds(leap)} from what servers said before` : undefined;
}

function nameFalsetickers(turn: Transition, selection: Selection<Opinion>): void {
  const { reading } = turn.event;
  for (const { id, offset } of selection.falsetickers) {
    const text = `${name(id.source)} is a falseticker: ${signedSeconds(offset - selection.offset)} from the majority; not used`;
    turn.sayOnce(
      `false ${id.source.id}`,
      'warning',
      `${text} (clock ${signedSeconds(offset + reading.raw - reading.wall)})`,
    );
  }
  for (const { id } of selection.survivors) {
    if (turn.unsay(`false ${id.source.id}`)) turn.log('info', `${name(id.source)} agrees with the other servers again`);
  }
}

function apply(turn: Transition, selection: Selection<Opinion>): void {
  const { reading } = turn.event;
  const { request, known } = turn.state;
  const offsetMs = selection.offset + reading.raw - reading.wall;
  const stepped = Math.abs(offsetMs) >= request.stepThreshold * 1000;
  const rate = rateOf(selection);
  const distance = selection.distance / 1000;
  const trueTime = selection.offset + reading.raw;
  const leap = leapOf(selection, trueTime);
  const discipline: Discipline = {
    frequency: Math.max(-500, Math.min(500, rate.frequency)),
    slew: stepped ? 0 : offsetMs / 1000,
    maxError: distance + (stepped ? 0 : Math.abs(offsetMs) / 1000),
    estimatedError: rate.offsetError / 1000,
    leap,
  };
  if (stepped) turn.effects.push({ kind: 'step', seconds: offsetMs / 1000 });
  turn.effects.push({ kind: 'discipline', discipline });
  const closest = selection.survivors.reduce((a, b) => (b.distance < a.distance ? b : a)).id.source;
  const latest = closest.samples[closest.samples.length - 1];
  turn.effects.push({
    kind: 'publish',
    event: {
      ...{ kind: 'synchronised', server: closest.host, address: closest.address },
      ...{ offset: offsetMs / 1000, stepped, frequency: discipline.frequency, rootDistance: distance },
      stratum: latest?.stratum ?? 0,
      agreeing: selection.survivors.length,
      asked: turn.state.sources.length,
    },
  });
  if (!turn.state.synchronised || stepped)
    turn.log('info', `clock ${stepped ? 'stepped' : 'slewed'} by ${signedSeconds(offsetMs)}, after ${name(closest)}`);
  else turn.log('debug', `${name(closest)}: ${signedSeconds(offsetMs)}, ${discipline.frequency.toFixed(3)} ppm`);
  const anchor = { boot: reading.boot, trueTime };
  turn.set({ synchronised: true, failedRounds: 0, leap: plannedLeap(leap, trueTime), known: { ...known, anchor } });
}

/** Of the survivors, each counting as well as it is known. */
function rateOf(selection: Selection<Opinion>): { readonly frequency: number; readonly offsetError: number } {
  let weights = 0;
  let sum = 0;
  for (const { id } of selection.survivors) {
    const weight = 1 / id.fit.frequencyError ** 2;
    weights += weight;
    sum += weight * id.fit.frequency;
  }
  return {
    frequency: sum / weights,
    offsetError: Math.min(...selection.survivors.map(({ id }) => id.fit.offsetError)),
  };
}

/** What is known of the oscillator's rate now, for servers that are asked from now on. */
export function priorAfter(turn: Transition): void {
  const fits = turn.state.sources.flatMap(({ fit }) => (fit ? [fit] : []));
  const best = fits.reduce<Fit | undefined>((a, b) => (!a || b.frequencyError < a.frequencyError ? b : a), undefined);
  if (!best) return;
  const prior = { frequency: best.frequency, error: Math.max(leastPriorError, best.frequencyError) };
  turn.set({ known: { ...turn.state.known, prior } });
}

function leapOf(selection: Selection<Opinion>, trueTime: number): Leap {
  if (!isLeapDay(trueTime)) return 'none';
  const said = selection.survivors.map(({ id }) => id.source.samples[id.source.samples.length - 1]?.leap);
  const majority = (leap: Leap) => said.filter((one) => one === leap).length * 2 > said.length;
  if (majority('insert')) return 'insert';
  return majority('delete') ? 'delete' : 'none';
}

export function name({ host, address }: Pick<Source, 'host' | 'address'>): string {
  return host === address ? address : `${host} (${address})`;
}

/** A span given in milliseconds, as text: "+0.000123 s". */
function signedSeconds(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return `${seconds < 0 ? '' : '+'}${seconds.toFixed(Math.abs(seconds) < 10 ? 6 : 1)} s`;
}

/**
 * The client as step(state, event): which servers are asked and when. Groups of servers are opened one after the other, four
 * servers are asked at a time, and one that is lost makes room for the next.
 */
import { after, type Instant, type Step } from '@connman/base';
import { type IpAddress, parseIp } from '@connman/inet';
import {
  type ClientEffect,
  type ClientEvent,
  type ClientState,
  type Known,
  type Running,
  Transition,
} from './client-state';
import { correct, name, priorAfter } from './correct';
import { passLeap } from './leap';
import {
  afterSleep,
  answered,
  asked,
  createSource,
  deadlineOf as deadlineOfSource,
  isLost,
  missed,
  type Source,
  slowedDown,
} from './source';
import { yields } from './yield';

/** Enough for a majority with one that is wrong (RFC 8633 section 3.2). */
const mostSources = 4;
/** When nothing responds: the first pause (ConnMan's), doubled up to a quarter of an hour. */
const firstRoundPauseMs = 5000;
const longestRoundPauseMs = 900_000;
/** How long servers that are not the preferred ones are used before those are tried again (ConnMan's, too). */
const reviewMs = 7_200_000;
/** The machine has slept if the boot clock went on for this much longer than the raw one. */
const sleepMs = 1000;
/** What is known of an oscillator's rate, in ppm: nothing, or what another run has left in the kernel. */
const unknownRateError = 50;
const inheritedRateError = 5;

const never = Number.POSITIVE_INFINITY as Instant;

export const stopped: ClientState = { kind: 'stopped', known: undefined };

export function step(state: ClientState, event: ClientEvent): Step<ClientState, ClientEffect> {
  if (event.kind === 'start') return start(state, event);
  if (state.kind === 'stopped') return { state, effects: [] };
  const turn = new Transition(state, event);
  if (event.kind === 'stop') return stop(turn);
  noticeSleep(turn);
  passLeap(turn);
  if (!yields(turn)) {
    if (turn.state.groups === 0 && turn.state.nextRound === undefined) openGroup(turn);
    takeIn(turn);
    askWhoIsDue(turn);
  }
  turn.set({ known: { ...turn.state.known, lastReading: event.reading } });
  return { state: turn.state, effects: turn.effects };
}

/** When the machine wants its next 'time' event. */
export function deadlineOf(state: ClientState): Instant {
  if (state.kind === 'stopped') return never;
  if (state.yielded) return state.yielded.checkAt;
  return Math.min(state.nextRound ?? state.reviewAt ?? never, ...state.sources.map(deadlineOfSource)) as Instant;
}

function start(state: ClientState, event: ClientEvent & { kind: 'start' }): Step<ClientState, ClientEffect> {
  const { request, reading, status } = event;
  const effects: ClientEffect[] = [];
  let known = state.known;
  if (state.kind === 'running') {
    const before = new Transition(state, event);
    priorAfter(before);
    known = before.state.known;
    for (const { id } of state.sources) effects.push({ kind: 'forget', id });
  }
  const running: Running = {
    ...{ kind: 'running', request, groups: 0, sources: [], spare: [], lookups: [], denied: [] },
    ...{
      lastId: state.kind === 'running' ? state.lastId : 0,
      nextRound: undefined,
      reviewAt: undefined,
      failedRounds: 0,
    },
    ...{
      synchronised: false,
      leap: undefined,
      yielded: state.kind === 'running' ? state.yielded : undefined,
      said: new Set<string>(),
    },
    known: { ...(known ?? firstKnown(event)), lastReading: reading },
  };
  const turn = new Transition(running, { kind: 'time', reading, status, random: event.random });
  if (!yields(turn)) {
    openGroup(turn);
    askWhoIsDue(turn);
  }
  return { state: turn.state, effects: [...effects, ...turn.effects] };
}

function firstKnown({ reading, status }: ClientEvent): Known {
  const error = status.frequency === 0 ? unknownRateError : inheritedRateError;
  return { prior: { frequency: status.frequency, error }, anchor: undefined, lastReading: reading };
}

function stop(turn: Transition): Step<ClientState, ClientEffect> {
  priorAfter(turn);
  for (const { id } of turn.state.sources) turn.effects.push({ kind: 'forget', id });
  if (turn.event.status.disciplinedBy === 'us') turn.effects.push({ kind: 'release' });
  return { state: { kind: 'stopped', known: turn.state.known }, effects: turn.effects };
}

function noticeSleep(turn: Transition): void {
  const { reading } = turn.event;
  const { lastReading } = turn.state.known;
  const slept = reading.boot - lastReading.boot - (reading.raw - lastReading.raw);
  if (slept < sleepMs) return;
  turn.log('info', `the machine slept for ${Math.round(slept / 1000)} s; asking time servers again`);
  priorAfter(turn);
  for (const { id } of turn.state.sources) turn.effects.push({ kind: 'forget', id });
  turn.set({ sources: turn.state.sources.map((source) => afterSleep(source, turn.now)) });
}

function takeIn(turn: Transition): void {
  const { event } = turn;
  switch (event.kind) {
    case 'time':
      return takeTime(turn);
    case 'resolved':
    case 'unresolved': {
      if (!turn.state.lookups.includes(event.host)) return;
      turn.set({ lookups: turn.state.lookups.filter((host) => host !== event.host) });
      if (event.kind === 'resolved') addAddresses(turn, event.host, event.addresses);
      else turn.sayOnce(`lookup ${event.host}`, 'info', `no address of time server ${event.host}: ${event.reason}`);
      return openMoreIfIdle(turn);
    }
    case 'sample': {
      const source = turn.source(event.id);
      if (!source) return;
      turn.unsay(`miss ${source.address}`);
      turn.setSource(answered(source, event.sample, turn.state.known.prior, turn.now));
      if (correct(turn) === 'disputed') openGroup(turn);
      return;
    }
    case 'refused':
    case 'unreachable': {
      const source = turn.source(event.id);
      if (source) takeRefusal(turn, source, event);
      return;
    }
    default:
      return;
  }
}

function takeTime(turn: Transition): void {
  const { nextRound, reviewAt, sources } = turn.state;
  if ((nextRound ?? reviewAt ?? never) <= turn.now) {
    priorAfter(turn);
    for (const { id } of sources) turn.effects.push({ kind: 'forget', id });
    turn.set({ nextRound: undefined, reviewAt: undefined, groups: 0, sources: [], spare: [], lookups: [] });
    openGroup(turn);
  }
  const late = turn.state.sources.filter(({ answerBy }) => answerBy !== undefined && answerBy <= turn.now);
  for (const source of late) {
    turn.effects.push({ kind: 'forget', id: source.id });
    miss(turn, source, 'no response');
  }
  // Those who were waited for have had their time; what the others said may count now.
  if (late.some(({ samples }) => samples.length === 0) && correct(turn) === 'disputed') openGroup(turn);
}

function takeRefusal(turn: Transition, source: Source, event: ClientEvent & { kind: 'refused' | 'unreachable' }): void {
  if (event.kind === 'unreachable') return missLater(turn, source, event.reason);
  const { refusal } = event;
  if (refusal.kind === 'stray') return;
  if (refusal.kind === 'unfit') return missLater(turn, source, `its answer ${refusal.reason}`);
  switch (refusal.code) {
    case 'RATE':
      turn.log('info', `time server ${name(source)} limits the rate (RATE); querying it less often`);
      return turn.setSource(slowedDown(source, refusal, turn.now));
    case 'DENY':
    case 'RSTR':
      turn.log('warning', `time server ${name(source)} refuses queries (${refusal.code}); using others`);
      turn.set({ denied: [...turn.state.denied, source.address] });
      return drop(turn, source);
    default:
      return missLater(turn, source, `its answer is the kiss of death "${refusal.code}"`);
  }
}

/** The answer came at once and does not help: the next try waits as long as an answer could have taken. */
function missLater(turn: Transition, source: Source, reason: string): void {
  const { answerBy } = source;
  miss(turn, source, reason);
  const still = turn.source(source.id);
  if (still && answerBy !== undefined && still.nextQuery < answerBy) turn.setSource({ ...still, nextQuery: answerBy });
}

function miss(turn: Transition, source: Source, reason: string): void {
  const next = missed(source, turn.now);
  turn.setSource(next);
  if (!isLost(next)) return turn.log('debug', `time server ${name(source)}: ${reason}`);
  turn.sayOnce(`miss ${source.address}`, 'info', `time server ${name(source)} is given up: ${reason}`);
  drop(turn, next);
}

function drop(turn: Transition, source: Source): void {
  turn.set({ sources: turn.state.sources.filter(({ id }) => id !== source.id) });
  fill(turn);
  openMoreIfIdle(turn);
}

function addAddresses(turn: Transition, host: string, addresses: readonly IpAddress[]): void {
  const { sources, spare, denied } = turn.state;
  const taken = new Set([...sources, ...spare].map((one) => one.address).concat(denied));
  const fresh = [...new Set(addresses)].filter((address) => !taken.has(address));
  turn.set({ spare: [...spare, ...fresh.map((address) => ({ host, address }))] });
  fill(turn);
}

function fill(turn: Transition): void {
  while (turn.state.sources.length < mostSources) {
    const [next, ...spare] = turn.state.spare;
    if (!next) return;
    const id = turn.state.lastId + 1;
    const source = createSource(id, next.host, next.address, turn.now);
    turn.set({ spare, lastId: id, sources: [...turn.state.sources, source] });
  }
}

/** The next group of servers joins those in use, if there is one. */
function openGroup(turn: Transition): void {
  const { request, groups } = turn.state;
  const hosts = request.groups[groups];
  if (!hosts) return;
  turn.set({ groups: groups + 1, reviewAt: groups > 0 ? after(turn.now, reviewMs) : undefined });
  for (const host of hosts) {
    const address = parseIp(host);
    if (address) addAddresses(turn, host, [address]);
    else if (!turn.state.lookups.includes(host)) {
      turn.set({ lookups: [...turn.state.lookups, host] });
      turn.effects.push({ kind: 'resolve', host });
    }
  }
  openMoreIfIdle(turn);
}

function openMoreIfIdle(turn: Transition): void {
  const { sources, spare, lookups, groups, request, nextRound, failedRounds, synchronised } = turn.state;
  if (sources.length + spare.length + lookups.length > 0 || nextRound !== undefined) return;
  if (groups < request.groups.length) return openGroup(turn);
  const pause = Math.min(firstRoundPauseMs * 2 ** failedRounds, longestRoundPauseMs);
  if (synchronised || failedRounds === 0) {
    const reason = 'no time server responds';
    turn.effects.push({ kind: 'publish', event: { kind: 'unsynchronised', reason } });
    turn.log('info', `${reason}; trying again in ${pause / 1000} s and from then on`);
  }
  priorAfter(turn);
  turn.set({ nextRound: after(turn.now, pause), failedRounds: failedRounds + 1, synchronised: false });
}

function askWhoIsDue(turn: Transition): void {
  for (const { id } of turn.state.sources) {
    const source = turn.source(id);
    if (!source || source.answerBy !== undefined || source.nextQuery > turn.now) continue;
    const next = asked(source, turn.now, turn.event.random);
    turn.setSource(next);
    turn.effects.push({ kind: 'query', source: next });
  }
}

/**
 * Stage: the default service's time servers are asked (rules 152 and 153); what clients set of the clock (rule 160), and what a
 * cellular network sends of it.
 */
import type { TechnologyEvent } from '@connman/contracts';
import type { ClockFact, ClockSetting, ClockState } from '../model/clock/clock';
import { ntpRequest, sourceDate } from '../model/clock/timeservers';
import { isConnected } from '../model/service/service';
import { defaultService, type Turn } from '../turn';
import { globalSettingsOf } from '../world';

export function keepTime(turn: Turn): void {
  const { world } = turn;
  const { clock, config, observed } = world;
  const service = defaultService(world);
  const isWanted = clock.timeUpdates === 'auto' && service && isConnected(service.state);
  const request = isWanted ? ntpRequest(clock, service, config, observed) : undefined;
  const text = request ? JSON.stringify(request) : '';
  if ((world.handedOut.get('clock') ?? '') === text) return;
  world.handedOut.set('clock', text);
  set(turn, { synced: false });
  turn.emit({ kind: 'clock', command: request ? { kind: 'start', request } : { kind: 'stop' } });
}

export function absorbClock(turn: Turn, fact: ClockFact): void {
  const { world } = turn;
  switch (fact.kind) {
    case 'timezone':
      if (fact.country !== undefined) world.country = fact.country;
      return set(turn, { timezone: fact.timezone });
    case 'done':
      if (fact.outcome.ok) set(turn, { announced: Math.floor(world.wall / 1000) });
      return fact.operation === undefined ? undefined : turn.reply([fact.operation], fact.outcome);
    case 'ntp': {
      // What was on its way when the component was stopped.
      if (!world.handedOut.get('clock')) return;
      const { event } = fact;
      if (event.kind === 'failed') turn.log('error', `time synchronisation has stopped: ${event.reason}`);
      if (event.kind !== 'synchronised') return set(turn, { synced: false });
      const isNews = event.stepped || !world.clock.synced;
      return set(turn, { synced: true, ...(isNews && { announced: Math.floor(world.wall / 1000) }) });
    }
  }
}

/** A network's time is some seconds old when it comes: it is for clocks that are further from the truth. */
const networkToleranceMs = 10_000;

/** Time servers know better, and a zone with the same time stays. */
export function followNetworkTime(turn: Turn, told: TechnologyEvent & { readonly kind: 'network-time' }): void {
  const { clock, wall } = turn.world;
  const { seconds, timezones } = told;
  const isTrue = seconds !== undefined && seconds >= sourceDate;
  const isWanted = clock.timeUpdates === 'auto' && !clock.synced;
  if (isWanted && isTrue && Math.abs(seconds * 1000 - wall) > networkToleranceMs)
    turn.emit({ kind: 'clock', command: { kind: 'set-time', seconds } });
  const [timezone] = timezones;
  const isKnown = clock.timezone !== undefined && timezones.includes(clock.timezone);
  if (clock.timezoneUpdates !== 'auto' || timezone === undefined || isKnown) return;
  turn.emit({ kind: 'clock', command: { kind: 'set-timezone', timezone } });
}

export function setClock(turn: Turn, setting: ClockSetting, operation: number): void {
  const { clock } = turn.world;
  const denied = (updates: string) =>
    ({ ok: false, error: 'PermissionDenied', reason: `${updates} is auto; set it to manual first` }) as const;
  switch (setting.name) {
    case 'Time':
      if (clock.timeUpdates === 'auto') return turn.reply([operation], denied('TimeUpdates'));
      return turn.emit({ kind: 'clock', command: { kind: 'set-time', operation, seconds: setting.value } });
    case 'Timezone':
      if (clock.timezoneUpdates === 'auto') return turn.reply([operation], denied('TimezoneUpdates'));
      return turn.emit({ kind: 'clock', command: { kind: 'set-timezone', operation, timezone: setting.value } });
    case 'TimeUpdates':
      set(turn, { timeUpdates: setting.value });
      break;
    case 'TimezoneUpdates':
      set(turn, { timezoneUpdates: setting.value });
      break;
    case 'Timeservers':
      set(turn, { timeservers: setting.value });
      break;
  }
  turn.emit({ kind: 'store-global', settings: globalSettingsOf(turn.world) });
  turn.reply([operation], { ok: true });
}

function set({ world }: Turn, change: Partial<ClockState>): void {
  world.clock = { ...world.clock, ...change };
}

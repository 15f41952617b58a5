/** The clock: which time servers are asked, what clients set, what they are told (ConnMan rules 152 to 160). */
import { deviceId, type NtpEvent } from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import type { ClockSetting } from '../../src/model/clock/clock';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

type Bench = ReturnType<typeof online>['bench'];

const fallbackTimeservers = ['pool.fallback.test'];
const synchronised: NtpEvent = {
  ...{ kind: 'synchronised', server: 'pool.fallback.test', address: '192.0.2.1' as IpAddress, offset: 0.01 },
  ...{ stepped: false, frequency: 1, rootDistance: 0.01, stratum: 2, agreeing: 1, asked: 1 },
};

const setClock = (bench: Bench, setting: ClockSetting) => bench.ask({ kind: 'set-clock', setting });
const ntp = (bench: Bench, event: NtpEvent) => bench.daemon.dispatch({ kind: 'clock', fact: { kind: 'ntp', event } });
const clockOf = (bench: Bench) => bench.daemon.engine.world.clock;

/** The groups of servers of the latest command; its kind if it was no start. */
function asked(bench: Bench) {
  const command = bench.daemon.clockCommands.at(-1);
  return command?.kind === 'start' ? command.request.groups : command?.kind;
}

test('without any time server nothing is started', () => {
  const { bench } = online();
  expect(bench.daemon.clockCommands).toEqual([]);
});

test('the order is the service’s, the lease’s, gateways’, the clock’s, the fallback’s; none is asked twice (rule 152)', () => {
  const { bench, eth0 } = online({ fallbackTimeservers: ['c', 'd', 'a'], gatewaysAreTimeservers: true });
  const service = bench.idOf('eth0');
  bench.ask({ kind: 'configure', service, setting: { name: 'Timeservers.Configuration', value: ['a', 'a', 'b'] } });
  bench.dhcp.bound(eth0, { ...leaseOf('10.0.0.5'), timeservers: ['10.0.0.9' as never] });
  setClock(bench, { name: 'Timeservers', value: ['b', 'c'] });
  expect(asked(bench)).toEqual([['a', 'b'], ['10.0.0.9'], ['10.0.0.1'], ['c'], ['d']]);
});

test('the same servers are not started again, others are at once (rule 153)', () => {
  const { bench } = online({ fallbackTimeservers });
  bench.advance(20_000);
  expect(bench.daemon.clockCommands).toHaveLength(1);
  setClock(bench, { name: 'Timeservers', value: ['mine.test'] });
  expect(asked(bench)).toEqual([['mine.test'], fallbackTimeservers]);
  expect(bench.daemon.clockCommands).toHaveLength(2);
});

test('without a default service the clock is left alone and is not synced any more (rule 153)', () => {
  const { bench } = online({ fallbackTimeservers });
  ntp(bench, synchronised);
  expect(clockOf(bench).synced).toBe(true);
  bench.ask({ kind: 'disconnect', service: bench.idOf('eth0') });
  expect([asked(bench), clockOf(bench).synced]).toEqual(['stop', false]);
});

test('servers are asked by the link of the default service, and its name servers are', () => {
  const { bench, eth0 } = twoUplinks({ fallbackTimeservers });
  const interfaces = () => bench.daemon.clockCommands.map((one) => one.kind === 'start' && one.request.interfaceName);
  expect(interfaces()).toEqual(['eth0']);
  bench.kernel.plug(eth0, false);
  bench.advance(5000);
  expect(interfaces().at(-1)).toBe('eth1');
});

test('TimeUpdates manual stops it, and auto starts it again (rule 160)', () => {
  const { bench } = online({ fallbackTimeservers });
  expect(setClock(bench, { name: 'TimeUpdates', value: 'manual' })).toEqual({ ok: true });
  expect(asked(bench)).toBe('stop');
  setClock(bench, { name: 'TimeUpdates', value: 'auto' });
  expect(asked(bench)).toEqual([fallbackTimeservers]);
});

test('Time and Timezone can be set in manual mode alone', () => {
  const { bench } = online();
  const denied = (updates: string) => ({
    ...{ ok: false, error: 'PermissionDenied', reason: `${updates} is auto; set it to manual first` },
  });
  expect(setClock(bench, { name: 'Time', value: 1 })).toEqual(denied('TimeUpdates'));
  expect(setClock(bench, { name: 'Timezone', value: 'UTC' })).toEqual(denied('TimezoneUpdates'));
  setClock(bench, { name: 'TimeUpdates', value: 'manual' });
  setClock(bench, { name: 'TimezoneUpdates', value: 'manual' });
  expect(setClock(bench, { name: 'Time', value: 1 })).toBeUndefined();
  const command = bench.daemon.clockCommands.at(-1);
  expect(command).toMatchObject({ kind: 'set-time', seconds: 1 });
  if (command?.kind !== 'set-time' || command.operation === undefined) throw new Error('not for a client');
  bench.daemon.dispatch({ kind: 'clock', fact: { kind: 'done', operation: command.operation, outcome: { ok: true } } });
  expect(bench.daemon.answers.get(command.operation)).toEqual({ ok: true });
  setClock(bench, { name: 'Timezone', value: 'UTC' });
  expect(bench.daemon.clockCommands.at(-1)).toMatchObject({ kind: 'set-timezone', timezone: 'UTC' });
});

describe('a time and zones that a cellular network sends', () => {
  const timezones = ['Europe/Helsinki', 'Etc/GMT-2'];
  const hour = 3_600_000;

  function told(prepare: (bench: Bench) => void = () => {}, timezone = 'Europe/Vienna', aheadMs = hour) {
    const { bench } = online({ fallbackTimeservers });
    // Beyond the day of which the program knows that it is past.
    bench.clock.jumpWallTime(100_000_000_000);
    bench.daemon.dispatch({ kind: 'clock', fact: { kind: 'timezone', timezone } });
    prepare(bench);
    const before = bench.daemon.clockCommands.length;
    const seconds = Math.round((bench.clock.wallTime() + aheadMs) / 1000);
    const event = { kind: 'network-time', device: deviceId('cellular:1'), seconds, timezones } as const;
    bench.daemon.dispatch({ kind: 'technology', driver: 'cellular', event });
    return { bench, seconds, commands: bench.daemon.clockCommands.slice(before) };
  }

  test('are taken while no time server is reached, and clients hear of the new time', () => {
    const { bench, seconds, commands } = told();
    expect(commands).toEqual([
      { kind: 'set-time', seconds },
      { kind: 'set-timezone', timezone: 'Europe/Helsinki' },
    ]);
    bench.daemon.dispatch({ kind: 'clock', fact: { kind: 'done', outcome: { ok: true } } });
    expect(clockOf(bench).announced).toBe(Math.floor(bench.clock.wallTime() / 1000));
  });

  test('a clock that is right within seconds, and a zone with the same time, stay', () => {
    expect(told(undefined, 'Etc/GMT-2', 5000).commands).toEqual([]);
  });

  test('time servers know better', () => {
    const { commands } = told((bench) => ntp(bench, synchronised), 'Europe/Helsinki');
    expect(commands).toEqual([]);
  });

  test('what is set by hand stays', () => {
    const { commands } = told((bench) => {
      setClock(bench, { name: 'TimeUpdates', value: 'manual' });
      setClock(bench, { name: 'TimezoneUpdates', value: 'manual' });
    });
    expect(commands).toEqual([]);
  });

  test('a time before this program was written is none', () => {
    expect(told(undefined, 'Europe/Helsinki', -hour * 24 * 20_000).commands).toEqual([]);
  });
});

test('what clients set outlives the daemon', () => {
  const { bench } = online();
  setClock(bench, { name: 'TimeUpdates', value: 'manual' });
  setClock(bench, { name: 'Timeservers', value: ['mine.test'] });
  bench.restart();
  expect(clockOf(bench)).toMatchObject({ timeUpdates: 'manual', timezoneUpdates: 'auto', timeservers: ['mine.test'] });
});

test('clients hear of a new time when it was stepped or is the first, not with each poll (rule 156)', () => {
  const { bench } = online({ fallbackTimeservers });
  ntp(bench, synchronised);
  const { announced } = clockOf(bench);
  bench.advance(64_000);
  ntp(bench, synchronised);
  expect(clockOf(bench).announced).toBe(announced);
  ntp(bench, { ...synchronised, stepped: true });
  expect(clockOf(bench).announced).toBe((announced ?? 0) + 64);
});

test('when no server responds, or another program has the clock, it is not synced', () => {
  const { bench } = online({ fallbackTimeservers });
  for (const event of [{ kind: 'unsynchronised', reason: 'no time server responds' }, { kind: 'yielded' }] as const) {
    ntp(bench, synchronised);
    ntp(bench, event);
    expect([event.kind, clockOf(bench).synced]).toEqual([event.kind, false]);
  }
});

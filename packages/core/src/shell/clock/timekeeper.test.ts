import { OsError, silentLogger } from '@connman/base';
import type { NtpComponent, NtpEvent, NtpRequest } from '@connman/contracts';
import type { ClockStatus, SystemClock } from '@connman/ports';
import { ManualClock, MemoryFiles } from '@connman/testkit';
import type { ClockFact } from '../../model/clock/clock';
import { Timekeeper } from './timekeeper';

const request: NtpRequest = { groups: [['a']], interfaceName: '', nameservers: [], stepThreshold: 0.4, notBefore: 0 };

interface RigOptions {
  readonly installed?: boolean;
  readonly setFails?: boolean;
  readonly disciplinedBy?: ClockStatus['disciplinedBy'];
}

function rig(options: RigOptions = {}) {
  const facts: ClockFact[] = [];
  const asked: string[] = [];
  const times: number[] = [];
  let changed = () => {};
  let publish: (event: NtpEvent) => void = () => {};
  const component: NtpComponent = {
    start: () => asked.push('start'),
    stop: () => asked.push('stop'),
    onEvent: (listener) => {
      publish = listener;
    },
  };
  const files = new MemoryFiles()
    .putFile('/usr/share/zoneinfo/UTC', 'TZif utc')
    .putFile('/usr/share/zoneinfo/Europe/Vienna', 'TZif vienna')
    .putLink('/etc/localtime', '/usr/share/zoneinfo/UTC');
  const set = (wallTime: number) => {
    if (options.setFails) throw new OsError('clock_settime', 1, 'the system clock');
    times.push(wallTime);
  };
  const status = (): ClockStatus => ({
    ...{ maxError: 0, frequency: 0, pending: 0, disciplinedBy: options.disciplinedBy ?? 'nobody' },
  });
  const clock = new ManualClock();
  const keeper = new Timekeeper({
    ...{ clock, files, log: silentLogger, localtime: '/etc/localtime', namesCountry: false },
    systemClock: { set, status } as Pick<SystemClock, 'set' | 'status'> as SystemClock,
    folders: {
      watch: (folder, onChange) => {
        asked.push(`watch ${folder}`);
        changed = onChange;
        return () => asked.push('unwatch');
      },
    },
    loadNtp: () => {
      asked.push('load');
      return options.installed === false ? undefined : component;
    },
    dispatch: (fact) => facts.push(fact),
  });
  return {
    keeper,
    facts,
    asked,
    times,
    files,
    clock,
    change: () => changed(),
    publish: (event: NtpEvent) => publish(event),
  };
}

test('the component is loaded when there is a server to ask, not before and not twice', () => {
  const { keeper, asked, facts, publish } = rig();
  keeper.start();
  keeper.carryOut({ kind: 'stop' });
  expect(asked).toEqual(['watch /etc']);
  keeper.carryOut({ kind: 'start', request });
  keeper.carryOut({ kind: 'stop' });
  keeper.carryOut({ kind: 'start', request });
  expect(asked).toEqual(['watch /etc', 'load', 'start', 'stop', 'start']);
  publish({ kind: 'yielded' });
  expect(facts.at(-1)).toEqual({ kind: 'ntp', event: { kind: 'yielded' } });
  keeper.close();
  expect(asked.at(-1)).toBe('unwatch');
});

test('an installation without the part goes on without the time', () => {
  const { keeper, asked } = rig({ installed: false });
  keeper.carryOut({ kind: 'start', request });
  keeper.carryOut({ kind: 'start', request });
  expect(asked).toEqual(['load']);
});

test('the zone is known at the start, and each change of the file is noticed once', () => {
  const { keeper, facts, files, change } = rig();
  keeper.start();
  change();
  files.putLink('/etc/localtime', '/usr/share/zoneinfo/Europe/Vienna');
  change();
  change();
  expect(facts).toEqual([
    { kind: 'timezone', timezone: 'UTC' },
    { kind: 'timezone', timezone: 'Europe/Vienna' },
  ]);
});

test('a copy is compared with all zones three seconds later, not while the daemon starts', () => {
  const { keeper, facts, files, clock } = rig();
  files.remove('/etc/localtime');
  files.putFile('/etc/localtime', 'TZif vienna');
  keeper.start();
  expect(facts).toEqual([]);
  clock.advance(3000);
  expect(facts).toEqual([{ kind: 'timezone', timezone: 'Europe/Vienna' }]);
});

test('setting the zone changes the file and is answered; a zone that does not exist is an invalid argument', () => {
  const { keeper, facts, files } = rig();
  keeper.start();
  keeper.carryOut({ kind: 'set-timezone', operation: 1, timezone: 'Europe/Vienna' });
  keeper.carryOut({ kind: 'set-timezone', operation: 2, timezone: '../../etc/passwd' });
  expect(files.readLink('/etc/localtime')).toBe('/usr/share/zoneinfo/Europe/Vienna');
  expect(facts.slice(1)).toEqual([
    { kind: 'timezone', timezone: 'Europe/Vienna' },
    { kind: 'done', operation: 1, outcome: { ok: true } },
    { kind: 'done', operation: 2, outcome: { ok: false, error: 'InvalidArguments' } },
  ]);
});

test('setting the time is answered, with the kernel’s refusal if there is one', () => {
  const allowed = rig();
  allowed.keeper.carryOut({ kind: 'set-time', operation: 1, seconds: 1_800_000_000 });
  expect(allowed.times).toEqual([1_800_000_000_000]);
  expect(allowed.facts).toEqual([{ kind: 'done', operation: 1, outcome: { ok: true } }]);
  const refused = rig({ setFails: true });
  refused.keeper.carryOut({ kind: 'set-time', operation: 1, seconds: 0 });
  expect(refused.facts).toEqual([
    { kind: 'done', operation: 1, outcome: { ok: false, error: 'Failed', text: 'Permission denied' } },
  ]);
});

test.each([
  ['nobody', [5000]],
  ['us', []],
  ['other', []],
] as const)('a network sets a clock that is disciplined by %s to %j, in no one’s name', (disciplinedBy, times) => {
  const { keeper, facts, times: set } = rig({ disciplinedBy });
  keeper.carryOut({ kind: 'set-time', seconds: 5 });
  expect(set).toEqual(times);
  expect(facts).toEqual(times.map(() => ({ kind: 'done', outcome: { ok: true } })));
});

test('a network’s zone is set like a client’s; one that is not installed is not', () => {
  const { keeper, facts, files } = rig();
  keeper.carryOut({ kind: 'set-timezone', timezone: 'Europe/Vienna' });
  expect(files.readLink('/etc/localtime')).toBe('/usr/share/zoneinfo/Europe/Vienna');
  keeper.carryOut({ kind: 'set-timezone', timezone: 'Mars/Base' });
  expect(facts.at(-1)).toEqual({ kind: 'done', outcome: { ok: false, error: 'InvalidArguments' } });
});

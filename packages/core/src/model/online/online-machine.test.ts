import { instant } from '@connman/base';
import { type IpAddress, parseIpv4 } from '@connman/inet';
import { intervalSeconds } from './check-interval';
import {
  type CheckOutcome,
  type CheckPath,
  initialOnlineState,
  isMarkedFailed,
  type OnlineEffect,
  type OnlineEvent,
  type OnlineSettings,
  type OnlineState,
  stepOnline,
} from './online-machine';

const settings: OnlineSettings = {
  mode: 'one-shot',
  ipv4Url: 'http://four.example/status',
  ipv6Url: 'http://six.example/status',
  intervals: { initial: 1, max: 12, style: 'geometric' },
  failuresThreshold: 6,
  successesThreshold: 6,
};
const path: CheckPath = { interfaceName: 'eth0', nameservers: [parseIpv4('192.0.2.53') as IpAddress], tls: 'off' };
const failure: CheckOutcome = { kind: 'failure', reason: 'HTTP status 404', transient: false };
const trouble: CheckOutcome = { kind: 'failure', reason: 'no route', transient: true };
const online: CheckOutcome = { kind: 'online' };

/** A machine with a clock, which answers the checks and lets the timer ring. */
function rig(overrides: Partial<OnlineSettings> = {}) {
  const used = { ...settings, ...overrides };
  let state: OnlineState = initialOnlineState;
  let now = 1000;
  let timerAt: number | undefined;
  let out: number[] = [];
  const send = (event: OnlineEvent): readonly OnlineEffect[] => {
    const frozen = JSON.stringify([...state.checks]);
    const previous = state;
    // A timer rings once.
    if (event.kind === 'timer') timerAt = undefined;
    const step = stepOnline(used, state, event);
    expect(JSON.stringify([...previous.checks])).toBe(frozen);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === 'timer') timerAt = effect.at;
      if (effect.kind === 'check') out.push(effect.checkId);
      if (effect.kind === 'cancel') out = out.filter((id) => id !== effect.checkId);
    }
    return step.effects.filter((effect) => effect.kind !== 'timer' && effect.kind !== 'check-failed');
  };
  return {
    get state() {
      return state;
    },
    get timerAt() {
      return timerAt;
    },
    get out() {
      return out;
    },
    start: (serviceId = 'wired', family: 4 | 6 = 4, over: Partial<CheckPath> = {}) =>
      send({ kind: 'start', at: instant(now), serviceId, family, path: { ...path, ...over } }),
    restart: () => send({ kind: 'restart', at: instant(now), serviceId: 'wired', family: 4 }),
    stop: (serviceId = 'wired') => send({ kind: 'stop', at: instant(now), serviceId }),
    answer: (outcome: CheckOutcome, checkId = out[0] as number) => {
      out = out.filter((id) => id !== checkId);
      return send({ kind: 'result', at: instant(now), checkId, outcome });
    },
    /** Lets the timer ring; says how many milliseconds that took. */
    ring: () => {
      const waited = (timerAt as number) - now;
      now += waited;
      send({ kind: 'timer', at: instant(now) });
      return waited;
    },
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    ringAt: (at: number) => send({ kind: 'timer', at: instant(at) }),
  };
}

test('the first check goes out at once, to the URL and by the path of its family', () => {
  const { start } = rig();
  expect(start()).toEqual([
    {
      kind: 'check',
      checkId: 1,
      serviceId: 'wired',
      family: 4,
      url: 'http://four.example/status',
      ...path,
      wantsDetails: true,
    },
  ]);
  expect(start('wired', 6)).toEqual([
    {
      kind: 'check',
      checkId: 2,
      serviceId: 'wired',
      family: 6,
      url: 'http://six.example/status',
      ...path,
      wantsDetails: true,
    },
  ]);
});

test('mode none never checks', () => {
  expect(rig({ mode: 'none' }).start()).toEqual([]);
});

test('one-shot ends with the first success', () => {
  const machine = rig();
  machine.start();
  expect(machine.answer(online)).toEqual([{ kind: 'online', serviceId: 'wired', family: 4 }]);
  expect(machine.timerAt).toBeUndefined();
  expect(machine.start()).toEqual([]);
});

test.each([
  ['geometric', [1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121, 144, 144, 144]],
  ['fibonacci', [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 144, 144]],
] as const)('failures are repeated in %s intervals that grow up to the maximum and stay', (style, expected) => {
  const machine = rig({ intervals: { initial: 1, max: 12, style } });
  machine.start();
  const waits = expected.map(() => {
    expect(machine.answer(failure)).toEqual([]);
    return machine.ring() / 1000;
  });
  expect(waits).toEqual(expected);
});

test('an initial interval above one begins there', () => {
  const machine = rig({ intervals: { initial: 3, max: 4, style: 'geometric' } });
  machine.start();
  machine.answer(failure);
  expect(machine.ring()).toBe(9000);
  machine.answer(failure);
  expect(machine.ring()).toBe(16000);
  machine.answer(failure);
  expect(machine.ring()).toBe(16000);
});

test('trouble of our own right after link up is retried three times within a second, then by the intervals', () => {
  const machine = rig();
  machine.start();
  const waits = [0, 1, 2, 3, 4].map(() => {
    machine.answer(trouble);
    return machine.ring();
  });
  expect(waits).toEqual([250, 250, 250, 1000, 4000]);
});

test('another path starts the check again and the old check’s answer no longer counts', () => {
  const machine = rig();
  machine.start();
  machine.answer(failure);
  machine.ring();
  const nameservers = [parseIpv4('198.51.100.53') as IpAddress];
  expect(machine.start('wired', 4, { nameservers })).toEqual([
    { kind: 'cancel', checkId: 2 },
    expect.objectContaining({ kind: 'check', checkId: 3, nameservers }),
  ]);
  expect(machine.answer(online, 2)).toEqual([]);
  machine.answer(failure, 3);
  expect(machine.ring()).toBe(1000);
});

describe('a path that changes all the time, as in a flood of router advertisements,', () => {
  const server = (n: number) => ({ nameservers: [parseIpv4(`192.0.2.${n}`) as IpAddress] });

  test('has one check out, and a new one a second at most, by the latest path', () => {
    const machine = rig();
    machine.start();
    const sent: unknown[] = [];
    for (let n = 1; n <= 200; n++) {
      sent.push(...machine.start('wired', 4, server(n)));
      expect(machine.out).toHaveLength(1);
      machine.pass(10);
      if ((machine.timerAt ?? Number.POSITIVE_INFINITY) <= 1000 + n * 10) machine.ring();
    }
    expect(sent.map((effect) => (effect as OnlineEffect).kind)).toEqual(['cancel', 'check']);
    expect(machine.out).toEqual([4]);
    expect(machine.state.checks.get('wired/4')?.path).toMatchObject(server(200));
  });

  test('hears the answer to the check that is out, and checks once more by the new path', () => {
    const machine = rig();
    machine.start();
    machine.start('wired', 4, server(1));
    machine.pass(10);
    machine.start('wired', 4, server(2));
    expect(machine.answer(online)).toEqual([{ kind: 'online', serviceId: 'wired', family: 4 }]);
    expect(machine.ring()).toBe(990);
    expect(machine.answer(online)).toEqual([]);
    expect(machine.timerAt).toBeUndefined();
  });
});

test('stopping cancels the check that is out and the one that is due', () => {
  const machine = rig();
  machine.start();
  expect(machine.stop()).toEqual([{ kind: 'cancel', checkId: 1 }]);
  machine.start();
  machine.answer(failure);
  expect(machine.stop()).toEqual([]);
  expect(machine.timerAt).toBeUndefined();
  expect(machine.state.checks.size).toBe(0);
});

test('a timer that rings too early is set again', () => {
  const machine = rig();
  machine.start();
  machine.answer(failure);
  const due = machine.timerAt as number;
  expect(machine.ringAt(due - 1)).toEqual([]);
  expect(machine.timerAt).toBe(due);
  expect(machine.ringAt(due)).toEqual([expect.objectContaining({ kind: 'check' })]);
  expect(machine.timerAt).toBeUndefined();
});

test('two services wait for their own moments on the one timer', () => {
  const machine = rig();
  machine.start('a');
  machine.answer(failure);
  machine.ring();
  machine.answer(failure);
  machine.start('b');
  machine.answer(failure);
  expect(machine.ring()).toBe(1000);
  expect(machine.out).toHaveLength(1);
  machine.answer(online);
  expect(machine.ring()).toBe(3000);
});

test('a portal is reported once per page and looked at again by the intervals', () => {
  const machine = rig();
  const portal: CheckOutcome = { kind: 'portal', url: 'http://hotel.example/login' };
  machine.start();
  expect(machine.answer(portal)).toEqual([
    { kind: 'portal', serviceId: 'wired', family: 4, url: 'http://hotel.example/login' },
  ]);
  machine.ring();
  expect(machine.answer(portal)).toEqual([]);
  expect(machine.answer(portal)).toEqual([]);
  machine.restart();
  expect(machine.answer(portal)).toHaveLength(1);
  machine.ring();
  expect(machine.answer(online)).toEqual([
    { kind: 'portal-over', serviceId: 'wired' },
    { kind: 'online', serviceId: 'wired', family: 4, wasPortal: true },
  ]);
});

test('a portal that names its page otherwise each time is reported once', () => {
  const machine = rig();
  machine.start();
  expect(machine.answer({ kind: 'portal', url: 'http://hotel.example/login?now=1' })).toHaveLength(1);
  machine.ring();
  expect(machine.answer({ kind: 'portal', url: 'http://hotel.example/login?now=2' })).toEqual([]);
  machine.ring();
  expect(machine.answer({ kind: 'portal', url: 'http://other.example/login' })).toHaveLength(1);
});

describe('an agent that says at once that the user has been to the portal', () => {
  const portal: CheckOutcome = { kind: 'portal', url: 'http://hotel.example/login' };

  test('has the first check sent at once, the next ones after a pause that grows to a minute', () => {
    const machine = rig();
    const pauses: number[] = [];
    machine.start();
    machine.answer(portal);
    machine.restart();
    expect(machine.out).toHaveLength(1);
    while (pauses.length < 10) {
      expect(machine.answer(portal)).toHaveLength(1);
      machine.restart();
      // Said twice, it is heard once.
      machine.restart();
      expect(machine.out).toEqual([]);
      pauses.push(machine.ring() / 1000);
    }
    // 49 s is the interval's.
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 49, 60, 60, 60]);
  });

  test('and takes a minute for it has its check at once', () => {
    const machine = rig();
    machine.start();
    machine.answer(portal);
    for (let visits = 0; visits < 10; visits++) {
      machine.restart();
      expect(machine.answer(portal)).toHaveLength(1);
      machine.pass(60_000);
    }
  });

  test('does not hold up the check that is due by the interval, nor is a pause left over when that one finds the internet', () => {
    const machine = rig({ intervals: { initial: 1, max: 1, style: 'geometric' } });
    machine.start();
    for (let visits = 0; visits < 4; visits++) {
      machine.answer(portal);
      machine.restart();
      if (machine.out.length === 0) machine.ring();
    }
    machine.answer(portal);
    machine.restart();
    expect(machine.ring()).toBe(1000);
    expect(machine.answer(online)).toEqual([{ kind: 'online', serviceId: 'wired', family: 4, wasPortal: true }]);
    expect(machine.timerAt).toBeUndefined();
    machine.restart();
    expect(machine.out).toHaveLength(1);
  });
});

test('when a service behind a portal is checked no more, its page need not be shown', () => {
  const machine = rig();
  machine.start();
  machine.answer({ kind: 'portal', url: 'http://hotel.example/login' });
  expect(machine.stop()).toEqual([{ kind: 'portal-over', serviceId: 'wired' }]);
  expect(machine.stop()).toEqual([]);
});

describe('continuous', () => {
  const continuous = { mode: 'continuous', failuresThreshold: 3, successesThreshold: 2 } as const;

  test('goes on at the maximum interval while it is online', () => {
    const machine = rig(continuous);
    machine.start();
    machine.answer(failure);
    machine.ring();
    machine.answer(online);
    expect(machine.ring()).toBe(144_000);
    expect(machine.answer(online)).toEqual([]);
    expect(machine.ring()).toBe(144_000);
  });

  test('demotes after failures in a row, checks at the initial interval, and recovers after successes in a row', () => {
    const machine = rig(continuous);
    const say = (outcome: CheckOutcome) => {
      const effects = machine.answer(outcome);
      return [effects, machine.ring()];
    };
    machine.start();
    say(online);
    expect(say(failure)).toEqual([[], 144_000]);
    say(online);
    expect(say(failure)).toEqual([[], 144_000]);
    expect(say(failure)).toEqual([[], 144_000]);
    expect(say(failure)).toEqual([[{ kind: 'offline', serviceId: 'wired', family: 4, failed: true }], 1000]);
    expect(isMarkedFailed(machine.state, 'wired')).toBe(true);
    expect(say(failure)).toEqual([[], 1000]);
    expect(say(online)).toEqual([[], 1000]);
    expect(say(failure)).toEqual([[], 1000]);
    expect(say(online)).toEqual([[], 1000]);
    expect(say(online)).toEqual([
      [
        { kind: 'online', serviceId: 'wired', family: 4 },
        { kind: 'recovered', serviceId: 'wired' },
      ],
      144_000,
    ]);
    expect(isMarkedFailed(machine.state, 'wired')).toBe(false);
  });

  test('a service is failed only when neither family is online', () => {
    const machine = rig({ ...continuous, failuresThreshold: 1, successesThreshold: 1 });
    machine.start('wired', 4);
    machine.start('wired', 6);
    machine.answer(online, 1);
    machine.answer(online, 2);
    machine.ring();
    expect(machine.answer(failure, 3)).toEqual([{ kind: 'offline', serviceId: 'wired', family: 4, failed: false }]);
    expect(machine.answer(failure, 4)).toEqual([{ kind: 'offline', serviceId: 'wired', family: 6, failed: true }]);
    machine.ring();
    expect(machine.answer(online)).toEqual([
      { kind: 'online', serviceId: 'wired', family: 4 },
      { kind: 'recovered', serviceId: 'wired' },
    ]);
  });

  test('a service that never was online is not demoted', () => {
    const machine = rig(continuous);
    machine.start();
    for (let i = 0; i < 10; i++) {
      expect(machine.answer(failure)).toEqual([]);
      machine.ring();
    }
  });

  test('stopping a failed service forgets the mark', () => {
    const machine = rig({ ...continuous, failuresThreshold: 1 });
    machine.start();
    machine.answer(online);
    machine.ring();
    machine.answer(failure);
    machine.stop();
    expect(isMarkedFailed(machine.state, 'wired')).toBe(false);
  });
});

test('the log learns why a check failed and when the next goes out', () => {
  const started = stepOnline(settings, initialOnlineState, {
    kind: 'start',
    at: instant(0),
    serviceId: 'wired',
    family: 4,
    path,
  });
  const { effects } = stepOnline(settings, started.state, {
    kind: 'result',
    at: instant(5),
    checkId: 1,
    outcome: failure,
  });
  expect(effects).toEqual([
    { kind: 'check-failed', serviceId: 'wired', family: 4, reason: 'HTTP status 404', retryMs: 1000 },
    { kind: 'timer', at: 1005 },
  ]);
});

test('Fibonacci numbers begin 1 1 2 3 5', () => {
  expect([1, 2, 3, 4, 5].map((index) => intervalSeconds(index, 'fibonacci'))).toEqual([1, 1, 2, 3, 5]);
});

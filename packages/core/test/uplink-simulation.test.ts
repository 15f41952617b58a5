/** Which of three uplinks has the default route, whatever is wrong with the others (ADR 17). */
import type { Family } from '@connman/inet';
import { Random } from './simulation/random';
import { type Cause, causes, flaws, type Name, Uplinks } from './simulation/uplinks';

const seeds = Array.from({ length: Number(process.env.UPLINK_RUNS ?? 4) }, (_, i) => i + 1);
const minute = 60_000;

/** Three good uplinks at rest; the trouble begins at any moment of some minutes. */
function atRest(seed: number) {
  const random = new Random(seed);
  const uplinks = new Uplinks(random);
  uplinks.pass(10_000 + random.below(5 * minute));
  return { random, uplinks };
}

describe.each(causes.filter((cause) => cause !== 'high loss'))('%s at the default uplink', (cause) => {
  const limit = cause === 'cable out' ? 100 : 5000;

  test.each(seeds)(`another has the default route within ${limit} ms (seed %i)`, (seed) => {
    const { uplinks } = atRest(seed);
    const first = uplinks.default() as Name;
    uplinks.inflict(first, cause);
    expect(uplinks.untilGood(10_000)).toBeLessThanOrEqual(limit);
    expect(uplinks.bench.order()[0]).toBe(uplinks.default());
    expect(uplinks.bench.state(uplinks.default() as Name)).toMatch(/ready|online/);
  });

  test.each(seeds)(`two at once: the third has it within ${limit} ms (seed %i)`, (seed) => {
    const { uplinks } = atRest(seed);
    const [first, second] = uplinks.bench.order() as [Name, Name];
    uplinks.inflict(second, cause);
    uplinks.inflict(first, cause);
    expect(uplinks.untilGood(10_000)).toBeLessThanOrEqual(limit);
  });
});

describe.each(flaws)('%s', (flaw: Cause) => {
  test.each(seeds)('a good uplink beside two such has the default route (seed %i)', (seed) => {
    const random = new Random(seed);
    const good = random.pick(['eth0', 'eth1', 'eth2'] as const);
    const flawed = new Map(
      (['eth0', 'eth1', 'eth2'] as const).flatMap((name) => (name === good ? [] : [[name, flaw]])),
    );
    const uplinks = new Uplinks(random, flawed);
    expect(uplinks.untilGood(10_000)).toBeLessThanOrEqual(5000);
    const settled = uplinks.switches.length;
    uplinks.pass(5 * minute);
    expect(uplinks.default()).toBe(good);
    expect(uplinks.switches).toHaveLength(settled);
    // What leads nowhere stays connected.
    expect(['eth0', 'eth1', 'eth2'].map((name) => uplinks.bench.state(name))).not.toContain('idle');
  });
});

const names = ['eth0', 'eth1', 'eth2'] as const;
const troubles: readonly Cause[] = [...causes, ...flaws];
const isFlaw = (cause: Cause) => (flaws as readonly Cause[]).includes(cause);

/** All but those with a flaw were good, `last` was put first by its user, and then has its trouble as the others have theirs. */
function inTrouble(seed: number, wrong: ReadonlyMap<Name, Cause>, last: Name, family: Family = 4) {
  const random = new Random(seed);
  const uplinks = new Uplinks(random, new Map([...wrong].filter(([, cause]) => isFlaw(cause))), family);
  uplinks.pass(10_000 + random.below(minute));
  uplinks.putFirst(last);
  const cause = wrong.get(last);
  // What leads nowhere is not the default for a moment, whatever its user says.
  if (cause === undefined || !isFlaw(cause)) expect(uplinks.default()).toBe(last);
  uplinks.pass(2000);
  for (const [name, cause] of wrong) if (name !== last && !isFlaw(cause)) uplinks.inflict(name, cause);
  if (cause && !isFlaw(cause)) uplinks.inflict(last, cause);
  return uplinks;
}

/** A lossy uplink is lost by the first check that fails, and one check of five does not. */
const limitOf = (cause: Cause | undefined) => (cause === 'cable out' ? 100 : cause === 'high loss' ? 20_000 : 5000);

const cells = ([4, 6] as const).flatMap((family) => names.map((name) => [family, name] as const));

describe.each(cells)('the matrix of IPv%i: %s, put first by its user', (family, name) => {
  test.each(troubles)('%s: another one has the default route in time, and it alone until minutes later', (cause) => {
    const uplinks = inTrouble(1, new Map([[name, cause]]), name, family);
    expect(uplinks.untilGood(30_000)).toBeLessThanOrEqual(limitOf(cause));
    const { length } = uplinks.switches;
    uplinks.pass(3 * minute);
    expect(uplinks.default()).not.toBe(name);
    expect(uplinks.switches).toHaveLength(length);
    // What works of it is used.
    if (family === 6 && cause === 'only one family works') expect(uplinks.default(4)).toBe(name);
  });
});

describe.each([0.1, 0.3, 0.5, 0.7, 0.9])(
  'an uplink that loses checks with a probability of %d for half an hour',
  (loss) => {
    test.each(seeds.slice(0, 2))('is left once, and another one is used from then on (seed %i)', (seed) => {
      const { uplinks } = atRest(seed);
      const lossy = uplinks.default() as Name;
      const { length: before } = uplinks.switches;
      uplinks.loss = loss;
      uplinks.inflict(lossy, 'high loss');
      let minutesOnIt = 0;
      for (let passed = 0; passed < 30; passed++) {
        uplinks.pass(minute);
        if (uplinks.default() === lossy) minutesOnIt++;
      }
      const moved = uplinks.switches.length - before;
      // Where hardly any check is lost it may as well be kept.
      if (loss >= 0.3) expect([moved, minutesOnIt]).toEqual([1, 0]);
      else expect(moved).toBeLessThanOrEqual(1);
    });
  },
);

/** Each pair once, at another place than the one before. */
const pairs = troubles.flatMap((cause, i) =>
  troubles.map((other, j) => [cause, other, names[(i + j) % names.length] as Name] as const),
);

test.each(pairs)('%s and %s at once, the former at %s, put first by its user: the third one takes over', (...pair) => {
  const [cause, other, name] = pair;
  const next = names[(names.indexOf(name) + 1) % names.length] as Name;
  const uplinks = inTrouble(
    2,
    new Map([
      [name, cause],
      [next, other],
    ]),
    name,
  );
  // A standby is as good as its last check: that it died since then is found when it takes over.
  const limit = limitOf(cause) + (isFlaw(other) || other === 'cable out' ? 0 : limitOf(other));
  expect(uplinks.untilGood(60_000)).toBeLessThanOrEqual(limit);
  uplinks.pass(minute);
  expect(uplinks.isGood(uplinks.default())).toBe(true);
});

test.each(seeds)('an uplink that comes and goes costs one switch a minute at most (seed %i)', (seed) => {
  const { random, uplinks } = atRest(seed);
  const flapping = uplinks.default() as Name;
  const { length: before } = uplinks.switches;
  const end = uplinks.bench.clock.now() + 20 * minute;
  while (uplinks.bench.clock.now() < end) {
    uplinks.inflict(flapping, 'black hole');
    uplinks.pass(random.between(1000, 30_000));
    uplinks.heal(flapping);
    uplinks.pass(random.between(1000, 30_000));
  }
  expect(uplinks.switches.length - before).toBeLessThanOrEqual(20);
  for (const [i, at] of uplinks.switches.slice(before).entries()) {
    expect(uplinks.switches.slice(before + i).filter((other) => other - at < minute)).toHaveLength(1);
  }
});

test.each(seeds)(
  'all lead nowhere and one comes back: it has the default route as a check finds it (seed %i)',
  (seed) => {
    const { random, uplinks } = atRest(seed);
    for (const name of ['eth0', 'eth1', 'eth2'] as const) uplinks.inflict(name, 'black hole');
    uplinks.pass(random.below(5 * minute));
    uplinks.heal(random.pick(['eth0', 'eth1', 'eth2'] as const));
    // As long as a lost one waits for its next check.
    expect(uplinks.untilGood(2 * minute)).toBeLessThan(2 * minute);
  },
);

test('three good uplinks cost no check in a day, once each was verified', () => {
  const uplinks = new Uplinks(new Random(1));
  uplinks.pass(minute);
  expect(uplinks.bench.checks.length).toBeLessThanOrEqual(4);
  const { length: before } = uplinks.bench.checks;
  uplinks.bench.advance(24 * 60 * minute);
  expect(uplinks.bench.checks.length - before).toBe(0);
});

test.each([
  ['an unmetered link', false, 50_000],
  ['a metered link', true, 25_000],
] as const)(
  'a program that cannot reach its server all day long by %s costs less checks a day',
  (_, isMetered, limit) => {
    /** Names, TCP and HTTP of one check, both directions, in 15 frames: measured on a link of the laboratory. */
    const checkBytes = 1258;
    const uplinks = new Uplinks(new Random(1));
    if (isMetered) uplinks.makeMetered();
    uplinks.pass(minute);
    const used = uplinks.default() as Name;
    const { length: before } = uplinks.bench.checks;
    for (let passed = 0; passed < 24 * 60; passed++) {
      const ifindex = uplinks.ifindexOf(used);
      uplinks.bench.daemon.dispatch({ kind: 'suspicion', ifindex, family: 4, evidence: 'a connection stalls' });
      uplinks.bench.advance(minute);
    }
    const own = uplinks.bench.checks.slice(before).filter(({ interfaceName }) => interfaceName === used).length;
    expect(own).toBeGreaterThan(1);
    expect(own * checkBytes).toBeLessThan(limit);
    expect(uplinks.default()).toBe(used);
  },
);

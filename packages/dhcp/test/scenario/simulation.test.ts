/**
 * Seeded runs of a client on a bad wire. The law: while a server works and the wire lets half of the packets through, the
 * client is bound within a bounded time, and stays so; and it never floods.
 */
import { bench, seededEntropy } from '../bench';
import { ip, leases } from '../scripted-server';

const runs = Number(process.env.DHCP_SIM_RUNS ?? 400);
const boundedMs = 120_000;

function simulate(seed: number) {
  const { uint32 } = seededEntropy(seed * 7919);
  const chance = (percent: number) => uint32() % 100 < percent;
  const { start, clock, server, kinds, component, events } = bench(seed);
  const loss = uint32() % 50;
  const terms = { seconds: [60, 600, 3600, 0xffffffff][uint32() % 4] as number, rapidCommit: chance(30) };
  const ordinary = leases(ip('192.0.2.10'), terms);
  server.loses = () => chance(loss);
  server.script = (message, type) => {
    const answer = ordinary(message, type);
    if (!answer) return undefined;
    const delayed = { ...answer, delayMs: chance(20) ? uint32() % 900 : 0.3 };
    // A packet that comes twice.
    if (chance(15)) clock.setTimer(uint32() % 300, () => server.say(message, delayed));
    return delayed;
  };
  start(chance(40) ? { lastAddress: ip(chance(50) ? '192.0.2.10' : '10.1.2.3') } : {});
  clock.advance(boundedMs);
  const settled = kinds()
    .filter((kind) => kind === 'bound' || kind === 'lost')
    .at(-1);
  for (let i = 0; i < 3; i++) {
    clock.advance(uint32() % 400_000);
    component.renew(7);
  }
  clock.advance(boundedMs);
  const sent = server.heard.length;
  return {
    settled,
    end: kinds()
      .filter((kind) => kind === 'bound' || kind === 'lost')
      .at(-1),
    sent,
    events,
  };
}

test(`${runs} seeded runs end bound`, () => {
  for (let seed = 1; seed <= runs; seed++) {
    const { settled, end, sent } = simulate(seed);
    const replay = `seed ${seed} (packages/dhcp/test/scenario/simulation.test.ts)`;
    expect({ replay, settled, end }).toEqual({ replay, settled: 'bound', end: 'bound' });
    expect({ replay, flood: sent > 300 }).toEqual({ replay, flood: false });
  }
});

test('a seed replays to the same events', () => {
  for (const seed of [3, 77]) expect(simulate(seed).events).toEqual(simulate(seed).events);
});

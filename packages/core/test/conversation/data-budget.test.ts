/** Data budgets of services: how they are counted, and what stands before one that is used up. */
import { parseDataBudget } from '@connman/base';
import { str } from '@connman/dbus';
import { parseSetting } from '../../src/model/service/bus-settings';
import { whyOf } from '../../src/shell/publish/why';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

/** Two uplinks that lead to the internet, eth0 first; its budget is as given. */
function beside(budget: string | undefined, config?: ConstructorParameters<typeof Bench>[0]) {
  const bench = new Bench(config);
  const [eth0, eth1] = ['eth0', 'eth1'].map((name) => bench.addLink(name)) as [number, number];
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(1000);
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
  bench.advance(5000);
  bench.carried.set('eth0', 0).set('eth1', 0);
  // Of two that are paid by the byte none is cheaper: what is seen is the budget's doing.
  for (const name of ['eth0', 'eth1']) configure(bench, name, { name: 'Metered', value: 'no' });
  if (budget !== undefined) set(bench, 'eth0', budget);
  return bench;
}

type Setting = Parameters<Bench['ask']>[0] & { kind: 'configure' };

function configure(bench: Bench, name: string, setting: Setting['setting']) {
  return bench.ask({ kind: 'configure', service: bench.idOf(name), setting });
}

function set(bench: Bench, name: string, budget: string) {
  return configure(bench, name, { name: 'DataBudget', value: parseDataBudget(budget) ?? 'none' });
}

const linkOf = (bench: Bench, name: string) => bench.kernel.dump().links.find((one) => one.name === name)?.ifindex ?? 0;

/** So much more by eth0, and time for the next count. */
function carry(bench: Bench, bytes: number): void {
  bench.carried.set('eth0', (bench.carried.get('eth0') ?? 0) + bytes);
  bench.advance(10_000);
}

const used = (bench: Bench) => bench.service('eth0')?.settings.dataUsed?.bytes;
const firstDefault = (bench: Bench) => /^default via \S+ (eth\d)$/.exec(bench.routes()[0] ?? '')?.[1];
const setWall = (bench: Bench, wall: number) => bench.clock.jumpWallTime(wall - bench.clock.wallTime());
const november = Date.UTC(2026, 10, 20);

test('a service whose budget is used up gives way to one that leads to the internet, and says so once', () => {
  const bench = beside('1M');
  carry(bench, 999_999);
  expect([bench.order()[0], used(bench)]).toEqual(['eth0', 999_999]);
  bench.done();
  carry(bench, 1);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect(firstDefault(bench)).toBe('eth1');
  carry(bench, 500_000);
  expect(bench.done('log').filter((line) => line.includes('budget'))).toEqual([
    `log warning: ${bench.idOf('eth0')}: 1.0 MB of its data budget of 1M used; other services come first; connmanctl config ${bench.idOf('eth0')} --data-budget changes it`,
  ]);
});

test('it stays the default where no other service leads to the internet, and where it stands alone', () => {
  const bench = beside('1M');
  bench.answer = ({ interfaceName }) => (interfaceName === 'eth0' ? { kind: 'online' } : undefined);
  bench.daemon.dispatch({
    kind: 'suspicion',
    ifindex: linkOf(bench, 'eth1'),
    family: 4,
    evidence: 'a connection stalls',
  });
  bench.advance(20_000);
  carry(bench, 5_000_000);
  expect([used(bench), bench.order()[0]]).toEqual([5_000_000, 'eth0']);
  bench.carried.delete('eth1');
  bench.kernel.plug(linkOf(bench, 'eth1'), false);
  carry(bench, 5_000_000);
  expect([bench.state('eth0'), firstDefault(bench)]).toEqual(['online', 'eth0']);
});

test('what counts among verified uplinks counts with VerifiedUplinks=false as well, for a user has said so', () => {
  const bench = beside('1M', { verifiedUplinks: false });
  expect(bench.order()[0]).toBe('eth0');
  carry(bench, 1_000_000);
  expect(bench.order()[0]).toBe('eth1');
});

test('a larger budget, and none, bring it back', () => {
  const bench = beside('1M/month');
  carry(bench, 1_500_000);
  expect(bench.order()[0]).toBe('eth1');
  set(bench, 'eth0', '2M/month');
  bench.advance(100);
  expect(used(bench)).toBe(1_500_000);
  expect(bench.order()).toContain('eth0');
  expect(whyOf(bench.daemon.engine.world, bench.idOf('eth0'), bench.clock.now())?.map(([code]) => code)).toContain(
    'data-budget',
  );
  carry(bench, 1_000_000);
  set(bench, 'eth0', 'none');
  expect(bench.service('eth0')?.settings).toMatchObject({ dataBudget: undefined, dataUsed: undefined });
});

test('traffic from before the budget was set does not count; a new budget for once begins from zero', () => {
  const bench = beside(undefined);
  bench.carried.set('eth0', 80_000_000);
  set(bench, 'eth0', '1M');
  carry(bench, 400_000);
  expect(used(bench)).toBe(400_000);
  set(bench, 'eth0', '2M');
  expect(used(bench)).toBe(0);
  carry(bench, 100_000);
  expect(used(bench)).toBe(100_000);
});

test('less than a hundredth of a budget is neither written nor signalled, and is not lost', () => {
  const bench = beside('100M');
  const { length } = bench.disk.writes;
  carry(bench, 600_000);
  expect([used(bench), bench.disk.writes.length - length]).toEqual([0, 0]);
  carry(bench, 600_000);
  bench.advance(60_000);
  expect([used(bench), bench.disk.writes.length - length]).toEqual([1_200_000, 1]);
});

test('the last bytes of a connection count, and a restart of the daemon keeps the count', () => {
  const bench = beside('100M');
  carry(bench, 600_000);
  bench.carried.set('eth0', 700_000);
  bench.ask({ kind: 'disconnect', service: bench.idOf('eth0') });
  expect(used(bench)).toBe(700_000);
  bench.ask({ kind: 'connect', service: bench.idOf('eth0') });
  bench.carried.set('eth0', 0);
  bench.dhcp.bound(linkOf(bench, 'eth0'), leaseOf('10.0.0.5'));
  bench.advance(1000);
  bench.carried.set('eth0', 5000);
  bench.daemon.close();
  bench.restart();
  expect(used(bench)).toBe(705_000);
});

test('a monthly budget begins again with the month; a clock that was never set does not begin it again', () => {
  const bench = beside(undefined);
  setWall(bench, november);
  set(bench, 'eth0', '1M/month');
  carry(bench, 1_000_000);
  expect(bench.order()[0]).toBe('eth1');
  setWall(bench, 0);
  carry(bench, 20_000);
  setWall(bench, november);
  carry(bench, 20_000);
  expect(bench.service('eth0')?.settings.dataUsed).toEqual({ bytes: 1_040_000, month: '2026-11' });
  setWall(bench, november + 15 * 86_400_000);
  carry(bench, 30_000);
  expect(bench.service('eth0')?.settings.dataUsed).toEqual({ bytes: 30_000, month: '2026-12' });
});

test('why says how much is used, how old the count is, and what stands before it', () => {
  const bench = beside('1M');
  carry(bench, 1_500_000);
  bench.advance(4000);
  const id = bench.idOf('eth0');
  const reasons = whyOf(bench.daemon.engine.world, id, bench.clock.now());
  expect(reasons?.[0]).toEqual([
    'behind',
    `${bench.idOf('eth1')} stands before it, as the data budget of this one is used up`,
  ]);
  expect(reasons).toContainEqual([
    'budget-used-up',
    `1.5 MB of its data budget of 1M used; services that lead on as well come first; counted 4 s ago; connmanctl config ${id} --data-budget changes it`,
  ]);
});

test('a service with a budget counts as paid by the byte; without one no traffic is counted', () => {
  const bench = beside(undefined);
  bench.done();
  bench.advance(60_000);
  expect(bench.done('count-traffic')).toEqual([]);
  configure(bench, 'eth0', { name: 'Metered', value: 'auto' });
  set(bench, 'eth0', '1T');
  expect(bench.order()[0]).toBe('eth1');
});

test('a budget that cannot be read is refused, and an empty one is none', () => {
  expect(parseSetting('DataBudget', str('5 pounds'))).toEqual({ ok: false, error: 'InvalidArguments' });
  expect(parseSetting('DataBudget', str(''))).toEqual({ ok: true, value: { name: 'DataBudget', value: 'none' } });
  expect(parseSetting('DataBudget', str('5G/month'))).toEqual({
    ok: true,
    value: { name: 'DataBudget', value: { bytes: 5e9, isMonthly: true } },
  });
});

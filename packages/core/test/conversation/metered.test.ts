/** Connections that are paid by the byte: how one is recognised, and what it stands behind. */
import { str } from '@connman/dbus';
import { parseSetting } from '../../src/model/service/bus-settings';
import { meteredText } from '../../src/model/service/metered';
import { whyOf } from '../../src/shell/publish/why';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

/** eth0 is online first, by this lease; then comes eth1, which is paid by the byte if nothing says otherwise. */
function beside(lease = leaseOf('10.0.0.5', { metered: true }), config?: ConstructorParameters<typeof Bench>[0]) {
  const bench = new Bench(config);
  const [eth0, eth1] = ['eth0', 'eth1'].map((name) => bench.addLink(name)) as [number, number];
  bench.start();
  bench.dhcp.bound(eth0, lease);
  bench.advance(1000);
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
  bench.advance(5000);
  return { bench, eth0, eth1 };
}

const shown = (bench: Bench, name: string) => {
  const service = bench.service(name);
  return service && meteredText(service);
};
const set = (bench: Bench, name: string, value: 'auto' | 'yes' | 'no') =>
  bench.ask({ kind: 'configure', service: bench.idOf(name), setting: { name: 'Metered', value } });

test('a link whose DHCP server says that it is metered gives way to one that leads to the internet and is not', () => {
  const { bench } = beside();
  expect([shown(bench, 'eth0'), shown(bench, 'eth1')]).toEqual(['guess-yes', undefined]);
  expect(bench.order()).toEqual(['eth1', 'eth0']);
  expect(bench.routes()[0]).toMatch(/^default via 10.0.0.1 eth0 low$|^default via 192.168.1.1 eth1$/);
});

test('the network of an iPhone that shares its connection is taken for metered, one of the same addresses with another mask is not', () => {
  const iphone = beside(leaseOf('172.20.10.3', { prefixLength: 28, gateway: '172.20.10.1' }));
  expect([shown(iphone.bench, 'eth0'), iphone.bench.order()[0]]).toEqual(['guess-yes', 'eth1']);
  const other = beside(leaseOf('172.20.10.3', { gateway: '172.20.10.1' }));
  expect([shown(other.bench, 'eth0'), other.bench.order()[0]]).toEqual([undefined, 'eth0']);
});

test("a user's word counts before the guess, and auto goes back to it", () => {
  const { bench } = beside();
  const outcomes = [set(bench, 'eth0', 'no'), set(bench, 'eth1', 'yes')];
  expect(outcomes).toEqual([{ ok: true }, { ok: true }]);
  bench.advance(100);
  expect([shown(bench, 'eth0'), shown(bench, 'eth1'), bench.order()[0]]).toEqual(['no', 'yes', 'eth0']);
  set(bench, 'eth1', 'auto');
  expect(shown(bench, 'eth1')).toBeUndefined();
});

test('it is not preferred to a metered link that alone leads to the internet', () => {
  const bench = new Bench();
  const [eth0, eth1] = ['eth0', 'eth1'].map((name) => bench.addLink(name)) as [number, number];
  bench.answer = ({ interfaceName }) => (interfaceName === 'eth0' ? { kind: 'online' } : undefined);
  bench.start();
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { metered: true }));
  bench.dhcp.bound(eth1, leaseOf('192.168.1.5'));
  bench.advance(20_000);
  expect(bench.order()).toEqual(['eth0', 'eth1']);
});

test('with VerifiedUplinks=false the order is ConnMan’s', () => {
  const { bench } = beside(undefined, { verifiedUplinks: false });
  expect(bench.order()).toEqual(['eth0', 'eth1']);
});

test('why says that it is metered, by what, and that it stands behind for that', () => {
  const { bench } = beside();
  const id = bench.idOf('eth0');
  const reasons = whyOf(bench.daemon.engine.world, id, bench.clock.now());
  expect(reasons).toContainEqual([
    'metered',
    `it counts as paid by the byte: its DHCP server says so (ANDROID_METERED); connmanctl config ${id} --metered no changes that`,
  ]);
  expect(reasons?.[0]).toEqual([
    'behind',
    `${bench.idOf('eth1')} stands before it, as it leads to the internet as well and is not paid by the byte`,
  ]);
});

test('other words than auto, yes and no are refused', () => {
  expect(parseSetting('Metered', str('perhaps'))).toEqual({ ok: false, error: 'InvalidArguments' });
  expect(parseSetting('Metered', str('yes'))).toEqual({ ok: true, value: { name: 'Metered', value: 'yes' } });
});

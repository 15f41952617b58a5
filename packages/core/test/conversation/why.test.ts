/** Why a service is connected or not: the reasons that connmanctl why prints, in the states they belong to. */
import { tableOfLink } from '../../src/model/observed/keys';
import { whyOf as whyOfWorld } from '../../src/shell/publish/why';
import { newScene } from '../simulation/air-run';
import { Bench } from '../simulation/bench';
import { Random } from '../simulation/random';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const whyOf = (bench: Bench, service: string) => whyOfWorld(bench.daemon.engine.world, service, bench.clock.now());

const codes = (bench: Bench, service: string) => whyOf(bench, service)?.map(([code]) => code) ?? 'no such service';

test('a service on its way says what each family waits for', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.advance(100);
  expect(codes(bench, bench.idOf('eth0'))).toEqual(['configuration', 'no-lease', 'no-router-advertisement']);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(100);
  expect(codes(bench, bench.idOf('eth0'))[0]).toBe('default');
});

test('of two connected services one is the default, and the other names it', () => {
  const { bench } = twoUplinks();
  expect(codes(bench, bench.idOf('eth0'))[0]).toBe('default');
  const [reason] = whyOf(bench, bench.idOf('eth1')) ?? [];
  expect(reason).toEqual([
    'behind',
    `${bench.idOf('eth0')} stands before it in the order and is connected; connmanctl move-before changes that`,
  ]);
});

test('of two uplinks each says what leaves by it whichever is the default', () => {
  const { bench, eth1 } = twoUplinks();
  const table = tableOfLink(eth1);
  const text = `packets from 192.168.1.5 leave by it, whichever service is the default (table ${table})`;
  expect(whyOf(bench, bench.idOf('eth1'))).toContainEqual(['replies', text]);
  bench.ask({ kind: 'route-users', users: [{ uid: 1000, service: bench.idOf('eth1') }] });
  bench.advance(100);
  expect(codes(bench, bench.idOf('eth1'))).toContain('session-users');
  const alone = online().bench;
  expect(codes(alone, alone.idOf('eth0'))).not.toContain('replies');
});

test('a service that a user disconnected, or may not connect by itself, says how to connect it', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  bench.ask({ kind: 'disconnect', service });
  expect(whyOf(bench, service)).toEqual([['disconnected', `a user disconnected it: connmanctl connect ${service}`]]);
});

test('a network whose technology is off, or whose passphrase is not known, says so', () => {
  const bench = new Bench();
  const radio = bench.addRadio('wlan0');
  radio.put({ name: 'Home', security: 'psk', passphrase: 'correct horse' });
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  expect(codes(bench, bench.idOfName('Home'))).toEqual(['never-connected', 'secrets-missing']);
});

test('a failure comes first, with its error and the next attempt', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  bench.dhcp.failed(eth0, 'no packet socket');
  expect(whyOf(bench, bench.idOf('eth0'))).toEqual([
    ['dhcp-failed', 'the last attempt failed with dhcp-failed; next attempt in 2 s'],
  ]);
});

test('a manual method without an address is accepted, as ConnMan accepts it, and said to be what the service waits for', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  const value = { method: 'manual' } as const;
  expect(bench.ask({ kind: 'configure', service, setting: { name: 'IPv4.Configuration', value } })).toEqual({
    ok: true,
  });
  bench.advance(1000);
  expect(whyOf(bench, service)?.[1]).toEqual([
    'no-address-configured',
    `IPv4: the method is manual, and no address is configured; connmanctl config ${service} --ipv4 manual ADDRESS NETMASK GATEWAY`,
  ]);
});

test('of a known service that is not there each cause has words of its own', () => {
  const { bench, eth0 } = online();
  const service = bench.idOf('eth0');
  const causes: (() => void)[] = [
    () => bench.kernel.plug(eth0, false),
    () => bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: false }),
    () => bench.ask({ kind: 'set-offline-mode', offline: true }),
    () => bench.kernel.removeLink(eth0),
  ];
  const found = causes.map((cause) => {
    cause();
    bench.advance(1000);
    return whyOf(bench, service)?.map(([code, text]) => `${code}: ${text}`);
  });
  expect(found).toEqual([
    ['no-carrier: eth0 has no carrier: check the cable, and what is at its other end'],
    ['technology-off: ethernet is switched off: connmanctl enable ethernet'],
    ['offline-mode: offline mode is on: connmanctl disable offline'],
    ['no-link: its network interface is missing: ip link lists those that exist'],
  ]);
});

test.each([
  [{ soft: true }, 'rfkill', 'another program blocks wifi (rfkill list): connmanctl enable wifi'],
  [{ soft: true, hard: true }, 'rfkill-hard', 'a switch of the machine blocks wifi: rfkill list shows which'],
])('a Wi-Fi network that was joined and is blocked, %j, says by what', async (block, code, text) => {
  const { machine } = await newScene(new Random(1), 'supplicant');
  const { bench } = machine;
  const id = bench.idOfName('Home');
  machine.block(block);
  await machine.pass(2000);
  expect(whyOf(bench, id)).toEqual([[code, text]]);
  machine.close();
});

test('there is no reason for what there is not', () => {
  expect(codes(online().bench, 'ethernet_nosuch_cable')).toBe('no such service');
});

describe('of several uplinks each family says where it leads, by what evidence, and of when', () => {
  const whyEth0 = (bench: Bench) =>
    (whyOf(bench, bench.idOf('eth0')) ?? []).filter(([code]) =>
      ['verified', 'lost', 'narrow', 'unchecked'].includes(code),
    );

  test('verified', () => {
    const { bench } = twoUplinks();
    bench.advance(60_000);
    expect(whyEth0(bench)).toEqual([
      ['verified', 'IPv4 leads to the internet for 60 s: the online check succeeded; last checked 60 s ago'],
    ]);
  });

  test('not checked yet', () => {
    const { bench } = twoUplinks();
    bench.answer = () => undefined;
    const eth2 = bench.addLink('eth2');
    bench.dhcp.bound(eth2, leaseOf('10.9.0.5'));
    bench.advance(1000);
    const reasons = whyOf(bench, bench.idOf('eth2')) ?? [];
    expect(reasons).toContainEqual(['unchecked', 'IPv4: for 1 s not checked whether it leads to the internet']);
  });

  test('narrow: large packets alone are lost', () => {
    const { bench, eth0 } = twoUplinks();
    bench.answer = ({ interfaceName, isFullSize }) =>
      isFullSize && interfaceName === 'eth0' ? undefined : { kind: 'online' };
    bench.daemon.dispatch({ kind: 'suspicion', ifindex: eth0, family: 4, evidence: 'segments stall', bySize: true });
    bench.advance(5000);
    expect(whyEth0(bench)[0]?.[0]).toBe('narrow');
    expect(whyEth0(bench)[0]?.[1]).toMatch(/^IPv4 comes behind others for 2 s: large packets .*; next check in 9 s$/);
  });

  test('lost, with the next check; good again, with when that counts', () => {
    const { bench, eth0 } = twoUplinks();
    let isDead = true;
    bench.answer = ({ interfaceName }) => (isDead && interfaceName === 'eth0' ? undefined : { kind: 'online' });
    bench.daemon.dispatch({ kind: 'suspicion', ifindex: eth0, family: 4, evidence: 'nothing gets on' });
    bench.advance(4000);
    expect(whyEth0(bench)).toEqual([
      [
        'lost',
        'IPv4 does not lead to the internet for 1 s: no answer (checked then because: nothing gets on); next check in 9 s',
      ],
    ]);
    const [place] = whyOf(bench, bench.idOf('eth0')) ?? [];
    expect(place?.[1]).toContain(`${bench.idOf('eth1')} leads to the internet and stands before it`);
    isDead = false;
    bench.advance(20_000);
    expect(whyEth0(bench)[0]?.[1]).toMatch(/^IPv4 does not .*; good again for 11 s, preferred again in 50 s$/);
    bench.advance(60_000);
    expect(whyEth0(bench)[0]?.[0]).toBe('verified');
  });
});

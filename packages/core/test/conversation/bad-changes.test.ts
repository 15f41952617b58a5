/**
 * Two hundred bad changes, tried for ten seconds over the link that is managed through: twenty seconds after each everything is
 * as before, also where the daemon was killed meanwhile.
 */
import type { Ipv4Address, Ipv6Address } from '@connman/inet';
import type { Change } from '../../src/model/ipconfig/plan';
import type { ServiceSetting } from '../../src/model/service/setting';
import { changeInWords } from '../../src/replay/in-words';
import { serialise } from '../../src/replay/replay';
import { effectsOfChange } from '../../src/shell/publish/what-if';
import { Bench } from '../simulation/bench';
import { Random } from '../simulation/random';
import { leaseOf } from '../simulation/scripted-dhcp';

const runs = 200;
const lease = leaseOf('10.0.0.5', { domain: 'before.test' });
const prefix = '2001:db8::';

/** A mistake in each of them; some fit together. */
function badChange(random: Random): readonly ServiceSetting[] {
  const v4 = (text: string) => text as Ipv4Address;
  const number = () => random.between(1, 254);
  const manual = (address: string, gateway?: string, netmask = '255.255.255.0'): ServiceSetting => ({
    name: 'IPv4.Configuration',
    value: {
      method: 'manual',
      ...{ address: v4(address), netmask: v4(netmask) },
      ...(gateway !== undefined && { gateway: v4(gateway) }),
    },
  });
  const mistakes: readonly (() => readonly ServiceSetting[])[] = [
    () => [manual(`10.${number()}.${number()}.${number()}`, `10.0.0.${number()}`)],
    () => [manual(`10.0.0.${random.between(6, 254)}`)],
    () => [manual('10.0.0.5', '10.0.0.1', '255.255.255.252')],
    () => [
      manual(`192.168.${number()}.${number()}`, `192.168.${number()}.1`),
      { name: 'Nameservers.Configuration', value: [] },
    ],
    () => [{ name: 'IPv4.Configuration', value: { method: 'off' } }],
    () => [{ name: 'Nameservers.Configuration', value: [`10.0.${number()}.${number()}`] }],
    () => [
      { name: 'IPv6.Configuration', value: { method: 'off', privacy: 'disabled' } },
      manual('10.7.7.7', '10.7.7.1'),
    ],
    () => [
      {
        name: 'IPv6.Configuration',
        value: {
          ...{ method: 'manual', privacy: 'disabled', prefixLength: 64 },
          ...{ address: `2001:db8:${number()}::5` as Ipv6Address, gateway: `2001:db8:${number()}::1` as Ipv6Address },
        },
      },
    ],
    () => [
      { name: 'Domains.Configuration', value: [`wrong${number()}.test`] },
      { name: 'Proxy.Configuration', value: { method: 'manual', url: '', servers: ['192.0.2.1:1'], excludes: [] } },
      { name: 'AutoConnect', value: false },
      { name: 'IPv4.Configuration', value: { method: 'off' } },
    ],
  ];
  return random.pick(mistakes)();
}

/** What is to be as before: in the kernel, on disk, for programs that resolve names, and for clients. */
function picture(bench: Bench): unknown {
  const id = bench.idOf('eth0');
  const { addresses, routes } = bench.kernel.dump();
  const { modified: _, ...stored } = bench.disk.read().services.get(id) ?? { modified: 0 };
  const { modified: __, ...settings } = bench.daemon.engine.world.services.get(id)?.settings ?? { modified: 0 };
  return {
    state: bench.state('eth0'),
    addresses: addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`).sort(),
    routes: routes
      .map(({ destination, gateway }) => `${destination.address}/${destination.length} ${gateway ?? ''}`)
      .sort(),
    ...{ stored, settings, dns: bench.dnsPlan?.links },
  };
}

/** The network works for who is configured by it, over both families. */
function network(): Bench {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  const works = (family: 4 | 6) => {
    const { settings } = bench.service('eth0') ?? {};
    const isOurs = settings?.[family === 4 ? 'ipv4' : 'ipv6'].method === (family === 4 ? 'dhcp' : 'auto');
    const names = bench.dnsPlan?.links[0]?.nameservers ?? [];
    return isOurs && bench.addresses('eth0').includes('10.0.0.5/24') && names.join() === '10.0.0.1';
  };
  bench.answer = ({ family }) =>
    works(family) ? { kind: 'online' } : { kind: 'failure', reason: 'no answer', transient: false };
  // A server that answers after a moment, and a router that speaks every 8 s.
  bench.dhcp.onStart = () => {
    bench.clock.setTimer(50, () => bench.dhcp.running.has(eth0) && bench.dhcp.bound(eth0, lease));
  };
  const advertise = () => {
    if (bench.sysctls.read('net/ipv6/conf/eth0/disable_ipv6') !== '1') bench.advertise('eth0', prefix);
    bench.clock.setTimer(8_000, advertise);
  };
  bench.start();
  advertise();
  bench.advance(5000);
  return bench;
}

test(`${runs} bad changes leave nothing behind`, () => {
  const random = new Random(11);
  const bench = network();
  const before = picture(bench);
  expect(before).toMatchObject({ state: 'online', stored: { ipv4: { method: 'dhcp' }, ipv6: { method: 'auto' } } });
  let kills = 0;
  for (let run = 0; run < runs; run++) {
    const settings = badChange(random);
    const operation = bench.daemon.ask({
      kind: 'try',
      service: bench.idOf('eth0'),
      ...{ settings, proofs: [], needed: 0, seconds: 10 },
    });
    const { daemon } = bench;
    if (random.chance(0.4)) {
      kills++;
      bench.advance(random.below(9_000));
      bench.restart();
    }
    bench.advance(20_000);
    const told = daemon.answers.get(operation);
    expect({ run, settings, picture: picture(bench), kept: told?.ok ?? false }).toEqual({
      ...{ run, settings, picture: before, kept: false },
    });
  }
  expect(kills).toBeGreaterThan(runs / 4);
});

/** Lifetimes apart, which count down. */
function inWords(bench: Bench, changes: readonly Change[]): string[] {
  const nameOf = (ifindex: number) => bench.kernel.link(ifindex)?.name ?? `link ${ifindex}`;
  return changes.map((change) => changeInWords(change, nameOf, bench.clock.now()).replace(/ for \d+ s$/, ''));
}

test(`${runs} bad changes ask of the kernel what the dry run said, which itself changes nothing`, () => {
  const random = new Random(12);
  const bench = network();
  let asked: Change[] = [];
  bench.onRequest = (change) => asked.push(change);
  let planned = 0;
  for (let run = 0; run < runs; run++) {
    const settings = badChange(random);
    const { world } = bench.daemon.engine;
    const service = bench.idOf('eth0');
    const before = serialise(world);
    const at = { at: bench.clock.now(), wall: bench.clock.wallTime() };
    const effects = effectsOfChange(world, at, service, settings);
    expect(serialise(world)).toBe(before);
    if (!effects.ok) throw new Error(`refused: ${JSON.stringify(effects.error)}`);
    const plan = inWords(
      bench,
      effects.value.flatMap((effect) => (effect.kind === 'change' ? [effect.change] : [])),
    );

    asked = [];
    bench.ask({ kind: 'try', service, ...{ settings, proofs: [], needed: 0, seconds: 10 } });
    // Before a server answers or a router speaks.
    bench.advance(20);
    expect({ run, settings, asked: inWords(bench, asked) }).toEqual({ run, settings, asked: plan });
    planned += plan.length;
    bench.advance(20_000);
  }
  expect(planned).toBeGreaterThan(runs);
});

/** `connmanctl try`: a change is kept if it proves itself, and taken back if it does not. */
import type { Ipv4Address } from '@connman/inet';
import type { Intent } from '../../src/events';
import { families } from '../../src/model/service/service';
import type { ServiceSetting } from '../../src/model/service/setting';
import type { Proof } from '../../src/model/trial/trial';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

const manual = (address: string, gateway = '10.0.0.1'): ServiceSetting => ({
  name: 'IPv4.Configuration',
  value: {
    method: 'manual',
    address: address as Ipv4Address,
    netmask: '255.255.255.0' as Ipv4Address,
    gateway: gateway as Ipv4Address,
  },
});
const host: Proof = { kind: 'host', address: '10.0.0.9' as Ipv4Address, port: 22 };
const trial = (
  bench: Bench,
  settings: readonly ServiceSetting[],
  proofs: readonly Proof[] = [],
  needed = 0,
): Intent => ({
  kind: 'try',
  service: bench.idOf('eth0'),
  ...{ settings, proofs, needed, seconds: 30 },
});
const stored = (bench: Bench) => bench.disk.read().services.get(bench.idOf('eth0'));
const outcome = (bench: Bench, operation: number) => bench.daemon.answers.get(operation);

/** Only the DHCP server's address reaches anything. */
function onlyByLease(bench: Bench): void {
  bench.answer = () => {
    const isLeased = bench.addresses('eth0').includes('10.0.0.5/24');
    return isLeased ? { kind: 'online' } : { kind: 'failure', reason: 'no route to the internet', transient: false };
  };
}

test('a change that proves itself is in force at once, and stored when it has', () => {
  const { bench } = online();
  bench.internet = undefined;
  const operation = bench.daemon.ask(trial(bench, [manual('10.0.0.77')]));
  expect(bench.addresses('eth0')).toEqual(['10.0.0.77/24']);
  bench.advance(1500);
  expect(outcome(bench, operation)).toBeUndefined();
  expect(stored(bench)?.ipv4).toEqual({ method: 'dhcp' });

  bench.internet = { kind: 'online' };
  bench.advance(5000);
  expect(outcome(bench, operation)).toEqual({ ok: true });
  expect(stored(bench)?.ipv4).toMatchObject({ method: 'manual', address: '10.0.0.77' });
  bench.advance(60_000);
  expect(bench.addresses('eth0')).toEqual(['10.0.0.77/24']);
});

test('a change that does not prove itself is taken back when its time is over, with the lease of before', () => {
  const { bench, eth0 } = online();
  onlyByLease(bench);
  const operation = bench.daemon.ask(trial(bench, [manual('10.9.9.9', '10.9.9.1')]));
  bench.advance(29_000);
  expect(bench.addresses('eth0')).toEqual(['10.9.9.9/24']);
  expect(outcome(bench, operation)).toBeUndefined();
  bench.advance(1000);
  expect(bench.addresses('eth0')).toEqual(['10.0.0.5/24']);
  expect(bench.routes()).toContain('default via 10.0.0.1 eth0');
  expect(outcome(bench, operation)).toEqual({
    ok: false,
    error: 'Failed',
    text:
      'IPv4.Configuration is taken back: not proven within 30 s: online check over IPv4: no route to the internet. ' +
      'The settings of before are in force',
  });
  expect(stored(bench)?.ipv4).toEqual({ method: 'dhcp' });
  expect(bench.done('dhcp-stop', 'dhcp-start')).toEqual(['dhcp-stop eth0', 'dhcp-start eth0 holding 10.0.0.5']);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(2000);
  expect(bench.state('eth0')).toBe('online');
});

test('a daemon that is killed while a change is tried starts with what was before', () => {
  const { bench, eth0 } = online();
  onlyByLease(bench);
  bench.daemon.ask(
    trial(bench, [manual('10.9.9.9', '10.9.9.1'), { name: 'Domains.Configuration', value: ['x.test'] }]),
  );
  bench.advance(10_000);
  // Becoming ready is stored.
  expect(bench.disk.writes.at(-1)).toBe(bench.idOf('eth0'));
  expect(bench.addresses('eth0')).toEqual(['10.9.9.9/24']);

  bench.restart();
  expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 holding 10.0.0.5']);
  expect(bench.addresses('eth0')).toEqual(['10.0.0.5/24']);
  expect(bench.service('eth0')?.settings).toMatchObject({ ipv4: { method: 'dhcp' }, domains: [] });
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(2000);
  expect(bench.addresses('eth0')).toEqual(['10.0.0.5/24']);
  expect(bench.state('eth0')).toBe('online');
});

test('nothing is changed if what to go back to cannot be stored', () => {
  const { bench } = online();
  bench.disk.fault = 'write: no space left on device';
  const operation = bench.daemon.ask(trial(bench, [manual('10.0.0.77')]));
  expect(outcome(bench, operation)).toEqual({
    ok: false,
    error: 'Failed',
    text: 'Not saved, so nothing was changed: write: no space left on device',
  });
  expect(bench.addresses('eth0')).toEqual(['10.0.0.5/24']);
});

test('a proven change that cannot be stored is taken back', () => {
  const { bench } = online();
  bench.internet = undefined;
  const operation = bench.daemon.ask(trial(bench, [manual('10.0.0.77')]));
  bench.disk.fault = 'write: no space left on device';
  bench.internet = { kind: 'online' };
  bench.advance(6000);
  expect(outcome(bench, operation)).toMatchObject({
    text: expect.stringContaining('it could not be saved: write: no space left on device'),
  });
  expect(bench.addresses('eth0')).toEqual(['10.0.0.5/24']);
});

test('one of two proofs is enough if one is needed, and not if both are', () => {
  const { bench } = online();
  onlyByLease(bench);
  bench.hostFault = () => undefined;
  const both = bench.daemon.ask(trial(bench, [manual('10.0.0.77')], [{ kind: 'online' }, host]));
  bench.advance(30_000);
  expect(outcome(bench, both)).toMatchObject({ text: expect.not.stringContaining('10.0.0.9') });
  const one = bench.daemon.ask(trial(bench, [manual('10.0.0.77')], [{ kind: 'online' }, host], 1));
  bench.advance(1000);
  expect(outcome(bench, one)).toEqual({ ok: true });
});

test('a host is looked for by the link whose settings are tried, again and again', () => {
  const { bench } = twoUplinks();
  const links: string[] = [];
  bench.hostFault = ({ interfaceName }) => {
    links.push(interfaceName);
    return links.length < 4 ? 'no answer' : undefined;
  };
  const operation = bench.daemon.ask(trial(bench, [manual('10.0.0.77')], [host]));
  bench.advance(12_000);
  expect(links).toEqual(['eth0', 'eth0', 'eth0', 'eth0']);
  expect(outcome(bench, operation)).toEqual({ ok: true });
});

test('IPv4 that goes on proves nothing of IPv6 that was online and is lost', () => {
  const { bench } = online();
  bench.advertise('eth0', '2001:db8::');
  bench.advance(5000);
  expect(families.map((family) => bench.service('eth0')?.families[family].state)).toEqual(['online', 'online']);
  bench.answer = ({ family }) =>
    family === 4 ? { kind: 'online' } : { kind: 'failure', reason: 'no answer', transient: false };
  const operation = bench.daemon.ask(
    trial(bench, [{ name: 'IPv6.Configuration', value: { method: 'auto', privacy: 'enabled' } }]),
  );
  bench.advance(30_000);
  expect(outcome(bench, operation)).toMatchObject({ text: expect.stringContaining('online check over IPv6: ') });
});

test('one change is tried at a time, and what is tried is not set meanwhile', () => {
  const { bench } = online();
  bench.internet = undefined;
  bench.daemon.ask(trial(bench, [manual('10.0.0.77')]));
  const busy = { ok: false, error: 'InProgress' };
  expect(bench.ask(trial(bench, [manual('10.0.0.78')]))).toMatchObject(busy);
  expect(bench.ask({ kind: 'configure', service: bench.idOf('eth0'), setting: manual('10.0.0.79') })).toMatchObject(
    busy,
  );
});

test('a service that is not online needs a proof by name', () => {
  const bench = new Bench();
  bench.addLink('eth0');
  bench.start();
  expect(bench.ask(trial(bench, [manual('10.0.0.77')]))).toMatchObject({ ok: false, error: 'InvalidArguments' });
});

test('a cable that is out when the time is over has the settings of before when it is back', () => {
  const { bench, eth0 } = online();
  onlyByLease(bench);
  bench.daemon.ask(trial(bench, [manual('10.9.9.9', '10.9.9.1')]));
  bench.advance(10_000);
  const id = bench.idOf('eth0');
  bench.kernel.plug(eth0, false);
  bench.advance(30_000);
  bench.kernel.plug(eth0, true);
  bench.advance(1000);
  expect(bench.idOf('eth0')).toBe(id);
  expect(bench.service('eth0')?.settings.ipv4).toEqual({ method: 'dhcp' });
});

test('a connection that the change has ended is made again', () => {
  const { bench, eth0 } = online();
  onlyByLease(bench);
  bench.daemon.ask(
    trial(bench, [
      { name: 'IPv4.Configuration', value: { method: 'off' } },
      { name: 'IPv6.Configuration', value: { method: 'off', privacy: 'disabled' } },
      { name: 'AutoConnect', value: false },
    ]),
  );
  bench.advance(31_000);
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  bench.advance(2000);
  expect(bench.state('eth0')).toBe('online');
});

/** What a client asked for is on disk before it hears that it was done; calls that come in together are written together. */
import type { Intent } from '../../src/events';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

/** Calls are gathered until `done` is called, as those of one read from the bus are. */
function gather(bench: Bench): { readonly done: () => void; readonly written: () => readonly string[] } {
  let waiting: (() => void)[] = [];
  // What becoming ready had stored is out of the way.
  bench.advance(1000);
  bench.disk.writes.splice(0);
  bench.soon = (callback) => waiting.push(callback);
  return {
    done: () => {
      const due = waiting;
      waiting = [];
      for (const callback of due) callback();
    },
    written: () => bench.disk.writes,
  };
}

const domains = (service: string, ...value: readonly string[]): Intent => ({
  kind: 'configure',
  service,
  setting: { name: 'Domains.Configuration', value },
});
const stored = (bench: Bench, id: string) => bench.disk.read().services.get(id);

test('a hundred calls that come in together cost one write, and each is answered after it', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  const { done, written } = gather(bench);
  const { daemon } = bench;
  const operations = Array.from({ length: 100 }, (_, i) => daemon.ask(domains(service, `name${i}.test`)));
  expect(written()).toEqual([]);
  expect(operations.filter((operation) => daemon.answers.has(operation))).toEqual([]);
  const seen: unknown[] = [];
  const write = bench.disk.writeService.bind(bench.disk);
  bench.disk.writeService = (one) => {
    seen.push(operations.some((operation) => daemon.answers.has(operation)));
    write(one);
  };
  done();
  expect(seen).toEqual([false]);
  expect(written()).toEqual([service]);
  expect(operations.map((operation) => daemon.answers.get(operation))).toEqual(operations.map(() => ({ ok: true })));
  expect(stored(bench, service)?.domains).toEqual(['name99.test']);
  bench.advance(60_000);
  expect(written()).toEqual([service]);
});

test('one write for each file that has changed', () => {
  const { bench } = twoUplinks();
  const [one, two] = [bench.idOf('eth0'), bench.idOf('eth1')];
  const { done, written } = gather(bench);
  for (let i = 0; i < 10; i++) {
    bench.ask(domains(one, `one${i}.test`));
    bench.ask(domains(two, `two${i}.test`));
    bench.ask({ kind: 'set-offline-mode', offline: i % 2 === 0 });
  }
  done();
  expect([...written()].sort()).toEqual([one, two, 'settings'].sort());
});

test('a later call is a write of its own', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  const { done, written } = gather(bench);
  bench.ask(domains(service, 'a.test'));
  done();
  bench.ask(domains(service, 'b.test'));
  done();
  expect(written()).toEqual([service, service]);
});

test('answers come in the order of the calls, also of those that store nothing', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  const { done } = gather(bench);
  const { daemon } = bench;
  const first = daemon.ask(domains(service, 'a.test'));
  const second = daemon.ask({ kind: 'connect', service });
  expect(daemon.answers.has(second)).toBe(false);
  done();
  expect([...daemon.answers.keys()].slice(-2)).toEqual([first, second]);
  expect(daemon.answers.get(second)).toEqual({ ok: false, error: 'AlreadyConnected' });
});

test('an answer that the kernel’s echo brings waits for the disk as well', () => {
  const { bench } = online();
  const { done, written } = gather(bench);
  const operation = bench.daemon.ask({ kind: 'set-powered', technology: 'ethernet', powered: false });
  expect(bench.daemon.answers.has(operation)).toBe(false);
  done();
  expect(written()).toContain('settings');
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
});

test('a call that stores nothing is answered at once', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  const { written } = gather(bench);
  expect(bench.ask({ kind: 'connect', service })).toEqual({ ok: false, error: 'AlreadyConnected' });
  expect(written()).toEqual([]);
});

test('a daemon that is killed before the write has promised nothing', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  const { done } = gather(bench);
  const operation = bench.daemon.ask(domains(service, 'a.test'));
  const { daemon } = bench;
  bench.kill();
  done();
  expect(daemon.answers.has(operation)).toBe(false);
  expect(stored(bench, service)?.domains).toEqual([]);
});

describe('a disk that takes nothing', () => {
  const full = () => {
    const { bench, eth0 } = online();
    bench.advance(1000);
    bench.disk.fault = 'ENOSPC';
    bench.done();
    return { bench, eth0, service: bench.idOf('eth0') };
  };
  const setting = { name: 'IPv4.Configuration', value: { method: 'manual', address: '10.0.0.77' as never } } as const;

  test('has SetProperty refused, and nothing has changed', () => {
    const { bench, service } = full();
    const before = bench.service('eth0');
    expect(bench.ask({ kind: 'configure', service, setting })).toEqual({
      ok: false,
      error: 'Failed',
      text: 'Not saved, so nothing was changed: ENOSPC',
    });
    expect(bench.service('eth0')).toBe(before);
    expect(bench.done('change', 'dhcp-start', 'dhcp-stop')).toEqual([]);
    bench.disk.fault = undefined;
    expect(bench.ask({ kind: 'configure', service, setting })).toEqual({ ok: true });
    expect(stored(bench, service)?.ipv4).toEqual(setting.value);
  });

  test('keeps no switch from being thrown, and the answer says that it is forgotten', () => {
    const { bench } = full();
    const outcome = bench.ask({ kind: 'set-offline-mode', offline: true });
    expect(outcome).toEqual({ ok: false, error: 'Failed', text: 'Done, but forgotten at the next start: ENOSPC' });
    expect(bench.kernel.dump().links.some((link) => link.up)).toBe(false);
  });
});

test('a setting is in force when it is on disk, with what others have set of the same service meanwhile', () => {
  const { bench } = online();
  const service = bench.idOf('eth0');
  const { done } = gather(bench);
  bench.ask(domains(service, 'a.test'));
  bench.ask({ kind: 'configure', service, setting: { name: 'mDNS.Configuration', value: true } });
  bench.ask({ kind: 'move', service, target: service, place: 'before' });
  expect(bench.service('eth0')?.settings).toMatchObject({ domains: [], mdns: false });
  done();
  expect(bench.service('eth0')?.settings).toMatchObject({ domains: ['a.test'], mdns: true });
  expect(stored(bench, service)).toMatchObject({ domains: ['a.test'], mdns: true });
});

test('a service that becomes ready while its settings are saved does not write the old ones over them', () => {
  const bench = new Bench();
  const eth0 = bench.addLink('eth0');
  bench.start();
  const service = bench.idOf('eth0');
  const { done } = gather(bench);
  bench.ask(domains(service, 'a.test'));
  bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
  done();
  expect(stored(bench, service)).toMatchObject({ domains: ['a.test'], favorite: true });
  expect(bench.service('eth0')?.settings).toMatchObject({ domains: ['a.test'], favorite: true });
});

test('a service whose cable is pulled while its settings are saved has them when it comes back', () => {
  const { bench, eth0 } = online();
  const service = bench.idOf('eth0');
  const { done } = gather(bench);
  const operation = bench.daemon.ask(domains(service, 'a.test'));
  bench.kernel.plug(eth0, false);
  done();
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
  bench.kernel.plug(eth0, true);
  expect(bench.service('eth0')?.settings.domains).toEqual(['a.test']);
});

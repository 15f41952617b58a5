/** What a client asked for is on disk before it hears that it was done; calls that come in together are written together. */
import type { Intent } from '../../src/events';
import type { Bench } from '../simulation/bench';
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

import { ManualClock } from '@connman/testkit';
import type { Service } from '../model/service/service';
import { Store } from './store';

function rig() {
  const [clock, written] = [new ManualClock(), [] as string[]];
  const writer = {
    writeService: ({ id, name }: Service) => void written.push(`${id} ${name}`),
    forgetService: () => {},
    writeGlobal: ({ offlineMode }: { offlineMode: boolean }) => void written.push(`offline ${offlineMode}`),
  };
  const service = (id: string, name: string) => ({ id, name }) as Service;
  const global = (offlineMode: boolean) => ({ offlineMode, technologies: { ethernet: { enable: true } } });
  return { clock, written, store: new Store(writer, clock), service, global };
}

test('what changes several times within a tenth of a second is written once, as it was last', () => {
  const { clock, written, store, service, global } = rig();
  store.saveService(service('one', 'first'));
  store.saveGlobal(global(true));
  clock.advance(90);
  store.saveService(service('one', 'second'));
  store.saveService(service('two', 'only'));
  store.saveGlobal(global(false));
  expect(written).toEqual([]);
  // The wait begins with the first change: one that never stops changing is written all the same.
  clock.advance(10);
  expect(written).toEqual(['one second', 'two only', 'offline false']);
  clock.advance(1_000);
  expect(written).toHaveLength(3);
});

test('a flush writes at once what waits, and nothing is left to write', () => {
  const { clock, written, store, service } = rig();
  store.flush();
  expect(written).toEqual([]);
  store.saveService(service('one', 'first'));
  store.flush();
  store.flush();
  clock.advance(1_000);
  expect(written).toEqual(['one first']);
  expect(clock.pending).toBe(0);
});

test('of a hundred services that changed at once some are written in a row, and the rest when others were served', () => {
  const { clock, written, store, service } = rig();
  for (let i = 0; i < 100; i++) store.saveService(service(`${i}`, 'changed'));
  clock.advance(100);
  const first = written.length;
  expect(first).toBeLessThan(20);
  clock.advance(1);
  expect(written).toHaveLength(2 * first);
  // What a client waits for does not wait for them.
  store.saveService(service('asked for', 'now'));
  store.flush(['asked for']);
  expect(written.slice(2 * first)).toEqual(['asked for now']);
  store.flush();
  expect(written).toHaveLength(101);
});

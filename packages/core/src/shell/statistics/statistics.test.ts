/** What services carry, from the kernel's counters to the file in the service's folder. */
import { silentLogger } from '@connman/base';
import { bool, dict, str } from '@connman/dbus';
import { ManualClock, MemoryFiles } from '@connman/testkit';
import { emptySnapshot } from '../publish/snapshot';
import { Statistics } from './statistics';
import { readTotals } from './statistics-file';

const path = '/net/connman/service/ethernet_a_cable';
const file = '/store/ethernet_a_cable/data';
let clock: ManualClock;
let files: MemoryFiles;
let statistics: Statistics;

const carried = (packets: number) => {
  files.writeAtomic(
    '/proc/net/dev',
    `  eth0: ${10 * packets} ${packets} 0 0 0 0 0 0 ${20 * packets} ${packets} 0 0 0 0 0 0\n`,
  );
};
const show = (state: string, roaming = false) =>
  statistics.follow(
    {
      ...emptySnapshot,
      services: new Map([
        [
          path,
          new Map([
            ['State', str(state)],
            ['Ethernet', dict({ Interface: str('eth0') })],
            ['Roaming', bool(roaming)],
          ]),
        ],
      ]),
    },
    [path],
  );
const totals = () => readTotals(files.readBytes(file) ?? new Uint8Array());

beforeEach(() => {
  clock = new ManualClock();
  files = new MemoryFiles();
  files.writeAtomic('/store/ethernet_a_cable/settings', '[ethernet_a_cable]\n');
  statistics = new Statistics({ files, clock, folder: '/store', log: silentLogger });
});

test('what a service carries while it is connected is counted, and is on disk when the connection ends', () => {
  carried(100);
  show('configuration');
  expect(statistics.current()).toEqual([]);
  show('ready');
  carried(103);
  clock.advance(5000);
  expect(statistics.current()).toEqual([
    { path, isRoaming: false, home: [3, 3, 30, 60, 0, 0, 0, 0, 5], roaming: [0, 0, 0, 0, 0, 0, 0, 0, 0] },
  ]);
  show('online');
  expect(files.readBytes(file)).toBeUndefined();
  carried(104);
  show('idle');
  expect(totals()?.home).toEqual([4, 4, 40, 80, 0, 0, 0, 0, 5]);
  carried(200);
  expect(statistics.current()).toEqual([]);
});

test('an hour of a connection that is looked at each second writes nothing to disk', () => {
  carried(0);
  show('ready');
  const store = () => files.list('/store/ethernet_a_cable');
  const before = store();
  for (let second = 1; second <= 3600; second++) {
    carried(second);
    clock.advance(1000);
    statistics.current();
    show(second % 2 === 0 ? 'ready' : 'online');
  }
  expect(statistics.current()[0]?.home.slice(0, 2)).toEqual([3600, 3600]);
  expect([store(), files.readBytes(file)]).toEqual([before, undefined]);
});

test('the next connection goes on from the last one’s totals', () => {
  carried(1);
  show('ready');
  carried(3);
  statistics.close();
  show('ready');
  carried(4);
  expect(statistics.current()[0]?.home.slice(0, 2)).toEqual([3, 3]);
});

test('roaming is counted by itself', () => {
  carried(0);
  show('ready');
  carried(2);
  show('ready', true);
  carried(7);
  const [usage] = statistics.current();
  expect([usage?.isRoaming, usage?.home[0], usage?.roaming[0]]).toEqual([true, 2, 5]);
});

test('ResetCounters sets both to zero, on disk as well', () => {
  carried(0);
  show('ready');
  carried(2);
  statistics.reset(path);
  expect(statistics.current()[0]?.home).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
  carried(3);
  expect(statistics.current()[0]?.home[0]).toBe(1);
  show('idle');
  statistics.reset(path);
  expect(totals()?.home[0]).toBe(0);
});

test('a service that was never stored leaves no folder behind', () => {
  files.remove('/store/ethernet_a_cable');
  carried(0);
  show('ready');
  carried(2);
  show('idle');
  expect(files.list('/store')).toEqual([]);
});

test('what a connection has carried goes on over a reset, and begins from zero with the next connection', () => {
  carried(100);
  show('ready');
  carried(103);
  expect(statistics.carried()).toEqual([['ethernet_a_cable', 90]]);
  statistics.reset(path);
  carried(105);
  expect(statistics.carried()).toEqual([['ethernet_a_cable', 150]]);
  show('idle');
  expect(statistics.carried()).toEqual([]);
  show('ready');
  expect(statistics.carried()).toEqual([['ethernet_a_cable', 0]]);
});

import { silentLogger } from '@connman/base';
import { ManualClock } from '@connman/testkit';
import { LongScans } from './long-scans';

function setUp() {
  const clock = new ManualClock();
  const ended: number[] = [];
  const scans = new LongScans(clock, { abortScan: (ifindex) => ended.push(ifindex) > 0 }, silentLogger);
  return { clock, ended, scans };
}

test('a scan during which frames are lost is ended after 5 s, and no earlier', () => {
  const { clock, ended, scans } = setUp();
  scans.heard({ kind: 'scanning', ifindex: 3 });
  scans.heard({ kind: 'unacknowledged', ifindex: 3 });
  clock.advance(4999);
  expect(ended).toEqual([]);
  clock.advance(1);
  expect(ended).toEqual([3]);
});

test('a scan that has gone on for longer is ended as the first frames are lost', () => {
  const { clock, ended, scans } = setUp();
  scans.heard({ kind: 'scanning', ifindex: 3 });
  clock.advance(30_000);
  scans.heard({ kind: 'unacknowledged', ifindex: 4 });
  clock.advance(0);
  expect(ended).toEqual([]);
  scans.heard({ kind: 'unacknowledged', ifindex: 3 });
  clock.advance(0);
  expect(ended).toEqual([3]);
});

test('a scan that has ended, or a later one without lost frames, is left alone', () => {
  const { clock, ended, scans } = setUp();
  scans.heard({ kind: 'scanning', ifindex: 3 });
  scans.heard({ kind: 'unacknowledged', ifindex: 3 });
  scans.heard({ kind: 'scanned', ifindex: 3, ok: true });
  scans.heard({ kind: 'unacknowledged', ifindex: 3 });
  scans.heard({ kind: 'scanning', ifindex: 3 });
  clock.advance(60_000);
  expect(ended).toEqual([]);
});

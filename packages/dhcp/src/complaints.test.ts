import { instant } from '@connman/base';
import { Complaints } from './complaints';

test('a complaint is said once, and again after an hour', () => {
  const complaints = new Complaints();
  const says = (at: number) => complaints.allows('no server', instant(at));
  expect([says(0), says(1), says(3_599_999), says(3_600_000), says(3_600_001)]).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});

test('a peer that invents new mistakes gets twenty lines an hour', () => {
  const complaints = new Complaints();
  const said = Array.from({ length: 1000 }, (_, i) => complaints.allows(`mistake ${i}`, instant(i))).filter(Boolean);
  expect(said).toHaveLength(20);
});

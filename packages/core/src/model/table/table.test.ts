import type { Instant } from '@connman/base';
import { Random } from '../../../test/simulation/random';
import { Recent } from './recent';
import { Table } from './table';

interface Item {
  readonly group?: string;
  readonly at?: number;
}

class Items extends Table<number, Item> {
  readonly byGroup = this.groupBy(({ group }) => group);
  readonly moments = this.agendaBy(({ at }) => at as Instant | undefined);
}

const instantOf = (ms: number) => ms as Instant;

test('groups and agenda agree with what a search of the whole table finds, whatever is put in and taken out', () => {
  const random = new Random(7);
  const items = new Items();
  const given = new Map<number, number>();
  let now = 0;
  for (let step = 0; step < 1000; step++) {
    const key = random.below(30);
    if (random.chance(0.3)) {
      items.delete(key);
      given.delete(key);
    } else {
      const group = random.pick([undefined, 'a', 'b']);
      const at = random.chance(0.2) ? undefined : now + random.below(50);
      if (items.get(key)?.at !== at) given.delete(key);
      items.set(key, { ...(group && { group }), ...(at !== undefined && { at }) });
    }
    for (const group of ['a', 'b']) {
      const found = [...items].filter(([, item]) => item.group === group).map(([one]) => one);
      expect(
        items.byGroup
          .entries(group)
          .map(([one]) => one)
          .sort(),
      ).toEqual(found.sort());
      expect(items.byGroup.size(group)).toBe(found.length);
    }
    if (random.chance(0.3)) now += random.below(20);
    const ahead = [...items.values()].flatMap(({ at }) => (at !== undefined && at > now ? [at] : []));
    expect(items.moments.next(instantOf(now))).toBe(ahead.length > 0 ? Math.min(...ahead) : undefined);
    if (random.chance(0.5)) continue;
    const passed = [...items].filter(([one, { at }]) => at !== undefined && at <= now && given.get(one) !== at);
    expect(items.moments.due(instantOf(now)).sort()).toEqual(passed.map(([one]) => one).sort());
    for (const [one, { at }] of passed) given.set(one, at as number);
  }
});

test('a value that is put in again is no change', () => {
  const items = new Items();
  const changes: unknown[] = [];
  items.onChange((...change) => changes.push(change));
  const item: Item = { group: 'a' };
  items.set(1, item);
  items.set(1, item);
  expect(changes).toEqual([[1, undefined, item]]);
});

test('a member of a group keeps its place while it changes, and an empty group is none', () => {
  const items = new Items();
  items.set(2, { group: 'a' }).set(1, { group: 'a' }).set(2, { group: 'a', at: 5 });
  expect(items.byGroup.of('a')).toEqual([{ group: 'a', at: 5 }, { group: 'a' }]);
  items.clear();
  expect(items.byGroup.names()).toEqual([]);
});

test('what changes in a turn is recent in it and in the next one', () => {
  const recent = new Recent<string>();
  recent.turn();
  recent.add('a');
  recent.turn();
  recent.add('b');
  recent.add('a');
  expect(recent.keys()).toEqual(['a', 'b']);
  recent.turn();
  recent.turn();
  expect(recent.isEmpty).toBe(true);
});

test('what changes in turns that leave stages out is recent again in the first one that does not', () => {
  const recent = new Recent<string>();
  recent.turn(true);
  recent.add('a');
  for (const key of ['b', 'c', 'd']) {
    recent.turn(key === 'b');
    recent.add(key);
  }
  expect(recent.keys()).toEqual(['c', 'd']);
  // Not the one in which all stages ran: they have seen it, or see it now.
  expect(recent.unseen).toBe(3);
  recent.recall();
  expect(recent.keys().sort()).toEqual(['a', 'b', 'c', 'd']);
  recent.turn(true);
  expect(recent.keys()).toEqual(['d']);
  expect(recent.unseen).toBe(0);
});

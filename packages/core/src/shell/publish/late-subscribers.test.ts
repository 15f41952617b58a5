/** Clients that subscribe to an object after they got its properties in a list. */
import { instant } from '@connman/base';
import { str } from '@connman/dbus';
import { ManualClock } from '@connman/testkit';
import type { Announcement, PropertyChange } from './difference';
import { LateSubscribers, subscribeTimeMs } from './late-subscribers';

let clock: ManualClock;
let late: LateSubscribers;
let repeated: string[];

beforeEach(() => {
  clock = new ManualClock();
  repeated = [];
  const inWords = ({ path, name, value }: PropertyChange) => `${path} ${name}=${value.value}`;
  late = new LateSubscribers(clock, (changes) => repeated.push(...changes.map(inWords)));
});

function change(path: string, name: string, value: string, object: PropertyChange['object'] = 'service'): void {
  late.follow({ kind: 'property-changed', object, path, name, value: str(value) });
}

const added: Announcement = {
  kind: 'services-changed',
  changed: [['a', new Map([['State', str('idle')]])]],
  removed: [],
};

test('a change after a service was announced is signalled again when clients have subscribed, with its latest value', () => {
  late.follow(added);
  change('a', 'State', 'configuration');
  change('a', 'Name', 'Wired');
  clock.advance(30);
  change('a', 'State', 'ready');
  clock.advance(subscribeTimeMs - 31);
  expect(repeated).toEqual([]);
  clock.advance(1);
  expect(repeated).toEqual(['a Name=Wired', 'a State=ready']);
  clock.advance(10 * subscribeTimeMs);
  expect(repeated).toHaveLength(2);
});

test('a change after a list was asked for is signalled again', () => {
  late.handedOut();
  change('t', 'Connected', 'true', 'technology');
  clock.advance(subscribeTimeMs);
  expect(repeated).toEqual(['t Connected=true']);
});

test('each change waits for those who got the list last before it', () => {
  late.handedOut();
  change('a', 'State', 'ready');
  clock.advance(subscribeTimeMs / 2);
  late.handedOut();
  change('b', 'State', 'ready');
  clock.advance(subscribeTimeMs / 2);
  expect(repeated).toEqual(['a State=ready']);
  clock.advance(subscribeTimeMs / 2);
  expect(repeated).toEqual(['a State=ready', 'b State=ready']);
});

test('nothing is signalled again when no client can have missed it', () => {
  change('a', 'State', 'ready');
  late.follow({ kind: 'services-changed', changed: [['a', new Map()]], removed: [] });
  change('a', 'State', 'online');
  late.handedOut();
  clock.advance(subscribeTimeMs);
  change('a', 'State', 'ready');
  clock.advance(subscribeTimeMs);
  expect(repeated).toEqual([]);
});

test('the manager’s and the clock’s changes are not signalled again: clients subscribe before they ask', () => {
  late.handedOut();
  change('/', 'State', 'ready', 'manager');
  change('/', 'Time', '1', 'clock');
  clock.advance(subscribeTimeMs);
  expect(repeated).toEqual([]);
});

test('a service that is gone meanwhile is not spoken of', () => {
  late.follow(added);
  change('a', 'State', 'ready');
  late.follow({ kind: 'service-removed', path: 'a' });
  clock.advance(subscribeTimeMs);
  expect(repeated).toEqual([]);
});

test('a timer that rings late does not signal a value that has changed meanwhile', () => {
  let now = 0;
  let ring = () => {};
  const tardy = {
    now: () => instant(now),
    wallTime: () => now,
    setTimer: (_delayMs: number, callback: () => void) => {
      ring = callback;
      return () => {};
    },
  };
  late = new LateSubscribers(tardy, (changes) => repeated.push(...changes.map(({ name }) => name)));
  late.handedOut();
  change('a', 'State', 'ready');
  now = subscribeTimeMs + 20;
  change('a', 'State', 'online');
  ring();
  expect(repeated).toEqual([]);
});

import { bool, str } from '@connman/dbus';
import { emptySnapshot, type Snapshot } from '../publish/snapshot';
import { stateOf } from './state';

function snapshot(state?: string, offline = false): Snapshot {
  const services = state === undefined ? [] : [['/a', new Map([['State', str(state)]])] as const];
  return { ...emptySnapshot, manager: new Map([['OfflineMode', bool(offline)]]), services: new Map(services) };
}

test.each([
  [undefined, false, 20],
  [undefined, true, 10],
  ['idle', false, 20],
  ['failure', false, 20],
  ['idle', true, 10],
  ['disconnect', false, 30],
  ['association', false, 40],
  ['configuration', false, 40],
  ['ready', false, 50],
  ['online', false, 70],
  ['online', true, 70],
])(
  'a default service in state %s, offline mode %s, is State %i of NetworkManager (rule 203)',
  (state, offline, value) => {
    expect(stateOf(snapshot(state, offline))).toBe(value);
  },
);

import { instant } from '@connman/base';
import { clientMac, mac } from '../../test/scripted-server';
import {
  type LinkLocalEvent,
  type LinkLocalState,
  linkLocalAddress,
  linkLocalDeadline,
  linkLocalStep,
} from './link-local-machine';

const rival = mac('02:00:00:00:00:99');

function run(...events: LinkLocalEvent[]) {
  let state: LinkLocalState = { kind: 'stopped' };
  let effects: readonly { kind: string }[] = [];
  for (const event of events) ({ state, effects } = linkLocalStep(state, event, clientMac));
  return { state, effects };
}

const start = { kind: 'start', attempt: 0 } as const;
const claimed = { kind: 'claimed' } as const;
const conflict = { kind: 'conflict', mac: rival, now: instant(1000) } as const;
const address = (attempt: number) => linkLocalAddress(clientMac, attempt);

test.each<[string, LinkLocalEvent[], string, object[]]>([
  ['start', [start], 'claiming', [{ kind: 'claim', address: address(0) }]],
  ['no one has it', [start, claimed], 'claimed', [{ kind: 'use', address: address(0) }]],
  ['another host has it', [start, conflict], 'claiming', [{ kind: 'claim', address: address(1) }]],
  [
    'it is taken from us',
    [start, claimed, conflict],
    'claiming',
    [
      { kind: 'lost', address: address(0), mac: rival },
      { kind: 'claim', address: address(1) },
    ],
  ],
  ['stop', [start, claimed, { kind: 'stop' }], 'stopped', [{ kind: 'unclaim' }]],
  ['stop when stopped', [{ kind: 'stop' }], 'stopped', []],
  ['a conflict when stopped', [conflict], 'stopped', []],
])('%s', (_, events, kind, effects) => {
  expect(run(...events)).toMatchObject({ state: { kind }, effects });
});

test('after ten conflicts in a row one address a minute is tried (RFC 3927 section 2.2.1)', () => {
  const tried = run(start, ...Array(9).fill(conflict));
  expect(tried.state.kind).toBe('claiming');
  const waiting = run(start, ...Array(10).fill(conflict));
  expect(waiting).toMatchObject({ state: { kind: 'waiting' }, effects: [{ kind: 'unclaim' }] });
  expect(linkLocalDeadline(waiting.state)).toBe(61_000);
  const early = linkLocalStep(waiting.state, { kind: 'time', now: instant(60_999) }, clientMac);
  expect(early.effects).toEqual([]);
  const due = linkLocalStep(waiting.state, { kind: 'time', now: instant(61_000) }, clientMac);
  expect(due.effects).toEqual([{ kind: 'claim', address: address(10) }]);
  expect(linkLocalStep(due.state, conflict, clientMac).state.kind).toBe('waiting');
});

test('an address that was free ends the row of conflicts', () => {
  expect(run(start, ...Array(9).fill(conflict), claimed, conflict).state).toMatchObject({
    kind: 'claiming',
    conflicts: 1,
  });
});

test('the choices: 169.254.1.0 to 169.254.254.255, the same each time, others for another card', () => {
  const seen = new Set<string>();
  for (let attempt = 0; attempt < 5000; attempt++) {
    const chosen = address(attempt);
    const [a, b, c = 0] = chosen.split('.').map(Number);
    expect([a, b, c >= 1 && c <= 254]).toEqual([169, 254, true]);
    seen.add(chosen);
  }
  expect(seen.size).toBeGreaterThan(4500);
  expect(address(0)).toBe(linkLocalAddress(clientMac, 0));
  expect(linkLocalAddress(rival, 0)).not.toBe(address(0));
});

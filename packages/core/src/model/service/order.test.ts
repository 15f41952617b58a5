import type { Connection } from './connection';
import { compareServices } from './order';
import type { Service, ServiceState } from './service';

interface Given {
  readonly state?: ServiceState;
  readonly favorite?: boolean;
  readonly hasUplink?: boolean;
  readonly error?: Service['error'];
  readonly adopted?: boolean;
  readonly name?: string;
  readonly type?: string;
  readonly ways?: Connection['ways'];
}

function service({
  state = 'idle',
  favorite = true,
  hasUplink = true,
  error = '',
  adopted,
  name = 'Wired',
  type,
  ways,
}: Given) {
  return {
    type: type ?? 'ethernet',
    name,
    state,
    error,
    hasUplink,
    strength: 0,
    settings: { favorite },
    ...((adopted || ways) && { connection: { dhcp4: adopted ? { adopted: {} } : {}, ways } as Connection }),
  } as unknown as Service;
}

const order = (a: Given, b: Given, preferred: readonly string[] = []) =>
  Math.sign(compareServices(service(a), service(b), preferred));

test.each([
  ['online before ready', { state: 'online' }, { state: 'ready' }],
  ['ready before connecting', { state: 'ready' }, { state: 'configuration' }],
  ['association and configuration before idle', { state: 'association' }, { state: 'idle' }],
  ['connecting before failure', { state: 'configuration' }, { state: 'failure' }],
  ['adopted, and so in use, before connecting', { state: 'configuration', adopted: true }, { state: 'configuration' }],
  [
    'a failed online check last of those connected',
    { state: 'ready', hasUplink: false },
    { state: 'ready', error: 'online-check-failed' },
  ],
  ['a way out before none, whatever the state', { state: 'ready' }, { state: 'online', hasUplink: false }],
  ['connected without a way out before not connected', { state: 'ready', hasUplink: false }, { state: 'idle' }],
  ['favorites before others', {}, { favorite: false }],
  ['by name at last', { name: 'Cable' }, { name: 'Wired' }],
] as const)('%s', (_, first, second) => {
  expect([order(first, second), order(second, first)]).toEqual([-1, 1]);
});

test('equal services keep the order they have', () => {
  expect(order({ state: 'ready' }, { state: 'ready' })).toBe(0);
  expect(order({ state: 'association' }, { state: 'configuration' })).toBe(0);
});

test('a preferred technology comes first of those connected, even before one that is online', () => {
  const wifi = { type: 'wifi', state: 'ready' } as const;
  expect(order({ state: 'online' }, wifi, ['wifi', 'ethernet'])).toBe(1);
  expect(order({ state: 'online' }, wifi, ['ethernet'])).toBe(-1);
  expect(order({ state: 'online' }, { ...wifi, state: 'idle' }, ['wifi'])).toBe(-1);
});

test('a preferred technology comes first of those that lead to the internet, not of all', () => {
  const wifi = (ways: Given['ways']) => ({ type: 'wifi', state: 'ready', ways }) as const;
  const cable = { state: 'online', ways: { 4: 'verified' } } as const;
  expect(order(cable, wifi({ 4: 'verified' }), ['wifi'])).toBe(1);
  expect(order(cable, wifi({ 4: 'unknown' }), ['wifi'])).toBe(-1);
  expect(order(cable, wifi({ 4: 'lost' }), ['wifi'])).toBe(-1);
  expect(order(cable, wifi({ 4: 'lost', 6: 'verified' }), ['wifi'])).toBe(1);
});

test('what was not checked yet comes before what leads nowhere', () => {
  expect(order({ state: 'ready', ways: { 4: 'unknown' } }, { state: 'online', ways: { 4: 'lost' } })).toBe(-1);
});

test('of two that lead nowhere the default stays, also where the other one is preferred', () => {
  const lost = { state: 'ready', ways: { 4: 'lost' } } as const;
  expect(order(lost, { ...lost, type: 'wifi' }, ['wifi'])).toBe(0);
});

test('the order is one: no three services stand in a circle', () => {
  const states: ServiceState[] = ['idle', 'association', 'configuration', 'ready', 'online', 'disconnect', 'failure'];
  const all = states.flatMap((state) =>
    [true, false].flatMap((hasUplink) =>
      [true, false].flatMap((adopted) =>
        (['', 'online-check-failed'] as const).flatMap((error) =>
          ([undefined, { 4: 'lost' }] as const).map((ways) => service({ state, hasUplink, adopted, error, ways })),
        ),
      ),
    ),
  );
  const sign = (a: Service, b: Service) => Math.sign(compareServices(a, b, []));
  for (const a of all) {
    for (const b of all) {
      expect(sign(a, b) + sign(b, a)).toBe(0);
      if (sign(a, b) > 0) continue;
      for (const c of all) if (sign(b, c) <= 0 && sign(a, c) > 0) throw new Error(JSON.stringify([a, b, c]));
    }
  }
});

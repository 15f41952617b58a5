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
}

function service({
  state = 'idle',
  favorite = true,
  hasUplink = true,
  error = '',
  adopted,
  name = 'Wired',
  type,
}: Given) {
  return {
    type: type ?? 'ethernet',
    name,
    state,
    error,
    hasUplink,
    strength: 0,
    settings: { favorite },
    ...(adopted && { connection: { dhcp4: { adopted: {} } } as Connection }),
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

test('the order is one: no three services stand in a circle', () => {
  const states: ServiceState[] = ['idle', 'association', 'configuration', 'ready', 'online', 'disconnect', 'failure'];
  const all = states.flatMap((state) =>
    [true, false].flatMap((hasUplink) =>
      [true, false].flatMap((adopted) =>
        (['', 'online-check-failed'] as const).map((error) => service({ state, hasUplink, adopted, error })),
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

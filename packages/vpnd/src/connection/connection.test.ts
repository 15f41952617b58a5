// One connection with a driver that asks for a password and is up.
import { ok, Secret, silentLogger } from '@connman/base';
import { ManualClock } from '@connman/testkit';
import type { VpnDriver } from '../driver';
import type { Provider } from '../provider/provider';
import { Connection, type ConnectionHost, type ConnectOutcome } from './connection';

const provider: Provider = {
  ...{ ident: 'office', type: 'scripted', name: 'Office', host: 'vpn.example', domain: '' },
  ...{ splitRouting: undefined, userRoutes: [], settings: new Map([['Scripted.Port', '443']]) },
};

const driver: VpnDriver = {
  ...{ type: 'scripted', title: 'Scripted', linkPrefix: 'vpn', authErrorLimit: 1 },
  stores: () => true,
  isSecret: () => false,
  available: () => ok(undefined),
  check: () => undefined,
  connect(attempt) {
    attempt.ask([{ name: 'Password', type: 'password', requirement: 'mandatory' }]).then(() => {
      const nothing = { addresses: [], nameservers: [], domains: [], routes: [], servers: [] };
      attempt.onUp({ ifindex: 7, ...nothing });
    });
    return { disconnect: () => attempt.onEnd(), record: { processes: [], interfaceName: attempt.interfaceName } };
  },
};

/** Counts how often the user is asked. */
function machine() {
  const asked: string[] = [];
  const host: ConnectionHost = {
    ...{ clock: new ManualClock(), log: silentLogger, defaults: new Map<string, string>() },
    driverOf: () => driver,
    freeLinkName: (prefix) => `${prefix}0`,
    folderOf: (ident) => `/run/connman-vpn/${ident}`,
    ask: async ({ provider: { host: server } }) => {
      asked.push(server);
      return new Map([['Password', new Secret('wonder land')]]);
    },
    onSave() {},
    onChange() {},
    watchWays: () => () => {},
    onRunning() {},
  };
  const connection = new Connection(provider, host);
  const connectOnce = async () => {
    const outcome = await new Promise<ConnectOutcome>((resolve) => connection.connect(undefined, resolve));
    expect(outcome.kind).toBe('ready');
    await new Promise<void>((resolve) => connection.disconnect(resolve));
  };
  return { asked, connection, connectOnce };
}

test('what an agent gave is used again, also when the connection is renamed or its routes change', async () => {
  const { asked, connection, connectOnce } = machine();
  await connectOnce();
  connection.configure({ ...provider, name: 'Work', splitRouting: true });
  await connectOnce();
  expect(asked).toEqual(['vpn.example']);
});

test.each<[string, Partial<Provider>]>([
  ['another host', { host: 'other.example' }],
  ['another setting', { settings: new Map([['Scripted.Port', '8443']]) }],
])('what an agent gave is not sent to a server it was not given for: %s', async (_, change) => {
  const { asked, connection, connectOnce } = machine();
  await connectOnce();
  connection.configure({ ...provider, ...change });
  await connectOnce();
  expect(asked).toHaveLength(2);
});

import { silentLogger } from '@connman/base';
import { Bus, BusError, nodeBusStream } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { guarded, PolkitAuthorizer } from './authorizer';
import { polkitAuthorityInterface, polkitBusName, polkitPath } from './polkit';
import { vpnManagerInterface } from './vpn';

let daemon: PrivateBus;
let bus: Bus;
let polkit: Bus | undefined;
let warnings: string[];
let authorizer: PolkitAuthorizer;

const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });

beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());
beforeEach(async () => {
  bus = await connect();
  warnings = [];
  authorizer = new PolkitAuthorizer(bus, { ...silentLogger, warning: (line) => warnings.push(line) });
});
afterEach(() => {
  bus.close();
  polkit?.close();
  polkit = undefined;
});

/** A polkit that allows one client and one action. */
async function startPolkit(decide: (client: unknown, action: string) => boolean): Promise<void> {
  polkit = await connect();
  polkit.export(polkitPath, polkitAuthorityInterface, {
    CheckAuthorization: ([[kind, details], action]) => {
      expect(kind).toBe('system-bus-name');
      return [decide(details.get('name')?.value, action), false, new Map()] as const;
    },
  });
  await polkit.requestName(polkitBusName);
}

test('polkit decides by client and action', async () => {
  await startPolkit((client, action) => client === ':1.5' && action === 'net.connman.modify');
  expect(await authorizer.allows(':1.5', 'net.connman.modify')).toBe(true);
  expect(await authorizer.allows(':1.6', 'net.connman.modify')).toBe(false);
  expect(await authorizer.allows(':1.5', 'net.connman.vpn.modify')).toBe(false);
});

test('without polkit the bus policy stands alone, and polkit counts as soon as it appears', async () => {
  expect(await authorizer.allows(':1.5', 'net.connman.modify')).toBe(true);
  // From now on without asking the bus.
  expect(authorizer.allows(':1.5', 'net.connman.modify')).toBe(true);
  await startPolkit(() => false);
  await bus.sync();
  expect(await authorizer.allows(':1.5', 'net.connman.modify')).toBe(false);
});

test('a polkit without our policy file leaves the decision to the bus policy', async () => {
  let asked = 0;
  await startPolkit(() => {
    asked++;
    throw new BusError('org.freedesktop.PolicyKit1.Error.Failed', 'Action net.connman.modify is not registered');
  });
  expect(await authorizer.allows(':1.5', 'net.connman.modify')).toBe(true);
  expect(await authorizer.allows(':1.6', 'net.connman.modify')).toBe(true);
  expect(asked).toBe(1);
  expect(warnings).toEqual([]);
});

test('a polkit that fails refuses, and the log says so', async () => {
  await startPolkit(() => {
    throw new BusError('org.freedesktop.PolicyKit1.Error.Failed', 'no rules');
  });
  expect(await authorizer.allows(':1.5', 'net.connman.modify')).toBe(false);
  expect(warnings).toEqual(['polkit did not decide net.connman.modify for :1.5: no rules; refused']);
});

test('a guarded handler runs for those who may, and what only looks is open to everybody', async () => {
  await startPolkit((_, action) => action === 'net.connman.modify');
  const client = await connect();
  const created: unknown[] = [];
  const offer = (path: string, action: 'net.connman.modify' | 'net.connman.vpn.modify') => {
    const handlers = {
      Create: ([properties]: [ReadonlyMap<string, unknown>]) => {
        created.push(properties.size);
        return '/made';
      },
      Remove: () => {},
      GetConnections: () => [],
      RegisterAgent: () => {},
      UnregisterAgent: () => {},
    };
    bus.export(
      path,
      vpnManagerInterface,
      guarded(handlers, ['Create', 'Remove'], (sender) => authorizer.allows(sender, action)),
    );
    return client.object(vpnManagerInterface, { name: bus.uniqueName, path });
  };
  const allowed = offer('/allowed', 'net.connman.modify');
  const denied = offer('/denied', 'net.connman.vpn.modify');
  expect(await allowed.call('Create', [{}])).toBe('/made');
  await expect(denied.call('Create', [{}])).rejects.toMatchObject({ errorName: 'net.connman.Error.PermissionDenied' });
  await expect(denied.call('Remove', ['/made'])).rejects.toThrow('Permission denied');
  expect(await denied.call('GetConnections', [])).toEqual([]);
  expect(created).toEqual([0]);
  client.close();
});

/** The mirror of connman-vpnd against the contract of technology drivers, as far as tunnels have what it speaks of. */
import { silentLogger } from '@connman/base';
import { vpnBusName, vpnConnectionInterface, vpnManagerInterface, vpnPaths } from '@connman/contracts';
import { Bus, dict, int32, nodeBusStream, str, type Variant } from '@connman/dbus';
import {
  complianceCasesFor,
  type DriverAbility,
  type DriverSubject,
  ManualClock,
  type PrivateBus,
  startPrivateBus,
} from '@connman/testkit';
import { vpnTechnology } from './technology';

/** Tunnels are neither scanned for nor switched, and several are up at a time. */
const abilities: readonly DriverAbility[] = ['join'];
const path = vpnPaths.connection('office');
const idle = new Map<string, Variant>([
  ['State', str('idle')],
  ['Name', str('Office')],
  ['Host', str('192.0.2.1')],
]);

let daemonBus: PrivateBus;
let client: Bus;
let server: Bus | undefined;
let lose: () => void;
let ends: (() => void)[];

const connectBus = () => Bus.connect({ stream: nodeBusStream, address: daemonBus.address });

beforeEach(async () => {
  daemonBus = await startPrivateBus();
  client = await connectBus();
  ends = [];
});
afterEach(async () => {
  for (const end of ends) end();
  client.close();
  server?.close();
  await daemonBus.stop();
});

/** A connman-vpnd with one connection, which does what the test says. */
async function startVpnd(): Promise<void> {
  const bus = await connectBus();
  server = bus;
  bus.export('/', vpnManagerInterface, {
    Create: () => '/',
    Remove: () => {},
    GetConnections: () => [[path, idle]],
    RegisterAgent: () => {},
    UnregisterAgent: () => {},
  });
  const say = (name: string, value: Variant) => connection.emit('PropertyChanged', [name, value]);
  const leave = (state: string) => {
    say('IPv4', dict({}));
    say('Index', int32(-1));
    say('State', str(state));
  };
  lose = () => leave('failure');
  const connection = bus.export(path, vpnConnectionInterface, {
    GetProperties: () => idle,
    SetProperty: () => {},
    ClearProperty: () => {},
    Connect: () => {},
    Connect2: () => {
      say('State', str('configuration'));
      say('Index', int32(7));
      say('IPv4', dict({ Address: str('10.8.0.2'), Netmask: str('255.255.255.0') }));
      say('State', str('ready'));
    },
    Disconnect: () => leave('idle'),
  });
  await bus.requestName(vpnBusName);
}

async function subject(): Promise<DriverSubject> {
  await startVpnd();
  const clock = new ManualClock();
  const driver = vpnTechnology({
    ...{ bus: client, isConfigured: false, clock, log: silentLogger },
    resolver: { lookup: async () => [] },
    probeKillSwitch: () => undefined,
  });
  ends.push(() => driver.close());
  return {
    ...{ driver, abilities, open: 'Office' },
    pass: async (milliseconds) => {
      clock.advance(milliseconds);
      // What was sent before has been answered by then.
      for (let trip = 0; trip < 3; trip++) await client.sync();
    },
    lose: () => lose(),
    backEndGone: () => server?.close(),
    backEndBack: () => void startVpnd(),
  };
}

test.each(complianceCasesFor(abilities).map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
  await run(await subject());
});

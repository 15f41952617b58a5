/**
 * The State of NetworkManager for programs that know that one alone (ConnMan's plugin nmcompat, rule 203): an optional part, and
 * nothing while NetworkManager itself has its name.
 */
import type { Logger } from '@connman/base';
import { type Bus, type BusError, defineInterface, type Exported, uint32, type Variant } from '@connman/dbus';
import type { Snapshot } from '../publish/snapshot';

const networkManagerName = 'org.freedesktop.NetworkManager';
const path = '/org/freedesktop/NetworkManager';

/** Its signals are those of NetworkManager before 0.9, as ConnMan has them. */
const networkManagerInterface = defineInterface({
  name: networkManagerName,
  methods: {},
  signals: { PropertiesChanged: 'a{sv} properties', StateChanged: 'u state' },
});

const asleep = 10;
const disconnected = 20;
const states = new Map([
  ['disconnect', 30],
  ['association', 40],
  ['configuration', 40],
  ['ready', 50],
  ['online', 70],
]);

export class NetworkManagerState {
  private readonly exported: Exported<typeof networkManagerInterface>;
  private state = disconnected;

  constructor(bus: Bus, log: Logger, snapshot: Snapshot) {
    this.state = stateOf(snapshot);
    this.exported = bus.export(
      path,
      networkManagerInterface,
      {},
      { properties: () => new Map<string, Variant>([['State', uint32(this.state)]]) },
    );
    bus.requestName(networkManagerName).then(
      (isOurs) => {
        if (!isOurs) log.info(`${networkManagerName} has an owner already: its clients do not see our state`);
      },
      (error: BusError) => {
        log.warning(`${networkManagerName}: ${error.message}; install the bus policy of the part networkmanager`);
      },
    );
  }

  follow(snapshot: Snapshot): void {
    const state = stateOf(snapshot);
    if (state === this.state) return;
    this.state = state;
    this.exported.emit('PropertiesChanged', [{ State: uint32(state) }]);
    this.exported.emit('StateChanged', [state]);
  }
}

/** Of the default service; one that is connected counts in offline mode as well, as technologies may be switched on in it. */
export function stateOf({ manager, services }: Snapshot): number {
  const [main] = services.values();
  const state = states.get(main?.get('State')?.as('s') ?? '');
  if (state !== undefined) return state;
  return manager.get('OfflineMode')?.as('b') ? asleep : disconnected;
}

/** A message bus of a test file's own. */
import { Bus, nodeBusStream } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';

/**
 * Connections to it end after each test. Names are given back one by one: what follows begins when `name` has no owner.
 * @returns what connects to the bus.
 */
export function testBus(name: string): () => Promise<Bus> {
  let daemon: PrivateBus;
  const buses: Bus[] = [];
  const connect = async () => {
    const bus = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
    buses.push(bus);
    return bus;
  };
  beforeAll(async () => {
    daemon = await startPrivateBus();
  });
  afterAll(() => daemon.stop());
  afterEach(async () => {
    const last = await connect();
    const free = new Promise<void>((resolve) => last.watchOwner(name, (owner) => owner === undefined && resolve()));
    for (const bus of buses.splice(0)) if (bus !== last) bus.close();
    await free;
    last.close();
  });
  return connect;
}

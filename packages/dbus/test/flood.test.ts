/** A client that asks faster than it is answered, beside an ordinary one, on a real dbus-daemon. */
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { Bus, type BusError, busErrorName, defineInterface, nodeBusStream } from '../src';

const slow = defineInterface({
  name: 'org.example.Slow',
  methods: { Work: { in: '', out: 'u served' } },
  signals: {},
});

// Three thousand calls of a millisecond each, on a machine that may be busy.
jest.setTimeout(60_000);

let daemon: PrivateBus;
let server: Bus;
let flooder: Bus;
let other: Bus;

beforeAll(async () => {
  daemon = await startPrivateBus();
  const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });
  [server, flooder, other] = [await connect(), await connect(), await connect()];
});
afterAll(() => {
  for (const bus of [server, flooder, other]) bus.close();
  daemon.stop();
});

test('a flood of calls is refused in part, and an ordinary client is answered meanwhile', async () => {
  let served = 0;
  server.export('/slow', slow, {
    Work: () => {
      const until = process.hrtime.bigint() + 1_000_000n;
      while (process.hrtime.bigint() < until);
      return ++served;
    },
  });
  const work = (bus: Bus) => bus.object(slow, { name: server.uniqueName, path: '/slow' }).call('Work', []);
  const flood = Array.from({ length: 3000 }, () => work(flooder).catch((error: BusError) => error.errorName));
  // The flood is under way once the first of it was served.
  await flood[0];
  const position = await work(other);
  const results = await Promise.all(flood);
  const refused = results.filter((result) => result === busErrorName.limitsExceeded);
  expect(refused.length).toBeGreaterThan(0);
  expect(results.length - refused.length).toBe(served - 1);
  // Its turn came before the calls of the flood that waited with it.
  expect(position).toBeLessThan(served);
});

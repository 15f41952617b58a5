/** The server under test, on @connman/dbus. Prints `ready` when its name is on the bus. */
import { Bus, nodeBusStream, Variant } from '@connman/dbus';
import { busStreamPort } from '@connman/linux';
import { benchInterface } from './interface';
import { type Samples, sampleService, servicePath } from './properties';

function properties(samples: Samples): Map<string, Variant> {
  return new Map(
    Object.entries(samples).map(([name, [signature, value]]) => [
      name,
      new Variant(signature, signature === 'a{sv}' ? properties(value as Samples) : value),
    ]),
  );
}

async function main(): Promise<void> {
  const [address = '', name = '', stream = ''] = process.argv.slice(2);
  const bus = await Bus.connect({ stream: stream === 'linux' ? busStreamPort : nodeBusStream, address });
  bus.export('/', benchInterface, {
    Echo: ([text]) => text,
    // Built again for each call, as a daemon does whose state changes.
    GetProperties: () => properties(sampleService(1)),
    GetServices: () => Array.from({ length: 50 }, (_, i) => [servicePath(i), properties(sampleService(i))] as const),
  });
  await bus.requestName(name);
  console.log('ready');
}

main();

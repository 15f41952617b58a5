/** Calls a server of the benchmark and waits for the answers, so many at a time. One line of standard input, one run. */
import { createInterface } from 'node:readline';
import { Bus, nodeBusStream } from '@connman/dbus';
import { benchInterface } from './interface';

async function main(): Promise<void> {
  const bus = await Bus.connect({ stream: nodeBusStream, address: process.argv[2] ?? '' });
  console.log('ready');
  for await (const line of createInterface(process.stdin)) {
    const [name = '', method = '', calls = '', inFlight = ''] = line.split(' ');
    const remote = bus.object(benchInterface, { name, path: '/' });
    const start = process.hrtime.bigint();
    let left = Number(calls);
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        if (method === 'Echo') await remote.call('Echo', ['hello']);
        else await remote.call(method === 'GetProperties' ? method : 'GetServices', []);
      }
    };
    await Promise.all(Array.from({ length: Number(inFlight) }, worker));
    console.log(String(Number(process.hrtime.bigint() - start) / 1e6));
  }
  bus.close();
}

main();

// The hand on the far end of a cable: stamps the moment, and then tells the kernel.
//
//   node cable.js LINK     "up" or "down" on standard input; answers with milliseconds of CLOCK_MONOTONIC
import { createInterface } from 'node:readline';
import { netlinkPort } from '@connman/linux';
import { openRouteSocket, setLink } from '@connman/netlink';
import { monotonicMs } from './sighting';

const socket = openRouteSocket(netlinkPort, {
  groups: [],
  onEvents: () => undefined,
  onResync: () => undefined,
  onFault: () => undefined,
});
const links = socket.links();
if (!links.ok) throw links.error;
const link = links.value.find(({ name }) => name === process.argv[2]);
if (!link) throw new Error(`no link ${process.argv[2]}`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const request = setLink(link.ifindex, { up: line === 'up' });
  const at = monotonicMs();
  const done = socket.change(request);
  if (!done.ok) throw done.error;
  console.log(`at ${at}`);
});
console.log('ready');

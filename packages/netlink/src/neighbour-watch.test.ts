import { netlinkPort } from '@connman/linux';
import { ifindexOf, inNewNamespace, ip, ipBatch, listen, must } from '../test/kernel';
import { setLink } from './link';
import { NeighbourWatch } from './neighbour-watch';

inNewNamespace();

test('global IPv6 addresses of one link are known from the start, as they come, change hands and go; no others', async () => {
  const { socket } = listen();
  ipBatch(['link add eth0 type veth peer name peer0', 'link set peer0 up', 'link set eth0 up']);
  const ifindex = ifindexOf(socket, 'eth0');
  must(socket.change(setLink(ifindex, { up: true })));
  ip('neighbour add 2001:db8::1 dev eth0 lladdr 02:00:00:00:00:01 nud permanent');
  const told: string[] = [];
  let heard = () => {};
  const watch = new NeighbourWatch({
    ...{ netlink: netlinkPort, ifindex },
    onChange: (all) => {
      told.push(all.map(({ mac, address }) => `${address} ${mac.slice(-2)}`).join(', '));
      heard();
    },
    onFault: (error) => {
      throw error;
    },
  });
  const until = async (text: string) => {
    while (told.at(-1) !== text) await new Promise<void>((resolve) => (heard = resolve));
  };
  expect(told).toEqual(['2001:db8::1 01']);
  ip('neighbour add 192.0.2.9 dev eth0 lladdr 02:00:00:00:00:09 nud permanent');
  ip('neighbour add fe80::9 dev eth0 lladdr 02:00:00:00:00:09 nud permanent');
  ip('neighbour add 2001:db8::9 dev peer0 lladdr 02:00:00:00:00:09 nud permanent');
  ip('neighbour add 2001:db8::8 dev eth0 nud failed');
  ip('neighbour add 2001:db8::2 dev eth0 lladdr 02:00:00:00:00:02 nud stale');
  await until('2001:db8::1 01, 2001:db8::2 02');
  ip('neighbour change 2001:db8::2 dev eth0 lladdr 02:00:00:00:00:03 nud stale');
  await until('2001:db8::1 01, 2001:db8::2 03');
  ip('neighbour del 2001:db8::1 dev eth0');
  await until('2001:db8::2 03');
  ip('neighbour change 2001:db8::2 dev eth0 nud failed');
  await until('');
  watch.close();
  socket.close();
});

test('of more events than the socket holds, what is there in the end is read again', async () => {
  const { socket } = listen();
  ipBatch(['link add eth1 type veth peer name peer1', 'link set peer1 up', 'link set eth1 up']);
  const ifindex = ifindexOf(socket, 'eth1');
  let now: readonly string[] = [];
  let heard = () => {};
  const open: typeof netlinkPort.open = (options) =>
    netlinkPort.open(options.groups.length > 0 ? { ...options, receiveBufferBytes: 4096 } : options);
  const watch = new NeighbourWatch({
    ...{ netlink: { open }, ifindex },
    onChange: (all) => {
      now = all.map(({ address }) => address);
      heard();
    },
    onFault: (error) => {
      throw error;
    },
  });
  const add = (i: number) =>
    `neighbour add 2001:db8::${i.toString(16)} dev eth1 lladdr 02:00:00:00:00:01 nud permanent`;
  ipBatch(Array.from({ length: 400 }, (_, i) => add(i + 1)));
  ipBatch(
    Array.from({ length: 399 }, (_, i) =>
      add(i + 1)
        .replace('add', 'del')
        .replace(/ nud.*/, ''),
    ),
  );
  while (now.join() !== '2001:db8::190') await new Promise<void>((resolve) => (heard = resolve));
  watch.close();
  socket.close();
});

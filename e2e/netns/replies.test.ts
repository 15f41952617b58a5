// Two uplinks with the same host beyond each: it is answered by the link that it asked, whatever the default route is.
import { advertisedNetwork } from './lab/advertised';
import type { Child } from './lab/child';
import { inLab, type Lab } from './lab/lab';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const mainConf = '[General]\nOnlineCheckMode=none\n';
const peers = ['198.51.100.9', '2001:db8:99::1'] as const;

/** A TCP server of the machine, on all its addresses: each line comes back. */
const server = `require('node:net').createServer((peer) => peer.pipe(peer)).listen(7007, '::', () => console.log('listening'))`;
/** A connection of the peer that is kept open: what comes in on its input goes out, and what comes back is printed. */
const client = (from: string, to: string) => `
const peer = require('node:net').connect({ port: 7007, host: '${to}', localAddress: '${from}' }, () => console.log('connected'));
peer.on('error', ({ code }) => console.log(code));
peer.pipe(process.stdout);
process.stdin.pipe(peer);`;

/** UDP servers of the machine: one bound to an address, one that replies from the address that was asked, one that leaves it to the kernel. */
const udpPorts = { bound: 7101, asked: 7102, wildcard: 7103 };
const udpServer = (own: string) => `
import select, socket
def server(port, address=''):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((address, port))
    return one
bound, asked, wildcard = server(${udpPorts.bound}, '${own}'), server(${udpPorts.asked}), server(${udpPorts.wildcard})
IP_PKTINFO = 8
asked.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
print('serving', flush=True)
while True:
    for one in select.select([bound, asked, wildcard], [], [])[0]:
        data, notes, _, peer = one.recvmsg(64, 64)
        info = [bytes(4) + value[4:8] + bytes(4) for _, kind, value in notes if kind == IP_PKTINFO]
        one.sendmsg([data], [(socket.IPPROTO_IP, IP_PKTINFO, value) for value in info], 0, peer)`;
/** The peer, which prints where replies come from; given an address, it sends there first. */
const udpPeer = (port: number, ...asks: [address: string, port: number] | []) => `
import socket
peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
peer.bind(('${peers[0]}', ${port}))
print('ready', flush=True)
${asks.length > 0 ? `peer.sendto(b'hello', ('${asks[0]}', ${asks[1]}))` : ''}
while True:
    print('from', *peer.recvfrom(64)[1], flush=True)`;

/** A network with the peers beyond its router. */
const uplink = (lab: Lab, link: string, number: number) => advertisedNetwork(lab, link, number, peers);

const ownRules = async (lab: Lab) =>
  (await lab.machine.run(['sh', '-c', 'ip rule; ip -6 rule'])).split('\n').filter((line) => line.includes('325'));
const ownTables = (lab: Lab) =>
  lab.machine.run(['sh', '-c', 'ip route show table all proto 109; ip -6 route show table all proto 109']);

function addressesOf(lab: Lab, link: string): string[] {
  const { IPv4, IPv6 } = lab.connman.service(link)?.properties ?? {};
  return [IPv4, IPv6].flatMap((properties) => dictionary(properties).Address ?? []) as string[];
}

/** Connections of the peers beyond the link's router to the link's addresses. */
async function ask(lab: Lab, { far, plan }: Network): Promise<Child[]> {
  const children = addressesOf(lab, plan.link).map((own, i) =>
    far.start([process.execPath, '-e', client(peers[i] ?? '', own)]),
  );
  for (const child of children) await child.line(/^connected$/);
  return children;
}

async function echoes(connections: readonly Child[], word: string): Promise<void> {
  for (const connection of connections) {
    connection.write(`${word}\n`);
    await connection.line(new RegExp(`^${word}$`));
  }
}

onlyOurs(
  'of two uplinks each replies by its own link, over both families, and a moved default or a crash changes nothing',
  () =>
    inLab(ours, async (lab) => {
      const networks = [await uplink(lab, 'eth0', 1), await uplink(lab, 'eth1', 2)] as const;
      const [first, second] = networks;
      await first.plug();
      const connman = await lab.startDaemon({ mainConf });
      await connman.until('both families of eth0', () => addressesOf(lab, 'eth0').length === 2);
      expect([await ownRules(lab), (await ownTables(lab)).includes('table 109')]).toEqual([[], false]);
      await second.plug();
      await connman.until('both families of eth1', () => addressesOf(lab, 'eth1').length === 2);
      await lab.machine.until('rules of both links', async () => (await ownRules(lab)).length >= 8);
      const program = lab.start([process.execPath, '-e', server]);
      await program.line(/^listening$/);

      const connections = [...(await ask(lab, first)), ...(await ask(lab, second))];
      expect(connections).toHaveLength(4);
      await echoes(connections, 'begin');

      const [own = ''] = addressesOf(lab, 'eth1');
      const udp = lab.start(['python3', '-c', udpServer(own)]);
      await udp.line(/^serving$/);
      for (const port of [udpPorts.bound, udpPorts.asked]) {
        const peer = second.far.start(['python3', '-c', udpPeer(port, own, port)]);
        await peer.line(new RegExp(`^from ${own} ${port}$`));
      }
      // The kernel chooses the source address with the route, before any rule or filter sees one (ADR 20).
      const elsewhere = first.far.start(['python3', '-c', udpPeer(udpPorts.wildcard)]);
      await elsewhere.line(/^ready$/);
      second.far.start(['python3', '-c', udpPeer(udpPorts.wildcard, own, udpPorts.wildcard)]);
      await elsewhere.line(new RegExp(`^from ${addressesOf(lab, 'eth0')[0]} ${udpPorts.wildcard}$`));

      const [one, other] = connman.services.map(({ path }) => path);
      await connman.call(String(other), 'MoveBefore', 'o', one);
      await lab.machine.until(
        'the default route on eth1',
        async () => (await lab.machine.defaultRoutes())[0]?.dev === 'eth1',
      );
      await echoes(connections, 'moved');
      await ask(lab, first);

      const before = await ownRules(lab);
      await lab.stopDaemon('SIGKILL');
      const told = lab.machine.kernel.items.length;
      await lab.startDaemon({ mainConf });
      await connman.untilReady('eth0');
      await connman.untilReady('eth1');
      await echoes(connections, 'restarted');
      expect(await ownRules(lab)).toEqual(before);
      expect(
        lab.machine.kernel.items.slice(told).filter((line) => /^Deleted .*(32[0-9]{3}:|table 109)/.test(line)),
      ).toEqual([]);

      await connman.call(String(connman.service('eth1')?.path), 'Disconnect', '');
      await lab.machine.until(
        'no rule and no table',
        async () => (await ownRules(lab)).length === 0 && !(await ownTables(lab)).includes('table 109'),
      );
      await echoes(connections.slice(0, 2), 'alone');
    }),
);

// What a client gets through a shared connection, beside the same bridge and address translation made by hand: nothing of ours is in
// the way of a packet, so both are the kernel's.
import { existsSync } from 'node:fs';
import path from 'node:path';

import { Host, peerLibraries, peersFolder } from '../../../e2e/netns/lab/host';
import { inLab, type Lab } from '../../../e2e/netns/lab/lab';
import type { Network } from '../../../e2e/netns/lab/network';
import { ours } from '../../../e2e/netns/lab/subject';

const megabytes = 1024;
const port = 5001;
/** More than any machine takes. */
const transferMs = 60_000;
const nft = `${peersFolder}/usr/sbin/nft`;
const pump = path.join(__dirname, 'pump.js');

/** Megabytes a second from a client behind `eth1` to a server behind the cable, while `share` has it shared. */
async function measure(lab: Lab, network: Network, share: () => Promise<unknown>): Promise<number> {
  const client = await Host.open(`${lab.machine.name}-client`);
  try {
    await lab.machine.connect({ link: 'eth1', ifindex: 77 }, client, { link: 'port', ifindex: 577 });
    await client.run('ip link set port up');
    await share();
    await client.run('ip address add 192.168.0.50/24 dev port');
    await client.run('ip route add default via 192.168.0.1');
    const server = network.far.start([process.execPath, pump, 'serve', `${port}`]);
    await server.line(/^listening$/);
    const sender = client.start([process.execPath, pump, 'send', '10.77.1.1', `${port}`, `${megabytes}`]);
    const [line] = await server.line(/^\{.*\}$/, transferMs);
    await sender.exited;
    const { bytes, elapsedMs } = JSON.parse(line) as { readonly bytes: number; readonly elapsedMs: number };
    if (bytes !== megabytes << 20) throw new Error(`${bytes} bytes came of ${megabytes} MB`);
    return megabytes / (elapsedMs / 1000);
  } finally {
    await client.close();
  }
}

export async function throughputOfOurs(mainConf: string): Promise<number> {
  let rate = 0;
  await inLab(ours, async (lab) => {
    const { network } = await lab.online({}, { mainConf });
    rate = await measure(lab, network, () => lab.connmanctl('tether', 'ethernet', 'on'));
  });
  return rate;
}

export async function throughputByHand(): Promise<number> {
  if (!existsSync(nft)) throw new Error(`${nft} is missing; "tools/setup test" unpacks it`);
  let rate = 0;
  await inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    rate = await measure(lab, network, async () => {
      const { machine } = lab;
      await machine.run('ip link set eth0 up');
      await machine.run('ip address add 10.77.1.9/24 dev eth0');
      await machine.run('ip route add default via 10.77.1.1');
      await machine.run('ip link add tether type bridge forward_delay 0');
      await machine.run('ip link set eth1 master tether up');
      await machine.run('ip address add 192.168.0.1/24 dev tether');
      await machine.run('ip link set tether up');
      await machine.run(['sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
      const rules =
        'table ip byhand { chain p { type nat hook postrouting priority 100; oifname "eth0" masquerade; }; }';
      machine.write('/run/byhand.nft', `${rules}\n`);
      await machine.run([nft, '-f', '/run/byhand.nft'], { env: peerLibraries() });
    });
  });
  return rate;
}

// What scenarios of shared connections have in common: the way out, and a client that asks for an address.
import { existsSync } from 'node:fs';
import { peersFolder } from '../../netns/lab/host';
import type { Lab } from './lab';
import type { Machine } from './machine';

/** A cable from eth0 to a site, over which the machine is online. */
export async function uplink(lab: Lab): Promise<void> {
  const { machine, bridge } = await lab.site('far', '10.9.9');
  await lab.machine.run(`ip link add eth0 type veth peer name port netns ${machine.name}`);
  await machine.run(`ip link set port up master ${bridge}`);
  await lab.connman.untilOnline('eth0');
}

/** A machine asks for an address on a link of its own. */
export async function askForAddress(lab: Lab, machine: Machine, link: string): Promise<void> {
  lab.machine.write(
    '/run/udhcpc',
    '#!/bin/sh\n[ "$1" = bound ] || exit 0\nip address replace $ip/$mask dev $interface\nip route replace default via $router\n',
    0o755,
  );
  const busybox = ['bin', 'usr/bin'].map((folder) => `${peersFolder}/${folder}/busybox`).find(existsSync) ?? 'busybox';
  await machine.run([busybox, 'udhcpc', '-i', link, '-s', '/run/udhcpc', '-fqn', '-t', '8', '-T', '1']);
}

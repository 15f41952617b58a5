// Rounds over the subjects, and the table: from the cable to each address, in milliseconds. Run by uplink6.mjs.
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BUS_SOCKET, startBus } from '../../../e2e/netns/lab/bus';
import type { Child } from '../../../e2e/netns/lab/child';
import { quantile } from '../../../e2e/netns/lab/cost';
import { Host, peersFolder } from '../../../e2e/netns/lab/host';
import { Network } from '../../../e2e/netns/lab/network';
import { peerEnvironment } from '../../../e2e/netns/lab/peers';
import { ours } from '../../../e2e/netns/lab/subject';
import { Samples } from '../wired/samples';
import type { SeenAddress } from './monitor';

interface Subject {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  prepare(machine: Host): Promise<void>;
}

const prefix = '2001:db8:77:1';
const deadlineMs = 30_000;
const pinned = cpus().length > 1 ? ['taskset', '--cpu-list', '0'] : [];

const networkFile = `[Match]
Name=eth0
[Network]
DHCP=yes
IPv6AcceptRA=yes
LinkLocalAddressing=ipv6
`;

const subjects: readonly Subject[] = [
  { name: 'ours', argv: ours.daemon, env: ours.env, prepare: async () => undefined },
  {
    name: 'networkd',
    argv: [
      ['/lib/systemd/systemd-networkd', `${peersFolder}/lib/systemd/systemd-networkd`].find(existsSync) ??
        'systemd-networkd is not installed',
    ],
    env: peerEnvironment(),
    async prepare(machine) {
      machine.write('/etc/systemd/network/eth0.network', networkFile);
      machine.write('/etc/machine-id', 'b08dfa6083e7567a1921a715000001fb\n');
      // To networkd a /sys that cannot be written means that no udev announces links.
      await machine.run('mount -o remount,bind,ro /sys');
    },
  },
];

/** What is seen of an address; the DHCPv6 server leases ::100 to ::1ff. */
const figures = {
  'IPv4 address': ({ address, prefixLength }) => address.startsWith('10.77.1.') && prefixLength === 24,
  'SLAAC address, tentative': (seen) => isSlaac(seen),
  'SLAAC address, usable': (seen) => isSlaac(seen) && seen.isUsable,
  'DHCPv6 address, tentative': (seen) => isLeased(seen),
  'DHCPv6 address, usable': (seen) => isLeased(seen) && seen.isUsable,
} satisfies Record<string, (seen: SeenAddress) => boolean>;

const promised: keyof typeof figures = 'DHCPv6 address, usable';

const isLeased = ({ address }: SeenAddress) => new RegExp(`^${prefix}::1[0-9a-f]{2}$`).test(address);
const isSlaac = (seen: SeenAddress) => seen.address.startsWith(`${prefix}:`) && !isLeased(seen);

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '9' }, subjects: { type: 'string', default: 'ours,networkd' } },
});
const chosen = values.subjects.split(',').map((name) => {
  const subject = subjects.find((one) => one.name === name);
  if (!subject) throw new Error(`unknown subject ${name}; there are ${subjects.map((one) => one.name).join(', ')}`);
  return subject;
});
const samples = new Samples();
let stations = 0;

async function measure(subject: Subject): Promise<void> {
  const machine = await Host.open(`uplink6-${process.pid}-${stations++}`);
  try {
    await startBus(machine);
    await subject.prepare(machine);
    const network = await Network.open(
      machine,
      {
        link: 'eth0',
        subnet: '10.77.1',
        dnsmasq: ['--enable-ra', '--quiet-dhcp', `--dhcp-range=::100,::1ff,constructor:port,slaac,64,1h`],
      },
      true,
    );
    try {
      await measureIn(machine, network, subject);
    } finally {
      await network.close();
    }
  } finally {
    await machine.close();
  }
}

async function measureIn(machine: Host, { far }: Network, subject: Subject): Promise<void> {
  // The router has its addresses as soon as the cable is in.
  await far.run('sysctl -qw net.ipv6.conf.port.accept_dad=0 net.ipv6.conf.port.keep_addr_on_down=1');
  await far.run(`ip address add ${prefix}::1/64 dev port nodad`);
  const monitor = machine.start([process.execPath, path.join(__dirname, 'monitor.js')]);
  await monitor.line(/^listening$/);
  const hand = far.start([process.execPath, path.join(__dirname, '../wired/cable.js'), 'port']);
  await hand.line(/^ready$/);
  const daemon = machine.start([...pinned, ...subject.argv], { env: { ...subject.env, BUS_SOCKET } });
  await machine.until('eth0 switched on', async () => /[<,]UP[,>]/.test(await machine.run('ip -o link show dev eth0')));
  hand.write('up\n');
  const [, stamp] = await hand.line(/^at (\S+)$/);
  const from = Number(stamp);
  for (const [figure, isIt] of Object.entries(figures)) {
    const seen = await sighting(monitor, daemon, figure, (one) => one.at >= from && isIt(one));
    samples.add(subject.name, figure, seen.at - from);
  }
}

function sighting(monitor: Child, daemon: Child, what: string, isIt: (seen: SeenAddress) => boolean) {
  const look = () => {
    if (daemon.exit) throw new Error(`the daemon ended:\n${daemon.output.tail(15)}`);
    const seen = monitor.output.items.flatMap((line) =>
      line.startsWith('{') ? [JSON.parse(line) as SeenAddress] : [],
    );
    return seen.find(isIt);
  };
  return monitor.output.until(what, look, deadlineMs);
}

function table(): string {
  const names = chosen.map(({ name }) => name);
  const rows = Object.keys(figures).map((figure) => {
    const cells = names.map((name) => {
      const all = samples.values(name, figure);
      return all.length === 0 ? '-' : [0.5, 0, 1].map((q) => quantile(all, q).toFixed(0)).join(' / ');
    });
    const [first, second] = names.map((name) => samples.median(name, figure));
    return `| ${figure} | ${cells.join(' | ')} | ${first && second ? (first / second).toFixed(2) : '-'} |`;
  });
  const [own = 0, theirs = 0] = names.map((name) => samples.median(name, promised) ?? 0);
  const isKept = own > 0 && own <= theirs;
  const promise = names.length === 2 ? `${promised}: at most 1.0 x ${names[1]}'s: ${isKept ? 'kept' : 'MISSED'}` : '';
  const head = `| from the cable, ms: median / least / most | ${names.join(' | ')} | ratio |`;
  return [head, `|---|${names.map(() => '---|').join('')}---|`, ...rows, promise].join('\n');
}

async function main(): Promise<void> {
  for (let round = 0; round < Number(values.rounds); round++) {
    // Each round begins with another one.
    for (const subject of round % 2 ? [...chosen].reverse() : chosen) {
      try {
        await measure(subject);
      } catch (error) {
        console.error(`${subject.name}, round ${round + 1}: ${(error as Error).message}`);
        process.exitCode = 1;
      }
    }
  }
  console.log(table());
}

void main().then(() => process.exit());

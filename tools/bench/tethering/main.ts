// Rounds over the subjects, and the table of medians: how long a client waits for its lease, and how many leases a second.
// Run by tethering.mjs.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { quantile } from '../../../e2e/netns/lab/cost';
import { Host } from '../../../e2e/netns/lab/host';
import { inLab } from '../../../e2e/netns/lab/lab';
import { ours } from '../../../e2e/netns/lab/subject';
import { Samples } from '../wired/samples';
import { throughputByHand, throughputOfOurs } from './throughput';

const allSubjects = ['ours', 'dnsmasq', 'dnsmasq-no-ping', 'by-hand'] as const;
type SubjectName = (typeof allSubjects)[number];
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    subjects: { type: 'string', default: allSubjects.join() },
  },
});
const rounds = Number(values.rounds);
const subjects = values.subjects.split(',').map((name) => {
  const subject = allSubjects.find((one) => one === name);
  if (!subject) throw new Error(`unknown subject ${name}; there are ${allSubjects.join(', ')}`);
  return subject;
});
/** Together fewer than a /24 has addresses. */
const alone = 10;
const crowd = 200;
/** Of these so many wait at a time: more would overflow the socket of the clients. */
const together = 50;
const figures = [
  'first lease, ms',
  'lease known before, ms',
  'crowd, leases/s',
  'crowd, slowest ms',
  'through NAT, MB/s',
] as const;
type Figure = (typeof figures)[number];
const samples = new Samples();

/** On one cable to the server, by a link that takes part in nothing else. */
async function ask(client: Host, first: number, count: number, atATime: number) {
  const argv = [process.execPath, path.join(__dirname, 'clients.js'), `${first}`, `${count}`, `${atATime}`];
  const text = await client.run(argv);
  return JSON.parse(text) as { readonly latenciesMs: readonly number[]; readonly elapsedMs: number };
}

async function measure(subject: SubjectName, client: Host): Promise<void> {
  await client.run('ip address add 169.254.9.9/16 dev port');
  await client.run('ip route add default dev port');
  await client.run('ethtool -K port tx off');
  const add = (figure: Figure, value: number) => samples.add(subject, figure, value);
  const once = await ask(client, 1, alone, 1);
  add('first lease, ms', quantile(once.latenciesMs, 0.5));
  const again = await ask(client, 1, alone, 1);
  add('lease known before, ms', quantile(again.latenciesMs, 0.5));
  const many = await ask(client, 1000, crowd, together);
  add('crowd, leases/s', crowd / (many.elapsedMs / 1000));
  add('crowd, slowest ms', Math.max(...many.latenciesMs));
}

/** `serve` makes the server answer on the link `eth1` of its host. */
async function withClient(server: Host, serve: () => Promise<unknown>, run: (client: Host) => Promise<void>) {
  const client = await Host.open(`${server.name}-client`);
  try {
    await server.connect({ link: 'eth1', ifindex: 77 }, client, { link: 'port', ifindex: 577 });
    await client.run('ip link set port up');
    await serve();
    await run(client);
  } finally {
    await client.close();
  }
}

async function measureOurs(): Promise<void> {
  const mainConf = '[General]\nPreferredTechnologies=ethernet\nTetheringTechnologies=ethernet\n';
  await inLab(ours, async (lab) => {
    await lab.online({}, { mainConf });
    const serve = () => lab.connmanctl('tether', 'ethernet', 'on');
    await withClient(lab.machine, serve, (client) => measure('ours', client));
  });
  samples.add('ours', 'through NAT, MB/s', await throughputOfOurs(mainConf));
}

async function measureDnsmasq(name: SubjectName, ...more: readonly string[]): Promise<void> {
  const server = await Host.open(`bench${process.pid}`);
  try {
    const serve = async () => {
      await server.run('ip link set eth1 up');
      await server.run('ip address add 192.168.0.1/24 dev eth1');
      const range = '--dhcp-range=192.168.0.2,192.168.0.254,24h';
      const quiet = [
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--port=0',
        '--user=root',
        '--log-facility=-',
        '--log-dhcp',
      ];
      const leases = '--dhcp-leasefile=/run/leases';
      const dnsmasq = server.start([
        'dnsmasq',
        ...quiet,
        '--dhcp-authoritative',
        '--interface=eth1',
        range,
        leases,
        ...more,
      ]);
      await dnsmasq.line(/started/);
    };
    await withClient(server, serve, (client) => measure(name, client));
  } finally {
    await server.close();
  }
}

const runs: Record<SubjectName, () => Promise<void>> = {
  ours: measureOurs,
  dnsmasq: () => measureDnsmasq('dnsmasq'),
  'dnsmasq-no-ping': () => measureDnsmasq('dnsmasq-no-ping', '--no-ping'),
  'by-hand': async () => samples.add('by-hand', 'through NAT, MB/s', await throughputByHand()),
};

function table(): string {
  const header = `| | ${subjects.join(' | ')} |\n|---|${subjects.map(() => '---|').join('')}\n`;
  const textOf = (subject: SubjectName, figure: Figure) => {
    const value = samples.median(subject, figure);
    return value === undefined ? '-' : value.toFixed(value < 100 ? 1 : 0);
  };
  return (
    header +
    figures.map((figure) => `| ${figure} | ${subjects.map((one) => textOf(one, figure)).join(' | ')} |\n`).join('')
  );
}

async function main(): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    for (const subject of subjects) {
      try {
        await runs[subject]();
      } catch (error) {
        console.error(`${subject}, round ${round}: ${(error as Error).message}`);
        process.exitCode = 1;
      }
    }
  }
  console.log(table());
}

void main();

// Rounds of Connect over the subjects and the types of VPN, and the table of medians and what was promised of them.
import { connmanBusName, connmanPaths, serviceInterface } from '@connman/contracts';
import { bool } from '@connman/dbus';
import { inLab, type Lab } from '../../../e2e/netns/lab/lab';
import type { Network } from '../../../e2e/netns/lab/network';
import { debian, ours, type Subject } from '../../../e2e/netns/lab/subject';
import { type Kind, kinds, offerTerminals, serverAddress } from '../../../e2e/vpn/guest/kinds';
import { layUplinks } from '../../../e2e/vpn/guest/two-uplinks';
import { VpnSite } from '../../../e2e/vpn/site';
import { activate, startNetworkManager, whyNot } from './network-manager';

const rounds = Number(process.env.BENCH_ROUNDS ?? '5');
const types = (process.env.BENCH_TYPES ?? '').split(',').filter((type) => type !== '');
const wanted = kinds.filter(({ type }) => types.length === 0 || types.includes(type.toLowerCase()));
const allSubjects = ['ours', 'debian', 'networkmanager'] as const;
type SubjectName = (typeof allSubjects)[number];
const chosen = process.env.BENCH_SUBJECTS || allSubjects.join();
const subjects = allSubjects.filter((name) => chosen.split(',').includes(name));
/** Of the better one of the others. */
const promised = 1.0;
const service = `vpn_${serverAddress.replaceAll('.', '_')}_lab_example`;
/** A subject that takes longer has no figure. */
const patienceMs = 60_000;

/** By subject and figure. */
const figures = new Map<string, number[]>();
function add(subject: SubjectName, figure: string, value: number): void {
  const name = `${subject} ${figure}`;
  figures.set(name, [...(figures.get(name) ?? []), value]);
}

async function measure(subject: SubjectName, kind: Kind): Promise<void> {
  const connmand = subject === 'debian' ? debian : ours;
  await inLab(connmand, async (lab) => {
    const uplinks = await layUplinks(lab);
    const [first] = uplinks;
    for (const address of [serverAddress, '10.99.0.1']) await first.far.run(`ip address add ${address}/32 dev lo`);
    await kind.start(first.far);
    await first.plug();
    const site = await VpnSite.open(lab);
    await site.during(() =>
      subject === 'networkmanager' ? measureNetworkManager(site, kind) : measureConnman(connmand, site, kind, uplinks),
    );
  });
}

async function measureConnman(
  { name }: Subject,
  site: VpnSite,
  kind: Kind,
  [first, second]: readonly [Network, Network],
): Promise<void> {
  const { lab } = site;
  const lines = ['[provider_bench]', `Type = ${kind.type}`, 'Name = Bench', `Host = ${serverAddress}`];
  lab.machine.write(
    '/var/lib/connman-vpn/bench.config',
    [...lines, 'Domain = lab.example', ...kind.settings(lab.machine), ''].join('\n'),
  );
  await lab.startDaemon();
  await lab.connman.untilOnline('eth0');
  site.isDebian = name === 'debian';
  await site.start();
  await site.untilService(service);
  await lab.machine.run('sleep 3');
  for (const which of ['first', 'second']) {
    await connect(name, site, `${kind.type}: ${which} Connect to ready, ms`);
    if (which === 'second') break;
    await memory(name, kind, lab, '-x connman-vpnd');
    await disconnect(site);
  }
  await site.pingThrough(kind.inside, 40);
  await site.bus
    .object(serviceInterface, { name: connmanBusName, path: connmanPaths.service(service) })
    .call('SetProperty', ['AutoConnect', bool(true)])
    .catch(() => {});
  await second.plug();
  await lab.connman.until('the second uplink', () => /ready|online/.test(String(lab.connman.serviceState('eth1'))));
  const begun = performance.now();
  await first.unplug();
  await firstReply(lab, kind);
  add(name, `${kind.type}: uplink change to traffic, ms`, performance.now() - begun);
}

/** Its tunnels end with the uplink they began on: there is no figure for that. */
async function measureNetworkManager(site: VpnSite, kind: Kind): Promise<void> {
  const { lab } = site;
  await startNetworkManager(lab, kind);
  await lab.machine.run('sleep 3');
  for (const which of ['first', 'second']) {
    const [took, end] = await activate(site, patienceMs);
    add('networkmanager', `${kind.type}: ${which} Connect to ready, ms`, took);
    await site.pingThrough(kind.inside, 40);
    if (which === 'first') await memory('networkmanager', kind, lab, "'^(NetworkManager|nm-)'");
    await end();
  }
}

/** From a client's Connect to the connection's own state, and to that of connmand's service. */
async function connect(subject: SubjectName, site: VpnSite, figure: string): Promise<void> {
  const seen = site.signals.items.length;
  const begun = performance.now();
  await Promise.all([
    site.bus
      .object(serviceInterface, { name: connmanBusName, path: connmanPaths.service(service) })
      .call('Connect', [], { timeoutMs: patienceMs }),
    site
      .until('ready', () => site.signals.items.slice(seen).includes('State "ready"'), patienceMs)
      .then(() => add(subject, `${figure} of connman-vpnd`, performance.now() - begun)),
    site.untilReady(service).then(() => add(subject, figure, performance.now() - begun)),
  ]);
}

/** Debian's connman-vpnd does not signal that a connection is idle; connmand does. */
async function disconnect({ bus, lab }: VpnSite): Promise<void> {
  await bus
    .object(serviceInterface, { name: connmanBusName, path: connmanPaths.service(service) })
    .call('Disconnect', []);
  const isIdle = () =>
    lab.connman.services.some(({ path, properties }) => path.endsWith(service) && properties.State === 'idle');
  await lab.connman.until('the service idle', isIdle, patienceMs);
}

/** `processes`: arguments of pgrep. Several are added up. */
async function memory(subject: SubjectName, kind: Kind, lab: Lab, processes: string): Promise<void> {
  const rollups = await lab.machine.run([
    'sh',
    '-c',
    `for p in $(pgrep ${processes}); do cat /proc/$p/smaps_rollup; done`,
  ]);
  for (const name of ['Pss', 'Anonymous']) {
    const kilobytes = [...rollups.matchAll(new RegExp(`^${name}: +(\\d+) kB$`, 'gm'))].map(([, text]) => Number(text));
    const sum = kilobytes.reduce((a, b) => a + b, 0);
    add(subject, `${kind.type}: memory of the daemon with one tunnel, ${name}, MB`, sum / 1024);
  }
}

async function firstReply(lab: Lab, { inside }: Kind): Promise<void> {
  // One that was sent before the change may come late: a new ping counts.
  const ping = lab.start(['ping', '-n', '-i', '0.1', inside]);
  await ping.output.until('a reply', () => ping.output.items.some((line) => line.includes('bytes from')), patienceMs);
  await ping.stop('SIGINT');
}

function median(name: string): number | undefined {
  const sorted = [...(figures.get(name) ?? [])].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function print(): void {
  const names = [...new Set([...figures.keys()].map((name) => name.slice(name.indexOf(' ') + 1)))];
  const show = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(1));
  const head = `| median of ${rounds} | ours | ConnMan 1.41 | NetworkManager 1.42 | ratio |`;
  process.stdout.write(`${head}\n|---|---|---|---|---|\n`);
  for (const name of names) {
    const values = allSubjects.map((subject) => median(`${subject} ${name}`));
    const others = values.slice(1).filter((value) => value !== undefined);
    const ratio = values[0] === undefined || others.length === 0 ? undefined : values[0] / Math.min(...others);
    const isPromised = / Connect to ready, ms$/.test(name) && ratio !== undefined;
    const verdict = isPromised ? (ratio <= promised ? ' met' : ' MISSED') : '';
    process.stdout.write(`| ${name} | ${values.map(show).join(' | ')} | ${ratio?.toFixed(2) ?? '-'}${verdict} |\n`);
  }
}

async function main(): Promise<void> {
  offerTerminals();
  for (let round = 0; round < rounds; round++)
    for (const kind of wanted)
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
        const reason = subject === 'networkmanager' ? whyNot(kind) : undefined;
        if (reason !== undefined) {
          if (round === 0) process.stdout.write(`${subject}, ${kind.type}: not measured: ${reason}\n`);
          continue;
        }
        await measure(subject, kind).catch((error: Error) =>
          process.stdout.write(
            `round ${round + 1}, ${subject}, ${kind.type}: ${error.message.slice(0, Number(process.env.BENCH_WORDS ?? '300'))}\n`,
          ),
        );
      }
  print();
  process.exit(0);
}

void main();

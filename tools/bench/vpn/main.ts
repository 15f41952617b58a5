// Rounds of Connect over both subjects and the types of VPN, and the table of medians and what was promised of them.
import { connmanBusName, connmanPaths, serviceInterface } from '@connman/contracts';
import { bool } from '@connman/dbus';
import { inLab, type Lab } from '../../../e2e/netns/lab/lab';
import { debian, ours, type Subject } from '../../../e2e/netns/lab/subject';
import { type Kind, kinds, offerTerminals, serverAddress } from '../../../e2e/vpn/guest/kinds';
import { layUplinks } from '../../../e2e/vpn/guest/two-uplinks';
import { VpnSite } from '../../../e2e/vpn/site';

const rounds = Number(process.env.BENCH_ROUNDS ?? '5');
const types = (process.env.BENCH_TYPES ?? '').split(',').filter((type) => type !== '');
const wanted = kinds.filter(({ type }) => types.length === 0 || types.includes(type.toLowerCase()));
const subjects: readonly Subject[] = [ours, debian];
/** Of the reference's median. */
const promised = 1.0;
const service = `vpn_${serverAddress.replaceAll('.', '_')}_lab_example`;
/** A subject that takes longer has no figure. */
const patienceMs = 60_000;

/** By subject and figure. */
const figures = new Map<string, number[]>();
function add(subject: Subject, figure: string, value: number): void {
  const name = `${subject.name} ${figure}`;
  figures.set(name, [...(figures.get(name) ?? []), value]);
}

async function measure(subject: Subject, kind: Kind): Promise<void> {
  await inLab(subject, async (lab) => {
    const [first, second] = await layUplinks(lab);
    for (const address of [serverAddress, '10.99.0.1']) await first.far.run(`ip address add ${address}/32 dev lo`);
    await kind.start(first.far);
    const lines = ['[provider_bench]', `Type = ${kind.type}`, 'Name = Bench', `Host = ${serverAddress}`];
    lab.machine.write(
      '/var/lib/connman-vpn/bench.config',
      [...lines, 'Domain = lab.example', ...kind.settings(lab.machine), ''].join('\n'),
    );
    await first.plug();
    await lab.startDaemon();
    await lab.connman.untilOnline('eth0');
    const site = await VpnSite.open(lab);
    try {
      site.isDebian = subject === debian;
      await site.start();
      await site.untilService(service);
      await lab.machine.run('sleep 3');
      for (const which of ['first', 'second']) {
        await connect(subject, site, `${kind.type}: ${which} Connect to ready, ms`);
        if (which === 'second') break;
        await memory(subject, kind, lab);
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
      add(subject, `${kind.type}: uplink change to traffic, ms`, performance.now() - begun);
    } catch (error) {
      if (error instanceof Error) error.message += site.report();
      throw error;
    } finally {
      site.bus.close();
    }
  });
}

/** From a client's Connect to the connection's own state, and to that of connmand's service. */
async function connect(subject: Subject, site: VpnSite, figure: string): Promise<void> {
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

async function memory(subject: Subject, kind: Kind, lab: Lab): Promise<void> {
  const rollup = await lab.machine.run(['sh', '-c', 'cat /proc/$(pgrep -x connman-vpnd)/smaps_rollup']);
  for (const [, name = '', kilobytes] of rollup.matchAll(/^(Pss|Anonymous): +(\d+) kB$/gm))
    add(subject, `${kind.type}: memory of the daemon with one tunnel, ${name}, MB`, Number(kilobytes) / 1024);
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
  process.stdout.write(`| median of ${rounds} | ours | ConnMan 1.41 | ratio |\n|---|---|---|---|\n`);
  for (const name of names) {
    const [own, other] = subjects.map((subject) => median(`${subject.name} ${name}`));
    const ratio = own === undefined || other === undefined ? undefined : own / other;
    const isPromised = / Connect to ready, ms$/.test(name) && ratio !== undefined;
    const verdict = isPromised ? (ratio <= promised ? ' met' : ' MISSED') : '';
    process.stdout.write(`| ${name} | ${show(own)} | ${show(other)} | ${ratio?.toFixed(2) ?? '-'}${verdict} |\n`);
  }
}

async function main(): Promise<void> {
  offerTerminals();
  for (let round = 0; round < rounds; round++)
    for (const kind of wanted)
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
        await measure(subject, kind).catch((error: Error) =>
          process.stdout.write(`round ${round + 1}, ${subject.name}, ${kind.type}: ${error.message.slice(0, 6000)}\n`),
        );
      }
  print();
  process.exit(0);
}

void main();

// Rounds of Connect over both subjects and the types of VPN, and the table of medians and what was promised of them.
import { inLab, type Lab } from '../../../e2e/netns/lab/lab';
import type { Network } from '../../../e2e/netns/lab/network';
import { debian, ours, type Subject } from '../../../e2e/netns/lab/subject';
import { keys } from '../../../e2e/vpn/guest/wireguard-peer';
import { installClient, startOpenVpnServer } from '../../../e2e/vpn/openvpn-server';
import { VpnSite } from '../../../e2e/vpn/site';

const rounds = Number(process.env.BENCH_ROUNDS ?? '5');
const types = (process.env.BENCH_TYPES ?? 'wireguard,openvpn').split(',');
const subjects: readonly Subject[] = [ours, debian];
/** Of the reference's median. */
const promised = 1.0;
const ident = '10_77_1_1_lab_example';

const server = keys();
const client = keys();

/** Starts the server behind the cable and gives the settings of its client. */
const servers: Readonly<Record<string, (lab: Lab, network: Network) => Promise<readonly string[]>>> = {
  async wireguard(_lab, { far }) {
    far.write('/run/wg.key', server.private);
    await far.run('ip link add wg0 type wireguard');
    await far.run(`wg set wg0 listen-port 51820 private-key /run/wg.key peer ${client.public} allowed-ips 10.2.0.2/32`);
    await far.run('ip address add 10.2.0.1/24 dev wg0');
    await far.run('ip link set wg0 up');
    return [
      ...['Type = WireGuard', 'WireGuard.Address = 10.2.0.2/24', `WireGuard.PrivateKey = ${client.private}`],
      ...[`WireGuard.PublicKey = ${server.public}`, 'WireGuard.AllowedIPs = 10.2.0.0/24'],
    ];
  },
  async openvpn(lab, { far }) {
    const folder = installClient(lab.machine);
    await startOpenVpnServer(far, ['push "route 10.99.0.0 255.255.0.0"']);
    return [
      ...['Type = OpenVPN', `OpenVPN.CACert = ${folder}/ca.crt`, `OpenVPN.Cert = ${folder}/client.crt`],
      `OpenVPN.Key = ${folder}/client.key`,
    ];
  },
};

/** By subject and figure. */
const figures = new Map<string, number[]>();
function add(subject: Subject, figure: string, value: number): void {
  const name = `${subject.name} ${figure}`;
  figures.set(name, [...(figures.get(name) ?? []), value]);
}

async function measure(subject: Subject, type: string): Promise<void> {
  await inLab(subject, async (lab) => {
    const { network } = await lab.online();
    const settings = (await servers[type]?.(lab, network)) ?? [];
    lab.machine.write(
      '/var/lib/connman-vpn/bench.config',
      ['[provider_bench]', 'Name = Bench', 'Host = 10.77.1.1', 'Domain = lab.example', ...settings, ''].join('\n'),
    );
    const site = await VpnSite.open(lab);
    try {
      site.isDebian = subject === debian;
      await site.start();
      await site.untilService(`vpn_${ident}`);
      const begun = performance.now();
      await Promise.all([
        site.connection(ident).call('Connect', [], { timeoutMs: 60_000 }),
        site
          .until('ready', () => site.signals.items.includes('State "ready"'), 60_000)
          .then(() => add(subject, `${type}: Connect to ready, ms`, performance.now() - begun)),
      ]);
      const rollup = await lab.machine.run(['sh', '-c', 'cat /proc/$(pgrep -x connman-vpnd)/smaps_rollup']);
      for (const [, name = '', kilobytes] of rollup.matchAll(/^(Pss|Anonymous): +(\d+) kB$/gm))
        add(subject, `${type}: memory of the daemon with one tunnel, ${name}, MB`, Number(kilobytes) / 1024);
    } catch (error) {
      if (error instanceof Error) error.message += site.report();
      throw error;
    } finally {
      site.bus.close();
    }
  });
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
    const isPromised = name.includes('Connect to ready') && ratio !== undefined;
    const verdict = isPromised ? (ratio <= promised ? ' met' : ' MISSED') : '';
    process.stdout.write(`| ${name} | ${show(own)} | ${show(other)} | ${ratio?.toFixed(2) ?? '-'}${verdict} |\n`);
  }
}

async function main(): Promise<void> {
  for (let round = 0; round < rounds; round++)
    for (const type of types)
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
        await measure(subject, type).catch((error: Error) =>
          process.stdout.write(`round ${round + 1}, ${subject.name}, ${type}: ${error.message.slice(0, 2500)}\n`),
        );
      }
  print();
  process.exit(0);
}

void main();

// What leaves by the uplinks in clear while a WireGuard tunnel is in use: a packet capture at the far end of each cable, over a
// table of {shapes of AllowedIPs, DNS and order} x {IPv4, IPv6, both} x {uplink change, endpoint change, SIGKILL}.
import { connmanBusName, connmanPaths, serviceInterface } from '@connman/contracts';
import { str } from '@connman/dbus';
import type { Child } from '../../netns/lab/child';
import { inLab, type Lab } from '../../netns/lab/lab';
import type { Network } from '../../netns/lab/network';
import { ours } from '../../netns/lab/subject';
import { VpnSite } from '../site';
import { check, equal } from './scenarios';
import { layUplinks } from './two-uplinks';
import { keys } from './wireguard-peer';

type Family = 4 | 6;
const familySets: Readonly<Record<string, readonly Family[]>> = { IPv4: [4], IPv6: [6], both: [4, 6] };

/** AllowedIPs by family. Of the first two the tunnel takes all traffic, of the others what they name. */
const allowed = {
  everything: { 4: '0.0.0.0/0', 6: '::/0', isFull: true },
  halves: { 4: '0.0.0.0/1, 128.0.0.0/1', 6: '::/1, 8000::/1', isFull: true },
  networks: { 4: '10.2.0.0/24, 10.99.0.0/16', 6: 'fd02::/64, fd99::/64', isFull: false },
  host: { 4: '10.99.0.1/32', 6: 'fd99::1/128', isFull: false },
} as const;
const nameServers = {
  none: { 4: '', 6: '' },
  inside: { 4: '10.99.0.1', 6: 'fd99::1' },
  elsewhere: { 4: '198.51.100.53', 6: '2001:db8:53::53' },
} as const;
/** `first` gets the default route, whatever AllowedIPs say; `behind` the uplink it gets no more than its networks. */
const orders = ['first', 'behind'] as const;
const events = ['uplink change', 'endpoint change', 'SIGKILL'] as const;

interface Shape {
  readonly allowedIps: keyof typeof allowed;
  readonly dns: keyof typeof nameServers;
  readonly order: (typeof orders)[number];
}

const shapes: readonly Shape[] = (Object.keys(allowed) as Shape['allowedIps'][]).flatMap((allowedIps) =>
  (Object.keys(nameServers) as Shape['dns'][]).flatMap((dns) => orders.map((order) => ({ allowedIps, dns, order }))),
);

/** Where programs of the machine send to all the time. */
const targets = {
  /** The other end of the tunnel's own network. */
  peer: { 4: '10.2.0.1', 6: 'fd02::1' },
  inside: { 4: '10.99.0.1', 6: 'fd99::1' },
  elsewhere: { 4: '198.51.100.7', 6: '2001:db8:7::7' },
} as const;
type Target = keyof typeof targets;

/** What must never be seen in clear. */
function isProtected(target: Target, { order, allowedIps }: Shape): boolean {
  if (order === 'first' || target === 'peer') return true;
  return target === 'inside' && !allowed[allowedIps].isFull;
}

const server = keys();
const client = keys();
/** The server's addresses; it moves from one to the other. */
const endpoints = { 4: ['10.200.0.1', '10.200.0.2'], 6: ['fd00:200::1', 'fd00:200::2'] } as const;
const endpointFamily = (families: readonly Family[]): Family => families[0] ?? 4;

/** The machine, its two uplinks, and the captures at their far ends. */
class Scene {
  readonly lab: Lab;
  readonly site: VpnSite;
  readonly networks: readonly Network[];
  readonly families: readonly Family[];
  readonly captures: readonly Child[];
  /** The uplink in use. */
  current = 0;
  private endpoint = 0;

  constructor(
    lab: Lab,
    site: VpnSite,
    networks: readonly Network[],
    captures: readonly Child[],
    families: readonly Family[],
  ) {
    this.lab = lab;
    this.site = site;
    this.networks = networks;
    this.captures = captures;
    this.families = families;
  }

  get far() {
    return (this.networks[0] as Network).far;
  }

  /** Nothing carries the tunnel meanwhile: the other cable is plugged in when the first one is out. */
  async changeUplink(): Promise<void> {
    const [from, to] = [this.current, 1 - this.current];
    await this.networks[from]?.unplug();
    await this.networks[to]?.plug();
    this.current = to;
    await this.untilCarried();
  }

  /** The server answers by the link in use, tunnel or not: DHCP or router, and a tentative address, have taken their time. */
  private async untilCarried(): Promise<void> {
    const server = endpoints[endpointFamily(this.families)][this.endpoint] as string;
    const link = `eth${this.current}`;
    const { machine } = this.lab;
    const isUsable = async () => {
      const [route, addresses] = await Promise.all([
        machine.run(`ip route get ${server} oif ${link}`).catch(() => ''),
        machine.run(`ip -o address show dev ${link}`),
      ]);
      return route !== '' && !addresses.includes('tentative');
    };
    await machine.until(`a way to ${server} by ${link}`, isUsable, 60_000);
    const ping = this.lab.start(['ping', '-n', '-i', '0.2', '-I', link, server]);
    await ping.line(/bytes from/, 60_000);
    await ping.stop('SIGINT');
  }

  /** The name has another address, and the old one answers no more. */
  async moveServer(): Promise<void> {
    const family = endpointFamily(this.families);
    const length = family === 4 ? 32 : 128;
    const before = endpoints[family][this.endpoint] as string;
    this.endpoint = 1 - this.endpoint;
    await this.far.run(`ip address add ${endpoints[family][this.endpoint]}/${length} dev lo`);
    await this.far.run(`ip address del ${before}/${length} dev lo`);
    this.writeHosts();
  }

  writeHosts(): void {
    const address = endpoints[endpointFamily(this.families)][this.endpoint];
    this.lab.machine.write('/etc/hosts', `127.0.0.1 localhost\n${address} vpn.test\n`);
  }

  async killDaemons(): Promise<void> {
    await this.site.kill();
    await this.lab.stopDaemon('SIGKILL');
    await this.lab.startDaemon();
    await this.site.start();
  }

  /** The uplink carries clear packets to the router; when its capture has one, it has all that came before. */
  async settleCapture(): Promise<void> {
    const [network, capture] = [this.networks[this.current], this.captures[this.current]];
    const seen = capture?.output.items.length ?? 0;
    const ping = this.lab.start(['ping', '-n', '-i', '0.1', network?.gateway ?? '']);
    await capture?.output.until('the marker', () =>
      capture.output.items.slice(seen).some((line) => line.includes(`> ${network?.gateway}: ICMP echo request`)),
    );
    await ping.stop('SIGINT');
  }

  marks(): number[] {
    return this.captures.map(({ output }) => output.items.length);
  }

  /** Lines since the marks that went to the address. */
  clear(marks: readonly number[], address: string): string[] {
    return this.captures.flatMap(({ output }, i) =>
      output.items.slice(marks[i]).filter((line) => line.includes(` > ${address}:`) || line.includes(` > ${address}.`)),
    );
  }
}

async function startServer({ far }: Network): Promise<void> {
  far.write('/run/wg.key', server.private);
  await far.run('ip link add wg0 type wireguard');
  await far.run(
    `wg set wg0 listen-port 51820 private-key /run/wg.key peer ${client.public} allowed-ips 10.2.0.2/32,fd02::2/128`,
  );
  await far.run('ip address add 10.2.0.1/24 dev wg0');
  await far.run('ip -6 address add fd02::1/64 dev wg0 nodad');
  await far.run('ip link set wg0 up');
  for (const address of ['10.99.0.1/32', '10.200.0.1/32', 'fd99::1/128', 'fd00:200::1/128'])
    await far.run(`ip address add ${address} dev lo`);
}

async function startCapture({ far }: Network): Promise<Child> {
  const capture = far.start([
    'tcpdump',
    '-n',
    '-l',
    '--immediate-mode',
    '-i',
    'port',
    '-Q',
    'in',
    'not arp and not ip6[40] = 135',
  ]);
  await capture.line(/listening on port/);
  return capture;
}

async function withScene(families: readonly Family[], scenario: (scene: Scene) => Promise<void>): Promise<void> {
  await inLab(ours, async (lab) => {
    const networks = await layUplinks(lab);
    await startServer(networks[0]);
    for (const network of networks) await network.plug();
    const captures = await Promise.all(networks.map(startCapture));
    await networks[1].unplug();
    await lab.startDaemon();
    await lab.connman.untilOnline('eth0');
    const site = await VpnSite.open(lab);
    const scene = new Scene(lab, site, networks, captures, families);
    await site.during(async () => {
      scene.writeHosts();
      await site.start();
      await scenario(scene);
    });
  });
}

function service({ site }: Scene, id: string) {
  return site.bus.object(serviceInterface, { name: connmanBusName, path: connmanPaths.service(id) });
}

async function connect(scene: Scene, shape: Shape, number: number): Promise<string> {
  const { site, lab, families } = scene;
  const join = (texts: Readonly<Record<Family, string>>) =>
    families
      .map((family) => texts[family])
      .filter(Boolean)
      .join(', ');
  const settings: Record<string, string> = {
    ...{ Type: 'wireguard', Name: `Shape ${number}`, Host: 'vpn.test', Domain: `shape${number}` },
    'WireGuard.Address': join({ 4: '10.2.0.2/24', 6: 'fd02::2/64' }),
    'WireGuard.PrivateKey': client.private,
    'WireGuard.PublicKey': server.public,
    'WireGuard.AllowedIPs': join(allowed[shape.allowedIps]),
    ...(shape.dns !== 'none' && { 'WireGuard.DNS': join(nameServers[shape.dns]) }),
  };
  const path = await site.manager.call('Create', [
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, str(value)])),
  ]);
  const ident = path.split('/').at(-1) ?? '';
  await site.untilService(`vpn_${ident}`);
  await service(scene, `vpn_${ident}`).call('Connect', []);
  await site.untilReady(`vpn_${ident}`);
  const { SplitRouting } = await site.properties(ident);
  if (SplitRouting !== (shape.order === 'behind')) {
    const uplink = lab.connman.services.find(({ properties: { Type } }) => Type === 'ethernet');
    const uplinkId = uplink?.path.split('/').at(-1) ?? '';
    const seen = site.signals.items.length;
    const [moved, target] = shape.order === 'first' ? [`vpn_${ident}`, uplinkId] : [uplinkId, `vpn_${ident}`];
    await service(scene, moved).call('MoveBefore', [connmanPaths.service(target)]);
    await site.until('the other order', () => site.signals.items.slice(seen).includes(`SplitRouting ${!SplitRouting}`));
  }
  return ident;
}

async function runShape(scene: Scene, shape: Shape, number: number): Promise<number> {
  const { site, lab, families } = scene;
  const ident = await connect(scene, shape, number);
  const label = `${shape.allowedIps}, DNS ${shape.dns}, ${shape.order}`;
  const entries = families.flatMap((family) =>
    (Object.keys(targets) as Target[]).map((target) => ({ target, family, address: targets[target][family] })),
  );
  const witnesses = shape.order === 'behind' && allowed[shape.allowedIps].isFull ? 'peer' : 'inside';
  await site.pingThrough(targets[witnesses][endpointFamily(families)]);
  const pings = new Map(entries.map(({ address }) => [address, lab.start(['ping', '-n', '-i', '0.2', address])]));
  let failures = 0;
  for (const event of events) {
    const marks = scene.marks();
    try {
      if (event === 'uplink change') await scene.changeUplink();
      else if (event === 'endpoint change') await scene.moveServer();
      else await scene.killDaemons();
      const begun = performance.now();
      const replies = families.map((family) => pings.get(targets[witnesses][family]) as Child);
      for (const { output } of replies) {
        const before = output.items.length;
        await output.until(
          `a reply after the ${event}`,
          () => output.items.slice(before).some((line) => line.includes('bytes from')),
          60_000,
        );
      }
      const took = Math.round(performance.now() - begun);
      if (event === 'uplink change') check(took <= 1_000, `back a second after the uplink, and not ${took} ms`);
      await site.untilReady(`vpn_${ident}`);
      await scene.settleCapture();
      for (const { target, family, address } of entries) {
        const seen = scene.clear(marks, address);
        // A router may not have spoken yet to the uplink that is new.
        const isUplinkUsed = shape.order === 'behind' && target === 'elsewhere' && family === endpointFamily(families);
        if (isProtected(target, shape)) equal(seen.slice(0, 3), [], `in clear to ${target} ${address}`);
        else if (isUplinkUsed) check(seen.length > 0, `packets to ${address} in clear, which the tunnel does not take`);
      }
      for (const family of families)
        if (shape.dns !== 'none')
          equal(
            scene.clear(marks, nameServers[shape.dns][family]).filter((line) => / \d+\+ /.test(line)),
            [],
            'names asked in clear',
          );
      process.stdout.write(`ok    ${label}, ${event} (${took} ms after it)\n`);
    } catch (error) {
      failures++;
      process.stdout.write(
        `FAIL  ${label}, ${event}: ${error instanceof Error ? error.message.slice(0, 600) : error}\n`,
      );
      break;
    }
  }
  await Promise.all([...pings.values()].map((ping) => ping.stop('SIGINT')));
  await site
    .connection(ident)
    .call('Disconnect', [])
    .catch(() => {});
  await site.manager.call('Remove', [`/net/connman/vpn/connection/${ident}`]);
  await lab.connman.until(
    'the service gone',
    () => !lab.connman.services.some(({ path }) => path.endsWith(`vpn_${ident}`)),
  );
  return failures;
}

/** For every run. */
const sample: Readonly<Record<string, readonly Shape[]>> = {
  both: [{ allowedIps: 'everything', dns: 'elsewhere', order: 'first' }],
  IPv6: [{ allowedIps: 'halves', dns: 'inside', order: 'behind' }],
};

/** CAPTURE=all: the whole table; else the sample. */
async function main(): Promise<void> {
  const table = process.env.CAPTURE === 'all' ? undefined : sample;
  let failures = 0;
  for (const [name, families] of Object.entries(familySets)) {
    const chosen = table ? (table[name] ?? []) : shapes;
    if (chosen.length === 0 || !name.includes(process.argv[2] ?? '')) continue;
    process.stdout.write(`${name}\n`);
    await withScene(families, async (scene) => {
      for (const [number, shape] of chosen.entries()) failures += await runShape(scene, shape, number);
    });
  }
  process.exit(failures === 0 ? 0 : 1);
}

void main().catch((error: unknown) => {
  process.stdout.write(`FAIL  ${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
});

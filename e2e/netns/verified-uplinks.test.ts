// Several uplinks of which not all lead to the internet: one that does has the default route (ADR 17).
import type { Child } from './lab/child';
import { peersFolder, repository } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { peerEnvironment } from './lab/peers';
import { ours } from './lab/subject';

/** How long a lossy uplink is to tempt: LOSS_MINUTES=5 by hand. */
const lossMinutes = Number(process.env.LOSS_MINUTES ?? 0.05);
/** Of 100 packets in each direction. */
const lossPercent = Number(process.env.LOSS_PERCENT ?? 60);

jest.setTimeout(60_000 + lossMinutes * 60_000);

/** A host on the internet, which both networks lead to. */
const host = '192.0.2.1';
const byAddress = `[General]\nOnlineCheckIPv4URL=http://${host}/\n`;

/** Two networks, the cables still out. */
async function twoNetworks(lab: Lab) {
  const networks = [
    await lab.network({ link: 'eth0', subnet: '10.77.1' }),
    await lab.network({ link: 'eth1', subnet: '10.77.2' }),
  ] as const;
  for (const { far } of networks) await far.run(`ip address add ${host}/32 dev lo`);
  return networks;
}

/** The router stays, what is behind it does not: packets are dropped without a word. */
async function breakUpstream({ far }: Network): Promise<void> {
  await far.run(`ip address del ${host}/32 dev lo`);
  await far.run(`ip route add blackhole ${host}/32`);
}

const untilDefault = (lab: Lab, link: string, deadlineMs?: number) =>
  lab.machine.until(
    `the default route on ${link}`,
    async () => (await lab.machine.defaultRoutes())[0]?.dev === link,
    deadlineMs,
  );

/** Both connected, eth0 first and online, eth1 found to lead to the internet as well. */
async function bothGood(lab: Lab, mainConf: string, beforeSecond?: (second: Network) => Promise<void>) {
  const [first, second] = await twoNetworks(lab);
  await first.plug();
  const connman = await lab.startDaemon({ mainConf });
  await connman.untilOnline('eth0');
  await beforeSecond?.(second);
  await second.plug();
  await connman.untilReady('eth1');
  await lab.daemon.line(/IPv4 leads to the internet: a check succeeded/);
  await untilDefault(lab, 'eth0');
  return { first, second, connman };
}

onlyOurs('a connection that stalls, as the upstream of the default uplink is dead: the other one takes over', () =>
  inLab(ours, async (lab) => {
    const { first, connman } = await bothGood(lab, byAddress);
    const client = lab.start([process.execPath, `${repository}/e2e/netns/lab/tcp-client.mjs`, host]);
    await client.line(/^echoed 40$/);

    await breakUpstream(first);

    await lab.daemon.line(/checking IPv4: 1 TCP connection/);
    await untilDefault(lab, 'eth1');
    await connman.untilOnline('eth1');
    expect(connman.service('eth0')?.properties.State).toBe('ready');
    expect(await lab.resolve('gateway.example')).toBe('10.77.2.1');
    await client.stop('SIGKILL');
  }),
);

onlyOurs('name servers of the default uplink that are dead: the other one takes over', () =>
  inLab(ours, async (lab) => {
    let frames: Child | undefined;
    const { first, connman } = await bothGood(lab, '[General]\n', async ({ far }) => {
      frames = far.start(['tcpdump', '-l', '-n', '-e', '-i', 'any', 'port 53 or tcp port 80']);
      await frames.line(/listening on/);
    });
    // What verifying a way costs, with 6 bytes more for each packet than the wire has: packages/core/test/uplink-simulation counts how often that is done in a day.
    const { output } = frames as Child;
    await output.until('both ends of the check', () => output.items.filter((line) => line.includes('[F')).length >= 2);
    const bytes = output.items.map((line) => Number(/, length (\d+): /.exec(line)?.[1] ?? 0));
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1350);

    await first.stopDhcp();
    await lab.machine.run(['sh', '-c', 'dig +tries=1 +time=1 some.example A || true']);

    await untilDefault(lab, 'eth1');
    await connman.untilOnline('eth1');
    expect(await lab.resolve('gateway.example')).toBe('10.77.2.1');
  }),
);

onlyOurs('an uplink that leads nowhere from the start stays connected and is not the default', () =>
  inLab(ours, async (lab) => {
    const [first, second] = await twoNetworks(lab);
    await breakUpstream(first);
    await first.plug();
    const connman = await lab.startDaemon({ mainConf: byAddress });
    await connman.untilReady('eth0');

    await second.plug();

    await connman.untilOnline('eth1');
    await untilDefault(lab, 'eth1');
    expect(connman.services.map((service) => service.properties.State)).toEqual(['online', 'ready']);
    expect(connman.services[0]).toBe(connman.service('eth1'));
  }),
);

onlyOurs(
  'a path that drops large packets alone is noticed by a connection that stalls: the other uplink takes over',
  () =>
    inLab(ours, async (lab) => {
      const { first, connman } = await bothGood(lab, byAddress);
      const drop = ['-A', 'INPUT', '-m', 'length', '--length', '1001:65535', '-j', 'DROP'];
      await first.far.run([`${peersFolder}/usr/sbin/iptables-nft`, ...drop], { env: peerEnvironment() });
      const upload = `require('node:net').connect(7, '${host}').on('error', () => {}).write(Buffer.alloc(100_000))`;
      const client = lab.start([process.execPath, '-e', upload]);

      await untilDefault(lab, 'eth1');
      await lab.daemon.line(/IPv4 comes behind other uplinks: large packets are lost on the way/);
      await connman.untilOnline('eth1');
      const { path = '' } = connman.service('eth0') ?? {};
      expect(await lab.connmanctl('why', path.slice(path.lastIndexOf('/') + 1))).toMatch(/large packets are lost/);
      await client.stop('SIGKILL');
    }),
);

onlyOurs(
  'an uplink that loses packets, and is asked for connections all the time, is left once for the other one',
  () =>
    inLab(ours, async (lab) => {
      const { first } = await bothGood(lab, byAddress);
      const perSecond = 20;
      const connections = `setInterval(() => require('node:net').connect(7, '${host}').on('error', () => {})
      .once('connect', function () { this.end('.'); }).once('data', () => console.log('echo')), ${1000 / perSecond});`;
      const client = lab.start([process.execPath, '-e', connections]);
      await client.line(/^echo$/);
      const told = lab.machine.kernel.items.length;

      const drop = (hook: string) =>
        `chain ${hook} { type filter hook ${hook} priority 0; ip protocol tcp numgen random mod 100 < ${lossPercent} drop; }`;
      first.far.write('/run/loss.nft', `table ip loss { ${drop('input')}\n${drop('output')}\n }\n`);
      await first.far.run([`${peersFolder}/usr/sbin/nft`, '-f', '/run/loss.nft'], { env: peerEnvironment() });

      await lab.daemon.line(/checking IPv4: \d+ TCP connection/);
      await untilDefault(lab, 'eth1', 30_000);
      const { items } = client.output;
      const enough = items.length + lossMinutes * 60 * perSecond;
      await client.output.until(
        'traffic by the other one',
        () => items.length >= enough,
        1.5 * lossMinutes * 60_000 + 20_000,
      );
      const moves = lab.machine.kernel.items
        .slice(told)
        .filter((line) => /^default via \S+ dev eth\d proto 109 *$/.test(line));
      expect(moves[0]).toContain('dev eth1');
      expect(moves.length).toBeLessThanOrEqual(1 + Math.floor(lossMinutes));
      expect((await lab.machine.defaultRoutes())[0]?.dev).toBe('eth1');
      await client.stop('SIGKILL');
    }),
);

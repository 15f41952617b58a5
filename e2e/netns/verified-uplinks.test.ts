// Several uplinks of which not all lead to the internet: one that does has the default route (ADR 17).
import { peersFolder, repository } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import type { Network } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { peerEnvironment } from './lab/peers';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

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

const untilDefault = (lab: Lab, link: string) =>
  lab.machine.until(`the default route on ${link}`, async () => (await lab.machine.defaultRoutes())[0]?.dev === link);

/** Both connected, eth0 first and online, eth1 found to lead to the internet as well. */
async function bothGood(lab: Lab, mainConf: string) {
  const [first, second] = await twoNetworks(lab);
  await first.plug();
  const connman = await lab.startDaemon({ mainConf });
  await connman.untilOnline('eth0');
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
    const { first, connman } = await bothGood(lab, '[General]\n');

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

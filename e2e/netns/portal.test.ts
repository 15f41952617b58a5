// A network that does not lead to the internet, or not always: portals, and the modes of the online check.
import { Agent } from './lab/agent';
import { inLab, type Lab } from './lab/lab';
import type { Network, NetworkWish } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const page = 'http://gateway.example/login';
const conf = (...lines: string[]) => ['[General]', 'PreferredTechnologies=ethernet', ...lines, ''].join('\n');

const checks = (network: Network) =>
  network.services.output.items.filter((line) => line.startsWith('GET /online/status.html ')).length;

/** A machine with an agent, plugged into a network that shows its login page to every client. */
async function behindPortal(lab: Lab, wish: Partial<NetworkWish> = {}) {
  const network = await lab.network({ link: 'eth0', subnet: '10.77.1', ...wish });
  await network.answerWith('portal');
  const connman = await lab.startDaemon({ mainConf: conf() });
  const agent = await Agent.register(connman.client);
  await network.plug();
  const service = await connman.untilReady('eth0');
  return { network, connman, agent, path: service.path };
}

onlyOurs('behind a portal the service stays ready and the user is shown the page; then it is checked at once', () =>
  inLab(ours, async (lab) => {
    const { network, connman, agent, path } = await behindPortal(lab);
    const request = await agent.next();
    expect(request).toMatchObject({ member: 'RequestBrowser', body: [path, page] });
    expect([connman.state, connman.serviceState('eth0')]).toEqual(['ready', 'ready']);
    await lab.daemon.line(new RegExp(`online check over IPv4 failed: a portal answered instead: ${page}`));

    await network.answerWith('online');
    request.answer();

    await connman.untilOnline('eth0');
    expect(agent.calls.items).toHaveLength(1);
  }),
);

onlyOurs('the page is not shown again while it is the same one, and is when the user comes back without a pass', () =>
  inLab(ours, async (lab) => {
    const { network, connman, agent } = await behindPortal(lab);
    const request = await agent.next();
    const before = checks(network);
    await network.services.output.until('another check', () => checks(network) > before);
    expect(agent.calls.items).toHaveLength(1);

    request.answer();

    expect(await agent.next()).toMatchObject({ member: 'RequestBrowser', body: [expect.any(String), page] });
    expect(connman.serviceState('eth0')).toBe('ready');
  }),
);

onlyOurs('an agent that says at once that the user has been there does not have the portal asked at full speed', () =>
  inLab(ours, async (lab) => {
    // The renewals of the lease tell the time.
    const isc = { server: 'isc', leaseSeconds: 20, renewSeconds: 1, rebindSeconds: 15 } as const;
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', ...isc });
    await network.answerWith('portal');
    const connman = await lab.startDaemon({ mainConf: conf() });
    const agent = await Agent.register(connman.client);
    agent.onCall = ({ answer }) => answer();
    await network.plug();
    await connman.untilReady('eth0');
    const acks = () => network.dhcp.output.items.filter((line) => line.includes('DHCPACK')).length;
    const acked = acks();
    await network.dhcp.output.until('three renewals', () => acks() >= acked + 3);

    expect(agent.calls.items.length).toBeGreaterThan(1);
    expect(checks(network)).toBeLessThan(12);
  }),
);

onlyOurs('a user who will not go there ends the checks of this connection', () =>
  inLab(ours, async (lab) => {
    // The renewals of the lease tell the time: two of them are more than the first pauses between checks.
    const { network, connman, agent, path } = await behindPortal(lab, {
      server: 'isc',
      leaseSeconds: 20,
      renewSeconds: 1,
      rebindSeconds: 15,
    });
    (await agent.next()).answer('net.connman.Agent.Error.Canceled');
    const acks = () => network.dhcp.output.items.filter((line) => line.includes('DHCPACK')).length;
    const [checked, acked] = [checks(network), acks()];

    await network.dhcp.output.until('three renewals', () => acks() >= acked + 3);
    expect(checks(network)).toBe(checked);
    expect(connman.state).toBe('ready');

    await network.answerWith('online');
    await connman.call(path, 'Disconnect');
    await connman.until('idle', () => connman.serviceState('eth0') === 'idle');
    await connman.call(path, 'Connect');
    await connman.untilOnline('eth0');
  }),
);

onlyOurs('when the connection ends the request is withdrawn', () =>
  inLab(ours, async (lab) => {
    const { connman, agent, path } = await behindPortal(lab);
    expect(await agent.next()).toMatchObject({ member: 'RequestBrowser' });
    await connman.call(path, 'Disconnect');
    expect(await agent.next()).toMatchObject({ member: 'Cancel', body: [] });
  }),
);

describe.each([
  ['OnlineCheckMode=none', undefined],
  ['EnableOnlineCheck=false', /main\.conf:3.*EnableOnlineCheck.*OnlineCheckMode/],
])('with %s', (line, said) => {
  onlyOurs('services are ready, and no one is asked whether that is the internet', () =>
    inLab(ours, async (lab) => {
      const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
      await network.plug();
      const connman = await lab.startDaemon({ mainConf: conf(line) });
      if (said) await lab.daemon.line(said);
      await connman.untilReady('eth0');
      await network.unplug();
      await connman.until('no service', () => connman.services.length === 0);
      await network.plug();
      await connman.untilReady('eth0');

      expect([connman.state, connman.serviceState('eth0')]).toEqual(['ready', 'ready']);
      // A name and a connection of ours get through after whatever a check would have asked.
      expect(await lab.resolve('gateway.example')).toBe('10.77.1.1');
      expect(checks(network)).toBe(0);
    }),
  );
});

onlyOurs('in continuous mode a network that loses the internet is demoted with an Error, and recovers', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const continuous = ['OnlineCheckMode=continuous', 'OnlineCheckMaxInterval=1'];
    const thresholds = ['OnlineCheckFailuresThreshold=2', 'OnlineCheckSuccessesThreshold=2'];
    const connman = await lab.startDaemon({ mainConf: conf(...continuous, ...thresholds) });
    await connman.untilOnline('eth0');
    const error = () => connman.service('eth0')?.properties.Error;

    await network.answerWith('missing');
    const lost = checks(network);
    await connman.until('ready', () => connman.serviceState('eth0') === 'ready' && connman.state === 'ready');
    await connman.until('its Error', () => error() === 'online-check-failed');
    expect(checks(network) - lost).toBe(2);

    await network.answerWith('online');
    const found = checks(network);
    await connman.untilOnline('eth0');
    await connman.until('no Error', () => error() === undefined || error() === '');
    expect(checks(network) - found).toBe(2);
  }),
);

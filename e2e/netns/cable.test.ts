// Plugging, unplugging and replugging a cable.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours, subjectUnderTest } from './lab/subject';

jest.setTimeout(60_000);

test('plugging a cable into a running machine brings it online', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const connman = await lab.startDaemon();
    expect(connman.state).toBe('idle');
    expect(connman.services).toEqual([]);

    await network.plug();

    const service = await connman.untilOnline('eth0');
    expect(service.path).toMatch(/^\/net\/connman\/service\/ethernet_[0-9a-f]{12}_cable$/);
  }));

test('unplugging takes the service, the address and the default route away', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();

    await network.unplug();

    await connman.until(
      'no service and the state idle',
      () => connman.services.length === 0 && connman.state === 'idle',
    );
    expect(connman.technologies.get('/net/connman/technology/ethernet')).toMatchObject({ Connected: false });
    await lab.machine.until('no address', async () => (await lab.machine.addresses('eth0')).length === 0);
    expect(await lab.machine.defaultRoutes()).toEqual([]);
  }));

test('a cable that comes back asks for its old address first, and gets it', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();
    const before = await lab.machine.addresses('eth0');
    const asked = network.dhcp.output.items.length;
    await network.unplug();
    await connman.until('no service', () => connman.services.length === 0);

    await network.plug();

    await connman.untilOnline('eth0');
    expect(await lab.machine.addresses('eth0')).toEqual(before);
    // In its first moments a link may lose a packet; the DISCOVER that then joins must not be the first to be seen.
    const questions = network.dhcp.output.items.slice(asked).filter((line) => /DHCP(REQUEST|DISCOVER)\(/.test(line));
    expect(questions[0]).toContain('DHCPREQUEST');
  }));

test('five quick replugs end online with one service, one address and one default route', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online();

    for (let round = 0; round < 5; round++) {
      await network.unplug();
      await network.plug();
    }
    // The flaps may reach the daemon late: a last one it must have seen.
    await network.unplug();
    await connman.until('no service', () => connman.services.length === 0);
    await network.plug();

    await connman.untilOnline('eth0', 20_000);
    expect(connman.services).toHaveLength(1);
    expect(await lab.machine.addresses('eth0')).toHaveLength(1);
    expect(await lab.machine.defaultRoutes()).toHaveLength(1);
  }));

onlyOurs('half a second without carrier while the DHCP server is away does not cost the lease', () =>
  inLab(ours, async (lab) => {
    const { network, connman } = await lab.online();
    const before = await lab.machine.addresses('eth0');
    await network.stopDhcp();

    await network.unplug();
    await connman.until('no service', () => connman.services.length === 0);
    await network.plug();

    await connman.untilReady('eth0');
    expect(await lab.machine.addresses('eth0')).toEqual(before);
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: network.gateway }]);
  }),
);

// The life of a lease: renewed, refused, expired, and found to belong to another network.
import { inLab } from './lab/lab';
import type { Network } from './lab/network';
import { subjectUnderTest } from './lab/subject';

jest.setTimeout(90_000);

const count = (network: Network, pattern: RegExp) =>
  network.dhcp.output.items.filter((line) => pattern.test(line)).length;

test('a lease is renewed at T1, again and again, and nothing changes meanwhile', () =>
  inLab(subjectUnderTest, async (lab) => {
    const short = { server: 'isc', leaseSeconds: 10, renewSeconds: 2, rebindSeconds: 6 } as const;
    const { network, connman } = await lab.online(short);
    const before = await lab.machine.addresses('eth0');
    const firstEvent = lab.machine.kernel.items.length;
    const firstSignal = connman.events.items.length;

    await network.dhcp.output.until('three renewals', () => count(network, /DHCPACK/) >= 4, 40_000);

    expect(await lab.machine.addresses('eth0')).toEqual(before);
    expect(
      lab.machine.kernel.items.slice(firstEvent).filter((line) => /^Deleted .*(inet |default)/.test(line)),
    ).toEqual([]);
    // A state that is said again, for clients that subscribe late, is none.
    const others = connman.events.items.slice(firstSignal).filter((line) => /"State"[,:]"(?!online")/.test(line));
    expect(others).toEqual([]);
    expect(connman.serviceState('eth0')).toBe('online');
  }));

test('when the server falls silent the address goes at the end of the lease, and comes back with the server', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { network, connman } = await lab.online({ server: 'isc', leaseSeconds: 10 });
    await network.stopDhcp();

    await lab.machine.until(
      'the address to expire',
      async () => !(await lab.machine.addresses('eth0')).some((address) => address.startsWith('10.77.1.')),
      25_000,
    );
    // The reference goes on claiming to be online.
    if (lab.subject.name === 'ours') await connman.until('the state to say so', () => connman.state !== 'online');
    await network.serve();

    await connman.untilOnline('eth0', 40_000);
  }));

test('a server that knows better (NAK) moves the machine to an address of the new network', () =>
  inLab(subjectUnderTest, async (lab) => {
    const short = { server: 'isc', leaseSeconds: 10, renewSeconds: 2, rebindSeconds: 4 } as const;
    const { network, connman } = await lab.online(short);

    await network.become({ subnet: '10.77.9', server: 'dnsmasq' });

    const moved = async () => {
      const addresses = await lab.machine.addresses('eth0');
      return addresses.length === 1 && addresses[0]?.startsWith('10.77.9.');
    };
    await lab.machine.until('an address of 10.77.9 alone', moved, 30_000);
    expect(count(network, /DHCPNAK/)).toBeGreaterThan(0);
    await connman.untilOnline('eth0', 20_000);
    expect(await lab.machine.defaultRoutes()).toMatchObject([{ dev: 'eth0', gateway: '10.77.9.1' }]);
    expect(await lab.resolve('gateway.example')).toBe('10.77.9.1');
  }));

describe('a cable that comes back into another network', () => {
  test.each([
    ['which refuses the old address', true],
    ['which does not answer for the old address', false],
  ])('%s', (_name, authoritative) =>
    inLab(subjectUnderTest, async (lab) => {
      const { network, connman } = await lab.online();
      await network.unplug();
      await connman.until('no service', () => connman.services.length === 0);
      await network.become({ subnet: '10.77.9', authoritative });

      await network.plug();

      // One second for the old address at most, then the ordinary way.
      const limit = subjectUnderTest.name === 'ours' ? 4_000 : 15_000;
      const moved = async () => (await lab.machine.addresses('eth0')).some((address) => address.startsWith('10.77.9.'));
      await lab.machine.until('an address of 10.77.9', moved, limit);
      await connman.untilOnline('eth0');
      expect(await lab.machine.addresses('eth0')).toHaveLength(1);
    }),
  );
});

// No one answers: the machine takes an address of its own, and a lease as soon as there is one.
import { inLab } from './lab/lab';
import { subjectUnderTest } from './lab/subject';

jest.setTimeout(180_000);

test('without a DHCP server the link gets an IPv4 link-local address, and a lease once a server is there', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', server: 'none' });
    await network.plug();
    const connman = await lab.startDaemon();

    const linkLocal = async () =>
      (await lab.machine.addresses('eth0')).some((address) => /^169\.254\..*\/16$/.test(address));
    await lab.machine.until('a link-local address', linkLocal, 60_000);
    await connman.untilReady('eth0');

    await network.become({ server: 'dnsmasq' });
    await lab.machine.until(
      'a leased address alone',
      async () => /^10\.77\.1\.1\d\d\/24$/.test((await lab.machine.addresses('eth0')).join()),
      90_000,
    );
    await connman.untilOnline('eth0');
  }));

// Another host has the address that the server gives (RFC 5227): it is declined, and another one is used.
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { subjectUnderTest } from './lab/subject';

jest.setTimeout(90_000);

const mainConf = '[General]\nPreferredTechnologies=ethernet\nAddressConflictDetection=true\n';

// The reference declines as well, in a way that dnsmasq does not take, and is given the same address again.
onlyOurs('an address that another host answers for is never used', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const [link] = JSON.parse(await lab.machine.run('ip -j link show eth0')) as { address: string }[];
    await network.become({ dnsmasq: [`--dhcp-host=${link?.address},10.77.1.111`] });
    await network.far.run('ip address add 10.77.1.111/32 dev lo');
    await network.plug();
    const connman = await lab.startDaemon({ mainConf });

    await network.dhcp.output.until(
      'the address to be declined',
      () => network.dhcp.output.items.some((line) => /DHCPDECLINE.* 10\.77\.1\.111 /.test(line)),
      20_000,
    );
    await connman.untilOnline('eth0', 60_000);

    const addresses = await lab.machine.addresses('eth0');
    expect(addresses.join()).toMatch(/10\.77\.1\.1\d\d\/24/);
    expect(addresses.join()).not.toContain('10.77.1.111');
    expect(lab.machine.kernel.items.filter((line) => /eth0.*10\.77\.1\.111/.test(line))).toEqual([]);
  }),
);

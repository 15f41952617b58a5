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

// Linux answers ARP for all of its addresses on every link: to each other, both links look like another host.
onlyOurs('two links of the machine in one segment keep their addresses, also over a restart', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const { far } = network;
    await lab.machine.connect({ link: 'eth1', ifindex: 450 }, far, { link: 'port1', ifindex: 950 });
    // Both cables end in one switch.
    await far.run('ip link add switch type bridge');
    for (const port of ['port', 'port1']) await far.run(`ip link set ${port} master switch`);
    await far.run('ip address del 10.77.1.1/24 dev port');
    await far.run('ip address add 10.77.1.1/24 dev switch');
    for (const link of ['switch', 'port', 'port1']) await far.run(`ip link set ${link} up`);
    await network.stopDhcp();
    await network.serve();
    const connman = await lab.startDaemon({ mainConf });
    const ready = (link: string) => ['ready', 'online'].includes(String(connman.serviceState(link)));
    await connman.until('both links to be configured', () => ready('eth0') && ready('eth1'), 30_000);
    const addresses = async () => [await lab.machine.addresses('eth0'), await lab.machine.addresses('eth1')];
    const before = await addresses();
    expect(before.flat()).toHaveLength(2);

    await lab.stopDaemon();
    await lab.startDaemon();
    const acks = () => network.dhcp.output.items.filter((line) => line.includes('DHCPACK(')).length;
    await network.dhcp.output.until('both leases confirmed', () => acks() >= 4);
    await connman.until('both links to be configured again', () => ready('eth0') && ready('eth1'), 30_000);
    expect(network.dhcp.output.items.filter((line) => line.includes('DHCPDECLINE'))).toEqual([]);
    expect(await addresses()).toEqual(before);
  }),
);

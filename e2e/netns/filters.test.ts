// Which links are ours: by option, by configuration, and by what a name says about its owner.
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { subjectUnderTest } from './lab/subject';

jest.setTimeout(60_000);

/** Two linked networks; `managed` must come online, and the other must stay as it was by then. */
async function expectOnly(lab: Lab, managed: string, other: string, options: Parameters<Lab['startDaemon']>[0]) {
  for (const [index, link] of [managed, other].entries()) {
    const network = await lab.network({ link, subnet: `10.77.${index + 1}` });
    await network.plug();
  }
  const connman = await lab.startDaemon(options);
  await connman.untilOnline(managed);
  expect(connman.service(other)).toBeUndefined();
  expect(await lab.machine.addresses(other)).toEqual([]);
  expect(await lab.machine.run(`ip -o link show dev ${other}`)).not.toMatch(/<[^>]*\bUP\b/);
}

test('-i takes the named links only', () =>
  inLab(subjectUnderTest, (lab) => expectOnly(lab, 'eth1', 'eth0', { args: ['-i', 'eth1'] })));

test('-I leaves links out, by pattern', () =>
  inLab(subjectUnderTest, (lab) => expectOnly(lab, 'eth0', 'usb7', { args: ['-I', 'usb*'] })));

test('NetworkInterfaceBlacklist leaves links out by the beginning of their name', () =>
  inLab(subjectUnderTest, (lab) =>
    expectOnly(lab, 'eth0', 'lan3', { mainConf: '[General]\nNetworkInterfaceBlacklist=lan,ve-\n' }),
  ));

test("the default blacklist leaves a hypervisor's links out", () =>
  inLab(subjectUnderTest, (lab) => expectOnly(lab, 'eth0', 'vmnet8', {})));

onlyOurs("a container's links are left out", () =>
  inLab(subjectUnderTest, (lab) => expectOnly(lab, 'eth0', 'veth1a2b3c', {})),
);

onlyOurs("a container's link is taken when it is named", () =>
  inLab(subjectUnderTest, (lab) => expectOnly(lab, 'veth1a2b3c', 'eth0', { args: ['-i', 'veth1a2b3c'] })),
);

onlyOurs('a link renamed before use is taken under its new name', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await lab.machine.run('ip link set eth0 name docker9');
    const connman = await lab.startDaemon();
    expect(connman.services).toEqual([]);
    await lab.machine.run('ip link set docker9 name enp3s0');
    await network.plug();
    await connman.untilOnline('enp3s0');
  }),
);

onlyOurs('links of other kinds are managed when they are named, or the log says why not', () =>
  inLab(subjectUnderTest, async (lab) => {
    const { machine } = lab;
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await machine.run('ip link add link eth0 name mvt0 type macvtap mode bridge');
    await machine.run('ip link add vx0 type vxlan id 5 dstport 4789 dev eth0');
    await machine.run('ip link add br0 type bridge');
    await machine.run('ip tuntap add tap0 mode tap');
    await machine.run('ip tuntap add tun0 mode tun');
    await network.plug();
    await machine.run('ip link set eth0 up');

    const connman = await lab.startDaemon({ args: ['-i', 'mvt0,vx0,br0,tap0,tun0'] });

    await connman.untilReady('mvt0');
    for (const link of ['vx0', 'br0', 'tap0']) await lab.daemon.line(new RegExp(`${link}: managed`));
    await lab.daemon.line(/tun0: not managed: it is not an Ethernet link/);
    expect(connman.service('eth0')).toBeUndefined();
  }),
);

onlyOurs('a link whose name is no text is used by its very bytes, and written out in the log', () =>
  inLab(subjectUnderTest, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await lab.machine.run(['sh', '-c', 'ip link set eth0 name "$(printf "e\\344\\001")"']);
    await network.plug();
    const connman = await lab.startDaemon();
    await connman.until('online', () => connman.state === 'online');
    await lab.daemon.line(/e\\xe4\\x01: managed/);
    expect(
      await lab.machine.run(['sh', '-c', 'cat "/proc/sys/net/ipv6/conf/$(printf "e\\344\\001")/disable_ipv6"']),
    ).toBe('0');
  }),
);

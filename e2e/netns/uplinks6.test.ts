// Two uplinks with IPv6 by router advertisements: the default route is the first service's, and follows the cables.
import { advertisedNetwork } from './lab/advertised';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const mainConf = '[General]\nOnlineCheckMode=none\n';

/** A network with the same host beyond its router as beyond all others. */
const advertised = (lab: Lab, link: string, number: number) =>
  advertisedNetwork(lab, link, number, ['2001:db8:99::1/128']);

/** The link by which the kernel would send to a host on the internet. */
const wayOut = async (lab: Lab) =>
  /dev (\S+)/.exec(await lab.machine.run(['sh', '-c', 'ip -6 route get 2001:db8:99::1 || true']))?.[1];

onlyOurs('IPv6 by two routers: when the cable of the first is pulled, traffic goes by the second at once', () =>
  inLab(ours, async (lab) => {
    const first = await advertised(lab, 'eth0', 1);
    const second = await advertised(lab, 'eth1', 2);
    await first.plug();
    const connman = await lab.startDaemon({ mainConf });
    const hasIpv6 = (link: string) => dictionary(connman.service(link)?.properties.IPv6).Address !== undefined;
    await connman.until('IPv6 of eth0', () => hasIpv6('eth0'));
    await second.plug();
    await connman.until('IPv6 of eth1', () => hasIpv6('eth1'));
    await lab.machine.until('the way by eth0', async () => (await wayOut(lab)) === 'eth0');
    await lab.machine.run('ping -6 -c 1 -W 2 2001:db8:99::1');

    await first.unplug();

    await lab.machine.until('the way by eth1', async () => (await wayOut(lab)) === 'eth1');
    // By the loss of the carrier, before the kernel found the router dead.
    expect(await lab.machine.run('ip -6 neigh show dev eth0')).not.toContain('FAILED');
    await lab.machine.run('ping -6 -c 1 -W 2 2001:db8:99::1');
  }),
);

// A component as a program of its own: the same machine, with DHCP in another process that has few privileges.
import { readFileSync } from 'node:fs';
import { repository } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import { dictionary } from './lab/view';

jest.setTimeout(60_000);

const mainConf = '[General]\nPreferredTechnologies=ethernet\n\n[Components]\nDhcp=bus\n';

function startDhcp(lab: Lab) {
  return lab.start([process.execPath, `${repository}/packages/dhcp/dist/connman-dhcp.js`]);
}

onlyOurs('DHCP as a program of its own brings a link online', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const dhcp = startDhcp(lab);
    const connman = await lab.startDaemon({ mainConf });
    const service = await connman.untilOnline('eth0');
    expect(dictionary(service.properties.IPv4)).toMatchObject({ Method: 'dhcp', Gateway: '10.77.1.1' });
    const status = readFileSync(`/proc/${dhcp.pid}/status`, 'utf8');
    // CAP_NET_BIND_SERVICE and CAP_NET_RAW.
    expect(/^CapEff:\s*0*(\w+)$/m.exec(status)?.[1]).toBe('2400');
  }),
);

onlyOurs('the DHCP program may come later, be killed and come back: the lease stays', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const connman = await lab.startDaemon({ mainConf });
    await connman.until('a service', () => connman.service('eth0'));
    const first = startDhcp(lab);
    const { properties } = await connman.untilOnline('eth0');
    await first.stop('SIGKILL');
    const acks = () => network.dhcp.output.items.filter((line) => line.includes('DHCPACK(')).length;
    const before = acks();
    startDhcp(lab);
    await network.dhcp.output.until('another DHCPACK', () => acks() > before);
    expect(connman.service('eth0')?.properties).toMatchObject({ State: 'online', IPv4: properties.IPv4 });
  }),
);

onlyOurs('a user’s Disconnect gives the lease back through the program, too', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    startDhcp(lab);
    const connman = await lab.startDaemon({ mainConf });
    const service = await connman.untilOnline('eth0');
    await connman.call(service.path, 'Disconnect');
    await network.dhcp.line(/DHCPRELEASE/);
    await connman.until('it idle', () => connman.serviceState('eth0') === 'idle');
    expect(await lab.machine.addresses('eth0')).toEqual([]);
  }),
);

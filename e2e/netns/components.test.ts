// A component as a program of its own: the same machine, with DHCP in another process that has few privileges.
import { readdirSync, readFileSync } from 'node:fs';
import { SERVICES } from './lab/bus';
import { repository } from './lab/host';
import { inLab, type Lab } from './lab/lab';
import { ask, file, throughProxy, wish } from './lab/names';
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
    const threads = readdirSync(`/proc/${dhcp.pid}/task`).map((thread) => {
      const status = readFileSync(`/proc/${dhcp.pid}/task/${thread}/status`, 'utf8');
      const field = (name: string) => new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(status)?.[1];
      return [field('Uid') === '0' ? 'root' : 'not root', field('CapEff')?.replace(/^0*/, ''), field('NoNewPrivs')];
    });
    // CAP_NET_BIND_SERVICE and CAP_NET_RAW on the main thread, nothing on the others.
    expect(threads[0]).toEqual(['not root', '2400', '1']);
    for (const thread of threads.slice(1)) expect(thread).toEqual(['not root', '', '1']);
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

onlyOurs('the bus starts the DHCP program by its activation file, and again after it was killed', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    await network.plug();
    const bin = '/run/sbin';
    const file = readFileSync(`${repository}/tools/packaging/net.connman.dhcp.service`, 'utf8');
    lab.machine.write(`${SERVICES}/net.connman.dhcp.service`, file.replaceAll('@sbindir@', bin));
    const program = `${repository}/packages/dhcp/dist/connman-dhcp.js`;
    lab.machine.write(`${bin}/connman-dhcp`, `#!/bin/sh\nexec ${process.execPath} ${program}\n`);
    await lab.machine.run(`chmod 755 ${bin}/connman-dhcp`);
    const connman = await lab.startDaemon({ mainConf });
    await connman.untilOnline('eth0');
    expect(lab.daemon.output.items.filter((line) => line.includes('net.connman.dhcp'))).toEqual([]);

    const acks = () => network.dhcp.output.items.filter((line) => line.includes('DHCPACK(')).length;
    const before = acks();
    await lab.machine.run(['sh', '-c', 'kill -9 $(pidof -s connman-dhcp || pgrep -xo connman-dhcp)']);
    await lab.daemon.line(/net\.connman\.dhcp left the bus; starting it again/);
    await network.dhcp.output.until('another DHCPACK', () => acks() > before);
    expect(connman.serviceState('eth0')).toBe('online');
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

onlyOurs('no program ends because the reader of its standard error has gone', () =>
  inLab(ours, async (lab) => {
    const unread = ['bash', '-c', 'exec 2> >(:); wait $!; exec "$@"', 'bash'];
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const program = (name: string) => [process.execPath, `${repository}/packages/${name}`];
    // Something to warn of at the start.
    lab.machine.write('/var/lib/connman-vpn/bad.config', 'no section\n');
    const components = [
      lab.start([...unread, ...program('dhcp/dist/connman-dhcp.js')]),
      lab.start([...unread, ...program('dnsproxy/dist/connman-dnsproxyd.js')]),
      lab.start([...unread, ...program('ntp/dist/connman-ntp.js')]),
      lab.start([...unread, ...program('vpnd/dist/connman-vpnd.js'), '-n']),
    ];
    const subject = { ...ours, daemon: [...unread, ...ours.daemon] };
    const apart = `${mainConf}DnsProxy=bus\nNtp=bus\n`;
    const connman = await lab.startDaemon({ subject, mainConf: apart });
    await connman.untilOnline('eth0');
    await connman.until('names by the proxy', () => lab.machine.read(file) === throughProxy);
    expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
    // Each has something to say about that, too.
    await network.unplug();
    await connman.until('no service', () => connman.services.length === 0);
    await lab.stopDaemon();
    await lab.startDaemon({ subject, mainConf: apart });
    await network.plug();
    await connman.untilOnline('eth0');
    await lab.connmanctl('vpnconnections');
    expect(components.map(({ exit }) => exit)).toEqual(components.map(() => undefined));
  }),
);

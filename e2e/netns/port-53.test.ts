// Port 53 held by another program: it is named, and another address or the servers themselves serve.
import { readFileSync } from 'node:fs';
import { inLab, type Lab } from './lab/lab';
import { confined, file, header, onBus, startProxy, wish } from './lab/names';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

/** Another name server on the machine itself, with a user of its own as Debian has it. */
async function holdPort(lab: Lab, ...words: string[]): Promise<void> {
  const conf = ['--keep-in-foreground', '--conf-file=/dev/null', '--log-facility=-', '--user=nobody', '--pid-file'];
  const holder = lab.start(['dnsmasq', ...conf, '--no-resolv', '--no-hosts', ...words]);
  await holder.line(/started, version/);
}

onlyOurs('a port 53 that is taken is told with its holder, and another loopback address is used', () =>
  inLab(ours, async (lab) => {
    await holdPort(lab, '--listen-address=127.0.0.1', '--bind-interfaces');
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const connman = await lab.startDaemon();
    // The log says who speaks: the proxy is hosted.
    const [, pid] = await lab.daemon.line(
      /\bdns: cannot answer on 127\.0\.0\.1: udp port 53 is taken by dnsmasq \(pid (\d+)\)/,
    );
    expect(await lab.machine.run(['cat', `/proc/${pid}/comm`])).toBe('dnsmasq');
    await connman.untilReady('eth0');
    expect(lab.machine.read(file)).toBe(`${header}nameserver ::1\nnameserver 127.0.0.54\n`);
    expect(await lab.resolve('www.example')).toBe('10.77.1.1');
    expect(await lab.connmanctl('dns')).toContain(`dnsmasq (pid ${pid})`);
  }),
);

onlyOurs('with the capabilities of its unit the daemon still sees who has port 53', () =>
  inLab(confined, async (lab) => {
    await holdPort(lab, '--listen-address=127.0.0.1', '--bind-interfaces');
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const connman = await lab.startDaemon();
    await lab.daemon.line(/127\.0\.0\.1: udp port 53 is taken by dnsmasq \(pid \d+\)/);
    await connman.untilOnline('eth0');
    expect(await lab.resolve('www.example')).toBe('10.77.1.1');
  }),
);

onlyOurs('so does the program when root starts it, and gives its rights away after that', () =>
  inLab(ours, async (lab) => {
    await holdPort(lab, '--listen-address=127.0.0.1', '--bind-interfaces');
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const proxy = await startProxy(lab, []);
    const connman = await lab.startDaemon(onBus);
    const [, pid] = await proxy.line(/127\.0\.0\.1: udp port 53 is taken by dnsmasq \(pid (\d+)\)/);
    await lab.daemon.line(/net\.connman\.dnsproxy answers on ::1, 127\.0\.0\.54$/);
    await connman.untilReady('eth0');
    expect(lab.machine.read(file)).toBe(`${header}nameserver ::1\nnameserver 127.0.0.54\n`);
    expect(await lab.resolve('www.example')).toBe('10.77.1.1');
    expect(await lab.connmanctl('dns')).toContain(`dnsmasq (pid ${pid})`);
    const status = readFileSync(`/proc/${proxy.pid}/status`, 'utf8');
    expect(/^CapPrm:\s*0*(\w+)$/m.exec(status)?.[1]).toBe('400');
  }),
);

onlyOurs('where no loopback address is left, resolv.conf names the servers themselves', () =>
  inLab(ours, async (lab) => {
    await holdPort(lab);
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const connman = await lab.startDaemon();
    await lab.daemon.line(/no loopback address is free/);
    await connman.untilReady('eth0');
    expect(lab.machine.read(file)).toBe(`${header}search lab.example\nnameserver 10.77.1.1\n`);
    expect(await lab.resolve('www.example')).toBe('10.77.1.1');
  }),
);

// connman-dnsproxyd beside connmand: killed, started too early or without being wanted, left by its daemon.
import { readFileSync } from 'node:fs';
import { inLab } from './lab/lab';
import { account, ask, file, header, onBus, proxyInUse, startBoth, startProxy, throughProxy, wish } from './lab/names';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

onlyOurs('a proxy program that is killed leaves the servers in resolv.conf, and is used again when it is back', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const { proxy, connman } = await startBoth(lab);
    await connman.untilOnline('eth0');
    const status = readFileSync(`/proc/${proxy.pid}/status`, 'utf8');
    // CAP_NET_BIND_SERVICE, and a user and group of its own.
    expect(/^CapEff:\s*0*(\w+)$/m.exec(status)?.[1]).toBe('400');
    expect(/^Uid:\s*(\d+)/m.exec(status)?.[1]).toBe(String(account.id));
    expect(/^Gid:\s*(\d+)/m.exec(status)?.[1]).toBe(String(account.id));

    await proxy.stop('SIGKILL');
    await lab.daemon.line(/net\.connman\.dnsproxy is not on the bus/);
    expect(lab.machine.read(file)).toBe(`${header}search lab.example\nnameserver 10.77.1.1\n`);
    expect(await lab.resolve('www.example')).toBe('10.77.1.1');

    const told = () => lab.daemon.output.items.filter((line) => line.includes('dnsproxy answers on')).length;
    await startProxy(lab);
    await lab.daemon.output.until('the proxy in use again', () => told() === 2);
    expect(lab.machine.read(file)).toBe(throughProxy);
    expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
  }),
);

onlyOurs('a proxy program that connmand was not told to use waits without port 53, and serves it once it was', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const proxy = await startProxy(lab);
    // Enabled first: connmand with its own proxy takes the name and finds the port free.
    const hosting = await lab.startDaemon();
    await hosting.untilReady('eth0');
    expect(lab.machine.read(file)).toBe(throughProxy);
    expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
    expect(await lab.connmanctl('dns')).toContain('10.77.1.1');
    await lab.stopDaemon();
    // Enabled while connmand has its own: it says what to do, and is there when connmand needs it.
    const connman = await lab.startDaemon(onBus);
    await proxyInUse(lab);
    await proxy.line(/answering on ::1, 127\.0\.0\.1$/);
    await connman.untilReady('eth0');
    expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
    const status = readFileSync(`/proc/${proxy.pid}/status`, 'utf8');
    expect(/^CapPrm:\s*0*(\w+)$/m.exec(status)?.[1]).toBe('400');
  }),
);

onlyOurs('a proxy program started beside a connmand with its own says how to use it, and goes on', () =>
  inLab(ours, async (lab) => {
    await lab.startDaemon();
    const proxy = await startProxy(lab);
    await proxy.line(/set DnsProxy=bus in \[Components\] of main\.conf/);
    await lab.stopDaemon();
    await lab.startDaemon(onBus);
    await proxyInUse(lab);
  }),
);

onlyOurs('a proxy program asks no one when connmand has ended in order', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const { connman } = await startBoth(lab);
    await connman.untilReady('eth0');
    expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
    await lab.stopDaemon();
    expect(await ask(lab, 'www.example')).toBe('');
  }),
);

onlyOurs('a proxy program forgets what an earlier connmand told it', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network(wish('eth0', '10.77.1'));
    await network.plug();
    const { connman } = await startBoth(lab);
    await connman.untilReady('eth0');
    await lab.stopDaemon('SIGKILL');
    expect(await ask(lab, 'www.example')).toBe('10.77.1.1');
    await network.unplug();
    await lab.startDaemon(onBus);
    await proxyInUse(lab);
    expect(await lab.connmanctl('dns')).not.toContain('10.77.1.1');
  }),
);

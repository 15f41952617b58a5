import { inSite, startDnsmasq } from './site';

test('who has port 53 is told by name and pid, and another loopback address is taken', async () => {
  await inSite(async (site) => {
    const lan = await site.far('eth0', '10.77.1');
    await startDnsmasq(lan.host, ['/#/192.0.2.1']);
    const holder = await startDnsmasq(
      site.machine,
      ['/#/203.0.113.1'],
      ['--listen-address=127.0.0.1', '--bind-interfaces'],
    );
    const proxy = await site.startProxy(`[Servers]\nServers=${lan.address}\n`);
    const [, pid] = await proxy.line(/cannot answer on 127\.0\.0\.1: udp port 53 is taken by dnsmasq \(pid (\d+)\)/);
    const inside = await site.machine.run(['cat', `/proc/${pid}/comm`]);
    expect(inside.trim()).toBe('dnsmasq');
    await proxy.line(/answering on ::1, 127\.0\.0\.54$/);
    const ask = (address: string) =>
      site.machine.run(['dig', '+short', '+tries=1', '+time=2', `@${address}`, 'a.example']);
    expect((await ask('127.0.0.54')).trim()).toBe('192.0.2.1');
    expect((await ask('::1')).trim()).toBe('192.0.2.1');
    expect((await ask('127.0.0.1')).trim()).toBe('203.0.113.1');
    expect(proxy.output.items.filter((line) => line.includes('is taken by')).length).toBe(1);
    await holder.stop();
  });
}, 60_000);

test('a port that is taken on every address leaves no address, and says so', async () => {
  await inSite(async (site) => {
    await startDnsmasq(site.machine, ['/#/203.0.113.1']);
    const proxy = await site.startProxy('[Servers]\nServers=10.77.1.1\n');
    await proxy.line(/no loopback address is free/);
    await proxy.line(/answering on no address$/);
  });
}, 60_000);

test('a TCP port alone that is taken is as good as both', async () => {
  await inSite(async (site) => {
    const listener = site.machine.start([
      process.execPath,
      '-e',
      "require('net').createServer().listen(53, '127.0.0.1', () => console.log('up'))",
    ]);
    await listener.line(/^up$/);
    const proxy = await site.startProxy('[Servers]\nServers=10.77.1.1\n');
    await proxy.line(/cannot answer on 127\.0\.0\.1: tcp port 53 is taken by (node|MainThread) \(pid \d+\)/);
    await proxy.line(/answering on ::1, 127\.0\.0\.54$/);
  });
}, 60_000);

import { readFileSync } from 'node:fs';
import { repository } from '../netns/lab/host';
import { inSite, startDnsmasq } from './site';

test('a container and its host both resolve through it; other links get no answer at that address', async () => {
  await inSite(async (site) => {
    const lan = await site.far('eth0', '10.77.1');
    const box = await site.far('ctr0', '10.88.0');
    await startDnsmasq(lan.host, ['/#/192.0.2.1']);
    await site.startProxy(`[Proxy]\nListen=10.88.0.2%ctr0\n[Servers]\nInterface=eth0\nServers=${lan.address}\n`);
    const ask = ['dig', '+short', '+tries=1', '+time=2', '@10.88.0.2'];
    expect(await site.dig('host.example')).toBe('192.0.2.1');
    expect(await box.host.run([...ask, 'container.example'])).toContain('192.0.2.1');
    expect(await box.host.run([...ask, '+tcp', 'container.example'])).toContain('192.0.2.1');

    // The same address, asked through the wrong link: no reflection, no service.
    await lan.host.run('ip route add 10.88.0.0/24 via 10.77.1.2');
    await expect(lan.host.run([...ask, 'stranger.example'])).rejects.toThrow(/timed out|no servers could be reached/);
    await expect(lan.host.run([...ask, '+tcp', 'stranger.example'])).rejects.toThrow(/refused|timed out|no servers/);
    // And the loopback addresses are no one's but this machine's.
    await expect(lan.host.run(['dig', '+tries=1', '+time=1', '@10.77.1.2', 'stranger.example'])).rejects.toThrow();
  });
}, 60_000);

test('slow, silent, half-closed and greedy TCP clients cost nothing to the others', async () => {
  await inSite(async (site) => {
    const lan = await site.far('eth0', '10.77.1');
    await startDnsmasq(lan.host, ['/#/192.0.2.1']);
    const proxy = await site.startProxy(
      `[Proxy]\nClientIdleMs=700\nClientSlowMs=900\nMaxConnections=40\n[Servers]\nInterface=eth0\nServers=${lan.address}\n`,
    );
    const peers = site.machine.start([process.execPath, `${repository}/e2e/dns/tcp-peers.mjs`]);
    await peers.line(/^connected$/);
    const before = ticks(proxy.pid);
    const started = performance.now();
    // While they hold what they can get, UDP goes on as ever.
    for (let i = 0; i < 5; i++) expect(await site.dig(`during${i}.example`)).toBe('192.0.2.1');
    const [, half] = await peers.line(/^half-closed client: (.*)$/);
    expect(half).toBe('answered 192.0.2.1');
    const [, closed] = await peers.line(/^all idle, slow and greedy clients were closed after (\d+) ms$/, 20_000);
    expect(Number(closed)).toBeLessThan(8000);
    // A busy loop over one of them would have taken all of that time, however slow the machine is.
    const elapsed = (performance.now() - started) / 10;
    expect(ticks(proxy.pid) - before).toBeLessThan(elapsed / 2);
    expect(await site.dig('+tcp', 'after.example')).toBe('192.0.2.1');
  });
}, 60_000);

/** Processor time in hundredths of a second. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

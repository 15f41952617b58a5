import type { Child } from '../netns/lab/child';
import { capture, inSite, startDnsmasq } from './site';

/** Names in captured questions, in lower case; tcpdump writes `A? name.`. */
function namesOnWire(capturer: Child): readonly string[] {
  return capturer.output.items.flatMap((line) => /\? ([^ ]+)\. /.exec(line)?.[1]?.toLowerCase() ?? []);
}

const configuration = (lan: string, vpn: string) => `[Servers lan]
Interface=eth0
Servers=${lan}
Default=true
Domains=home.example
[Servers vpn]
Interface=tun0
Servers=${vpn}
Domains=~corp.example,~8.10.in-addr.arpa
`;

test('with two views of the world each name is asked on its own side, and nothing of one is seen on the other', async () => {
  await inSite(async (site) => {
    const lan = await site.far('eth0', '10.77.1');
    const vpn = await site.far('tun0', '10.77.2');
    await startDnsmasq(lan.host, ['/#/192.0.2.1']);
    await startDnsmasq(vpn.host, ['/#/198.51.100.1'], ['--ptr-record=5.4.8.10.in-addr.arpa,db.corp.example']);
    const onLan = await capture(lan.host);
    const onVpn = await capture(vpn.host);
    await site.startProxy(configuration(lan.address, vpn.address));

    expect(await site.dig('www.example')).toBe('192.0.2.1');
    expect(await site.dig('corp.example')).toBe('198.51.100.1');
    expect(await site.dig('Deep.Below.CORP.example')).toBe('198.51.100.1');
    expect(await site.dig('notcorp.example')).toBe('192.0.2.1');
    expect(await site.dig('-x', '10.8.4.5')).toBe('db.corp.example.');
    expect(await site.dig('printer')).toBe('192.0.2.1');
    expect(await site.dig('-x', '192.168.1.1')).toBe('');
    expect(await site.dig('fridge.local')).toBe('');

    // The other side goes down: its names fail, and are still not asked here.
    await vpn.host.run('ip link set port down');
    expect(await site.rcode('secret.corp.example')).toBe('SERVFAIL');
    expect(await site.dig('last.example')).toBe('192.0.2.1');

    await onLan.output.until('the last question', () => namesOnWire(onLan).includes('last.example'));
    const lanNames = namesOnWire(onLan);
    const vpnNames = namesOnWire(onVpn);
    expect(lanNames.filter((name) => name === 'corp.example' || name.endsWith('.corp.example'))).toEqual([]);
    expect(lanNames.filter((name) => name.endsWith('8.10.in-addr.arpa') || name.endsWith('.local'))).toEqual([]);
    // A private address is looked up at the private server of the default link.
    expect(lanNames).toContain('1.1.168.192.in-addr.arpa');
    expect(lanNames).toEqual(expect.arrayContaining(['www.example', 'notcorp.example', 'printer.home.example']));
    expect(vpnNames.every((name) => name.endsWith('corp.example') || name.endsWith('8.10.in-addr.arpa'))).toBe(true);
    expect(vpnNames.length).toBeGreaterThanOrEqual(3);
  });
}, 60_000);

test('questions leave by their own link even when a route says otherwise', async () => {
  await inSite(async (site) => {
    const lan = await site.far('eth0', '10.77.1');
    const other = await site.far('eth1', '10.77.2');
    // Both far ends have the same server address; the routing table knows the wrong one alone.
    for (const far of [lan, other]) {
      await far.host.run('ip address add 10.99.0.53/32 dev port');
      await far.host.run(`ip route add 10.77.0.0/16 dev port`);
      await site.machine.run(
        `ip route add 10.99.0.53/32 via ${far.address} dev ${far.link} metric ${far === lan ? 100 : 10}`,
      );
    }
    await startDnsmasq(lan.host, ['/#/192.0.2.1']);
    await startDnsmasq(other.host, ['/#/203.0.113.66']);
    await site.startProxy('[Servers]\nInterface=eth0\nServers=10.99.0.53\n');
    expect(await site.dig('www.example')).toBe('192.0.2.1');
    expect(await site.dig('+tcp', 'over-tcp.example')).toBe('192.0.2.1');
  });
}, 60_000);

// Name servers that only IPv6 reaches: by a global address, and by one of the link alone, which needs the link's name.
import type { Child } from '../netns/lab/child';
import { capture, type Far, inSite, type Site, startNsd } from './site';

const globalServer = '2001:db8:77::53';
const linkServer = 'fe80::53';

/** A cable with no IPv4 address on it, and a strict server at the far end. */
async function withServer(address: string, scenario: (site: Site, far: Far, onWire: Child) => Promise<void>) {
  await inSite(async (site) => {
    const far = await site.far('eth0', '10.77.1');
    for (const [host, link, number] of [
      [far.host, 'port', '53'],
      [site.machine, 'eth0', '2'],
    ] as const) {
      await host.run(`ip -4 address flush dev ${link}`);
      await host.run(`ip address add 2001:db8:77::${number}/64 dev ${link} nodad`);
      await host.run(`ip address add fe80::${number}/64 dev ${link} nodad`);
    }
    const onWire = await capture(far.host);
    await startNsd(far.host, address === linkServer ? `${address}%port` : address);
    await scenario(site, far, onWire);
  });
}

const questions = (onWire: Child, transport: RegExp) => onWire.output.items.filter((line) => transport.test(line));
const overUdp = / > \S+\.53: \d+\+?.*\[1au\] /;
const overTcp = / > \S+\.53: Flags \[S\]/;

describe.each([
  ['a global address', globalServer, `Servers=${globalServer}`],
  ['a global address in brackets', globalServer, `Interface=eth0\nServers=[${globalServer}]:53`],
  ['an address of the link', linkServer, `Servers=${linkServer}%eth0`],
  ['an address of the link in brackets', linkServer, `Servers=[${linkServer}%eth0]:53`],
  ['an address of the group’s link', linkServer, `Interface=eth0\nServers=${linkServer}`],
])('a server at %s', (_title, address, group) => {
  test('is asked by UDP, and by TCP for what does not fit', async () => {
    await withServer(address, async (site, _far, onWire) => {
      const proxy = await site.startProxy(`[Servers]\n${group}\nDomains=~test\n`);
      expect(await site.dig('www.corpus.test', 'AAAA')).toBe('2001:db8::80');
      await onWire.output.until('the question', () => questions(onWire, overUdp).length > 0);
      expect(questions(onWire, overTcp)).toEqual([]);

      const direct = await site.machine.run([...huge, address === linkServer ? `@${address}%eth0` : `@${address}`]);
      expect(direct.split('\n').length).toBe(30);
      const through = await site.machine.run([...huge, '@::1']);
      expect(through.split('\n').sort()).toEqual(direct.split('\n').sort());
      // One connection was dig's own.
      await onWire.output.until('the connections', () => questions(onWire, overTcp).length >= 2);
      expect(questions(onWire, overTcp)).toHaveLength(2);

      expect(await site.statistics()).toMatchObject({
        servers: [{ address, failures: { timeout: 0, unreachable: 0, mismatch: 0 } }],
      });
      expect(proxy.output.items.filter((line) => line.includes('name server'))).toEqual([]);
    });
  }, 60_000);
});

const huge = ['dig', '+tcp', '+short', '+tries=1', '+time=3', 'huge.corpus.test', 'TXT'];

test('an IPv4 address to ask from does not keep the group’s IPv6 servers from being asked', async () => {
  await withServer(globalServer, async (site) => {
    await site.machine.run('ip address add 10.77.1.2/24 dev eth0');
    await site.startProxy(
      `[Servers]\nInterface=eth0\nLocalAddress=10.77.1.2\nServers=${globalServer}\nDomains=~test\n`,
    );
    expect(await site.dig('www.corpus.test', 'AAAA')).toBe('2001:db8::80');
    expect((await site.machine.run([...huge, '@::1'])).split('\n').length).toBe(30);
  });
}, 60_000);

test('clients on a link that is served may ask at an address of the link alone, by UDP and TCP', async () => {
  await withServer(globalServer, async (site, far) => {
    await site.startProxy(`[Proxy]\nListen=fe80::2%eth0\n[Servers]\nServers=${globalServer}\nDomains=~test\n`);
    const ask = (...words: string[]) =>
      far.host.run(['dig', '+short', '+tries=1', '+time=3', '@fe80::2%port', ...words]);
    expect(await ask('www.corpus.test', 'AAAA')).toBe('2001:db8::80');
    expect((await ask('+tcp', 'huge.corpus.test', 'TXT')).split('\n').length).toBe(30);
  });
}, 60_000);

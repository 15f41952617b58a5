// Addresses on a radio link: the one that a network gave before, and those that its routers announce.
import type { Lab } from './lab/lab';
import { scenario } from './lab/scenario';
import { wpa2 } from './lab/security';
import type { Site } from './lab/site';

const PREFIX = '2001:db8:9:';

/** Router advertisements with a prefix; nothing else. */
async function announcePrefix({ machine, bridge }: Site): Promise<void> {
  await machine.run(`ip address add ${PREFIX}:1/64 dev ${bridge} nodad`);
  const words = ['--keep-in-foreground', '--conf-file=/dev/null', '--log-facility=-', '--user=root', '--pid-file'];
  const range = ['--port=0', '--enable-ra', `--dhcp-range=${PREFIX}:,ra-only`, `--interface=${bridge}`];
  const dnsmasq = machine.start(['dnsmasq', ...words, ...range], { log: `${machine.name}-routers` });
  await dnsmasq.line(/router advertisement on/);
}

/** The messages of a client that the DHCP server saw since. */
const messages = ({ dhcp }: Site, since: number): string[] =>
  dhcp.output.items.slice(since).flatMap((line) => /DHCP(?:DISCOVER|REQUEST|RELEASE)/.exec(line)?.[0] ?? []);

const ipv6Of = (lab: Lab) => (lab.service('Home')?.properties.IPv6 ?? {}) as { Address?: string };

scenario(
  'a known network is first asked for the address it gave before; a killed daemon and its next run lose no packet and no IPv6 address',
  async (lab) => {
    await lab.begin();
    const site = await lab.site();
    await announcePrefix(site);
    const accessPoint = await lab.accessPoint(site, { ssid: 'Home', security: wpa2('correct horse') });
    await lab.user({ Passphrase: 'correct horse' });
    await lab.connect('Home');
    await lab.untilOnline('Home');
    await lab.connman.until('an IPv6 address', () => ipv6Of(lab).Address?.startsWith(PREFIX), 10_000);
    expect(await lab.machine.run('ip -6 route show default')).toMatch(/^default via fe80:/);
    const addresses = await lab.machine.addresses(lab.link);

    const again = async (what: string, act: () => Promise<void>) => {
      const seen = site.dhcp.output.items.length;
      await act();
      await site.dhcp.output.until(`a request ${what}`, () => messages(site, seen).length > 0, 30_000);
      await lab.untilOnline('Home');
      await lab.connman.until('the IPv6 address', () => ipv6Of(lab).Address?.startsWith(PREFIX), 10_000);
      // DHCPDISCOVER joins where the first answer was lost.
      expect({ what, first: messages(site, seen)[0] }).toEqual({ what, first: 'DHCPREQUEST' });
      expect(await lab.machine.addresses(lab.link)).toEqual(addresses);
    };
    await again('after the access point was off', async () => {
      await accessPoint.stop();
      await lab.connman.until('the connection lost', () => lab.stateOf('Home') !== 'online', 30_000);
      await accessPoint.start();
    });
    // The daemon writes its files a little later.
    await lab.passes(10);
    await again('by the next run, which finds the network joined', async () => {
      const ping = lab.machine.start(['ping', '-i', '0.1', site.gateway]);
      await ping.line(/bytes from/);
      const seen = lab.machine.kernel.items.length;
      await lab.stopDaemon('SIGKILL');
      await lab.startDaemon();
      await lab.untilOnline('Home');
      ping.signal('SIGINT');
      await ping.exited;
      expect(ping.output.items.join('\n')).toContain(' 0% packet loss');
      const gone = lab.machine.kernel.items
        .slice(seen)
        .filter((line) => /^Deleted/.test(line) && line.includes(lab.link));
      expect(gone).toEqual([]);
    });
    await lab.passes(10);
    await again('by the next run, which has to join it', async () => {
      await lab.stopDaemon('SIGKILL');
      await lab.backend.stop();
      await lab.backend.start();
      await lab.startDaemon();
    });
  },
  { onlyOurs: true },
);

// Networks whose web is reached through a proxy: one that the user names, or the network by DHCP or DNS (WPAD).
import { Variant } from 'dbus-next';
import { repository } from './lab/host';
import { inLab } from './lab/lab';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';
import type { ConnmanView } from './lab/view';

jest.setTimeout(60_000);

const text = (value: string) => new Variant('s', value);
const manual = new Variant('a{sv}', { Method: text('manual'), Servers: new Variant('as', ['gateway.example:3128']) });
const auto = new Variant('a{sv}', { Method: text('auto') });
// Only the proxy knows the host.
const mainConf = '[General]\nOnlineCheckIPv4URL=http://inside.example/online/status.html\n';

const proxyShown = (connman: ConnmanView) => JSON.stringify(connman.service('eth0')?.properties.Proxy);

onlyOurs('a machine that reaches the web by a proxy alone is online as soon as the user names it (rule 135)', () =>
  inLab(ours, async (lab) => {
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1' });
    const proxy = network.far.start([process.execPath, `${repository}/e2e/netns/lab/forward-proxy.mjs`]);
    await proxy.line(/^listening$/);
    const connman = await lab.startDaemon({ mainConf });
    await network.plug();
    await connman.untilReady('eth0');
    await lab.daemon.line(/online check over IPv4 failed: http:\/\/inside\.example/);
    expect(proxy.output.items).toEqual(['listening']);

    await connman.configure('eth0', 'Proxy.Configuration', manual);

    await connman.untilOnline('eth0');
    expect(proxy.output.items).toContainEqual(
      expect.stringMatching(/^GET http:\/\/inside\.example\/online\/status\.html from=(::ffff:)?10\.77\.1\.1\d\d$/),
    );
  }),
);

onlyOurs('the proxy configuration that DHCP names (option 252), or DNS, is shown to clients (rule 135)', () =>
  inLab(ours, async (lab) => {
    const named = '--dhcp-option=252,http://gateway.example/proxy.pac';
    const network = await lab.network({ link: 'eth0', subnet: '10.77.1', dnsmasq: [named] });
    const connman = await lab.startDaemon();
    await network.plug();
    await connman.untilOnline('eth0');
    await connman.until('the URL', () => /gateway\.example\/proxy\.pac/.test(proxyShown(connman) ?? ''));

    await network.unplug();
    await connman.until('no service', () => connman.service('eth0') === undefined);
    await network.become({ dnsmasq: ['--address=/wpad.lab.example/10.77.1.1'] });
    await network.plug();
    await connman.untilOnline('eth0');
    await connman.configure('eth0', 'Proxy.Configuration', auto);
    await connman.until('the URL', () => /http:\/\/wpad\.lab\.example\/wpad\.dat/.test(proxyShown(connman) ?? ''));
  }),
);

// Portals that speak to programs: the API of RFC 8908 where DHCP or a router names it, WISPr, and what else a network may say
// in place of the internet. The portal is a real one, over TLS with a certificate authority of its own.
import { Variant } from 'dbus-next';
import { makeCertificates } from '../dns/tls-server';
import { Agent } from './lab/agent';
import type { Answer } from './lab/bus';
import type { Child } from './lab/child';
import { repository } from './lab/host';
import { type DaemonOptions, inLab, type Lab } from './lab/lab';
import type { NetworkWish } from './lab/network';
import { onlyOurs } from './lab/only-ours';
import { ours } from './lab/subject';

jest.setTimeout(60_000);

const checked = 'http://ipv4.connman.net/online/status.html';
const api = 'https://portal.example/api';
const userPage = 'https://portal.example/user';

/** A machine with an agent before a network with a portal at portal.example; the machine trusts its certificate. */
async function before(lab: Lab, wish: Partial<NetworkWish> = {}, daemon: DaemonOptions = {}) {
  const dnsmasq = ['--address=/portal.example/10.77.1.1', ...(wish.dnsmasq ?? [])];
  const network = await lab.network({ link: 'eth0', subnet: '10.77.1', ...wish, dnsmasq });
  lab.machine.write('/run/portal-ca.pem', await makeCertificates(network.far, 'DNS:portal.example'));
  const portal = network.far.start([
    process.execPath,
    `${repository}/e2e/netns/lab/portal-server.mjs`,
    '/run/dns.key',
    '/run/dns.pem',
  ]);
  await portal.line(/^listening$/);
  const trusting = { env: { NODE_EXTRA_CA_CERTS: '/run/portal-ca.pem' } };
  const connman = await lab.startDaemon({ ...trusting, ...daemon });
  const agent = await Agent.register(connman.client);
  return { network, portal, connman, agent };
}

async function say(portal: Child, status: object): Promise<void> {
  portal.write(`${JSON.stringify(status)}\n`);
  await portal.line(new RegExp(`^saying .*${JSON.stringify(status).slice(1, 18)}`));
}

function credentials(name: string, password: string): Parameters<Answer> {
  const values = { Username: new Variant('s', name), Password: new Variant('s', password) };
  return [undefined, { signature: 'a{sv}', body: [values] }];
}

onlyOurs('the API that DHCP names shows its page, and says when the session ends (RFC 8910, RFC 8908)', () =>
  inLab(ours, async (lab) => {
    const { network, portal, connman, agent } = await before(lab, { dnsmasq: [`--dhcp-option=114,${api}`] });
    // The check itself gets through, as where a portal lets well-known pages pass.
    await network.plug();
    expect(await agent.next()).toMatchObject({ member: 'RequestBrowser', body: [expect.any(String), userPage] });
    await portal.line(/^GET \/api accept=application\/captive\+json$/);
    expect(connman.serviceState('eth0')).toBe('ready');

    // The agent does not say that the user has been there.
    await say(portal, { captive: false, 'seconds-remaining': 1 });
    await connman.untilOnline('eth0');
    await say(portal, { captive: true, 'user-portal-url': userPage });
    await connman.until('ready again', () => connman.serviceState('eth0') === 'ready');
    expect([(await agent.next()).member, (await agent.next()).member]).toEqual(['Cancel', 'RequestBrowser']);
  }),
);

onlyOurs('an API whose certificate does not hold is not believed: the online check decides', () =>
  inLab(ours, async (lab) => {
    const untrusting = { env: { NODE_EXTRA_CA_CERTS: '' } };
    const { network, connman } = await before(lab, { dnsmasq: [`--dhcp-option=114,${api}`] }, untrusting);
    await network.plug();
    await lab.daemon.line(/https:\/\/portal\.example\/api: .*certificate.*; going by the online check alone/);
    await connman.untilOnline('eth0');
  }),
);

onlyOurs('the API that a router names is asked as well (RFC 8910 section 2.3)', () =>
  inLab(ours, async (lab) => {
    const { network, connman, agent } = await before(lab);
    await network.plug();
    await network.far.run('ip address add fe80::53/64 dev port nodad');
    await connman.untilOnline('eth0');
    await network.far.run(['python3', '-c', advertisement, api]);
    expect(await agent.next()).toMatchObject({ member: 'RequestBrowser', body: [expect.any(String), userPage] });
  }),
);

onlyOurs(
  'a portal that speaks WISPr asks for name and password, again when they are wrong, and then is online (rule 133)',
  () =>
    inLab(ours, async (lab) => {
      const { network, portal, connman, agent } = await before(lab);
      await network.answerWith('secured');
      await network.plug();
      const request = await agent.next();
      expect(request.member).toBe('RequestInput');
      expect(Object.keys(request.body[1] as object)).toEqual(['Username', 'Password']);
      request.answer(...credentials('guest', 'wrong'));
      await portal.line(/^login refused$/);
      await lab.daemon.line(/login at the portal portal\.example failed: no such guest; asking the user again/);

      const again = await agent.next();
      expect(again.member).toBe('RequestInput');
      await network.answerWith('online');
      again.answer(...credentials('guest', 'sesame'));
      await portal.line(/^login accepted$/);
      await connman.untilOnline('eth0');
      expect(lab.daemon.output.tail(200)).not.toMatch(/sesame|wrong/);
    }),
);

onlyOurs.each(['altered', 'authenticate'] as const)(
  'a portal whose answer is %s shows the page that was asked for',
  (answer) =>
    inLab(ours, async (lab) => {
      const { network, connman, agent } = await before(lab);
      await network.answerWith(answer);
      await network.plug();
      expect(await agent.next()).toMatchObject({ member: 'RequestBrowser', body: [expect.any(String), checked] });
      // The user logs in, and the agent has not answered yet.
      await network.answerWith('online');
      await connman.untilOnline('eth0');
    }),
);

onlyOurs('what a portal says of names is forgotten after the login', () =>
  inLab(ours, async (lab) => {
    const lies = ['--address=/#/10.77.1.1', '--local-ttl=600'];
    const { network, connman, agent } = await before(lab, { dnsmasq: lies });
    await network.answerWith('portal');
    await network.plug();
    const request = await agent.next();
    expect(await lab.resolve('shop.example')).toBe('10.77.1.1');

    await network.become({ dnsmasq: ['--address=/shop.example/10.77.1.80', '--local-ttl=600'] });
    expect(await lab.resolve('shop.example')).toBe('10.77.1.1');
    await network.answerWith('online');
    request.answer();
    await connman.untilOnline('eth0');
    expect(await lab.resolve('shop.example')).toBe('10.77.1.80');
  }),
);

/** One router advertisement with a prefix and the URI of the API. */
const advertisement = `
import socket, struct, sys
uri = sys.argv[1].encode()
portal = b"%\\0" + uri
portal += b"\\0" * (-len(portal) % 8)
portal = bytes([37, len(portal) // 8]) + portal[2:]
prefix = struct.pack("!BBBBIII16s", 3, 4, 64, 0xc0, 3600, 3600, 0, socket.inet_pton(socket.AF_INET6, "2001:db8:77:1::"))
out = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
out.bind(("fe80::53", 0, 0, socket.if_nametoindex("port")))
out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
out.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("port"))
out.sendto(struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + prefix + portal, ("ff02::1", 0, 0, socket.if_nametoindex("port")))
`;

// OpenVPN against a real server: the way to ready, credentials, and what happens when the server or the daemon goes.
import { str } from '@connman/dbus';
import { repository } from '../netns/lab/host';
import { offerPrograms } from '../netns/lab/peers';
import { ours } from '../netns/lab/subject';
import { certificates, startOpenVpnServer, tlsCryptKey } from './openvpn-server';
import { isDebianVpnd, plain } from './site';
import { ident, provider, service, withCertificate, withOpenVpn, withPasswords } from './with-openvpn';

jest.setTimeout(90_000);

/** Pushed by a server that brings names and one network. */
const pushes = [
  'push "route 10.99.0.0 255.255.0.0"',
  'push "dhcp-option DNS 10.8.0.1"',
  'push "dhcp-option DOMAIN corp.example"',
];

/** Of our connman-vpnd alone: README.md says what Debian's does instead. */
const onlyOurs = isDebianVpnd ? test.skip : test;

test('a connection from a file comes up, is what the server pushed, and leaves nothing behind', () =>
  withOpenVpn(
    { client: (folder) => provider(folder, ...withCertificate(folder)), server: pushes },
    async ({ site }) => {
      const { lab } = site;
      expect(await lab.connmanctl('connect', service)).toBe(`Connected ${service}`);
      expect(await site.properties(ident)).toMatchObject({
        State: 'ready',
        Type: 'openvpn',
        Name: 'Office',
        Host: '10.77.1.1',
        Domain: 'corp.example',
        Immutable: true,
        SplitRouting: !site.isDebian,
        IPv4: { Address: '10.8.0.2', Netmask: '255.255.255.0' },
        Nameservers: ['10.8.0.1'],
        ServerRoutes: [[{ ProtocolFamily: 4, Network: '10.99.0.0', Netmask: '255.255.0.0' }]],
      });
      expect(await lab.connmanctl('vpnconnections')).toMatch(new RegExp(`^ {2}R Office +${service}$`));
      await site.pingThrough('10.8.0.1');
      expect(await lab.connmanctl('disconnect', service)).toBe(`Disconnected ${service}`);
      // At once, while openvpn is still ending.
      expect(await lab.connmanctl('connect', service)).toBe(`Connected ${service}`);
      await site.connection(ident).call('Disconnect', []);
      expect(await lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
      expect(await lab.machine.run('ls /run/connman-vpn')).toBe('');
    },
  ));

onlyOurs('a server that wants all traffic gets a default route', () =>
  withOpenVpn(
    {
      client: (folder) => provider(folder, ...withCertificate(folder)),
      server: ['push "redirect-gateway def1"'],
    },
    async ({ site }) => {
      await site.lab.connmanctl('connect', service);
      const properties = await site.properties(ident);
      expect(properties).toMatchObject({ State: 'ready', SplitRouting: false });
      expect(properties.ServerRoutes).toContainEqual([
        { ProtocolFamily: 4, Network: '0.0.0.0', Netmask: '0.0.0.0', Gateway: '10.8.0.1' },
      ]);
    },
  ),
);

test('a wrong password is told from an unreachable server, and the right one is taken', () =>
  withOpenVpn(
    {
      client: (folder) => provider(folder, 'OpenVPN.AuthUserPass = -'),
      server: withPasswords,
    },
    async ({ site }) => {
      await site.agent();
      site.answers = [
        { 'OpenVPN.Username': 'alice', 'OpenVPN.Password': 'wrong' },
        { 'OpenVPN.Username': 'alice', 'OpenVPN.Password': 'wonder land' },
      ];
      await site.lab.connmanctl('connect', service);
      const asked = ['Host', 'Name', 'OpenVPN.Password', 'OpenVPN.Username'];
      expect(site.questions.items.map((fields) => [...fields.keys()].sort())).toEqual([
        asked,
        [...asked, 'VpnAgent.AuthFailure'],
      ]);
      const properties = await site.properties(ident);
      expect(properties.State).toBe('ready');
      // Rule 185.
      expect(Object.keys(properties)).not.toContain('OpenVPN.Password');
      expect(site.daemon?.output.tail(200)).not.toMatch(/wonder land/);
      // What worked is remembered while the daemon runs; ConnMan's asks again.
      if (site.isDebian) return;
      await site.lab.connmanctl('disconnect', service);
      await site.until('it idle', () => site.signals.items.includes('State "idle"'));
      await site.lab.connmanctl('connect', service);
      expect(site.questions.items).toHaveLength(2);
      expect((await site.properties(ident)).State).toBe('ready');
    },
  ));

onlyOurs('an agent that wants its answers saved is not asked again after a restart, and no client sees them', () =>
  withOpenVpn(
    { server: withPasswords },
    async ({ site, folder }) => {
      const properties = {
        ...{ Type: 'openvpn', Name: 'Office', Host: '10.77.1.1', Domain: 'lab.example' },
        ...{ 'OpenVPN.CACert': `${folder}/ca.crt`, 'OpenVPN.AuthUserPass': '-' },
      };
      await site.manager.call('Create', [
        Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, str(value)])),
      ]);
      await site.agent();
      site.answers = [{ 'OpenVPN.Username': 'alice', 'OpenVPN.Password': 'wonder land', SaveCredentials: true }];
      await site.connection(ident).call('Connect', []);
      const file = `/var/lib/connman/provider_${ident}/settings`;
      expect(site.lab.machine.read(file)).toMatch(/^OpenVPN\.Password=wonder land$/m);
      expect(await site.lab.machine.run(['stat', '-c', '%a', file])).toBe('600');
      await site.connection(ident).call('Disconnect', []);
      await site.daemon?.stop('SIGTERM');
      await site.start();
      await site.connection(ident).call('Connect', []);
      const shown = await site.properties(ident);
      expect(shown.State).toBe('ready');
      expect(Object.keys(shown)).not.toContain('OpenVPN.Password');
      expect(site.questions.items).toHaveLength(1);
      await site.connection(ident).call('ClearProperty', ['OpenVPN.Password']);
      expect(site.lab.machine.read(file)).not.toMatch(/wonder land/);
    },
    ours,
  ),
);

test('a user who cancels gets the connection back idle', () =>
  withOpenVpn(
    { client: (folder) => provider(folder, 'OpenVPN.AuthUserPass = -'), server: withPasswords },
    async ({ site }) => {
      await site.agent();
      site.answers = [{ error: 'net.connman.vpn.Agent.Error.Canceled' }];
      await site.lab.connmanctl('connect', service);
      await site.until('it idle', () => site.signals.items.at(-1) === 'State "idle"');
      expect(await site.lab.machine.run('ls /run/connman-vpn')).toBe('');
    },
  ));

test('a key behind a passphrase is opened with what the agent says', () =>
  withOpenVpn(
    {
      client: (folder) => provider(folder, `OpenVPN.Cert = ${folder}/client.crt`, `OpenVPN.Key = ${folder}/locked.key`),
    },
    async ({ site }) => {
      await site.agent();
      site.answers = [{ 'OpenVPN.PrivateKeyPassword': 'opensesame' }];
      await site.lab.connmanctl('connect', service);
      expect((await site.properties(ident)).State).toBe('ready');
      expect([...(site.questions.items[0]?.keys() ?? [])]).toContain('OpenVPN.PrivateKeyPassword');
    },
  ));

onlyOurs('a configuration file with everything inline works from a *.config without a group and without a Host', () =>
  withOpenVpn(
    {
      service: 'vpn_office',
      client: () => [
        'Type = OpenVPN',
        'Name = Inline',
        'Host =',
        'Domain =',
        'OpenVPN.ConfigFile = /run/etc/inline.ovpn',
        '',
      ],
    },
    async ({ site }) => {
      const { ca, clientCert, clientKey } = certificates();
      const inline = [
        'client',
        'dev tun',
        'remote 10.77.1.1 1194',
        'nobind',
        'redirect-gateway def1',
        'daemon',
        'verb 0',
      ];
      site.lab.machine.write(
        '/run/etc/inline.ovpn',
        `${inline.join('\n')}\n<ca>\n${ca}</ca>\n<cert>\n${clientCert}</cert>\n<key>\n${clientKey}</key>\n`,
      );
      expect(await site.daemon?.line(/office\.config:1/)).toBeDefined();
      await site.connection('office').call('Connect', []);
      const properties = await site.properties('office');
      expect(properties).toMatchObject({ Name: 'Inline', State: 'ready', SplitRouting: false });
      await site.connection('office').call('Disconnect', []);
      expect(await site.lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
      expect(await site.lab.machine.run('ps ax')).not.toMatch(/openvpn --cd/);
    },
    ours,
  ),
);

onlyOurs('a configuration file that wants a tap link gets one, with networks behind the server', () =>
  withOpenVpn(
    {
      client: (folder) => provider(folder, ...withCertificate(folder), 'OpenVPN.ConfigFile = /run/etc/bridge.ovpn'),
      server: ['dev tap0', ...pushes],
    },
    async ({ site, far }) => {
      await far.run('ip address add 10.99.0.1/32 dev lo');
      site.lab.machine.write('/run/etc/bridge.ovpn', 'client\ndev tap\nnobind\n');
      await site.connection(ident).call('Connect', []);
      await site.untilReady(service);
      expect(await site.lab.machine.run('ip -d link show vpn0')).toMatch(/tun type tap/);
      await site.pingThrough('10.99.0.1');
    },
    ours,
  ),
);

onlyOurs('a configuration file with tls-crypt through a proxy, whose password the agent is asked for', async () => {
  const tlsCrypt = tlsCryptKey();
  await withOpenVpn(
    { server: ['proto tcp-server', '<tls-crypt>', tlsCrypt, '</tls-crypt>'] },
    async ({ site, far }) => {
      const { ca, clientCert, clientKey } = certificates();
      const proxy = far.start([process.execPath, `${repository}/e2e/vpn/http-proxy.cjs`, '3128', 'alice:open sesame']);
      await proxy.line(/listening/);
      const { machine } = site.lab;
      const file = [
        ...['client', 'dev tun', 'remote 10.77.1.1 1194 tcp-client', 'nobind', 'http-proxy 10.77.1.1 3128 auto'],
        ...['<ca>', ca, '</ca>', '<cert>', clientCert, '</cert>', '<key>', clientKey, '</key>'],
        ...['<tls-crypt>', tlsCrypt, '</tls-crypt>', ''],
      ];
      machine.write('/run/etc/proxy.ovpn', file.join('\n'));
      machine.write(
        '/var/lib/connman-vpn/proxied.config',
        [
          ...['[provider_proxied]', 'Type = OpenVPN', 'Name = Proxied', 'Host = 10.77.1.1', 'Domain = proxied'],
          ...['OpenVPN.ConfigFile = /run/etc/proxy.ovpn', ''],
        ].join('\n'),
      );
      const proxied = '10_77_1_1_proxied';
      await site.untilService(`vpn_${proxied}`);
      await site.agent();
      site.answers = [{ 'OpenVPN.ProxyUsername': 'alice', 'OpenVPN.ProxyPassword': 'open sesame' }];
      await site.lab.connmanctl('connect', `vpn_${proxied}`);
      await proxy.line(/^connected 10\.77\.1\.1:1194/);
      expect(await site.properties(proxied)).toMatchObject({ State: 'ready' });
      expect(site.questions.items.map((fields) => [...fields.keys()].slice(2))).toEqual([
        ['OpenVPN.ProxyUsername', 'OpenVPN.ProxyPassword'],
      ]);
      await site.pingThrough('10.8.0.1');
    },
  );
});

onlyOurs(
  'a file with a static challenge through a SOCKS proxy: the agent is asked for all; names as 2.6 pushes them, and IPv6',
  () =>
    withOpenVpn(
      {
        server: [
          ...['proto tcp-server', ...withPasswords, 'server-ipv6 fd08::/64', 'push "route-ipv6 fd99::/64"'],
          ...['push "dns server 1 address 10.8.0.1"', 'push "dns search-domains corp.example"'],
        ],
      },
      async ({ site, far }) => {
        const code = ['wonder land', '123456'].map((text) => Buffer.from(text).toString('base64')).join(':');
        far.write('/run/server/check', `#!/bin/sh\n[ "$(cat "$1")" = "alice\nSCRV1:${code}" ]\n`);
        await offerPrograms(far, 'microsocks');
        const proxy = far.start(['microsocks', '-i', '10.77.1.1', '-p', '1080', '-u', 'proxy', '-P', 'open sesame']);
        const { machine } = site.lab;
        machine.write(
          '/run/etc/challenge.ovpn',
          [
            ...['client', 'dev tun', 'remote 10.77.1.1 1194 tcp-client', 'nobind', 'socks-proxy 10.77.1.1 1080 stdin'],
            ...['auth-user-pass', 'static-challenge "Enter the code" 1', '<ca>', certificates().ca, '</ca>', ''],
          ].join('\n'),
        );
        machine.write(
          '/var/lib/connman-vpn/office.config',
          [
            ...['[provider_office]', 'Type = OpenVPN', 'Name = Office', 'Host = 10.77.1.1', 'Domain = lab.example'],
            ...['OpenVPN.ConfigFile = /run/etc/challenge.ovpn', ''],
          ].join('\n'),
        );
        await site.untilService(service);
        await site.agent();
        const proxyAccount = { 'OpenVPN.ProxyUsername': 'proxy', 'OpenVPN.ProxyPassword': 'open sesame' };
        const account = { 'OpenVPN.Username': 'alice', 'OpenVPN.Password': 'wonder land' };
        site.answers = [{ ...account, 'OpenVPN.ChallengeResponse': '123456' }, proxyAccount];
        await site.lab.connmanctl('connect', service);
        expect(site.questions.items.map((fields) => [...fields.keys()].slice(2))).toEqual([
          [...Object.keys(account), 'OpenVPN.Challenge', 'OpenVPN.ChallengeResponse'],
          Object.keys(proxyAccount),
        ]);
        expect(plain(site.questions.items[0]?.get('OpenVPN.Challenge'))).toMatchObject({ Value: 'Enter the code' });
        expect(await site.properties(ident)).toMatchObject({
          State: 'ready',
          Domain: 'corp.example',
          Nameservers: ['10.8.0.1'],
          IPv6: { Address: 'fd08::1000', PrefixLength: 64 },
          ServerRoutes: [[{ ProtocolFamily: 6, Network: 'fd99::', Netmask: '64' }]],
        });
        await proxy.line(/client.* connected to 10\.77\.1\.1:1194/);
        await site.untilReady(service);
        await site.pingThrough('fd08::1');
      },
      ours,
    ),
);

onlyOurs('openvpn runs as the user that is configured, and no other user gets at its link', () =>
  withOpenVpn(
    { client: (folder) => provider(folder, ...withCertificate(folder)) },
    async ({ site }) => {
      const { machine } = site.lab;
      // As udev has it: any user may open the device, and the link's owner decides.
      await machine.run('mknod -m 666 /run/tun c 10 200');
      await machine.run('mount --bind /run/tun /dev/net/tun');
      machine.write('/etc/connman/vpn-plugin/openvpn.conf', '[DACPrivileges]\nUser = nobody\nGroup = nogroup\n');
      await site.connection(ident).call('Connect', []);
      await site.untilReady(service);
      expect(await machine.run('ps -C openvpn -o user= -o group=')).toMatch(/^nobody +nogroup$/);
      await site.pingThrough('10.8.0.1');
      // TUNSETIFF of the link by its name, with IFF_TUN and IFF_NO_PI.
      const attach =
        'open F, "+<", "/dev/net/tun" and ioctl F, 0x400454ca, $_ = pack("a16Sx22", "vpn0", 4097) or die $!';
      const other = machine.start(['perl', '-e', attach], { uid: 65_533 });
      await other.exited;
      expect(other.output.tail()).toMatch(/Operation not permitted/);
      await site.connection(ident).call('Disconnect', []);
      expect(await machine.run('ip -o link')).not.toMatch(/vpn0/);
      expect(await machine.run('ls /run/connman-vpn')).toBe('');
    },
    ours,
  ),
);

test('a server that restarts is connected to again without help', () =>
  withOpenVpn({ client: (folder) => provider(folder, ...withCertificate(folder)), server: pushes }, async (scene) => {
    const { site, far } = scene;
    await site.lab.connmanctl('connect', service);
    await scene.server.stop('SIGKILL');
    scene.server = await startOpenVpnServer(far, pushes);
    await scene.server.line(/Peer Connection Initiated/, 40_000);
    await site.pingThrough('10.8.0.1', 40);
    expect((await site.properties(ident)).State).toBe('ready');
  }));

onlyOurs('a daemon that is killed finds its tunnel again, and not a packet is lost', () =>
  withOpenVpn(
    { client: (folder) => provider(folder, ...withCertificate(folder)), server: pushes },
    async ({ site }) => {
      // Debian's connmand would disconnect what it has not connected itself.
      await site.connection(ident).call('Connect', []);
      await site.untilReady(service);
      const before = await site.properties(ident);
      const ping = site.lab.start(['ping', '-i', '0.05', '-c', '40', '10.8.0.1']);
      await ping.line(/icmp_seq=2 /);
      await site.daemon?.stop('SIGKILL');
      await site.start();
      expect(await site.properties(ident)).toEqual(before);
      await ping.exited;
      expect(ping.output.tail()).toMatch(/ 0% packet loss/);
      // It is in hand: it can be ended, and nothing is left.
      await site.connection(ident).call('Disconnect', []);
      expect(await site.lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
      expect(await site.lab.machine.run('ls /run/connman-vpn')).toBe('');
    },
    ours,
  ),
);

test('a connection made over the bus is stored, survives a restart, and is removed', () =>
  withOpenVpn({}, async ({ site, folder }) => {
    const { machine } = site.lab;
    const path = await site.manager.call('Create', [
      {
        Type: str('openvpn'),
        Name: str('Made'),
        Host: str('10.77.1.1'),
        Domain: str('lab.example'),
        'OpenVPN.CACert': str(`${folder}/ca.crt`),
        'OpenVPN.Cert': str(`${folder}/client.crt`),
        'OpenVPN.Key': str(`${folder}/client.key`),
        'OpenVPN.Password': str('not for the disk'),
      },
    ]);
    expect(path).toBe(`/net/connman/vpn/connection/${ident}`);
    const stored = machine.read(`/var/lib/connman/provider_${ident}/settings`);
    expect(stored).toMatch(
      /^\[10_77_1_1_lab_example\]\nName=Made\nType=openvpn\nHost=10\.77\.1\.1\nVPN\.Domain=lab\.example\n/,
    );
    expect(stored).not.toMatch(/not for the disk/);
    await site.daemon?.stop('SIGTERM');
    await site.start();
    await site.untilService(service);
    await site.lab.connmanctl('connect', service);
    expect(await site.properties(ident)).toMatchObject({ Name: 'Made', State: 'ready', Immutable: false });
    await site.manager.call('Remove', [path]);
    expect(await site.manager.call('GetConnections', [])).toEqual([]);
    expect(await machine.run('ls /var/lib/connman')).not.toMatch(/provider_/);
    expect(await machine.run('ip -o link')).not.toMatch(/vpn0/);
  }));

onlyOurs('a server that refuses is a failure that says so, and the user may give up before', () =>
  withOpenVpn(
    { client: (folder) => provider(folder, ...withCertificate(folder), 'OpenVPN.Proto = tcp-client') },
    async ({ site }) => {
      const failure = site
        .connection(ident)
        .call('Connect', [])
        .catch((error: unknown) => error);
      await site.daemon?.line(/TCP: connect to .* failed/);
      await site.connection(ident).call('Disconnect', []);
      expect(await failure).toMatchObject({ errorName: 'net.connman.Error.OperationAborted' });
      expect((await site.properties(ident)).State).toBe('idle');
    },
    ours,
  ),
);

onlyOurs(
  'a wrong setting is a failure with what openvpn says about it; the agent gets ReportError, and may ask for a retry',
  () =>
    withOpenVpn(
      { client: (folder) => provider(folder, 'OpenVPN.Cert = /nowhere.crt', 'OpenVPN.Key = /nowhere.key') },
      async ({ site }) => {
        await site.agent();
        site.retries = 1;
        await expect(site.connection(ident).call('Connect', [])).rejects.toMatchObject({
          errorName: 'net.connman.Error.Failed',
          message: expect.stringMatching(/openvpn ended with status 1: Options error: .*nowhere/),
        });
        expect(site.errors.items).toEqual(['connect-failed', 'connect-failed']);
        expect((await site.properties(ident)).State).toBe('failure');
        expect(await site.lab.machine.run('ls /run/connman-vpn')).toBe('');
      },
      ours,
    ),
);

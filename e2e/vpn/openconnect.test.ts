// OpenConnect against ocserv: logging in with a password, the server's certificate, routes, and the daemon's end.
import { ours } from '../netns/lab/subject';
import { ident, service, withOcserv } from './ocserv';
import { isDebianVpnd } from './site';

jest.setTimeout(90_000);

const byPassword = (folder: string) => [
  'OpenConnect.AuthType = userpass',
  `OpenConnect.CACert = ${folder}/ca.crt`,
  'OpenConnect.NoDTLS = true',
  // Its login is never given CACert.
  ...(isDebianVpnd ? ['OpenConnect.AllowSelfSignedCert = true'] : []),
];
/** Of our connman-vpnd alone: README.md says what Debian's does instead. */
const onlyOurs = isDebianVpnd ? test.skip : test;

onlyOurs('a wrong password is asked for again, the right one brings the tunnel up, and nothing is left of it', () =>
  withOcserv({ client: byPassword, server: ['route = 10.99.0.0/255.255.0.0'] }, async (site) => {
    const { lab } = site;
    await site.agent();
    site.answers = [
      { Username: 'alice', Password: 'wrong' },
      { Username: 'alice', Password: 'wonder land' },
    ];
    expect(await lab.connmanctl('connect', service)).toBe(`Connected ${service}`);
    expect(site.questions.items.map((fields) => [...fields.keys()])).toEqual([
      ['Host', 'Name', 'Username', 'Password'],
      ['Host', 'Name', 'VpnAgent.AuthFailure', 'Username', 'Password'],
    ]);
    const properties = await site.properties(ident);
    expect(properties).toMatchObject({
      State: 'ready',
      Domain: 'corp.example',
      SplitRouting: true,
      Nameservers: ['10.9.0.1'],
      ServerRoutes: [[{ ProtocolFamily: 4, Network: '10.99.0.0', Netmask: '255.255.0.0' }]],
    });
    expect(site.daemon?.output.tail(300)).not.toMatch(/wonder land|COOKIE/);
    await site.pingThrough('10.9.0.1');
    expect(await lab.machine.run('ps axww')).not.toMatch(/wonder land/);
    await lab.connmanctl('disconnect', service);
    await site.until('it idle', () => site.signals.items.includes('State "idle"'));
    expect(await lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
    expect(await lab.machine.run('ls /run/connman-vpn')).toBe('');
  }),
);

test('without routes from the server everything goes through the tunnel', () =>
  withOcserv(
    {
      client: (folder) => [...byPassword(folder), 'OpenConnect.Username = alice', 'OpenConnect.Password = wonder land'],
    },
    async (site) => {
      await site.connection(ident).call('Connect', []);
      expect(await site.properties(ident)).toMatchObject({ State: 'ready', SplitRouting: false });
    },
    ours,
  ));

onlyOurs('a certificate of an unknown authority is shown with its fingerprint, and taken when it is pinned', () => {
  let pin = '';
  const login = [
    'OpenConnect.AuthType = userpass',
    'OpenConnect.Username = alice',
    'OpenConnect.Password = wonder land',
  ];
  return withOcserv(
    { client: () => login },
    async (site) => {
      const error = await site
        .connection(ident)
        .call('Connect', [])
        .catch((fault: unknown) => fault as Error);
      pin = /fingerprint is (pin-sha256:\S+),/.exec((error as Error).message)?.[1] ?? '';
      expect(pin).not.toBe('');
      site.lab.machine.write(
        '/var/lib/connman-vpn/any.config',
        [
          ...['[provider_any]', 'Type = OpenConnect', 'Name = Any', 'Host = 10.77.1.1', 'Domain = lab.example'],
          ...[...login, `OpenConnect.ServerCert = ${pin}`, 'OpenConnect.NoDTLS = true', ''],
        ].join('\n'),
      );
      await site.until('the file to be read again', () =>
        site.signals.items.includes(`OpenConnect.ServerCert "${pin}"`),
      );
      await site.connection(ident).call('Connect', []);
      expect((await site.properties(ident)).State).toBe('ready');
    },
    ours,
  );
});

onlyOurs('a certificate of an unknown authority is taken where the file says so; VPNHost is the server then', () =>
  withOcserv(
    {
      client: () => [
        ...['OpenConnect.AuthType = userpass', 'OpenConnect.Username = alice', 'OpenConnect.Password = wonder land'],
        ...['OpenConnect.AllowSelfSignedCert = true', 'OpenConnect.NoDTLS = true'],
        'OpenConnect.VPNHost = 10.77.1.1:443',
      ],
    },
    async (site) => {
      await site.connection(ident).call('Connect', []);
      expect((await site.properties(ident)).State).toBe('ready');
    },
    ours,
  ),
);

onlyOurs('a certificate in PKCS#12: a wrong passphrase is asked for again, with the reason', () =>
  withOcserv(
    {
      client: (folder) => [
        ...['OpenConnect.AuthType = pkcs', `OpenConnect.PKCSClientCert = ${folder}/client.p12`],
        ...[`OpenConnect.CACert = ${folder}/ca.crt`, 'OpenConnect.NoDTLS = true'],
      ],
      server: ['enable-auth = "certificate"', 'ca-cert = /run/ocserv/ca.crt', 'cert-user-oid = 2.5.4.3'],
    },
    async (site) => {
      const folder = '/run/etc/openvpn-client';
      const bundle = ['-in', `${folder}/client.crt`, '-inkey', `${folder}/client.key`, '-out', `${folder}/client.p12`];
      await site.lab.machine.run(['openssl', 'pkcs12', '-export', ...bundle, '-passout', 'pass:opensesame']);
      await site.agent();
      site.answers = ['wrong', 'opensesame'].map((text) => ({ 'OpenConnect.PKCSPassword': text }));
      await site.connection(ident).call('Connect', [], { timeoutMs: 30_000 });
      expect((await site.properties(ident)).State).toBe('ready');
      expect(site.questions.items.map((fields) => [...fields.keys()])).toEqual([
        ['Host', 'Name', 'OpenConnect.PKCSPassword', 'OpenConnect.Prompt'],
        ['Host', 'Name', 'VpnAgent.AuthFailure', 'OpenConnect.PKCSPassword', 'OpenConnect.Prompt'],
      ]);
      expect(site.daemon?.output.tail(300)).not.toMatch(/opensesame/);
    },
    ours,
  ),
);

onlyOurs('a daemon that is killed finds its tunnel again, and not a packet is lost', () =>
  withOcserv(
    {
      client: (folder) => [...byPassword(folder), 'OpenConnect.Username = alice', 'OpenConnect.Password = wonder land'],
    },
    async (site) => {
      await site.connection(ident).call('Connect', []);
      const before = await site.properties(ident);
      await site.untilReady(service);
      const ping = site.lab.start(['ping', '-i', '0.05', '-c', '40', '10.9.0.1']);
      await ping.line(/icmp_seq=2 /);
      await site.kill();
      await site.start();
      expect(await site.properties(ident)).toEqual(before);
      await ping.exited;
      expect(ping.output.tail()).toMatch(/ 0% packet loss/);
      await site.connection(ident).call('Disconnect', []);
      expect(await site.lab.machine.run('ip -o link')).not.toMatch(/vpn0/);
    },
    ours,
  ),
);

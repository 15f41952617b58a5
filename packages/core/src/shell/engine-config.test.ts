import { defaultMainSettings, type MainSettings } from '@connman/settings';
import { bootNameservers, dnsOverTls, engineConfig, nfsRootInterfaces, unkeepable } from './engine-config';
import { parseOptions } from './options';

const keep = () => ({ secret: 1 });

test.each([
  ['root=/dev/nfs ip=10.0.0.2:10.0.0.1:10.0.0.1:255.255.255.0:box:eth0:off', ['eth0']],
  ['quiet nfsroot=10.0.0.1:/srv ip=:::::enp1s0:dhcp rw\n', ['enp1s0']],
  ['root=/dev/nfs ip=dhcp', []],
  ['root=/dev/nfs ip=10.0.0.2:10.0.0.1:10.0.0.1:255.255.255.0:box::off', []],
  ['root=/dev/nfs', []],
  ['root=/dev/sda1 ip=:::::eth0:dhcp', []],
  ['', []],
])('the kernel command line %j reserves %j', (commandLine, interfaces) => {
  expect(nfsRootInterfaces(commandLine)).toEqual(interfaces);
});

test.each(['', '(none)', 'localhost'])('the host name %j is none to tell a server', (hostname) => {
  const options = parseOptions(['-n', '-i', 'eth0,eth1', '-I', 'usb*']);
  if (!options.ok) throw new Error(options.error);
  const config = engineConfig(defaultMainSettings, options.value, { hostname, reservedInterfaces: ['eth9'] }, keep);
  expect(config.hostname).toBe('');
  expect(config.filter).toMatchObject({ only: ['eth0', 'eth1'], never: ['usb*'], reserved: ['eth9'] });
});

test('what main.conf says of services, checks and agents reaches the engine', () => {
  const options = parseOptions([]);
  if (!options.ok) throw new Error(options.error);
  const settings: MainSettings = {
    ...defaultMainSettings,
    defaultFavoriteTechnologies: ['wifi'],
    useGatewaysAsTimeservers: true,
    onlineCheckIPv4URL: 'http://four.example/',
    onlineCheckIPv6URL: 'http://six.example/',
    inputRequestTimeout: 7,
  };
  expect(engineConfig(settings, options.value, { hostname: '', reservedInterfaces: [] }, keep)).toMatchObject({
    defaultFavoriteTechnologies: ['wifi'],
    gatewaysAreTimeservers: true,
    online: { ipv4Url: 'http://four.example/', ipv6Url: 'http://six.example/' },
    agentTimeouts: { inputMs: 7000 },
  });
});

test('the onboarding access point has the name of the host unless another is set, cut to what an SSID holds', () => {
  const options = parseOptions([]);
  if (!options.ok) throw new Error(options.error);
  const onboardingOf = (settings: Partial<MainSettings>, hostname = 'box') =>
    engineConfig({ ...defaultMainSettings, ...settings }, options.value, { hostname, reservedInterfaces: [] }, keep)
      .onboarding;
  const hex = (text: string) => Buffer.from(text).toString('hex');
  expect(onboardingOf({})).toBeUndefined();
  expect(onboardingOf({ onboardingAfter: 60 })).toEqual({ afterMs: 60_000, ssid: hex('box') });
  expect(
    onboardingOf({ onboardingAfter: 60, onboardingName: 'x'.repeat(40), onboardingPassphrase: 'let me in' }),
  ).toEqual({
    ...{ afterMs: 60_000, ssid: hex('x'.repeat(32)) },
    passphrase: { secret: 1 },
  });
});

describe('DNS over TLS', () => {
  const settings: MainSettings = {
    ...defaultMainSettings,
    fallbackNameservers: ['9.9.9.9#dns.quad9.net', '192.0.2.1'],
    dNSOverTLS: 'strict',
    dNSOverTLSServerNames: ['10.8.0.1#dns.corp.example', '9.9.9.9#own.example'],
  };
  const optionsOf = (...args: string[]) => {
    const options = parseOptions(args);
    if (!options.ok) throw new Error(options.error);
    return options.value;
  };

  test('names stand apart from addresses, and those of DNSOverTLSServerNames count before others', () => {
    const machine = { hostname: '', reservedInterfaces: [] };
    expect(engineConfig(settings, optionsOf(), machine, keep)).toMatchObject({
      fallbackNameservers: ['9.9.9.9', '192.0.2.1'],
      dnsOverTls: 'strict',
    });
    expect(dnsOverTls({ ...settings, dNSOverTLSCAFile: '/ca.pem' })).toEqual({
      names: new Map([
        ['9.9.9.9', 'own.example'],
        ['10.8.0.1', 'dns.corp.example'],
      ]),
      caFile: '/ca.pem',
    });
    expect(dnsOverTls(defaultMainSettings)).toEqual({ names: new Map(), caFile: '' });
  });

  test.each([
    [['-r'], {}, [/^DNSOverTLS is "strict", which needs the DNS proxy: with -r .* no name is resolved; leave out/]],
    [['-r'], { dNSOverTLS: 'opportunistic' }, [/^DNSOverTLS is "opportunistic", .* names are asked in the clear/]],
    [['-r'], { dNSOverTLS: 'off' }, []],
    [[], {}, []],
    [[], { dNSOverTLSCAFile: '/ca.pem' }, []],
    [
      [],
      { dNSOverTLSCAFile: '/ca.pem', components: { dhcp: 'hosted', dnsProxy: 'bus', ntp: 'hosted' } },
      [/^DNSOverTLSCAFile does not reach connman-dnsproxyd: give it TlsCaFile/],
    ],
    [
      [],
      {
        dNSOverTLSCAFile: '/ca.pem',
        components: { dhcp: 'hosted', dnsProxy: 'systemd-resolved', ntp: 'hosted' },
      },
      [
        /^FallbackNameservers does not reach systemd-resolved, which has FallbackDNS= of its own/,
        /^DNSOverTLSCAFile does not reach systemd-resolved/,
      ],
    ],
  ] as const)('started with %j and %j it warns of what cannot be kept', (args, over, expected) => {
    expect(unkeepable({ ...settings, ...over }, optionsOf(...args))).toEqual(
      expected.map((pattern) => expect.stringMatching(pattern)),
    );
  });
});

// As net/ipv4/ipconfig.c of Linux prints it.
test.each([
  ['#MANUAL\n', []],
  [
    '#PROTO: DHCP\ndomain lab.example\nnameserver 10.0.2.3\nnameserver 10.0.2.4\nbootserver 10.0.2.2\n',
    ['10.0.2.3', '10.0.2.4'],
  ],
  ['#BOOTP\nnameserver ten\n', []],
  ['', []],
])('of a /proc/net/pnp with %j the name servers are taken (rule 142)', (text, servers) => {
  expect(bootNameservers(text)).toEqual(servers);
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseServer, readConfiguration } from './config';

const file = '/etc/connman/dnsproxy.conf';

test('servers, domains and settings are read', () => {
  const { links, settings, listen, fallback, fallbackTls, hostsFile, problems } = readConfiguration(
    file,
    `[Proxy]
Port=5353
CacheBytes=65536
Listen=10.0.0.1%br0
FallbackServers=9.9.9.9#dns.quad9.net
FallbackTls=opportunistic
HostsFile=
[Servers lan]
Interface=eth0
Servers=192.0.2.53,[2001:db8::53]:5353
[Servers vpn]
Servers=10.8.0.1#dns.corp.example
Domains=corp.example,~8.10.in-addr.arpa
Tls=strict
`,
  );
  expect(problems).toEqual([]);
  expect(settings).toEqual({ port: 5353, cacheBytes: 65_536 });
  expect(listen).toEqual([{ address: '10.0.0.1', interfaceName: 'br0' }]);
  expect(fallback).toEqual([{ address: '9.9.9.9', tlsName: 'dns.quad9.net' }]);
  expect(fallbackTls).toBe('opportunistic');
  expect(hostsFile).toBe('');
  expect(links).toEqual([
    {
      ifindex: 2 ** 30,
      interfaceName: 'eth0',
      servers: [{ address: '192.0.2.53' }, { address: '2001:db8::53', port: 5353 }],
      domains: [],
      isDefault: true,
      tls: 'off',
    },
    {
      ifindex: 2 ** 30 + 1,
      interfaceName: '',
      servers: [{ address: '10.8.0.1', tlsName: 'dns.corp.example' }],
      domains: [
        { name: 'corp.example', search: true },
        { name: '8.10.in-addr.arpa', search: false },
      ],
      isDefault: false,
      tls: 'strict',
    },
  ]);
});

test('what is wrong is told with its line, and the rest counts', () => {
  const { links, problems } = readConfiguration(
    file,
    '[Proxy]\nPort=0\nLisen=x\n[Server]\n[Servers]\nServers=one,192.0.2.1\n',
  );
  expect(problems.map(({ line, found }) => [line, found])).toEqual([
    [4, '[Server]'],
    [5, 'one'],
    [2, '0'],
    [3, 'x'],
  ]);
  expect(links[0]?.servers).toEqual([{ address: '192.0.2.1' }]);
});

test.each(['', '1.2.3', '1.2.3.4:0', '1.2.3.4:99999', '[1::2', '2001:db8::1:', 'name'])('%p is no server', (text) => {
  expect(parseServer(text)).toBeUndefined();
});

test('an IPv6 address needs no brackets where there is no port', () => {
  expect(parseServer('2001:db8::53')).toEqual({ address: '2001:db8::53' });
});

describe('a server that is named with an interface', () => {
  const linksOf = (text: string) => {
    const { links, problems } = readConfiguration(file, text);
    return { links: links.map((l) => [l.interfaceName, l.servers]), found: problems.map((problem) => problem.found) };
  };

  test.each([
    ['fe80::53%eth0', { address: 'fe80::53' }],
    ['[fe80::53%eth0]:5353', { address: 'fe80::53', port: 5353 }],
    ['[fe80::53%eth0]:853#dns.example', { address: 'fe80::53', port: 853, tlsName: 'dns.example' }],
    ['192.0.2.53%eth0', { address: '192.0.2.53' }],
  ])('is asked by it: %s', (text, server) => {
    const expected = { links: [['eth0', [server]]], found: [] };
    expect(linksOf(`[Servers]\nServers=${text}\n`)).toEqual(expected);
    expect(linksOf(`[Servers]\nInterface=eth0\nServers=${text}\n`)).toEqual(expected);
  });

  test('is a link of its own beside the others of its group, with the same domains', () => {
    const { links } = readConfiguration(
      file,
      '[Servers]\nServers=192.0.2.1,fe80::1%eth0,192.0.2.2,fe80::2%eth0\nDomains=a.example\n',
    );
    const common = { domains: [{ name: 'a.example', search: true }], isDefault: false, tls: 'off' };
    expect(links).toEqual([
      { ...common, ifindex: 2 ** 30, interfaceName: '', servers: [{ address: '192.0.2.1' }, { address: '192.0.2.2' }] },
      {
        ...common,
        ifindex: 2 ** 30 + 1,
        interfaceName: 'eth0',
        servers: [{ address: 'fe80::1' }, { address: 'fe80::2' }],
      },
    ]);
  });

  test('cannot be of a group with another', () => {
    const text = '[Servers]\nInterface=eth1\nServers=fe80::1%eth0,192.0.2.1\n';
    expect(linksOf(text)).toEqual({ links: [['eth1', [{ address: '192.0.2.1' }]]], found: ['fe80::1%eth0'] });
  });

  test('is the only kind with a link-local address, and no fallback', () => {
    expect(linksOf('[Servers]\nServers=fe80::1,[fe80::1%]:53\n').found).toEqual(['fe80::1', '[fe80::1%]:53']);
    const { fallback, problems } = readConfiguration(file, '[Proxy]\nFallbackServers=9.9.9.9,fe80::1%eth0,fe80::2\n');
    expect(fallback).toEqual([{ address: '9.9.9.9' }]);
    expect(problems.map((problem) => problem.found).sort()).toEqual(['fe80::1%eth0', 'fe80::2']);
  });
});

test('the example file fits, as it is and with every key in it', () => {
  const example = readFileSync(path.resolve(__dirname, '../../../tools/packaging/dnsproxy.conf'), 'utf8');
  const whole = example.replaceAll(/^#(?=\w+=|\[)/gm, '');
  expect(whole.match(/^(\w+=|\[)/gm)?.length).toBeGreaterThan(example.match(/^(\w+=|\[)/gm)?.length ?? 0);
  for (const text of [example, whole]) expect(readConfiguration('dnsproxy.conf', text).problems).toEqual([]);
  expect(readConfiguration('dnsproxy.conf', example).links).toMatchObject([{ isDefault: true, tls: 'strict' }]);
});

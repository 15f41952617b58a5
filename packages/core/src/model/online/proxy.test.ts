import { manualProxyFor, proxyOfPacAnswer } from './proxy';

const manual = (servers: string[], excludes: string[] = []) =>
  ({ method: 'manual', url: '', servers, excludes }) as const;

test.each([
  ['proxy.test:3128', { hostname: 'proxy.test', port: 3128 }],
  ['http://proxy.test:911', { hostname: 'proxy.test', port: 911 }],
  ['proxy.test', { hostname: 'proxy.test', port: 80 }],
  ['[2001:db8::1]:8080', { hostname: '[2001:db8::1]', port: 8080 }],
  ['socks5://proxy.test:1080', undefined],
  ['localhost:3128', undefined],
  ['127.0.0.1:3128', undefined],
  ['[::1]:3128', undefined],
  ['not a server', undefined],
  ['', undefined],
])('the server "%s" of a user', (server, expected) => {
  expect(manualProxyFor(manual([server]), 'check.test')).toEqual(expected);
});

test('a server of another kind is passed over for the next one', () => {
  expect(manualProxyFor(manual(['socks4://one:1', 'two:2', 'three:3']), 'check.test')?.hostname).toBe('two');
});

test.each([
  ['check.test', true],
  ['test', true],
  ['.test', true],
  ['*.test', true],
  ['CHECK.test', true],
  ['*', true],
  ['heck.test', false],
  ['other.test', false],
  ['', false],
])('a host is excluded by "%s": %s', (pattern, excluded) => {
  expect(manualProxyFor(manual(['proxy:1'], [pattern]), 'check.test') === undefined).toBe(excluded);
});

test.each([
  ['PROXY proxy.test:3128; DIRECT', 'proxy.test'],
  ['proxy proxy.test:3128', 'proxy.test'],
  ['SOCKS s:1; HTTP proxy.test:3128;', 'proxy.test'],
  ['DIRECT; PROXY proxy.test:3128', undefined],
  ['DIRECT', undefined],
  ['PROXY', undefined],
  ['', undefined],
])('a PAC file that answers "%s"', (answer, hostname) => {
  expect(proxyOfPacAnswer(answer)?.hostname).toBe(hostname);
});

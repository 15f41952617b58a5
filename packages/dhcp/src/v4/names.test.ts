import { domainNameOf, webUrlOf } from './names';

test.each(['a', 'lab.example', 'A-b_c.example.org', `${'a'.repeat(63)}.b`, '_tcp.example', 'xn--bcher-kva.example'])(
  '%s is a name',
  (name) => {
    expect(domainNameOf(name)).toBe(name);
    expect(domainNameOf(`${name}.`)).toBe(name);
  },
);

test.each([
  '',
  '.',
  '..',
  'a..b',
  '.a',
  '-a',
  'a-',
  'a b',
  'a\n',
  'a;b',
  "a'b",
  'a/b',
  '$(x)',
  'bücher.example',
  'a\0b',
  'a'.repeat(64),
  `${'a.'.repeat(126)}ab`,
])('%j is no name', (text) => {
  expect(domainNameOf(text)).toBeUndefined();
});

test.each(['http://wpad.example/wpad.dat', 'https://portal.example/api?a=b&c=%20#d', 'HTTP://[2001:db8::1]:80/'])(
  '%s is a URL',
  (url) => {
    expect(webUrlOf(url)).toBe(url);
    expect(webUrlOf(`${url}\n`)).toBe(url);
  },
);

test.each([
  '',
  'http://',
  'https://',
  'http:/x',
  'ftp://x/',
  'file:///etc/passwd',
  'javascript:1',
  'http://x/ y',
  'http://x/\u001b',
  'http://x/"',
  'http://x/<y>',
  `http://${'x'.repeat(2048)}`,
])('%j is no URL for us', (text) => {
  expect(webUrlOf(text)).toBeUndefined();
});

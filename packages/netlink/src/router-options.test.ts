import { frames, messages } from '../test/frames';
import { decodeEvent } from './kernel-event';
import { decodeRouterOptions } from './router-options';
import { MessageReader } from './wire';

/** The kernel's word on one router advertisement: struct nduseroptmsg of link 7, these options, the router's address. */
function message(
  options: readonly number[],
  head: { family?: number; type?: number; length?: number } = {},
): Uint8Array {
  const { family = 10, type = 134, length = options.length } = head;
  const body = new Uint8Array(16 + options.length + 20);
  const native = (at: number, value: number) => body.set(new Uint8Array(Uint16Array.of(value).buffer), at);
  body[0] = family;
  native(2, length);
  body.set(new Uint8Array(Int32Array.of(7).buffer), 4);
  body[8] = type;
  body.set(options, 16);
  native(16 + options.length, 20);
  native(18 + options.length, 1);
  return body;
}

const decode = (body: Uint8Array) => decodeRouterOptions(body, 0, body.length);
const bytesOf = (text: string) => [...Buffer.from(text, 'latin1')];
const name = (text: string) => [...text.split('.').flatMap((label) => [label.length, ...bytesOf(label)]), 0];
const hex = (text: string) => [...Buffer.from(text.replaceAll(' ', ''), 'hex')];
const padded = (bytes: readonly number[]) => [...bytes, ...new Array((8 - (bytes.length % 8)) % 8).fill(0)];
const option = (type: number, lifetime: string, content: readonly number[]) => {
  const filled = padded(content);
  return [type, 1 + filled.length / 8, 0, 0, ...hex(lifetime), ...filled];
};
const rdnss = (lifetime: string, ...addresses: string[]) => option(25, lifetime, addresses.flatMap(hex));
const dnssl = (lifetime: string, ...content: number[][]) => option(31, lifetime, content.flat());

const first = '20010db8 00000000 00000000 00000053';
const linkLocal = 'fe800000 00000000 00000000 00000001';

test('what Linux passes on of an advertisement of dnsmasq’s: servers, search domains, and nothing of what is not about names', () => {
  const events = messages(frames('router-options')).map(({ bytes }) => {
    const reader = new MessageReader(bytes);
    reader.next();
    const event = decodeEvent(reader);
    return event.ok ? event.value : event.error;
  });
  const forever = { lifetimeSeconds: 0xffffffff };
  // The first is the prefix, of which the kernel has made an address itself.
  expect(events).toEqual([
    undefined,
    {
      kind: 'router-options',
      ifindex: 2,
      options: [{ kind: 'search-domains', domains: ['lab.example', 'two.example'], ...forever }],
    },
    {
      kind: 'router-options',
      ifindex: 2,
      options: [{ kind: 'nameservers', addresses: ['2001:db8:77:1::53', 'fe80::53'], ...forever }],
    },
  ]);
});

test('several options in one message, each with its lifetime; others between them are passed over', () => {
  const pref64 = [38, 2, ...new Array(14).fill(0xff)];
  const options = [
    ...rdnss('00000708', first),
    ...pref64,
    ...dnssl('00000000', name('lab.example')),
    ...rdnss('0000000a', linkLocal, first),
  ];
  expect(decode(message(options))).toEqual({
    ok: true,
    value: {
      ifindex: 7,
      options: [
        { kind: 'nameservers', addresses: ['2001:db8::53'], lifetimeSeconds: 1800 },
        { kind: 'search-domains', domains: ['lab.example'], lifetimeSeconds: 0 },
        { kind: 'nameservers', addresses: ['fe80::1', '2001:db8::53'], lifetimeSeconds: 10 },
      ],
    },
  });
});

test.each([
  ['of another family', message(rdnss('00000708', first), { family: 2 })],
  ['of another ICMPv6 message', message(rdnss('00000708', first), { type: 137 })],
  ['without options', message([])],
  ['with none about names', message([38, 2, ...new Array(14).fill(0xff)])],
])('a message %s says nothing', (_, body) => {
  expect(decode(body)).toEqual({ ok: true, value: undefined });
});

test.each<[what: string, body: Uint8Array, reason: RegExp]>([
  ['cut short in its header', message([]).subarray(0, 15), /header cut short/],
  ['that promises more than it has', message(rdnss('00000708', first), { length: 200 }), /options cut short/],
  ['whose option has no length', message([25, 0, 0, 0, 0, 0, 0, 0]), /length does not fit/],
  ['whose option is longer than all', message([25, 9, 0, 0, 0, 0, 0, 0]), /length does not fit/],
  ['that ends within an option’s first bytes', message([25]), /length does not fit/],
  ['with RDNSS of no address', message(option(25, '00000708', [])), /RDNSS of a wrong length/],
  ['with RDNSS of half an address', message(option(25, '00000708', hex(first).slice(0, 8))), /RDNSS of a wrong length/],
  [
    'with a multicast address',
    message(rdnss('00000708', 'ff020000 00000000 00000000 00000001')),
    /RDNSS with ff02::1, which/,
  ],
  [
    'with the loopback address',
    message(rdnss('00000708', first, '00000000 00000000 00000000 00000001')),
    /RDNSS with ::1, which/,
  ],
  ['with no address at all', message(rdnss('00000708', '00000000 00000000 00000000 00000000')), /RDNSS with ::, which/],
  [
    'with an IPv4 address in disguise',
    message(rdnss('00000708', '00000000 00000000 0000ffff 7f000001')),
    /RDNSS with ::ffff:127.0.0.1, which/,
  ],
  ['with DNSSL of no name', message(dnssl('00000708', [0])), /DNSSL without a domain name/],
  ['with DNSSL and nothing behind its lifetime', message(dnssl('00000708')), /DNSSL without a domain name/],
  ['with a name that does not end', message(dnssl('00000708', [7, ...bytesOf('example')])), /what is no domain name/],
  ['with a compressed name', message(dnssl('00000708', [0xc0, 0x08])), /what is no domain name/],
  [
    'with a second name that is none',
    message(dnssl('00000708', name('a.example'), [1, 0x20, 0])),
    /what is no domain name/,
  ],
  [
    'with a line break in a name',
    message(dnssl('00000708', [9, ...bytesOf('a\nsearch '), 0])),
    /what is no domain name/,
  ],
  [
    'with a name of 256 bytes',
    message(dnssl('00000708', name([...new Array(3).fill('a'.repeat(63)), 'b'.repeat(62)].join('.')))),
    /what is no domain name/,
  ],
])('a message %s is a fault', (_, body, reason) => {
  expect(decode(body)).toMatchObject({
    ok: false,
    error: { layer: 'router advertisement', reason: expect.stringMatching(reason) },
  });
});

test('a captive portal option is its URI, without the zeros that fill it up (RFC 8910 section 2.3)', () => {
  const uri = 'https://example.org/captive-portal/api';
  const portal = (text: string) => {
    const filled = padded([0, 0, ...bytesOf(text)]).slice(2);
    return [37, (filled.length + 2) / 8, ...filled];
  };
  expect(decode(message(portal(uri)))).toEqual({
    ok: true,
    value: { ifindex: 7, options: [{ kind: 'captive-portal', uri }] },
  });
  expect(decode(message(portal('')))).toMatchObject({ ok: false });
  expect(decode(message(portal('https://a/\n#')))).toMatchObject({ ok: false });
});

test('a name of 255 bytes is one', () => {
  const longest = [...new Array(3).fill('a'.repeat(63)), 'b'.repeat(61)].join('.');
  const options = [{ kind: 'search-domains', domains: [longest], lifetimeSeconds: 1 }];
  expect(decode(message(dnssl('00000001', name(longest))))).toEqual({ ok: true, value: { ifindex: 7, options } });
});

test('every change of a byte of a message with both options returns', () => {
  const whole = message([
    ...rdnss('00000708', first, linkLocal),
    ...dnssl('00000708', name('lab.example'), name('b.example')),
  ]);
  let decoded = 0;
  for (let at = 0; at < whole.length; at++) {
    for (let value = 0; value < 256; value++) {
      const body = whole.slice();
      body[at] = value;
      if (typeof decode(body).ok === 'boolean') decoded++;
    }
  }
  expect(decoded).toBe(256 * whole.length);
});

test('PREF64: the prefix by its length code, the lifetime in units of 8 s (RFC 8781 section 4)', () => {
  const pref64 = (scaled: string, prefix: string) => [38, 2, ...hex(scaled), ...hex(prefix)];
  const decoded = (option: readonly number[]) => {
    const options = decode(message(option));
    return options.ok ? options.value?.options : options.error.reason;
  };
  // 600 s: 75 units, and the code 0 for a /96.
  const wellKnown = { address: '64:ff9b::', length: 96 };
  expect(decoded(pref64('0258', '0064ff9b 00000000 00000000'))).toEqual([
    { kind: 'nat64', prefix: wellKnown, lifetimeSeconds: 600 },
  ]);
  // Bits beyond the length do not count.
  expect(decoded(pref64('0005', '20010db8 ffffffff ffffffff'))).toEqual([
    { kind: 'nat64', prefix: { address: '2001:db8::', length: 32 }, lifetimeSeconds: 0 },
  ]);
  expect(decoded(pref64('0006', '20010db8 00000000 00000000'))).toBeUndefined();
  expect(decoded([38, 1, 0, 0, 0, 0, 0, 0])).toMatch(/wrong length/);
});

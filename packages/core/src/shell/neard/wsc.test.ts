import { decodeCredential, encodeCredential } from './wsc';

const text = (value: string) => new TextEncoder().encode(value);
const attribute = (type: number, value: Uint8Array) =>
  Uint8Array.of(type >> 8, type & 0xff, value.length >> 8, value.length & 0xff, ...value);
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const ssid = attribute(0x1045, text('Home'));
const psk = attribute(0x1003, Uint8Array.of(0x00, 0x20));
const key = attribute(0x1027, text('correct horse'));
const home = { ok: true, value: { ssid: text('Home'), key: 'correct horse' } };

test.each([{ ssid: text('Home'), key: 'correct horse' }, { ssid: text('Cafe') }])(
  'what is written reads as %o',
  (one) => {
    expect(decodeCredential(encodeCredential(one))).toEqual({ ok: true, value: one });
  },
);

test.each([
  ['a credential', attribute(0x100e, join(ssid, psk, key))],
  ['attributes without one', join(ssid, psk, key)],
  ['the first of several', join(attribute(0x100e, join(ssid, psk, key)), attribute(0x100e, join(ssid)))],
  [
    'attributes that are not known',
    join(attribute(0x104a, Uint8Array.of(0x10)), attribute(0x100e, join(key, psk, ssid))),
  ],
  ['a key with a zero byte behind it', join(ssid, psk, attribute(0x1027, text('correct horse\0')))],
])('it reads %s', (_, bytes) => {
  expect(decodeCredential(bytes)).toEqual(home);
});

test.each([
  ['nothing', new Uint8Array(), 'it has no network name'],
  ['no key', join(ssid, psk), 'it has no key'],
  [
    '802.1X',
    join(ssid, attribute(0x1003, Uint8Array.of(0, 0x10)), key),
    'its network is neither open nor has a passphrase',
  ],
  ['a name that is too long', join(attribute(0x1045, new Uint8Array(33)), psk, key), 'it has no network name'],
  [
    'a password for WPS',
    attribute(0x102c, new Uint8Array(38)),
    'it is a password for WPS and names no network; hand over the network itself',
  ],
])('of %s it says what is wrong', (_, bytes, error) => {
  expect(decodeCredential(bytes)).toEqual({ ok: false, error });
});

test('every truncation is refused or reads without what was cut, and no flipped bit throws', () => {
  const bytes = encodeCredential({ ssid: text('Home'), key: 'correct horse' });
  for (let length = 1; length < bytes.length; length++)
    expect(decodeCredential(bytes.subarray(0, length)).ok).toBe(false);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(() => decodeCredential(changed)).not.toThrow();
  }
});

import { decodeSecurity } from './elements';

const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Elements as access points send them: SSID, rates and channel in front. */
const head = '00 04 486f6d65 01 08 82848b960c121824 03 01 06 ';
const beacons = {
  open: bytes(head),
  wpa2: bytes(`${head} 30 14 0100 000fac04 0100 000fac04 0100 000fac02 0000`),
  wpa3: bytes(`${head} 30 14 0100 000fac04 0100 000fac04 0100 000fac08 c000`),
  transition: bytes(`${head} 30 18 0100 000fac04 0100 000fac04 0200 000fac02 000fac08 8000`),
  wpa1: bytes(`${head} dd 16 0050f201 0100 0050f202 0100 0050f202 0100 0050f202`),
  enterprise: bytes(`${head} 30 14 0100 000fac04 0100 000fac04 0100 000fac01 0000`),
  suiteB: bytes(`${head} 30 14 0100 000fac09 0100 000fac09 0100 000fac0c c000`),
  owe: bytes(`${head} 30 14 0100 000fac04 0100 000fac04 0100 000fac12 c000`),
  oweTwin: bytes(`${head} dd 0f 506f9a1c 020000000201 04 43616665`),
  wpsButton: bytes(`${head} dd 19 0050f204 104a000110 1044000102 1041000101 10120002 0004`),
  wps: bytes(`${head} dd 0e 0050f204 104a000110 1044000102`),
};

const none = {
  psk: false,
  sae: false,
  eap: false,
  suiteB192Only: false,
  owe: false,
  twin: '',
  wpa: false,
  wps: false,
  wpsPushButton: false,
};

test.each([
  ['open', {}],
  ['wpa2', { wpa: true, psk: true }],
  ['wpa3', { wpa: true, sae: true }],
  ['transition', { wpa: true, psk: true, sae: true }],
  ['wpa1', { wpa: true, psk: true }],
  ['enterprise', { wpa: true, eap: true }],
  ['suiteB', { wpa: true, eap: true, suiteB192Only: true }],
  ['owe', { wpa: true, owe: true }],
  ['oweTwin', { owe: true, twin: '43616665' }],
  ['wpsButton', { wps: true, wpsPushButton: true }],
  ['wps', { wps: true }],
] as const)('the beacon "%s" offers what it says', (name, offers) => {
  expect(decodeSecurity(beacons[name])).toEqual({ ...none, ...offers });
});

test('a beacon cut short anywhere offers no more than the whole one', () => {
  for (const beacon of Object.values(beacons)) {
    const whole = decodeSecurity(beacon);
    for (let length = 0; length < beacon.length; length++) {
      const part = decodeSecurity(beacon.subarray(0, length));
      for (const key of ['psk', 'sae', 'owe', 'wps'] as const) expect(part[key] && !whole[key]).toBe(false);
    }
  }
});

test('any single byte of a beacon may be another without an exception', () => {
  for (const beacon of Object.values(beacons))
    for (let at = 0; at < beacon.length; at++)
      for (let flip = 1; flip < 256; flip += 7) {
        const broken = beacon.slice();
        broken[at] = (broken[at] as number) ^ flip;
        expect(() => decodeSecurity(broken)).not.toThrow();
      }
});

import { decodeKeyAnswer, encodeKeyRequest } from './records';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));

/** Protocol NTPv4, AES-SIV-CMAC-256, two cookies, another server and port, the end. */
const whole = bytes(
  '8001 0002 0000  8004 0002 000f  0005 0004 01020304  0005 0004 05060708  0006 0003 612e62  0007 0002 007c  8000 0000',
);

test('NTPv4 and AES-SIV-CMAC-256 are asked for', () => {
  expect(encodeKeyRequest()).toEqual(bytes('8001 0002 0000 8004 0002 000f 8000 0000'));
});

test('cookies, server and port are read', () => {
  expect(decodeKeyAnswer(whole)).toEqual({
    ok: true,
    value: { cookies: [bytes('01020304'), bytes('05060708')], server: 'a.b', port: 124 },
  });
});

test('an answer that is not whole yet is waited for, wherever it is cut', () => {
  for (let length = 0; length < whole.length; length++)
    expect(decodeKeyAnswer(whole.subarray(0, length))).toBeUndefined();
});

test.each([
  ['an error', '8002 0002 0001', 'it calls our request bad'],
  ['an unknown error', '8002 0002 0009', 'it reports error 9'],
  ['a warning', '8003 0002 0005', 'it reports warning 5'],
  ['a critical record that is unknown', '8099 0000', 'its record 153 is critical and unknown'],
  ['no protocol', '8004 0002 000f 0005 0001 01 8000 0000', 'it does not offer NTPv4'],
  ['no protocol in common', '8001 0000 8004 0002 000f 0005 0001 01 8000 0000', 'it does not offer NTPv4'],
  [
    'another algorithm',
    '8001 0002 0000 8004 0002 0010 0005 0001 01 8000 0000',
    'it does not offer AEAD_AES_SIV_CMAC_256',
  ],
  ['no cookie', '8001 0002 0000 8004 0002 000f 8000 0000', 'it gave no cookie'],
])('%s is said in words', (_what, hex, error) => {
  expect(decodeKeyAnswer(bytes(hex))).toEqual({ ok: false, error });
});

test('unknown records that are not critical, cookies of absurd length and a ninth cookie are left out', () => {
  const cookie = '0005 0001 09';
  const long = `0005 0400 ${'00'.repeat(1024)}`;
  const answer = decodeKeyAnswer(
    bytes(`0099 0001 00 8001 0002 0000 8004 0002 000f ${long} ${cookie.repeat(9)} 8000 0000`),
  );
  expect(answer).toMatchObject({ ok: true });
  expect(answer?.ok && answer.value.cookies).toHaveLength(8);
});

test('no single changed byte makes it throw', () => {
  for (let at = 0; at < whole.length; at++) {
    for (let value = 0; value < 256; value++) {
      const changed = whole.slice();
      changed[at] = value;
      expect(() => decodeKeyAnswer(changed)).not.toThrow();
    }
  }
});

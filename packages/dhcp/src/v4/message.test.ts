import * as fc from 'fast-check';
import { clientMac, ip } from '../../test/scripted-server';
import { type DhcpMessage, decodeMessage, encodeMessage } from './message';

const message: DhcpMessage = {
  op: 'reply',
  xid: 0x12345678,
  secs: 3,
  broadcast: true,
  ciaddr: ip('0.0.0.0'),
  yiaddr: ip('192.0.2.10'),
  siaddr: ip('192.0.2.1'),
  giaddr: ip('0.0.0.0'),
  chaddr: clientMac,
  options: new Map([
    [53, Uint8Array.of(5)],
    [1, Uint8Array.of(255, 255, 255, 0)],
    [15, Uint8Array.from(Buffer.from('example.org'))],
    [250, Uint8Array.from({ length: 300 }, (_, i) => i & 255)],
  ]),
};

function encoded(changes: Partial<DhcpMessage> = {}, limit?: number): Uint8Array {
  const bytes = encodeMessage({ ...message, ...changes }, limit);
  if (!bytes) throw new Error('it does not fit');
  return bytes;
}

test('what was encoded is decoded, an option of 300 bytes in two pieces included (RFC 3396)', () => {
  expect(decodeMessage(encoded())).toEqual({ ok: true, value: message });
});

test('options that find no room go to the file and sname fields and are found there (option 52)', () => {
  const long = new Map([...message.options].filter(([code]) => code !== 250));
  long.set(
    250,
    Uint8Array.from({ length: 120 }, (_, i) => i),
  );
  const bytes = encoded({ options: long }, 300);
  expect(bytes.length).toBeLessThanOrEqual(300);
  expect(decodeMessage(bytes)).toEqual({ ok: true, value: { ...message, options: long } });
});

test('every truncation and every changed byte of a message gives a result, and soon', () => {
  const whole = encoded();
  for (let length = 0; length < 240; length++) expect(decodeMessage(whole.subarray(0, length)).ok).toBe(false);
  for (let at = 0; at < whole.length; at++) {
    for (const flip of [0x01, 0x80, 0xff]) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] as number) ^ flip;
      expect(typeof decodeMessage(damaged).ok).toBe('boolean');
    }
  }
});

test.each<[string, number, number]>([
  ['neither request nor reply', 0, 3],
  ['not Ethernet', 1, 6],
  ['not Ethernet', 2, 16],
  ['a BOOTP message', 236, 0],
])('%s: the reason is given', (reason, at, value) => {
  const message = encoded();
  message[at] = value;
  expect(decodeMessage(message)).toMatchObject({ ok: false, error: { reason: expect.stringContaining(reason) } });
});

test('random options survive encoding and decoding', () => {
  const anyOptions = fc.uniqueArray(
    fc.tuple(
      fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52),
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
    ),
    { maxLength: 6, selector: ([code]) => code },
  );
  fc.assert(
    fc.property(anyOptions, (list) => {
      const options = new Map(list);
      const decoded = decodeMessage(encoded({ options }));
      expect(decoded.ok && decoded.value.options).toEqual(options);
    }),
    { numRuns: 200, seed: 5 },
  );
});

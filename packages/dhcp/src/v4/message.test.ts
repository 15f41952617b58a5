import * as fc from 'fast-check';
import { clientMac, ip } from '../../test/scripted-server';
import { type DhcpMessage, decodeMessage, encodeMessage } from './message';
import { option, readOption } from './options';
import { decodeUdp, encodeUdp } from './udp';

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

/** An ACK as dnsmasq 2.90 sent it over a veth pair. */
const captured = Uint8Array.from(
  Buffer.from(
    `0201060011223344000000000000000a4d01660a4d010100000000525400123456${'00'.repeat(10)}${'00'.repeat(192)}63825363` +
      `350105360 40a4d010133040000003c3a040000001e3b04000000341c040a4d01ff0104ffffff000f086c61622e7465737403040a4d010106040a4d0101ff`.replace(
        / /g,
        '',
      ),
    'hex',
  ),
);

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

test('a captured ACK is read', () => {
  const decoded = decodeMessage(captured);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  expect(decoded.value).toMatchObject({ op: 'reply', xid: 0x11223344, chaddr: clientMac });
  expect(readOption(decoded.value.options, option.serverIdentifier)).toBe('10.77.1.1');
  expect(readOption(decoded.value.options, option.leaseTime)).toBe(60);
  expect(readOption(decoded.value.options, option.domainName)).toBe('lab.test');
});

test('every truncation and every changed byte of a message gives a result, and soon', () => {
  for (const frame of [captured, encoded()]) {
    for (let length = 0; length < frame.length; length++) decodeMessage(frame.subarray(0, length));
    for (let at = 0; at < frame.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = frame.slice();
        damaged[at] = (damaged[at] as number) ^ flip;
        const result = decodeMessage(damaged);
        expect(typeof result.ok).toBe('boolean');
      }
    }
  }
  expect(decodeMessage(captured.subarray(0, 239)).ok).toBe(false);
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

test('UDP in IP: a right checksum passes, a wrong one is refused, one to be filled in later is not looked at', () => {
  const source = { address: ip('192.0.2.1'), port: 67 };
  const destination = { address: ip('192.0.2.10'), port: 68 };
  const packet = encodeUdp({ source, destination, payload: encoded() });
  expect(decodeUdp(packet, false)).toMatchObject({ ok: true, value: { source, destination } });
  const damaged = packet.slice();
  damaged[26] = (damaged[26] as number) ^ 0xff;
  expect(decodeUdp(damaged, false).ok).toBe(false);
  expect(decodeUdp(damaged, true).ok).toBe(true);
  for (let length = 0; length < 60; length++) decodeUdp(packet.subarray(0, length), true);
});

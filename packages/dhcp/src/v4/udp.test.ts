import { frame } from '../../test/frames';
import { ip } from '../../test/scripted-server';
import { decodeUdp, encodeUdp } from './udp';

const source = { address: ip('192.0.2.1'), port: 67 };
const destination = { address: ip('192.0.2.10'), port: 68 };
const packet = (length = 9) => encodeUdp({ source, destination, payload: new Uint8Array(length).fill(0xa5) });

test.each([0, 1, 8, 9, 1472])('%i bytes are carried', (length) => {
  const decoded = decodeUdp(packet(length), false);
  expect(decoded).toEqual({ ok: true, value: { source, destination, payload: new Uint8Array(length).fill(0xa5) } });
});

test('a wrong checksum is refused, one to be filled in later is not looked at, none is fine (RFC 768)', () => {
  const wrong = packet();
  wrong[27] = (wrong[27] as number) ^ 1;
  expect(decodeUdp(wrong, false)).toMatchObject({ ok: false, error: { reason: 'wrong UDP checksum' } });
  expect(decodeUdp(wrong, true).ok).toBe(true);
  const none = packet();
  none.fill(0, 26, 28);
  expect(decodeUdp(none, false).ok).toBe(true);
});

test.each<[string, number, number]>([
  ['IP version', 0, 0x65],
  ['IP header length', 0, 0x44],
  ['total length', 2, 0xff],
  ['fragment', 6, 0x20],
  ['fragment', 7, 1],
  ['IP protocol', 9, 6],
  ['IP header checksum', 10, 0],
  ['UDP length', 24, 0xff],
  ['UDP length', 25, 7],
])('%s: refused with the reason', (reason, at, value) => {
  const spoiled = packet();
  spoiled[at] = value;
  expect(decodeUdp(spoiled, false)).toMatchObject({ ok: false, error: { reason: expect.stringContaining(reason) } });
});

test('what Ethernet padded a short frame with is cut off', () => {
  const padded = new Uint8Array(60);
  padded.set(packet(3));
  const decoded = decodeUdp(padded, false);
  expect(decoded.ok && decoded.value.payload).toHaveLength(3);
});

test('IP options are passed over', () => {
  const plain = frame('kea-ack');
  const withOptions = new Uint8Array(plain.length + 4);
  withOptions.set(plain.subarray(0, 20));
  withOptions.set(plain.subarray(20), 24);
  withOptions[0] = 0x46;
  withOptions[2] = (plain.length + 4) >>> 8;
  withOptions[3] = plain.length + 4;
  withOptions.fill(0, 10, 12);
  let sum = 0;
  for (let i = 0; i < 24; i += 2) sum += ((withOptions[i] as number) << 8) | (withOptions[i + 1] as number);
  sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  withOptions[10] = sum >>> 8;
  withOptions[11] = sum;
  const decoded = decodeUdp(withOptions, false);
  expect(decoded.ok && decoded.value.payload).toEqual(plain.subarray(28));
});

test('a checksum that comes out as zero travels as ones', () => {
  for (let value = 0; value < 0x10000; value += 1) {
    const payload = Uint8Array.of(value >>> 8, value & 255);
    const sent = encodeUdp({ source, destination, payload });
    expect(sent[26] === 0 && sent[27] === 0).toBe(false);
    if (sent[26] === 0xff && sent[27] === 0xff) {
      expect(decodeUdp(sent, false).ok).toBe(true);
      return;
    }
  }
  throw new Error('no such checksum among all of them');
});

import { decodePacket, encodePacket, encodeRequest, fromWallTime, toWallTime } from './packet';

/** Answers to a request whose transmit timestamp was 01234567 89abcdef. */
const frames = {
  chrony43: '240300e700000000000000007f7f0101eeb4fb8fc4d8ff970123456789abcdefeeb4fb913b1f7e45eeb4fb913bbfcdda',
  ntpsec122: 'e40000e90000000000000001494e495400000000000000000123456789abcdefeeb4fbb3698a817feeb4fbb3698dd890',
};

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

test("chrony's answer decodes to what it says", () => {
  const packet = decodePacket(bytesOf(frames.chrony43));
  expect(packet).toMatchObject({
    ok: true,
    value: { leap: 0, version: 4, mode: 4, stratum: 3, poll: 0, precision: -25, rootDelay: 0, referenceId: 0x7f7f0101 },
  });
  if (!packet.ok) return;
  expect(packet.value.origin).toEqual({ seconds: 0x01234567, fraction: 0x89abcdef });
  expect(new Date(toWallTime(packet.value.receive)).toISOString()).toBe('2026-11-28T07:04:49.230Z');
});

test.each(Object.entries(frames))('%s: encoding what was decoded gives the same bytes', (_, hex) => {
  const packet = decodePacket(bytesOf(hex));
  expect(packet.ok && Buffer.from(encodePacket(packet.value)).toString('hex')).toBe(hex);
});

test.each(Object.entries(frames))('%s: every truncation is refused, every flipped bit gives a packet', (_, hex) => {
  const frame = bytesOf(hex);
  for (let length = 0; length < frame.length; length++) {
    const cut = decodePacket(frame.subarray(0, length));
    expect([length, cut.ok]).toEqual([length, false]);
  }
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const flipped = frame.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    const packet = decodePacket(flipped);
    expect(packet.ok && encodePacket(packet.value)).toEqual(flipped);
  }
});

test('a request tells nothing but its version, its mode and a random number', () => {
  const request = encodeRequest({ seconds: 0xdeadbeef, fraction: 0x01020304 });
  expect(Buffer.from(request).toString('hex')).toBe(`23${'00'.repeat(39)}deadbeef01020304`);
});

test('timestamps after 2036 are of the next era, and come back within a microsecond', () => {
  for (const iso of [
    '2020-01-01T00:00:00.000Z',
    '2036-02-07T06:28:15.999Z',
    '2036-02-07T06:28:17.500Z',
    '2155-12-31T00:00:00.001Z',
  ]) {
    const wall = Date.parse(iso);
    expect(Math.abs(toWallTime(fromWallTime(wall)) - wall)).toBeLessThan(0.001);
  }
  expect(fromWallTime(Date.parse('2036-02-07T06:28:16.000Z'))).toEqual({ seconds: 0, fraction: 0 });
});

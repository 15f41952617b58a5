import { duidFromBytes, duidLlt, duidToBytes, parseDuid, parseMac } from './index';

test('a DUID is read with and without colons and written as lower-case digits', () => {
  expect(parseDuid('00:01:00:01:2A:bb')).toBe('000100012abb');
  expect(parseDuid('000100012ABB')).toBe('000100012abb');
});

test.each(['', '0001', '00010', 'xx0100', '000100012abb '])('%p is no DUID', (text) => {
  expect(parseDuid(text)).toBeUndefined();
});

test('a DUID has at most 130 bytes (RFC 8415 section 11.1)', () => {
  expect(duidFromBytes(new Uint8Array(130))).toHaveLength(260);
  expect(duidFromBytes(new Uint8Array(131))).toBeUndefined();
});

test('bytes survive', () => {
  const bytes = Uint8Array.of(0, 4, 1, 2, 3, 255);
  const duid = duidFromBytes(bytes);
  expect(duid && duidToBytes(duid)).toEqual(bytes);
});

test('a DUID-LLT counts seconds since 2000, and never below', () => {
  const mac = parseMac('02:00:00:00:00:01');
  if (!mac) throw new Error('the address is valid');
  expect(duidLlt(mac, Date.UTC(2000, 0, 1, 0, 1))).toBe('000100010000003c020000000001');
  expect(duidLlt(mac, 0)).toBe('0001000100000000020000000001');
});

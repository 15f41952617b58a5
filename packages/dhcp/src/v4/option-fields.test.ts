import { collectOptions, encodeOptions } from './option-fields';

const empty = new Uint8Array(0);
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const collect = (options: string, file = '', sname = '') =>
  collectOptions(hex(options), { file: hex(file), sname: hex(sname) });

test('pads are passed over, the end option ends the field', () => {
  expect(collect('00 0c 02 6162 00 00 0f 01 63 ff 0f 01 64')).toEqual({
    ok: true,
    value: new Map([
      [12, hex('6162')],
      [15, hex('63')],
    ]),
  });
});

test('a field without an end option is read to its end', () => {
  expect(collect('0c 01 61')).toEqual({ ok: true, value: new Map([[12, hex('61')]]) });
});

test('instances of one option are joined in their order, wherever they stand (RFC 3396)', () => {
  const joined = collect('0c 01 61  34 01 03  0c 01 62 ff', '0c 01 63 ff', '0c 01 64 ff');
  expect(joined).toEqual({ ok: true, value: new Map([[12, hex('61626364')]]) });
});

test('an option that is sent twice, whole each time, counts once', () => {
  const twice = collect('01 04 ffffff00  0c 03 626f78  01 04 ffffff00  0c 03 626f78 ff');
  expect(twice).toEqual({
    ok: true,
    value: new Map([
      [1, hex('ffffff00')],
      [12, hex('626f78')],
    ]),
  });
});

test('a value of two equal halves that had to be split stays whole', () => {
  const value = new Uint8Array(510).fill(7);
  const { options } = encodeOptions(new Map([[121, value]]), 1000, { file: 128, sname: 64 }) as { options: Uint8Array };
  expect(collectOptions(options, { file: empty, sname: empty })).toEqual({ ok: true, value: new Map([[121, value]]) });
});

test.each([
  ['none', '00', '61'],
  ['file', '01', '6162'],
  ['sname', '02', '6163'],
  ['both', '03', '616263'],
])('option 52 says which of the older fields hold options: %s', (_, value, expected) => {
  const read = collect(`34 01 ${value} 0c 01 61 ff`, '0c 01 62 ff', '0c 01 63 ff');
  expect(read).toEqual({ ok: true, value: new Map([[12, hex(expected)]]) });
});

test('an overload option inside an overloaded field leads nowhere', () => {
  expect(collect('34 01 01 ff', '34 01 03 0c 01 62 ff', '0c 01 63 ff')).toEqual({
    ok: true,
    value: new Map([[12, hex('62')]]),
  });
});

test.each([
  ['0c', 0, 'option 12 is cut short'],
  ['00 0c 05 61', 1, 'option 12 is cut short'],
  ['0c 01 61 0f ff', 3, 'option 15 is cut short'],
])('%s: an error with its place', (bytes, offset, reason) => {
  expect(collect(bytes)).toEqual({ ok: false, error: { offset, reason } });
});

test('an overloaded field that is cut short is named', () => {
  expect(collect('34 01 01 ff', '0c 09 61')).toMatchObject({
    ok: false,
    error: { reason: expect.stringContaining('file') },
  });
});

test('what is collected stays when the buffer it came from is used again', () => {
  const buffer = hex('0c 01 61 ff');
  const read = collectOptions(buffer, { file: empty, sname: empty });
  buffer.fill(0);
  expect(read.ok && read.value.get(12)).toEqual(hex('61'));
});

test('what does not fit goes to file, then to sname, and what does not fit there is refused', () => {
  const older = { file: 128, sname: 64 };
  const of = (...lengths: number[]) =>
    new Map(lengths.map((length, i) => [200 + i, new Uint8Array(length).fill(i + 1)]));
  expect(encodeOptions(of(20), 60, older)).toMatchObject({ file: empty, sname: empty });
  const spread = encodeOptions(of(40, 100, 50), 60, older);
  expect([spread?.file.length, spread?.sname.length]).toEqual([103, 53]);
  expect(Array.from(spread?.options.subarray(0, 3) ?? [])).toEqual([52, 1, 3]);
  const back = spread && collectOptions(spread.options, spread);
  expect(back).toEqual({ ok: true, value: of(40, 100, 50) });
  expect(encodeOptions(of(40, 100, 80), 60, older)).toBeUndefined();
  expect(encodeOptions(of(200), 60, older)).toBeUndefined();
});

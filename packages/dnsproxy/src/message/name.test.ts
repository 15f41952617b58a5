import { equalNames, expandName, formatName, isWithin, labelCount, parentOf, parseName, skipName } from './name';

function wire(text: string): Uint8Array {
  const parsed = parseName(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

test.each([
  ['', [0]],
  ['.', [0]],
  ['a', [1, 0x61, 0]],
  ['Ex.org', [2, 0x45, 0x78, 3, 0x6f, 0x72, 0x67, 0]],
  ['ex.org.', [2, 0x65, 0x78, 3, 0x6f, 0x72, 0x67, 0]],
  ['a\\.b.c', [3, 0x61, 0x2e, 0x62, 1, 0x63, 0]],
  ['\\255\\000', [2, 255, 0, 0]],
])('the text %p has its wire form', (text, octets) => {
  expect([...wire(text)]).toEqual(octets);
});

test.each(['a..b', '.a', 'ä.org', '\\999', `${'a'.repeat(64)}.org`, `${'abcdefg.'.repeat(32)}org`])(
  'the text %p is no name, and the error says why',
  (text) => {
    const parsed = parseName(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error).toContain(text.slice(0, 3));
  },
);

test('text and wire form lead back to each other, odd octets included', () => {
  for (const text of ['www.example.org', 'a\\.b.c', '\\000\\255.x', '\\032']) expect(formatName(wire(text))).toBe(text);
  expect(formatName(wire('WWW.Example.ORG'))).toBe('www.example.org');
});

test('a pointer leads back to an earlier name', () => {
  const bytes = new Uint8Array(40);
  bytes.set(wire('example.org'), 12);
  bytes.set([3, 0x77, 0x77, 0x77, 0xc0, 12], 25);
  const out = new Uint8Array(256);
  const length = expandName(bytes, 25, 40, out);
  expect(formatName(out.slice(0, length))).toBe('www.example.org');
  expect(skipName(bytes, 25, 40)).toBe(31);
});

describe('a name is malformed', () => {
  const out = new Uint8Array(256);
  const at = (octets: number[], offset = 12) => {
    const bytes = new Uint8Array(12 + octets.length);
    bytes.set(octets, 12);
    return { skip: skipName(bytes, offset, bytes.length), expand: expandName(bytes, offset, bytes.length, out) };
  };

  test.each([
    ['when its pointer leads to itself', [0xc0, 12]],
    ['when its pointer leads forward', [0xc0, 14, 0]],
    ['when its pointer leads into the header', [0xc0, 2]],
    ['when its pointer is cut', [0xc0]],
    ['when a label reaches beyond the message', [5, 1, 2]],
    ['when its last label is missing', [1, 0x61]],
    ['when it uses a label type no one defined', [0x41, 0x61, 0]],
    ['when there is nothing', []],
  ])('%s', (_title, octets) => {
    expect(at(octets)).toEqual({ skip: -1, expand: -1 });
  });

  test('when two pointers lead to each other', () => {
    const octets = [1, 0x61, 0xc0, 16, 1, 0x62, 0xc0, 12];
    // Read from the second: its pointer leads back to the first, whose pointer leads forward again.
    expect(at(octets, 16).expand).toBe(-1);
  });

  test('when it is longer than 255 octets, written out or by pointers', () => {
    const label = [63, ...new Array<number>(63).fill(0x61)];
    expect(at([...label, ...label, ...label, ...label, 0]).expand).toBe(-1);
    expect(at([...label, ...label, ...label, ...label, 0]).skip).toBe(-1);
    const first = [...label, ...label, ...label, 0];
    expect(at([...first, ...label, 0xc0, 12], 12 + first.length).expand).toBe(-1);
  });

  test('when it is a long chain of pointers', () => {
    const octets = [0];
    const start = 13;
    octets.push(0xc0, 12);
    for (let i = 1; i < 200; i++) octets.push(0xc0, start + 2 * (i - 1));
    const wide = octets.map((octet) => octet & 0xff);
    expect(at(wide, start + 2 * 100).expand).toBe(1);
    expect(at([...wide.slice(0, 230), 0xc0, 12], 12).expand).toBe(1);
    const chain: number[] = [0, 0xc0, 12];
    for (let i = 1; i < 300; i++) {
      const target = 13 + 2 * (i - 1);
      chain.push(0xc0 | (target >> 8), target & 255);
    }
    expect(at(chain, 13 + 2 * 120).expand).toBe(1);
    expect(at(chain, 13 + 2 * 200).expand).toBe(-1);
  });
});

test('names compare without regard to case', () => {
  expect(equalNames(wire('Example.ORG'), 0, wire('eXAMPLE.org'), 0, 13)).toBe(true);
  expect(equalNames(wire('example.org'), 0, wire('exbmple.org'), 0, 13)).toBe(false);
});

test('parents, labels and zones follow the labels, not the dots in them', () => {
  expect(parentOf('a.b.c')).toBe('b.c');
  expect(parentOf('a\\.b.c')).toBe('c');
  expect([parentOf('c'), parentOf('')]).toEqual(['', undefined]);
  expect([labelCount(''), labelCount('a'), labelCount('a\\.b.c')]).toEqual([0, 1, 2]);
  expect([isWithin('www.example.org', 'example.org'), isWithin('wwwexample.org', 'example.org')]).toEqual([
    true,
    false,
  ]);
  expect(isWithin('example.org', '')).toBe(true);
});

import fc from 'fast-check';
import { KeyFile } from './keyfile';
import { escapeC, readList, readText, unescapeC, writeList, writeText } from './keyfile-values';

// The expected texts of this file were taken from GLib 2.74 itself.

test('escapes are written as GLib writes them', () => {
  expect(writeText(' \tx y;z#\\ \n')).toBe('\\s\\tx y;z#\\\\ \\n');
  expect(writeList([' a', 'b;c', '', 'd\\'])).toBe('\\sa;b\\;c;;d\\\\;');
});

test.each([
  ['a;b', ['a', 'b']],
  ['a;b;', ['a', 'b']],
  ['a;;b;', ['a', '', 'b']],
  [';', ['']],
  [';;', ['', '']],
  ['', []],
  ['a\\;b\\s;', ['a;b ']],
])('the list %j is read as GLib reads it', (raw, items) => {
  expect(readList(raw, ';')).toEqual(items);
});

test.each([
  ['a;b', 'a;b'],
  ['a\\;b\\s', 'a\\;b '],
  ['a\\x', 'a\\x'],
  ['', ''],
])('the text %j is read as GLib reads it', (raw, text) => {
  expect(readText(raw)).toBe(text);
});

test('a passphrase is C escaped, byte by byte', () => {
  expect(escapeC('p"\\ä\x7f')).toBe('p\\"\\\\\\303\\244\\177');
  expect(unescapeC('p\\"\\\\\\303\\244\\177\\q\\')).toBe('p"\\ä\x7fq\\');
});

test('every text survives the way into a file and back', () => {
  const textUnit = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(textUnit, fc.array(textUnit), (text, list) => {
      const file = KeyFile.parse('');
      file.set('g', 'text', writeText(text));
      file.set('g', 'list', writeList(list));
      file.set('g', 'secret', writeText(escapeC(text)));
      const back = KeyFile.parse(file.toString());
      expect(readText(back.get('g', 'text') ?? '')).toBe(text);
      expect(readList(back.get('g', 'list') ?? '', ';')).toEqual(list);
      expect(unescapeC(readText(back.get('g', 'secret') ?? ''))).toBe(text);
    }),
    { numRuns: 300 },
  );
});

test('any bytes can be read and are kept', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const kept = `${text.replace(/^\ufeff/, '').replace(/\n$/, '')}\n`;
      expect(KeyFile.parse(text).toString()).toBe(kept === '\n' ? '' : kept);
    }),
    { numRuns: 300 },
  );
});

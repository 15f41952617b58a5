import { folded } from './narrow';

test('long lines are broken between words and go on further in', () => {
  const text = 'wired_1\n  the default: it is connected, and stands first in the order\n';
  expect(folded(text, 40)).toBe('wired_1\n  the default: it is connected, and\n    stands first in the order\n');
});

test('no line is longer than the terminal is wide unless one word is, and no word is lost', () => {
  const text = `  --nameservers <dns1> [<dns2>] [<dns3>]  Servers that are asked\n  ${'/net/connman/service/'.repeat(3)} is one\n`;
  for (let width = 20; width < 80; width++) {
    const lines = folded(text, width).split('\n');
    for (const line of lines) expect(line.length <= width || !line.trim().includes(' ')).toBe(true);
    expect(lines.join(' ').split(/\s+/)).toEqual(text.split(/\s+/));
  }
});

test('what fits stays as it is, columns included', () => {
  const text = '*AO Wired                wired_1\n    Home                 wifi_2\n';
  expect(folded(text, 60)).toBe(text);
});

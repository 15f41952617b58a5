import { keyOfPath } from '../iwd/sight';
import { hex, nameOf, textOf } from './networks';

const ssid = (text: string, encoding: BufferEncoding = 'utf8') => hex(new Uint8Array(Buffer.from(text, encoding)));

test('a name is shown as UTF-8, or as Latin-1 where it is none', () => {
  expect(nameOf(ssid('Café ☕'))).toBe('Café ☕');
  expect(nameOf(ssid('Café', 'latin1'))).toBe('Café');
});

test('control characters are not shown, and stay in the text', () => {
  expect(nameOf(ssid('a\nb\0c\x1b[2Jd\x9b'))).toBe('a\uFFFDb\uFFFDc\uFFFD[2Jd\uFFFD');
  expect(textOf(ssid('a\nb'))).toBe('a\nb');
});

test('a byte above 127 that iwd wrote with its sign is one byte', () => {
  expect(keyOfPath('/net/connman/iwd/0/5/436166ffffffc3ffffffa9_psk')).toEqual({ ssid: '436166c3a9', security: 'psk' });
});

import type { NetworkSecurity } from '@connman/contracts';
import { isFitPassphrase, isFitPin } from './fit';

test.each<[NetworkSecurity, string, boolean]>([
  ['psk', 'x'.repeat(7), false],
  ['psk', 'x'.repeat(8), true],
  ['psk', 'x'.repeat(63), true],
  ['psk', 'x'.repeat(64), false],
  ['psk', 'a'.repeat(64), true],
  ['psk', 'a'.repeat(65), false],
  ['psk', 'pässword', true],
  ['wep', 'abcde', true],
  ['wep', 'abcdef', false],
  ['wep', '0123456789', true],
  ['wep', '012345678x', false],
  ['wep', 'x'.repeat(13), true],
  ['wep', 'a'.repeat(26), true],
  ['ieee8021x', '', true],
  ['none', 'anything', true],
])('%s with "%s": %s', (security, text, fits) => {
  expect(isFitPassphrase(security, text)).toBe(fits);
});

test.each([
  ['12345678', true],
  ['', true],
  ['1234567', false],
  ['1234567x', false],
])('the PIN "%s": %s', (pin, fits) => {
  expect(isFitPin(pin)).toBe(fits);
});

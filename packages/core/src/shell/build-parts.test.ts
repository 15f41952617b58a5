import { type BuildParts, wantsPart, withoutEffect } from './build-parts';
import { parseOptions } from './options';

const parts: BuildParts = { hosted: ['wifi', 'check'], unbuilt: ['bluetooth'], keys: {}, options: { wifi: 'wifi' } };

function optionsOf(...words: string[]) {
  const options = parseOptions(words);
  if (!options.ok) throw new Error(options.error);
  return options.value;
}

test.each([
  [[], true],
  [['-p', 'wifi,vpn'], true],
  [['-p', 'vpn'], false],
  [['-p', 'w*'], true],
  [['-P', 'wifi'], false],
  [['-p', 'wifi', '-P', 'w?fi'], false],
  [['-P', 'wif'], true],
])('with %j the part wifi is wanted: %s', (words, wanted) => {
  expect(wantsPart(optionsOf(...words), 'wifi')).toBe(wanted);
});

test('an option whose part is not in the build is named, and only if it was given', () => {
  expect(withoutEffect(parts, optionsOf())).toEqual([]);
  expect(withoutEffect(parts, optionsOf('-W', 'nl80211'))).toEqual([
    'option --wifi has no effect: wifi is not in this build',
  ]);
});

test('a pattern of -p or -P that no part matches is named', () => {
  expect(withoutEffect(parts, optionsOf('-P', 'bluetooth,ethernet', '-p', 'w*'))).toEqual([
    'no optional part is named "ethernet" (options -p and -P); there are wifi, check, bluetooth',
  ]);
});

import { nearest } from './nearest';

const keys = ['OnlineCheckMode', 'OnlineCheckMaxInterval', 'BackgroundScanning', 'Name', 'IPv4'];

test.each([
  ['onlinecheckmode', 'OnlineCheckMode'],
  ['OnlinecheckMod', 'OnlineCheckMode'],
  ['BackroundScaning', 'BackgroundScanning'],
  ['Nam', 'Name'],
  ['IPv6', 'IPv4'],
])('%s was meant to be %s', (word, meant) => expect(nearest(word, keys)).toBe(meant));

test.each(['', 'X', 'Passphrase', 'constructor', 'n'.repeat(100_000)])('nothing is near %#', (word) =>
  expect(nearest(word, keys)).toBe(undefined),
);

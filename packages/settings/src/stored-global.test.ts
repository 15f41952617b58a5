import { Secret } from '@connman/base';
import { formatProblem, type Problem } from './problem';
import { readStoredGlobal, writeStoredGlobal } from './stored-global';

// Written by ConnMan 1.41.
const content = `[global]
OfflineMode=false

[Wired]
Enable=true
Tethering=false
Tethering.Freq=2412
`;

function read(text: string) {
  const problems: Problem[] = [];
  const global = readStoredGlobal('settings', text, problems);
  return { global, problems: problems.map(formatProblem) };
}

test('what ConnMan stored is read, and written back letter for letter', () => {
  const { global, problems } = read(content);
  expect(problems).toEqual([]);
  expect(JSON.parse(JSON.stringify(global))).toEqual({
    offlineMode: false,
    technologies: { Wired: { enable: true, tethering: false, tetheringFreq: 2412 } },
  });
  expect(writeStoredGlobal(global, '')).toBe(content);
  expect(writeStoredGlobal(global, content)).toBe(content);
});

test('a technology gets all its keys, a frequency of 0 becomes 2412, a passphrase is escaped', () => {
  const wifi = {
    enable: false,
    tethering: true,
    tetheringIdentifier: 'My AP',
    tetheringPassphrase: new Secret('"ä'),
    tetheringFreq: 0,
  };
  const text = writeStoredGlobal(
    { timeservers: ['a', 'b'], timeUpdates: 'manual', timezoneUpdates: 'auto', technologies: { WiFi: wifi } },
    '',
  );
  expect(text).toBe(`[global]
TimeUpdates=manual
TimezoneUpdates=auto
Timeservers=a;b;

[WiFi]
Enable=false
Tethering=true
Tethering.Identifier=My AP
Tethering.Passphrase=\\\\"\\\\303\\\\244
Tethering.Freq=2412
`);
  expect(read(text).global.technologies.WiFi?.tetheringPassphrase?.reveal()).toBe('"ä');
});

test('groups that are not named keep what they hold', () => {
  const previous = `${content}\n[Future]\nx=1\n\n[WiFi]\nEnable=true\n`;
  const { global } = read(content);
  expect(writeStoredGlobal({ ...global, offlineMode: true }, previous)).toBe(
    previous.replace('OfflineMode=false', 'OfflineMode=true'),
  );
});

test('a wrong value is named and counts as absent', () => {
  const { global, problems } = read('[global]\nOfflineMode=perhaps\nTimeUpdates=manual\nNew=1\n');
  expect(global).toMatchObject({ offlineMode: undefined, timeUpdates: 'manual' });
  expect(problems).toEqual(['settings:2: OfflineMode is "perhaps"; expected true, false, 1 or 0']);
});

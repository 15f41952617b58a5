import { commands, helpText } from './grammar';
import { errnoText, isName, parseBoolean, parseCount, parseHex } from './words';

test('the commands come in the order of the old help', () => {
  expect(commands.map(({ name }) => name).join(' ')).toBe(
    'state technologies clock enable disable tether tethering_clients services peers scan connect disconnect ' +
      'move-before move-after config monitor agent vpnconnections vpnagent session peer_service dns why try plan metrics reload wait-online help exit quit',
  );
});

test('the help has a line for each command and option, in columns', () => {
  const lines = helpText(true).split('\n');
  expect(lines[0]).toBe('Usage: connmanctl [[command] [args]]');
  expect(lines.slice(-3)).toEqual(['', 'Note: arguments and output are considered EXPERIMENTAL for now.', '']);
  const indexOfAbout = (name: string) => lines.find((line) => line.startsWith(name))?.slice(38);
  expect(indexOfAbout('enable ')).toBe('Switch a technology, or offline mode, on');
  expect(lines).toContain('   --autoconnect     yes|no');
  expect(lines).toContain('   --services        [off]            Services only');
  expect(helpText(false)).not.toMatch(/Usage|Note/);
});

test('booleans come in many words and any case', () => {
  for (const word of ['yes', 'TRUE', 'On', 'enable', 'y', 't', '1']) expect(parseBoolean(word)).toBe(true);
  for (const word of ['no', 'False', 'OFF', 'disable', 'n', 'f', '0']) expect(parseBoolean(word)).toBe(false);
  for (const word of ['', 'maybe', '2', 'constructor', undefined]) expect(parseBoolean(word)).toBeUndefined();
});

test('names, numbers and hexadecimal texts are what they should be', () => {
  expect(['ethernet_1', 'a-b', '', 'ä', '../x', undefined].map(isName)).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  expect(['0', '2412', '-1', '1x', '', '9999999999'].map(parseCount)).toEqual([
    0,
    2412,
    ...new Array(4).fill(undefined),
  ]);
  expect(parseHex('0aFF')).toEqual(Uint8Array.of(10, 255));
  expect([parseHex('0'), parseHex('zz'), parseHex(''), parseHex('00'.repeat(1025))]).toEqual(
    new Array(4).fill(undefined),
  );
});

test('exit statuses have the C library’s words', () => {
  expect([6, 7, 22, 114].map(errnoText)).toEqual([
    'No such device or address',
    'Argument list too long',
    'Invalid argument',
    'Operation already in progress',
  ]);
});

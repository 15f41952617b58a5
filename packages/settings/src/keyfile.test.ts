import { KeyFile } from './keyfile';

const sample = `# written by hand
[General]
  NetworkInterfaceBlacklist = vmnet,veth  
this is no entry

[service_my.home]
Passphrase=abc;def#gh
# kept
Name[de]=Heim
Name=Home\r
[Future]
Unknown=1
`;

test('a file that was read is written back byte for byte', () => {
  expect(KeyFile.parse(sample).toString()).toBe(sample);
});

test('values with separators and hashes, and groups with dots, are read as they stand', () => {
  const file = KeyFile.parse(sample);
  expect(file.groups()).toEqual(['General', 'service_my.home', 'Future']);
  expect(file.get('service_my.home', 'Passphrase')).toBe('abc;def#gh');
  expect(file.get('service_my.home', 'Name')).toBe('Home');
  expect(file.get('General', 'NetworkInterfaceBlacklist')).toBe('vmnet,veth  ');
  expect(file.entries('service_my.home').map(({ key, line }) => [key, line])).toEqual([
    ['Passphrase', 7],
    ['Name[de]', 9],
    ['Name', 10],
  ]);
});

test('a line that cannot be read is named with its number and harms no other', () => {
  expect(KeyFile.parse(sample).faults).toEqual([
    { line: 4, text: 'this is no entry', expected: 'key=value, [group] or a # comment' },
  ]);
});

test.each([
  ['k=v', 'a group such as [General] before the first key'],
  ['[a]b]', 'a group such as [General]'],
  ['[]', 'a group such as [General]'],
  ['[g] # c', 'a group such as [General]'],
  ['[g]\n=v', 'key=value, [group] or a # comment'],
])('%j is a fault', (text, expected) => {
  expect(KeyFile.parse(text).faults).toMatchObject([{ expected }]);
});

test('a change touches its own line only', () => {
  const file = KeyFile.parse(sample);
  file.set('service_my.home', 'Name', 'Den');
  file.set('General', 'New', '1');
  file.set('Future', 'Unknown', '1');
  file.remove('service_my.home', 'Passphrase');
  expect(file.toString()).toBe(
    sample
      .replace('Name=Home\r\n', 'Name=Den\n')
      .replace('veth  \n', 'veth  \nNew=1\n')
      .replace('Passphrase=abc;def#gh\n', ''),
  );
});

test('a new group goes to the end, after one blank line', () => {
  const file = KeyFile.parse('[a]\nx=1');
  file.set('b', 'y', '2');
  file.set('b', 'z', '3');
  expect(file.toString()).toBe('[a]\nx=1\n\n[b]\ny=2\nz=3\n');
  const empty = KeyFile.parse('');
  empty.set('b', 'y', '2');
  expect(empty.toString()).toBe('[b]\ny=2\n');
});

test('of a key that is there twice the last counts, and removing takes both', () => {
  const file = KeyFile.parse('[g]\nk=1\nk=2\n');
  expect(file.get('g', 'k')).toBe('2');
  expect(file.entries('g')).toEqual([{ key: 'k', value: '2', line: 3, column: 1, valueColumn: 3 }]);
  file.set('g', 'k', '3');
  expect(file.toString()).toBe('[g]\nk=1\nk=3\n');
  file.remove('g', 'k');
  expect(file.toString()).toBe('[g]\n');
});

test('names such as __proto__ are ordinary', () => {
  const file = KeyFile.parse('[__proto__]\nconstructor=1\n');
  expect(file.groups()).toEqual(['__proto__']);
  expect(file.get('__proto__', 'constructor')).toBe('1');
  expect(file.get('constructor', 'name')).toBeUndefined();
});

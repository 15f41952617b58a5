import { MemoryFiles } from '@connman/testkit';
import { hintedZone, isZone, searchedZone, setZone } from './timezone';

const localtime = '/etc/localtime';

function zones(): MemoryFiles {
  return new MemoryFiles()
    .putFile('/usr/share/zoneinfo/Europe/Vienna', 'TZif2 vienna')
    .putFile('/usr/share/zoneinfo/America/Argentina/Salta', 'TZif2 salta')
    .putFile('/usr/share/zoneinfo/UTC', 'TZif2 utc')
    .putLink('/usr/share/zoneinfo/Zulu', 'UTC')
    .putFile('/usr/share/zoneinfo/posix/Europe/Vienna', 'TZif2 vienna')
    .putFile('/usr/share/zoneinfo/right/UTC', 'TZif2 right')
    .putFile('/usr/share/zoneinfo/zone.tab', '# no zone')
    .putFile('/etc/hosts', 'TZif')
    .putFolder('/etc');
}

test('a zone is a compiled file below zoneinfo', () => {
  const files = zones();
  for (const name of ['Europe/Vienna', 'America/Argentina/Salta', 'UTC', 'Zulu'])
    expect([name, isZone(files, name)]).toEqual([name, true]);
});

test.each([
  '',
  '.',
  '..',
  'Europe',
  'Europe/',
  '/UTC',
  'zone.tab',
  'Mars/Olympus',
  '../../../etc/hosts',
  'Europe/../UTC',
  'posix/Europe/Vienna',
  'right/UTC',
  'UTC\n',
  'U TC',
])('%j is no zone', (name) => expect(isZone(zones(), name)).toBe(false));

test.each([
  ['/usr/share/zoneinfo/Europe/Vienna', 'Europe/Vienna'],
  ['../usr/share/zoneinfo/UTC', 'UTC'],
  ['/usr/share/zoneinfo/Mars/Olympus', undefined],
  ['/somewhere/else', undefined],
])('a link to %s is the zone %s', (target, zone) => {
  expect(hintedZone(zones().putLink(localtime, target), localtime)).toBe(zone);
});

test('a copy has the name of a hint that is right, and of no other', () => {
  const copy = () => zones().putFile(localtime, 'TZif2 vienna');
  expect(hintedZone(copy().putFile('/etc/timezone', 'Europe/Vienna\n'), localtime)).toBe('Europe/Vienna');
  expect(hintedZone(copy().putFile('/etc/sysconfig/clock', 'UTC=true\nZONE="Europe/Vienna"\n'), localtime)).toBe(
    'Europe/Vienna',
  );
  expect(hintedZone(copy().putFile('/etc/timezone', 'UTC\n'), localtime)).toBeUndefined();
  expect(hintedZone(copy(), localtime)).toBeUndefined();
});

test('a copy without a hint is found among all zones, but not in posix and right', () => {
  expect(searchedZone(zones().putFile(localtime, 'TZif2 salta'), localtime)).toBe('America/Argentina/Salta');
  expect(searchedZone(zones().putFile(localtime, 'TZif2 vienna'), localtime)).toBe('Europe/Vienna');
  expect(searchedZone(zones().putFile(localtime, 'TZif2 right'), localtime)).toBeUndefined();
  expect(searchedZone(zones(), localtime)).toBeUndefined();
});

test('a link is replaced by a link, a copy by a copy, nothing by a link', () => {
  const link = zones().putLink(localtime, '/usr/share/zoneinfo/UTC');
  setZone(link, localtime, 'Europe/Vienna');
  expect(link.readLink(localtime)).toBe('/usr/share/zoneinfo/Europe/Vienna');

  const copy = zones().putFile(localtime, 'TZif2 utc');
  setZone(copy, localtime, 'Europe/Vienna');
  expect(copy.read(localtime)).toBe('TZif2 vienna');
  expect(copy.readLink(localtime)).toBeUndefined();

  const none = zones();
  setZone(none, localtime, 'UTC');
  expect(none.readLink(localtime)).toBe('/usr/share/zoneinfo/UTC');
});

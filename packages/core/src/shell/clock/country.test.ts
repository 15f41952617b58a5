import { MemoryFiles } from '@connman/testkit';
import { countryOf } from './country';

const zones = '/usr/share/zoneinfo';

test('the country of a zone is the first that the newer table names, or the older one', () => {
  const files = new MemoryFiles()
    .putFile(`${zones}/zone1970.tab`, '# comment\nDE,DK,NO\t+5230+01322\tEurope/Berlin\tmost of Germany\n')
    .putFile(`${zones}/zone.tab`, 'AT\t+4813+01620\tEurope/Vienna\nDK\t+5540+01235\tEurope/Berlin\n');
  expect(['Europe/Berlin', 'Europe/Vienna', 'Etc/UTC', undefined].map((zone) => countryOf(files, zone))).toEqual([
    'DE',
    'AT',
    '',
    '',
  ]);
});

test('without tables no zone is of a country', () => {
  expect(countryOf(new MemoryFiles(), 'Europe/Berlin')).toBe('');
});

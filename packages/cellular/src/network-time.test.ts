import { deviceId } from '@connman/contracts';
import { MemoryFiles } from '@connman/testkit';
import { countryOfNetwork } from './countries';
import { type NetworkTime, networkTimeEvent } from './network-time';

const table = [
  '#country-\tcoordinates\tTZ',
  'AT\t+4813+01620\tEurope/Vienna',
  'DE\t+5230+01322\tEurope/Berlin',
  'GB\t+513030-0000731\tEurope/London',
  'NP\t+2743+08519\tAsia/Kathmandu',
  'US\t+404251-0740023\tAmerica/New_York',
  'US\t+340308-1181434\tAmerica/Los_Angeles',
  'XX\t+0000+00000\tNo/Such_Zone',
].join('\n');
const files = new MemoryFiles().putFile('/usr/share/zoneinfo/zone.tab', table);
const device = deviceId('cellular:1');
const winter = Date.UTC(2026, 0, 15) / 1000;
const summer = Date.UTC(2026, 6, 15) / 1000;

const zones = (time: NetworkTime) => {
  const event = networkTimeEvent(device, time, files, 0);
  return event.kind === 'network-time' ? event.timezones : [];
};

test.each([
  ['of the country first', winter, 3600, '262', ['Europe/Berlin', 'Etc/GMT-1', 'Europe/Vienna']],
  ['summer time counted', summer, 7200, '232', ['Europe/Vienna', 'Etc/GMT-2', 'Europe/Berlin']],
  ['by the offset in a country with several', summer, -25_200, '310', ['America/Los_Angeles', 'Etc/GMT+7']],
  ['half hours', winter, 20_700, '429', ['Asia/Kathmandu']],
  ['UTC', winter, 0, '', ['Etc/UTC', 'Europe/London']],
  ['a country that is not known', winter, -18_000, '999', ['Etc/GMT+5', 'America/New_York']],
])('zones: %s', (_, seconds, offsetSeconds, mobileCountryCode, expected) => {
  expect(zones({ seconds, offsetSeconds, mobileCountryCode })).toEqual(expected);
});

test('without an offset there is a time and no zone; without a table the offset alone', () => {
  expect(networkTimeEvent(device, { seconds: winter, mobileCountryCode: '232' }, files, 0)).toEqual({
    ...{ kind: 'network-time', device, seconds: winter, timezones: [] },
  });
  const time = { offsetSeconds: 3600, mobileCountryCode: '232' };
  expect(networkTimeEvent(device, time, new MemoryFiles(), 0)).toMatchObject({ timezones: ['Etc/GMT-1'] });
});

test.each([
  ['244', 'FI'],
  ['316', 'US'],
  ['001', undefined],
  ['', undefined],
])('mobile country code "%s" is of %s', (code, country) => {
  expect(countryOfNetwork(code)).toBe(country);
});

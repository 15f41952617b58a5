import { silentLogger } from '@connman/base';
import type { TechnologyDriver } from '@connman/contracts';
import { wifiOnDemand } from './wifi';

const driver: TechnologyDriver = { name: 'wifi', type: 'wifi', start() {}, command() {}, onEvent() {}, close() {} };

function host(wanted = true, part: object | undefined = {}) {
  const told: string[] = [];
  const log = { ...silentLogger, info: (text: string) => told.push(text) };
  const wifi = wifiOnDemand({
    wanted,
    log,
    load: () => {
      told.push('load');
      return part;
    },
    create: () => driver,
    add: ({ name }) => told.push(`add ${name}`),
  });
  return { wifi, told };
}

test('the part is loaded at the first wireless link, once, and never for cables', () => {
  const { wifi, told } = host();
  wifi.linksSettled([
    [2, ''],
    [3, 'wwan'],
  ]);
  expect(told).toEqual([]);
  wifi.linksSettled([[4, 'wlan']]);
  wifi.linksSettled([[5, 'wlan']]);
  expect(told).toEqual(['load', 'add wifi']);
});

test('a part that -P names is not loaded, and one that is not installed is mentioned', () => {
  const excluded = host(false);
  excluded.wifi.linksSettled([[4, 'wlan']]);
  expect(excluded.told).toEqual([]);
  const missing = wifiMissing();
  missing.wifi.linksSettled([[4, 'wlan']]);
  expect(missing.told).toEqual(['load', 'a wireless link is left alone: the part wifi is not installed']);
});

function wifiMissing() {
  const told: string[] = [];
  const log = { ...silentLogger, info: (text: string) => told.push(text) };
  const load = (): object | undefined => {
    told.push('load');
    return undefined;
  };
  const wifi = wifiOnDemand({ wanted: true, log, load, create: () => driver, add: () => told.push('add') });
  return { wifi, told };
}

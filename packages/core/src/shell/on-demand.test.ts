import { silentLogger } from '@connman/base';
import type { TechnologyDriver } from '@connman/contracts';
import { driverOnDemand } from './on-demand';

const driver: TechnologyDriver = { name: 'wifi', type: 'wifi', start() {}, command() {}, onEvent() {}, close() {} };

function part(load: () => object | undefined, wanted = true) {
  const told: string[] = [];
  const keep = (text: string) => told.push(text);
  const need = driverOnDemand({
    ...{ name: 'wifi', wanted, log: { ...silentLogger, info: keep, error: keep } },
    load: () => {
      told.push('load');
      return load();
    },
    create: () => driver,
    add: ({ name }) => told.push(`add ${name}`),
  });
  return { need, told };
}

test('the part is loaded when it is needed first, once', () => {
  const { need, told } = part(() => ({}));
  expect(told).toEqual([]);
  need('a wireless link');
  need('a wireless link');
  expect(told).toEqual(['load', 'add wifi']);
});

test('a part that -P names is not loaded', () => {
  const { need, told } = part(() => ({}), false);
  need('a wireless link');
  expect(told).toEqual([]);
});

test('a part that is not installed is mentioned with what is left alone', () => {
  const { need, told } = part(() => undefined);
  need('a wireless link');
  expect(told).toEqual(['load', 'a wireless link is left alone: the part wifi is not installed']);
});

test('a part that does not load is an error, and the daemon goes on', () => {
  const { need, told } = part(() => {
    throw new Error('connmand.wifi.js is of another build');
  });
  need('a wireless link');
  expect(told).toEqual(['load', 'the part wifi does not work: connmand.wifi.js is of another build']);
});

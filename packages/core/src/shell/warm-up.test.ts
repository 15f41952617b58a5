import { parseIpv6 } from '@connman/inet';
import { defaultMainSettings } from '@connman/settings';
import { nothingBorrowed } from '../model/borrowed';
import { newWorld } from '../world';
import { engineConfig } from './engine-config';
import { parseOptions } from './options';
import { warmUp } from './warm-up';

const options = parseOptions(['-n']);
const uniqueLocal = parseIpv6('fd00::');
if (!options.ok || uniqueLocal === undefined) throw new Error('cannot be read');
const machine = { hostname: 'host', reservedInterfaces: [] };
const stored = {
  ...{ global: { offlineMode: false, technologies: {} }, services: new Map(), leases: new Map(), leases6: new Map() },
  ...{ borrowed: nothingBorrowed, uniqueLocal },
};
const world = newWorld(
  engineConfig(defaultMainSettings, options.value, machine, () => ({ secret: 1 })),
  stored,
);

test('a warm-up takes two cables to the internet and pulls the first one', () => {
  const found = ['', ''];
  const plugged = ['configuration', 'online', 'online,configuration', 'online,ready'];
  expect(warmUp(world)).toEqual([...found, ...plugged, 'online']);
});

test('a warm-up leaves the world as it was', () => {
  warmUp(world);
  expect(world.services.size + world.observed.links.size + world.technologies.size + world.order.length).toBe(0);
});

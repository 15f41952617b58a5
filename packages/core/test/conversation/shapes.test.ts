/** Devices, networks and services in every number: what a cable's one of each must not be mistaken for. */
import { type DeviceFact, deviceId, type NetworkFact, networkId, type TechnologyEvent } from '@connman/contracts';
import type { IpAddress } from '@connman/inet';
import { Bench } from '../simulation/bench';

const can = { scan: false, activeSsids: 0, tether: false };

/** A tunnel's device, which has no link before it is connected. */
const device = (name: string): DeviceFact => ({
  ...{ id: deviceId(`vpn/${name}`), type: 'vpn', ident: name, interfaceName: '', powered: true, can },
});

const network = (name: string, change: Partial<NetworkFact> = {}): NetworkFact => ({
  ...{ id: networkId(`vpn/${name}/tunnel`), device: deviceId(`vpn/${name}`), group: 'office', name: 'Office' },
  link: { kind: 'idle' },
  ...change,
});

function begin() {
  const bench = new Bench();
  bench.start();
  const report = (event: TechnologyEvent<never>) => bench.daemon.dispatch({ kind: 'technology', driver: 'vpn', event });
  report({ kind: 'up' });
  return { bench, report };
}

test('two devices of one network are one service, which outlives each of them', () => {
  const { bench, report } = begin();
  for (const name of ['a', 'b']) {
    report({ kind: 'device', device: device(name) });
    report({ kind: 'networks', changed: [network(name)], gone: [] });
  }
  const { services } = bench.daemon.engine.world;
  expect([...services.values()].map(({ id, networks }) => [id, networks])).toEqual([
    ['vpn_office', ['vpn/a/tunnel', 'vpn/b/tunnel']],
  ]);
  report({ kind: 'device-gone', device: deviceId('vpn/a') });
  expect(services.get('vpn_office')?.networks).toEqual(['vpn/b/tunnel']);
  report({ kind: 'device-gone', device: deviceId('vpn/b') });
  expect(services.size).toBe(0);
});

test('a device without an ifindex has a service without a link, and the link comes with the network', () => {
  const { bench, report } = begin();
  const modem: DeviceFact = { ...device('a'), type: 'cellular' };
  report({ kind: 'device', device: modem });
  bench.ask({ kind: 'set-powered', technology: 'cellular', powered: true });
  report({ kind: 'device', device: { ...modem, powered: true } });
  report({ kind: 'networks', changed: [network('a')], gone: [] });
  bench.advance(1000);
  const id = 'cellular_a_office';
  const ethernet = () => bench.daemon.snapshot.services.get(`/net/connman/service/${id}`)?.get('Ethernet')?.value;
  expect(ethernet()).toEqual({});
  bench.ask({ kind: 'connect', service: id });
  const { attempt = 0 } = bench.serviceOfName('Office')?.connection ?? {};
  expect(attempt).toBeGreaterThan(0);
  const ifindex = bench.addWirelessLink('wwan0');
  bench.kernel.plug(ifindex, true);
  const provided = {
    addresses: [{ address: '10.8.0.2' as IpAddress, prefixLength: 24 }],
    ...{ routes: [], nameservers: [], domains: [], mtu: 0, servers: [] },
  };
  const link = { kind: 'up', attempt, ifindex, provided } as const;
  report({ kind: 'networks', changed: [network('a', { link })], gone: [] });
  bench.advance(1000);
  expect(['ready', 'online']).toContain(bench.stateOfName('Office'));
  expect(ethernet()).toMatchObject({ Interface: { value: 'wwan0' } });
});

test('two services of one device: one is connected, and the other stays as it is until it takes the device', () => {
  const bench = new Bench();
  const radio = bench.addRadio('wlan0');
  for (const name of ['Home', 'Cafe']) radio.put({ name });
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
  bench.advance(500);
  expect([bench.stateOfName('Home'), bench.stateOfName('Cafe'), radio.joined]).toEqual([
    'configuration',
    'idle',
    ['Home'],
  ]);
  bench.ask({ kind: 'connect', service: bench.idOfName('Cafe') });
  bench.advance(500);
  expect([bench.stateOfName('Home'), bench.stateOfName('Cafe'), radio.joined]).toEqual([
    'idle',
    'configuration',
    ['Cafe'],
  ]);
});

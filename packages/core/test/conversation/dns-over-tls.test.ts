/** How name servers are asked: as main.conf has it, or as a service's own settings have it. */
import type { DnsTlsMode } from '@connman/contracts';
import { parseIp } from '@connman/inet';
import type { EngineConfig } from '../../src/model/config';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

function online(config: Partial<EngineConfig>, nameservers = ['192.0.2.53']) {
  const bench = new Bench(config);
  const eth0 = bench.addLink('eth0');
  bench.start();
  const lease = () => {
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5', { nameservers }));
    bench.advance(1000);
  };
  lease();
  /** The user writes it into the service's file and starts the daemon again. */
  const write = (dnsOverTls: DnsTlsMode) => {
    const service = bench.service('eth0');
    if (!service) throw new Error('no service');
    bench.kill();
    bench.disk.writeService({ ...service, settings: { ...service.settings, dnsOverTls } });
    bench.done();
    bench.restart();
    lease();
  };
  return { bench, write };
}

const checked = (bench: Bench) => {
  const { nameservers, tls } = bench.checks.at(-1) ?? {};
  return [nameservers, tls];
};

test('by default in the clear, the online check as well', () => {
  const { bench } = online({});
  expect(bench.done('dns')).toEqual(['dns eth0=192.0.2.53']);
  expect(checked(bench)).toEqual([['192.0.2.53'], 'off']);
});

test('as main.conf says, the online check as well', () => {
  const { bench } = online({ dnsOverTls: 'strict' });
  expect(bench.done('dns')).toEqual(['dns eth0=192.0.2.53 over strict TLS']);
  expect(checked(bench)).toEqual([['192.0.2.53'], 'strict']);
});

test.each([
  ['off', 'strict', 'dns eth0=192.0.2.53 over strict TLS'],
  ['strict', 'off', 'dns eth0=192.0.2.53'],
] as const)('main.conf says %s, the service %s: the service’s word counts', (dnsOverTls, own, words) => {
  const { bench, write } = online({ dnsOverTls });
  write(own);
  expect(bench.done('dns')).toEqual([words]);
  expect(checked(bench)).toEqual([['192.0.2.53'], own]);
});

test('fallback name servers are no service’s: main.conf alone says how they are asked', () => {
  const fallback = parseIp('192.0.2.99');
  if (!fallback) throw new Error('no address');
  const { bench, write } = online({ dnsOverTls: 'strict', fallbackNameservers: [fallback] }, []);
  write('off');
  expect(checked(bench)).toEqual([['192.0.2.99'], 'strict']);
});

test('what a client sets leaves it as it is', () => {
  const { bench, write } = online({});
  write('strict');
  const service = bench.service('eth0');
  bench.ask({
    kind: 'configure',
    service: service?.id ?? '',
    setting: { name: 'Nameservers.Configuration', value: ['9.9.9.9'] },
  });
  expect(bench.done('dns').at(-1)).toBe('dns eth0=9.9.9.9 over strict TLS');
  expect([...bench.disk.read().services.values()].map((settings) => settings.dnsOverTls)).toEqual(['strict']);
});

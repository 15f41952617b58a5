/** This machine as a USB gadget: its end of the cable is a link like Ethernet's, under a technology of its own. */

import type { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online } from './begin';

const mac = '02:00:c0:ff:ee:07' as never;
const service = 'gadget_0200c0ffee07_usb';
const technology = '/net/connman/technology/gadget';

/** Online by eth0, with a gadget's link usb0 that is switched off. */
function beside(config: Parameters<typeof online>[0] = {}) {
  let usb0 = 0;
  const { bench, eth0 } = online(config, (one) => {
    usb0 = one.addGadgetLink('usb0', { mac });
  });
  return { bench, eth0, usb0 };
}

const power = (bench: Bench, powered = true) => {
  const outcome = bench.ask({ kind: 'set-powered', technology: 'gadget', powered });
  bench.advance(100);
  return outcome;
};
const properties = (bench: Bench) => bench.daemon.snapshot.services.get(`/net/connman/service/${service}`);
const linkOf = (bench: Bench, name: string) => bench.kernel.dump().links.find((link) => link.name === name);

test('the link is a technology of its own, which is off until it is switched on', () => {
  const { bench } = beside();
  const shown = () => bench.daemon.snapshot.technologies.get(technology);
  expect([shown()?.get('Type')?.value, shown()?.get('Name')?.value]).toEqual(['gadget', 'Gadget']);
  expect([shown()?.get('Powered')?.value, linkOf(bench, 'usb0')?.up]).toEqual([false, false]);
  expect(power(bench)).toEqual({ ok: true });
  expect(shown()?.get('Powered')?.value).toBe(true);
  expect(linkOf(bench, 'usb0')?.up).toBe(true);
});

test('its cable is a service gadget_MAC_usb, which a user connects (rules 46 and 67)', () => {
  const { bench, usb0 } = beside();
  power(bench);
  expect(properties(bench)?.get('Type')?.value).toBe('gadget');
  expect(bench.state('usb0')).toBe('idle');
  bench.ask({ kind: 'connect', service });
  bench.dhcp.bound(usb0, leaseOf('192.168.7.2'));
  bench.advance(1000);
  expect(bench.addresses('usb0')).toEqual(['192.168.7.2/24']);
  expect(['ready', 'online']).toContain(bench.state('usb0'));
  expect(bench.order()).toEqual(['eth0', 'usb0']);
  expect(bench.ask({ kind: 'remove', service })).toEqual({ ok: false, error: 'NotSupported' });
});

test('with AutoConnect it connects as soon as the cable is in, beside what is connected (rule 80)', () => {
  const { bench, usb0 } = beside({
    defaultFavoriteTechnologies: ['ethernet', 'gadget'],
    defaultAutoConnectTechnologies: ['ethernet', 'gadget'],
  });
  power(bench);
  bench.dhcp.bound(usb0, leaseOf('192.168.7.2'));
  bench.advance(1000);
  expect(bench.addresses('usb0')).toEqual(['192.168.7.2/24']);
  bench.kernel.plug(usb0, false);
  bench.advance(100);
  expect([bench.service('usb0'), bench.addresses('usb0')]).toEqual([undefined, []]);
  bench.kernel.plug(usb0, true);
  bench.advance(100);
  bench.dhcp.bound(usb0, leaseOf('192.168.7.2'));
  bench.advance(1000);
  expect(bench.addresses('usb0')).toEqual(['192.168.7.2/24']);
});

test('a section of the type gadget is for it and for no cable (rule 208)', () => {
  const { bench } = beside();
  power(bench);
  const settings = {
    ipv4: { method: 'manual', address: '192.168.7.2', netmask: '255.255.255.0' },
    ipv6: { method: 'off', privacy: 'disabled' },
    ...{ nameservers: [], timeservers: [], domains: [], mdns: false },
  } as never;
  bench.daemon.dispatch({ kind: 'provisions', provisions: [{ file: 'usb', ident: 'dev', type: 'gadget', settings }] });
  bench.advance(1000);
  expect(bench.addresses('usb0')).toEqual(['192.168.7.2/24']);
  expect(properties(bench)?.get('Immutable')?.value).toBe(true);
  expect(bench.addresses('eth0')).toEqual(['10.0.0.5/24']);
});

test('tethered it is a port of the bridge and no service, and a service again afterwards (rule 166)', () => {
  const { bench } = beside({ tetheringTechnologies: ['wifi', 'bluetooth', 'gadget'] });
  power(bench);
  const tether = (tethering: boolean) => bench.ask({ kind: 'set-tethering', technology: 'gadget', tethering });
  expect(tether(true)).toEqual({ ok: true });
  bench.advance(100);
  expect(linkOf(bench, 'usb0')?.master).toBe(linkOf(bench, 'tether')?.ifindex);
  expect([bench.service('usb0'), bench.state('eth0')]).toEqual([undefined, 'online']);
  expect(bench.addresses('tether')).toEqual(['192.168.0.1/24']);
  expect(tether(false)).toEqual({ ok: true });
  bench.advance(100);
  expect([linkOf(bench, 'tether'), bench.state('usb0')]).toEqual([undefined, 'idle']);
});

test('the kernel’s driver is taken out and loaded again: the service is gone with its link, and back with it', () => {
  const { bench, usb0 } = beside();
  power(bench);
  bench.kernel.removeLink(usb0);
  bench.advance(100);
  expect(properties(bench)).toBeUndefined();
  bench.addGadgetLink('usb0', { mac });
  bench.advance(100);
  expect(properties(bench)?.get('State')?.value).toBe('idle');
  expect(linkOf(bench, 'usb0')?.up).toBe(true);
});

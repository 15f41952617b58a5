import { bool, byte, dict, int64, str, strings, uint16, uint64, type Variant } from '@connman/dbus';
import { type Announcement, difference } from './difference';
import { emptySnapshot, type Snapshot } from './snapshot';

type Properties = Record<string, Variant>;

function snapshot(
  services: Record<string, Properties>,
  manager: Properties = {},
  technologies: Record<string, Properties> = {},
): Snapshot {
  const mapOf = (all: Record<string, Properties>) =>
    new Map(Object.entries(all).map(([path, properties]) => [path, new Map(Object.entries(properties))]));
  return {
    ...{
      manager: new Map(Object.entries(manager)),
      clock: new Map(),
      tetheringClients: [],
      privateNetworks: new Map(),
      peers: new Map(),
    },
    ...{ services: mapOf(services), technologies: mapOf(technologies) },
  };
}

const inWords = (said: Announcement): string => {
  switch (said.kind) {
    case 'property-changed':
      return `${said.path} ${said.name}=${JSON.stringify(said.value.value)}`;
    case 'services-changed':
      return `services ${said.changed.map(([path, properties]) => `${path}(${properties.size})`).join(' ')} without ${said.removed.join(' ')}`;
    case 'peers-changed':
      return `peers ${said.changed.map(([path, properties]) => `${path}(${properties.size})`).join(' ')} without ${said.removed.join(' ')}`;
    case 'tethering-clients-changed':
      return `clients +${said.registered.join(' ')} -${said.removed.join(' ')}`;
    default:
      return `${said.kind} ${said.path}`;
  }
};

const said = (before: Snapshot, now: Snapshot) => difference(before, now).map(inWords);

test('a property that is gone is signalled as empty, with the type that it had', () => {
  const before = {
    Error: str('x'),
    Domains: strings(['a']),
    Strength: byte(9),
    DataUsed: uint64(7n),
    Roaming: bool(true),
  };
  const changes = difference(snapshot({ a: before }), snapshot({ a: {} })).flatMap((one) =>
    one.kind === 'property-changed' ? [[one.name, one.value.signature, one.value.value]] : [],
  );
  expect(changes).toEqual([
    ['Error', 's', ''],
    ['Domains', 'as', []],
    ['Strength', 'y', 0],
    ['DataUsed', 't', 0n],
    ['Roaming', 'b', false],
  ]);
});

const wired = { Type: str('ethernet'), State: str('idle') };

test('nothing is signalled of what is equal, be it the same object or not', () => {
  const make = () =>
    snapshot({
      a: { IPv4: dict({ Method: str('dhcp') }), Domains: strings(['lan']), At: int64(5n), MTU: uint16(1500) },
    });
  expect(said(make(), make())).toEqual([]);
  expect(said(emptySnapshot, emptySnapshot)).toEqual([]);
});

test('a new service is exported, then told with all its properties beside the known ones', () => {
  expect(said(snapshot({ a: wired }), snapshot({ b: wired, a: wired }))).toEqual([
    'service-added b',
    'services b(2) a(0) without ',
  ]);
});

test('a service that is gone is told in the second list', () => {
  expect(said(snapshot({ a: wired, b: wired }), snapshot({ b: wired }))).toEqual([
    'service-removed a',
    'services b(0) without a',
  ]);
});

test('a service in use passes through disconnect and idle before it is gone', () => {
  const used = { ...wired, State: str('ready'), IPv4: dict({ Method: str('dhcp') }), Domains: strings([]) };
  expect(said(snapshot({ a: used }), snapshot({}))).toEqual([
    'a State="disconnect"',
    'a IPv4={}',
    'a State="idle"',
    'service-removed a',
    'services  without a',
  ]);
  expect(said(snapshot({ a: { State: str('disconnect') } }), snapshot({}))[0]).toBe('a State="idle"');
  expect(said(snapshot({ a: { State: str('failure') } }), snapshot({}))[0]).toBe('service-removed a');
});

test('of a service that goes clients hear last, after the states of manager and technology', () => {
  const before = snapshot({ a: wired }, { State: str('online') }, { t: { Connected: bool(true) } });
  const now = snapshot({}, { State: str('idle') }, { t: { Connected: bool(false) } });
  expect(said(before, now)).toEqual([
    't Connected=false',
    '/ State="idle"',
    'service-removed a',
    'services  without a',
  ]);
});

test('a network in use that is no longer heard is idle before it is gone, and is not shown as being left', () => {
  const used = { Type: str('wifi'), State: str('online') };
  expect(said(snapshot({ a: used }), snapshot({})).slice(0, 2)).toEqual(['a State="idle"', 'service-removed a']);
});

test('another order alone is told', () => {
  expect(said(snapshot({ a: wired, b: wired }), snapshot({ b: wired, a: wired }))).toEqual([
    'services b(0) a(0) without ',
  ]);
});

test('ServicesChanged comes before the properties, the State of each thing after its other properties, the manager last', () => {
  const before = snapshot({ a: wired, b: wired }, { State: str('idle') }, { t: { Connected: bool(false) } });
  const now = snapshot(
    { b: { ...wired, State: str('ready'), Nameservers: strings(['9.9.9.9']) }, a: wired },
    { State: str('ready') },
    { t: { Connected: bool(true) } },
  );
  expect(said(before, now)).toEqual([
    'services b(0) a(0) without ',
    'b Nameservers=["9.9.9.9"]',
    'b State="ready"',
    't Connected=true',
    '/ State="ready"',
  ]);
});

test('what is inside a dictionary or a list is compared', () => {
  const ipv4 = (address: string) => snapshot({ a: { IPv4: dict({ Method: str('dhcp'), Address: str(address) }) } });
  expect(said(ipv4('10.0.0.5'), ipv4('10.0.0.6'))).toHaveLength(1);
  const fewer = snapshot({ a: { IPv4: dict({ Method: str('dhcp') }) } });
  expect(said(ipv4('10.0.0.5'), fewer)).toHaveLength(1);
  const map = (address: string) => snapshot({ a: { IPv4: dict(new Map([['Address', str(address)]])) } });
  expect(said(map('10.0.0.5'), map('10.0.0.6'))).toHaveLength(1);
  expect(said(map('10.0.0.5'), map('10.0.0.5'))).toEqual([]);
});

test('a property that is absent now is told as empty', () => {
  const before = snapshot({ a: { Error: str('dhcp-failed'), List: strings(['x']), Set: dict({ a: str('b') }) } });
  expect(said(before, snapshot({ a: {} }))).toEqual(['a Error=""', 'a List=[]', 'a Set={}']);
});

test('a technology comes and goes with a signal of its own', () => {
  const on = snapshot({}, {}, { t: { Powered: bool(true) } });
  expect(said(snapshot({}), on)).toEqual(['technology-added t']);
  expect(said(on, snapshot({}))).toEqual(['technology-removed t']);
});

test('clients of a shared connection that come and go are in one signal', () => {
  const of = (...tetheringClients: string[]) => ({ ...snapshot({}), tetheringClients });
  expect(said(of('a', 'b'), of('b', 'c'))).toEqual(['clients +c -a']);
  expect(said(of('a'), of('a'))).toEqual([]);
});

test('SessionMode is never signalled', () => {
  expect(said(snapshot({}, { SessionMode: bool(false) }), snapshot({}, { SessionMode: bool(true) }))).toEqual([]);
});

import { bool, byte, dict, str, strings, uint16, uint64, Variant } from '@connman/dbus';
import {
  formatAdded,
  formatChange,
  formatConnections,
  formatListChange,
  formatPeers,
  formatProperties,
  formatServices,
  formatUpdate,
  formatVariant,
} from './print';

// The expected texts were taken from ConnMan 1.41's client.

const service = (id: string) => `/net/connman/service/${id}`;

test.each<[string, Variant, string]>([
  ['text', str('as it is "quoted" äöü'), 'as it is "quoted" äöü'],
  ['true', bool(true), 'True'],
  ['false', bool(false), 'False'],
  ['a byte', byte(255), '255'],
  ['a signed number', new Variant('i', -5), '-5'],
  ['an unsigned number beyond the signed ones', new Variant('u', 4294967295), '-1'],
  ['16 bits', uint16(65535), '65535'],
  ['64 bits', uint64(18446744073709551615n), '18446744073709551615'],
  ['a fraction', new Variant('d', 5.5), '5.500000'],
  ['a path', new Variant('o', '/a/b'), '/a/b'],
  ['a list', strings(['a', 'b']), '[ a, b ]'],
  ['an empty list', strings([]), '[  ]'],
  ['bytes', new Variant('ay', Uint8Array.of(1, 255)), '[ 1, 255 ]'],
  ['lists in a list', new Variant('aas', [['a'], []]), '[ [ a ], [  ] ]'],
  ['a struct', new Variant('(si)', ['a', 5]), '{ a 5 }'],
  [
    'structs with structs',
    new Variant('a((si)as)', [
      [
        ['a', 1],
        ['x', 'y'],
      ],
    ]),
    '[ { { a 1 } [ x, y ] } ]',
  ],
  ['variants', new Variant('av', [new Variant('i', 5), str('x')]), '[ 5, x ]'],
  [
    'a dictionary',
    dict(
      new Map([
        ['x', dict(new Map([['k', str('v')]]))],
        ['y', strings(['p'])],
      ]),
    ),
    '[ x=[ k=v ], y=[ p ] ]',
  ],
  ['a type no one sends', new Variant('x', -5n), '<type x>'],
])('%s is printed as the old client prints it', (_, value, expected) => {
  expect(formatVariant(value)).toBe(expected);
});

test('a network cannot steer the terminal by its name', () => {
  expect(formatProperties(new Map([['Name', str('a\u001b[2J\nb')]]))).toBe('  Name = a\\x1b[2J\\x0ab\n');
});

test('properties stand one to a line, and no properties are an empty line', () => {
  expect(
    formatProperties(
      new Map([
        ['State', str('idle')],
        ['OfflineMode', bool(false)],
      ]),
    ),
  ).toBe('  State = idle\n  OfflineMode = False\n');
  expect(formatProperties(new Map())).toBe('\n');
});

test('services are listed with marks, state, name and identifier; columns count bytes', () => {
  const list = [
    [
      service('ethernet_1_cable'),
      { Favorite: bool(true), AutoConnect: bool(true), State: str('online'), Name: str('Wired') },
    ],
    [service('wifi_1'), { State: str('failure'), Name: str('A very long network name of 32b') }],
    [service('wifi_2'), { Favorite: bool(true), State: str('association') }],
    [service('vpn_a'), { Favorite: bool(true), State: str('disconnect'), Name: str('Büro') }],
    [service('x'), {}],
  ] as const;
  expect(formatServices(list.map(([path, properties]) => [path, new Map(Object.entries(properties))]))).toBe(
    '*AO Wired                ethernet_1_cable\n' +
      '    A very long network name of 32b wifi_1\n' +
      '* a                      wifi_2\n' +
      '* d Büro                vpn_a\n' +
      'unchanged                x\n',
  );
  expect(formatServices([])).toBe('\n');
});

test('peers and VPN connections have lists of their own', () => {
  const named = (name: string, state: string) =>
    new Map([
      ['Name', str(name)],
      ['State', str(state)],
    ]);
  expect(formatPeers([['/net/connman/peer/peer_a', named('Joe', 'idle')]])).toBe('Joe idle peer_a\n');
  expect(formatPeers([['/net/connman/peer/peer_a', new Map()]])).toBe('unchanged peer_a\n');
  const connection = '/net/connman/vpn/connection/host';
  expect(formatConnections([[connection, named('Work', 'ready')]])).toBe('  R Work                 vpn_host\n');
  expect(formatConnections([[connection, named('Work', 'idle')]])).toBe('    Work                 vpn_host\n');
});

test('signals stand in columns', () => {
  expect(formatChange('Service', service('ethernet_525400123456_cable'), 'State', str('ready'))).toBe(
    'Service      ethernet_525400123456_cable State = ready\n',
  );
  expect(formatChange('Manager', '/', 'State', str('idle'))).toBe('Manager                           State = idle\n');
  const wifi = new Map([
    ['Name', str('WiFi')],
    ['Powered', bool(false)],
  ]);
  expect(formatAdded('Manager', 'TechnologyAdded', '/net/connman/technology/wifi', wifi)).toBe(
    'Manager      TechnologyAdded      /net/connman/technology/wifi = [ Name=WiFi, Powered=False ]\n',
  );
  expect(formatAdded('vpn.Manager', 'ConnectionRemoved', '/net/connman/vpn/connection/h')).toBe(
    'vpn.Manager  ConnectionRemoved    /net/connman/vpn/connection/h\n',
  );
  expect(formatUpdate(new Map([['State', str('connected')]]))).toBe(
    'Session      Update               = {\nState = connected\n}\n',
  );
});

test('a change of the lists names what stands and what went', () => {
  expect(formatListChange('ServicesChanged', [], [])).toBe('Manager      ServicesChanged      = {\n\n}, {\n}\n');
  expect(formatListChange('ServicesChanged', [[service('x'), new Map()]], [service('z')])).toBe(
    'Manager      ServicesChanged      = {\nunchanged                x\n}, {\n' +
      'removed                  /net/connman/service/z\n}\n',
  );
  expect(formatListChange('PeersChanged', [], ['/net/connman/peer/peer_b'])).toBe(
    'Manager      PeersChanged         = {\n\n}, {\nremoved /net/connman/peer/peer_b\n}\n',
  );
});

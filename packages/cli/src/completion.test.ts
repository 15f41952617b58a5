import { complete, type Known } from './completion';
import { commands } from './grammar';

const known: Known = {
  services: ['ethernet_1_cable', 'wifi_1_psk', 'wifi_2_psk'],
  technologies: ['ethernet', 'wifi'],
  peers: ['peer_a'],
  connections: ['host'],
};

test.each<[string, string[]]>([
  ['se', ['services', 'session']],
  ['ser', ['services ']],
  ['  ser', ['services ']],
  ['x', []],
  ['services ', ['ethernet_1_cable', 'wifi_1_psk', 'wifi_2_psk']],
  ['services w', ['wifi_1_psk', 'wifi_2_psk']],
  ['services ethernet_1_cable ', []],
  ['connect p', ['peer_a ']],
  ['move-before wifi_1_psk e', ['ethernet_1_cable ']],
  ['enable ', ['ethernet', 'offline', 'wifi']],
  ['scan ', ['ethernet', 'wifi']],
  ['tether wifi o', ['off', 'on']],
  ['config wifi_1_psk n', ['nameservers ']],
  ['config wifi_1_psk --ip', ['--ipv4', '--ipv6']],
  ['config wifi_1_psk --mdns yes --a', ['--autoconnect ']],
  ['monitor s', ['services ']],
  ['monitor --services o', ['off', 'on']],
  ['agent o', ['off', 'on']],
  ['session c', ['config', 'connect']],
  ['session on b', ['bearers ']],
  ['vpnconnections ', ['host ']],
  ['dns ', ['flush', 'query']],
  ['dns query ', []],
  ['state ', []],
  ['nonsense ', []],
])('%j completes to %j', (line, candidates) => {
  expect(complete(line, known).candidates).toEqual(candidates);
});

test('an empty line offers every command', () => {
  expect(complete('', known).candidates).toEqual(commands.map(({ name }) => name).sort());
});

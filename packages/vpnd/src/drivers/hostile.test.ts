/** Whatever a server or a VPN program says is read or left out; nothing of it is an exception, and no address is nonsense. */
import { familyOf, parseIp } from '@connman/inet';
import type { TunnelFacts } from '../connection/tunnel';
import { isRefusal, parseAssignment, questionOf } from './openconnect/login-output';
import { tunnelFacts } from './openvpn/environment';
import { LineReader, parseManagementLine } from './openvpn/management';
import { pppFacts } from './ppp/environment';
import { parseCallback } from './shared/callbacks';
import { vpncFacts, vpncMtu } from './shared/vpnc-environment';

/** The same numbers in every run (Park and Miller). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const pieces = [
  ...['', '0', '-1', '1', '999999999999', '255.255.0.255', '10.8.0.2', '10.8.0.2/24', '::', 'fd00::1/129', 'fd00::2'],
  ...['corp.example', '%s%n', '\0', '\n', '\u2028', 'a'.repeat(5000), '../../etc/passwd', '__proto__', ',,,', "'\\''"],
];

function mutated(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const piece = pieces[random(pieces.length)] ?? '';
  return text.slice(0, at) + piece + text.slice(at + random(4));
}

function expectSound({ addresses, nameservers, routes, servers }: TunnelFacts): void {
  for (const { address, prefixLength } of addresses) {
    expect(parseIp(address)).toBe(address);
    expect(prefixLength).toBeGreaterThanOrEqual(0);
    expect(prefixLength).toBeLessThanOrEqual(familyOf(address) === 4 ? 32 : 128);
  }
  for (const address of [...nameservers, ...servers]) expect(parseIp(address)).toBe(address);
  for (const { destination } of routes) {
    expect(parseIp(destination.address)).toBe(destination.address);
    expect(destination.length).toBeLessThanOrEqual(familyOf(destination.address) === 4 ? 32 : 128);
  }
}

const managementLines = [
  '>HOLD:Waiting for hold release:0',
  '>STATE:1637000000,CONNECTED,SUCCESS,10.8.0.2,192.0.2.1,1194,,',
  ">PASSWORD:Need 'Auth' username/password SC:1,Enter the code",
  ">PASSWORD:Verification Failed: 'Auth' ['CRV1:R,E:T21kUTQ2:dXNlcg==:Please enter the code']",
  ">PASSWORD:Need 'Private Key' password",
  '>LOG:1637000000,I,UDPv4 link remote: [AF_INET]192.0.2.1:1194',
  '>INFOMSG:OPEN_URL:https://vpn.example/login',
  '>FATAL:cannot allocate TUN/TAP dev dynamically',
  'SUCCESS: pid=1234',
  'ERROR: unknown command',
];

test('lines of openvpn’s management interface, cut anywhere and changed at random', () => {
  const random = numbers(11);
  for (const line of managementLines) {
    for (let end = 0; end <= line.length; end++) parseManagementLine(line.slice(0, end));
    for (let i = 0; i < 500; i++) parseManagementLine(mutated(line, random));
  }
});

test('lines come out whole, however the bytes are cut, and what is not text is no error', () => {
  const bytes = new TextEncoder().encode(`${managementLines.join('\r\n')}\r\n`);
  const random = numbers(12);
  for (let run = 0; run < 100; run++) {
    const reader = new LineReader();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + random(40);
      lines.push(...reader.lines(bytes.subarray(at, end)));
      at = end;
    }
    expect(lines.map((line) => line.trimEnd())).toEqual(managementLines);
  }
  expect(() => [...new LineReader().lines(Uint8Array.from({ length: 1000 }, (_, i) => i))]).not.toThrow();
});

test('calls back, cut anywhere and with every byte another one', () => {
  const text = ['2', '2', 'callback', 'tun0', 'reason=connect', 'INTERNAL_IP4_ADDRESS=10.8.0.2', ''].join('\0');
  const whole = new TextEncoder().encode(text);
  expect(parseCallback(whole)?.environment.get('reason')).toBe('connect');
  for (let end = 0; end < whole.length; end++) parseCallback(whole.subarray(0, end));
  for (let i = 0; i < whole.length; i++) {
    for (const value of [0, 0x0a, 0x3d, 0x7f, 0xff]) {
      const changed = Uint8Array.from(whole);
      changed[i] = value;
      parseCallback(changed);
    }
  }
});

const environments: readonly [
  name: string,
  read: (environment: ReadonlyMap<string, string>) => TunnelFacts,
  keys: string,
][] = [
  [
    'openvpn',
    (environment) => tunnelFacts(environment, 3, { ipv4: true, ipv6: true }),
    'ifconfig_local ifconfig_netmask ifconfig_remote ifconfig_ipv6_local ifconfig_ipv6_netbits ifconfig_ipv6_remote trusted_ip6 ' +
      'route_vpn_gateway route_net_gateway route_network_1 route_netmask_1 route_gateway_1 route_ipv6_network_1 trusted_ip ' +
      'route_ipv6_gateway_1 foreign_option_1 foreign_option_2 dns_server_1_address_1 dns_search_domain_1',
  ],
  [
    'openconnect and vpnc',
    (environment) => vpncFacts(environment, 3),
    'VPNGATEWAY INTERNAL_IP4_ADDRESS INTERNAL_IP4_NETMASK INTERNAL_IP4_DNS INTERNAL_IP6_ADDRESS INTERNAL_IP6_NETMASK ' +
      'INTERNAL_IP6_DNS CISCO_DEF_DOMAIN CISCO_SPLIT_DNS CISCO_SPLIT_INC CISCO_SPLIT_INC_0_ADDR CISCO_SPLIT_INC_0_MASK ' +
      'CISCO_SPLIT_INC_0_MASKLEN CISCO_IPV6_SPLIT_INC CISCO_IPV6_SPLIT_INC_0_ADDR CISCO_IPV6_SPLIT_INC_0_MASKLEN',
  ],
  ['pppd', (environment) => pppFacts(environment, 3), 'IPLOCAL IPREMOTE DNS1 DNS2 CONNMAN_VPN_SERVER'],
];

test.each(environments)('the environment of %s, with random values', (_, read, keys) => {
  const random = numbers(13);
  const names = keys.split(' ');
  for (let run = 0; run < 600; run++) {
    const environment = new Map(names.map((name) => [name, pieces[random(pieces.length)] ?? '']));
    expectSound(read(environment));
    const mtu = vpncMtu(environment);
    expect(mtu === 0 || (mtu >= 576 && mtu <= 65_535)).toBe(true);
  }
});

test('what openconnect prints and asks, changed at random', () => {
  const random = numbers(14);
  const texts = [
    "COOKIE='abc'",
    "FINGERPRINT='pin-sha256:xyz'",
    'Username:',
    'Password:',
    "Enter 'yes' to accept, 'no' to abort:",
  ];
  for (const text of texts) {
    for (let i = 0; i < 1000; i++) {
      const line = mutated(text, random);
      parseAssignment(line);
      questionOf(line);
      isRefusal(line);
    }
  }
});

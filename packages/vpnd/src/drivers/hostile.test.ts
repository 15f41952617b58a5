/** Whatever a server or a VPN program says is read or left out; nothing of it is an exception, and no address is nonsense. */
import { familyOf, parseIp } from '@connman/inet';
import { managementLines, mutated, numbers, outputLines, pieces, prompts } from '../../test/compliance/hostile';
import type { TunnelFacts } from '../connection/tunnel';
import { isComplaint, isMessage, isRefusal, labelOf, parseAssignment, questionOf } from './openconnect/login-output';
import { tunnelFacts } from './openvpn/environment';
import { LineReader, parseManagementLine } from './openvpn/management';
import { pppFacts } from './ppp/environment';
import { parseCallback } from './shared/callbacks';
import { vpncFacts, vpncMtu } from './shared/vpnc-environment';

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

/** Every truncation, and every byte with each of its bits turned. */
function* damaged(text: string): Iterable<string> {
  const bytes = new TextEncoder().encode(text);
  for (let end = 0; end <= text.length; end++) yield text.slice(0, end);
  for (let i = 0; i < bytes.length; i++)
    for (let bit = 0; bit < 8; bit++)
      yield new TextDecoder().decode(bytes.map((byte, at) => (at === i ? byte ^ (1 << bit) : byte)));
}

test('lines of openvpn’s management interface, cut anywhere, with every bit turned, and changed at random', () => {
  const random = numbers(11);
  for (const line of managementLines) {
    for (const text of damaged(line)) parseManagementLine(text);
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

test('what openconnect prints and asks, cut anywhere, with every bit turned, and changed at random', () => {
  const random = numbers(14);
  const read = (line: string) => {
    parseAssignment(line);
    const question = questionOf(line);
    isRefusal(line);
    isComplaint(line);
    isMessage(line);
    // A question has a label, so that it is known when it is asked again.
    expect(question === undefined || labelOf(line) !== '').toBe(true);
  };
  for (const text of [...outputLines, ...prompts]) {
    for (const line of damaged(text)) read(line);
    for (let i = 0; i < 500; i++) read(mutated(text, random));
  }
});

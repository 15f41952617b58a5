import { noRedirect, redirectOfPush } from './configuration-file';
import { tunnelFacts } from './environment';

const facts = (environment: Record<string, string>, redirect = noRedirect) =>
  tunnelFacts(new Map(Object.entries(environment)), 7, redirect);

test('topology subnet: address, gateway, routes, names', () => {
  expect(
    facts({
      trusted_ip: '203.0.113.1',
      ifconfig_local: '10.8.0.2',
      ifconfig_netmask: '255.255.255.0',
      route_vpn_gateway: '10.8.0.1',
      route_net_gateway: '192.0.2.1',
      route_network_1: '10.99.0.0',
      route_netmask_1: '255.255.0.0',
      route_gateway_1: '10.8.0.1',
      route_network_2: '198.51.100.0',
      route_netmask_2: '255.255.255.0',
      route_gateway_2: '192.0.2.1',
      foreign_option_1: 'dhcp-option DNS 10.8.0.1',
      foreign_option_2: 'dhcp-option DNS6 fd00::53',
      foreign_option_3: 'dhcp-option DOMAIN corp.example',
      foreign_option_4: 'dhcp-option DOMAIN-SEARCH lab.example',
    }),
  ).toEqual({
    ifindex: 7,
    addresses: [{ address: '10.8.0.2', prefixLength: 24, gateway: '10.8.0.1' }],
    nameservers: ['10.8.0.1', 'fd00::53'],
    domains: ['corp.example', 'lab.example'],
    // The second goes past the tunnel.
    routes: [{ destination: { address: '10.99.0.0', length: 16 }, gateway: '10.8.0.1' }],
    servers: ['203.0.113.1'],
  });
});

test('a point-to-point tunnel has a peer, IPv6 its own prefix and routes', () => {
  expect(
    facts({
      ifconfig_local: '10.8.0.6',
      ifconfig_remote: '10.8.0.5',
      ifconfig_ipv6_local: 'fd00:8::2',
      ifconfig_ipv6_netbits: '112',
      ifconfig_ipv6_remote: 'fd00:8::1',
      route_ipv6_network_1: 'fd00:99::/48',
      route_ipv6_gateway_1: 'fd00:8::1',
    }),
  ).toMatchObject({
    addresses: [
      { address: '10.8.0.6', prefixLength: 32, peer: '10.8.0.5' },
      { address: 'fd00:8::2', prefixLength: 112, gateway: 'fd00:8::1' },
    ],
    routes: [{ destination: { address: 'fd00:99::', length: 48 }, gateway: 'fd00:8::1' }],
  });
});

test('the dns option of openvpn 2.6 counts alone where it is given', () => {
  expect(
    facts({
      dns_search_domain_1: 'corp.example',
      dns_server_0_address_1: '10.8.0.53',
      dns_server_0_resolve_domain_1: 'ad.corp.example',
      foreign_option_1: 'dhcp-option DNS 10.8.0.1',
    }),
  ).toMatchObject({ nameservers: ['10.8.0.53'], domains: ['ad.corp.example', 'corp.example'] });
});

test('nonsense in the environment is left out', () => {
  expect(
    facts({
      ifconfig_local: 'nonsense',
      ifconfig_ipv6_local: 'fd00::1',
      ifconfig_ipv6_netbits: '900',
      route_network_1: '10.0.0.0',
      route_netmask_1: '255.0.255.0',
      foreign_option_1: 'dhcp-option DNS not-an-address',
      foreign_option_2: 'dhcp-option DOMAIN',
    }),
  ).toEqual({
    ifindex: 7,
    addresses: [{ address: 'fd00::1', prefixLength: 64 }],
    servers: [],
    nameservers: [],
    domains: [],
    routes: [],
  });
});

test('redirect-gateway is a default route of the families it names', () => {
  const push = (option: string) => redirectOfPush(`PUSH: Received control message: 'PUSH_REPLY,${option},ping 10'`);
  expect(push('redirect-gateway def1')).toEqual({ ipv4: true, ipv6: false });
  expect(push('redirect-gateway ipv6 !ipv4')).toEqual({ ipv4: false, ipv6: true });
  expect(push('redirect-private def1')).toBeUndefined();
  const both = facts({ route_vpn_gateway: '10.8.0.1' }, { ipv4: true, ipv6: true });
  expect(both.routes).toEqual([
    { destination: { address: '0.0.0.0', length: 0 }, gateway: '10.8.0.1' },
    { destination: { address: '::', length: 0 } },
  ]);
});

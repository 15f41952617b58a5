import { vpncFacts, vpncMtu } from './vpnc-environment';

const facts = (environment: Record<string, string>) => vpncFacts(new Map(Object.entries(environment)), 5);

test('addresses, names and networks of an AnyConnect server', () => {
  expect(
    facts({
      VPNGATEWAY: '203.0.113.1',
      INTERNAL_IP4_ADDRESS: '10.9.0.158',
      INTERNAL_IP4_NETMASK: '255.255.255.0',
      INTERNAL_IP4_DNS: '10.9.0.1 10.9.0.2',
      INTERNAL_IP6_ADDRESS: 'fd09::2',
      INTERNAL_IP6_NETMASK: 'fd09::2/64',
      INTERNAL_IP6_DNS: 'fd09::1',
      CISCO_DEF_DOMAIN: 'corp.example',
      CISCO_SPLIT_DNS: 'corp.example,lab.example',
      CISCO_SPLIT_INC: '2',
      CISCO_SPLIT_INC_0_ADDR: '10.99.0.0',
      CISCO_SPLIT_INC_0_MASK: '255.255.0.0',
      CISCO_SPLIT_INC_0_MASKLEN: '16',
      CISCO_SPLIT_INC_1_ADDR: 'nonsense',
      CISCO_IPV6_SPLIT_INC: '1',
      CISCO_IPV6_SPLIT_INC_0_ADDR: 'fd99::',
      CISCO_IPV6_SPLIT_INC_0_MASKLEN: '48',
    }),
  ).toEqual({
    ifindex: 5,
    addresses: [
      { address: '10.9.0.158', prefixLength: 24 },
      { address: 'fd09::2', prefixLength: 64 },
    ],
    nameservers: ['10.9.0.1', '10.9.0.2', 'fd09::1'],
    domains: ['corp.example', 'lab.example'],
    routes: [{ destination: { address: '10.99.0.0', length: 16 } }, { destination: { address: 'fd99::', length: 48 } }],
    servers: ['203.0.113.1'],
  });
});

test('without networks everything goes through the tunnel, in the families it has', () => {
  expect(facts({ INTERNAL_IP4_ADDRESS: '10.9.0.2' }).routes).toEqual([
    { destination: { address: '0.0.0.0', length: 0 } },
  ]);
  expect(facts({ INTERNAL_IP6_NETMASK: 'fd09::2/128' }).routes).toEqual([
    { destination: { address: '::', length: 0 } },
  ]);
});

test('a count that no server gives does not keep us busy', () => {
  expect(facts({ INTERNAL_IP4_ADDRESS: '10.9.0.2', CISCO_SPLIT_INC: '999999999' }).routes).toEqual([]);
  expect(facts({ INTERNAL_IP4_ADDRESS: '10.9.0.2', CISCO_SPLIT_INC: '-1' }).routes).toHaveLength(1);
});

test('an MTU that is none leaves the link’s own', () => {
  expect(vpncMtu(new Map([['INTERNAL_IP4_MTU', '1380']]))).toBe(1380);
  for (const text of ['0', '70000', 'x', '-1']) expect(vpncMtu(new Map([['INTERNAL_IP4_MTU', text]]))).toBe(0);
});

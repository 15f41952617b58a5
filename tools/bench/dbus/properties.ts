/** A service as a client sees it: 24 properties of the kinds and sizes that ConnMan's have, in either library's words. */

/** Signature and value; a dictionary's values are of the same kind. */
export type Sample = readonly [signature: string, value: unknown];
export type Samples = Readonly<Record<string, Sample>>;

export function sampleService(index: number): Samples {
  const dict = (content: Samples): Sample => ['a{sv}', content];
  const address = `192.0.2.${index % 250}`;
  const ipv4: Samples = {
    Method: ['s', 'dhcp'],
    Address: ['s', address],
    Netmask: ['s', '255.255.255.0'],
    Gateway: ['s', '192.0.2.254'],
  };
  const ipv6: Samples = {
    Method: ['s', 'auto'],
    Address: ['s', `2001:db8::${index}`],
    PrefixLength: ['y', 64],
    Gateway: ['s', '2001:db8::ffff'],
    Privacy: ['s', 'disabled'],
  };
  return {
    Type: ['s', 'wifi'],
    Security: ['as', ['psk', 'wps']],
    State: ['s', 'online'],
    Strength: ['y', 70],
    Favorite: ['b', true],
    Immutable: ['b', false],
    AutoConnect: ['b', true],
    Name: ['s', `Network ${index}`],
    Ethernet: dict({
      Method: ['s', 'auto'],
      Interface: ['s', 'wlan0'],
      Address: ['s', '02:00:00:00:00:01'],
      MTU: ['q', 1500],
    }),
    IPv4: dict(ipv4),
    'IPv4.Configuration': dict({ Method: ['s', 'dhcp'] }),
    IPv6: dict(ipv6),
    'IPv6.Configuration': dict({ Method: ['s', 'auto'], Privacy: ['s', 'disabled'] }),
    Nameservers: ['as', ['192.0.2.1', '2001:db8::1']],
    'Nameservers.Configuration': ['as', []],
    Timeservers: ['as', ['192.0.2.2']],
    'Timeservers.Configuration': ['as', []],
    Domains: ['as', ['example.org']],
    'Domains.Configuration': ['as', []],
    Proxy: dict({ Method: ['s', 'direct'] }),
    'Proxy.Configuration': dict({}),
    mDNS: ['b', false],
    'mDNS.Configuration': ['b', false],
    Provider: dict({}),
  };
}

export function servicePath(index: number): string {
  return `/net/connman/service/wifi_020000000001_${index.toString(16).padStart(8, '0')}_managed_psk`;
}

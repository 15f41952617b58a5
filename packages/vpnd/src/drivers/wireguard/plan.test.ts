import { planFromFile, planFromSettings } from './plan';

const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const settings = (more: Record<string, string> = {}) =>
  new Map(
    Object.entries({
      'WireGuard.Address': '10.2.0.2/24',
      'WireGuard.PrivateKey': key(1),
      'WireGuard.PublicKey': key(2),
      'WireGuard.AllowedIPs': '0.0.0.0/0, ::/0',
      ...more,
    }),
  );

test('the contract’s keys are one peer at Host', () => {
  const plan = planFromSettings(
    settings({
      'WireGuard.PresharedKey': key(3),
      'WireGuard.DNS': '10.2.0.1, corp.example',
      'WireGuard.PersistentKeepalive': '25',
      'WireGuard.ListenPort': '4000',
      'WireGuard.FwMark': '0x1f',
    }),
    'vpn.example',
  );
  expect(plan).toMatchObject({
    ok: true,
    value: {
      addresses: [{ address: '10.2.0.2', length: 24 }],
      nameservers: ['10.2.0.1'],
      domains: ['corp.example'],
      listenPort: 4000,
      fwmark: 31,
      mtu: 1420,
      peers: [
        {
          endpoint: { host: 'vpn.example', port: 51820 },
          keepaliveSeconds: 25,
          allowedIps: [
            { address: '0.0.0.0', length: 0 },
            { address: '::', length: 0 },
          ],
        },
      ],
    },
  });
});

test('both families have an address each', () => {
  expect(planFromSettings(settings({ 'WireGuard.Address': '10.2.0.2/24 fd00::2/64' }), 'h').ok).toBe(true);
});

test.each([
  [{ 'WireGuard.PrivateKey': 'short' }, 'WireGuard.PrivateKey must be a key'],
  [{ 'WireGuard.PublicKey': `${key(2).slice(0, 42)}B=` }, 'WireGuard.PublicKey must be a key'],
  [{ 'WireGuard.PresharedKey': 'x' }, 'WireGuard.PresharedKey must be a key'],
  [{ 'WireGuard.Address': '10.2.0.2/33' }, 'WireGuard.Address must be'],
  [{ 'WireGuard.Address': '10.2.0.2/24,10.3.0.2/24' }, 'WireGuard.Address has more than one IPv4 address'],
  [{ 'WireGuard.AllowedIPs': 'everything' }, 'WireGuard.AllowedIPs must be'],
  [{ 'WireGuard.EndpointPort': '0' }, 'WireGuard.EndpointPort is 0'],
])('%j is refused with its name, and no key is in the text', (wrong, text) => {
  const plan = planFromSettings(settings(wrong), 'h');
  expect(plan).toMatchObject({ ok: false, error: expect.stringContaining(text) });
  expect(JSON.stringify(plan)).not.toContain(key(1));
});

test('a file of wg-quick has several peers, lists over several lines and comments', () => {
  const plan = planFromFile(`
[Interface]
Address = 10.2.0.2/24
Address = fd00::2/64   # second
PrivateKey = ${key(1)}
DNS = 10.2.0.1, corp.example
MTU = 1380
PostUp = iptables -A FORWARD

[Peer]
PublicKey = ${key(2)}
AllowedIPs = 10.0.0.0/8
Endpoint = vpn.example:51821
PersistentKeepalive = 15
[peer]
PublicKey=${key(4)}
AllowedIPs=fd00::/8,192.0.2.1
Endpoint=[2001:db8::1]:51820
`);
  expect(plan).toMatchObject({
    ok: true,
    value: {
      addresses: [
        { address: '10.2.0.2', length: 24 },
        { address: 'fd00::2', length: 64 },
      ],
      mtu: 1380,
      peers: [
        { endpoint: { host: 'vpn.example', port: 51821 }, keepaliveSeconds: 15 },
        {
          endpoint: { host: '2001:db8::1', port: 51820 },
          allowedIps: [
            { address: 'fd00::', length: 8 },
            { address: '192.0.2.1', length: 32 },
          ],
        },
      ],
    },
  });
});

test.each([
  ['Address = 1.2.3.4/24', 'line 1 is no [Interface], [Peer] or key = value'],
  ['[Interface]\nnonsense', 'line 2 is no'],
  [`[Interface]\nPrivateKey=${key(1)}\nAddress=10.0.0.1/24`, 'it has no [Peer]'],
  [`[Peer]\nPublicKey=${key(1)}\nEndpoint=2001:db8::1:51820`, 'Endpoint 2001:db8::1:51820 of peer 1 is not HOST:PORT'],
  ['[Peer]\nAllowedIPs=0.0.0.0/0', 'peer 1: PublicKey must be'],
])('%j is refused with the place', (text, error) => {
  expect(planFromFile(text)).toMatchObject({ ok: false, error: expect.stringContaining(error) });
});

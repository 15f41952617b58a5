import { createSocket } from 'node:dgram';
import { OsError } from '@connman/base';
import { parsePrefix } from '@connman/inet';
import { enterNewNamespace, type Namespace, netlinkPort } from '@connman/linux';
import type { NetlinkPort } from '@connman/ports';
import { setLink } from './link';
import { decodeChain, type FirewallChain, type FirewallMatch, FirewallSocket, probeFirewall } from './nftables';
import { openRouteSocket } from './route-socket';

let namespace: Namespace;
let firewall: FirewallSocket;

beforeAll(() => {
  namespace = enterNewNamespace();
  const routes = openRouteSocket(netlinkPort, { onEvents() {}, onResync() {}, onFault() {} });
  expect(routes.change(setLink(1, { up: true })).ok).toBe(true);
  routes.close();
  firewall = new FirewallSocket(netlinkPort);
});
afterAll(() => {
  firewall.close();
  namespace.leave();
});

const prefix = (text: string) => {
  const parsed = parsePrefix(text);
  if (!parsed) throw new Error(text);
  return parsed;
};
const to = (text: string): FirewallMatch => ({ kind: 'destination', prefix: prefix(text) });
const from = (text: string): FirewallMatch => ({ kind: 'source', prefix: prefix(text) });

/** A chain that lets out what one of the lists of matches describes, and nothing else. */
function onlyOut(...accepted: readonly (readonly FirewallMatch[])[]): FirewallChain {
  const rules = accepted.map((matches) => ({ matches, verdict: 'accept' }) as const);
  return {
    name: 'output',
    base: { hook: 'output', priority: 0 },
    rules: [...rules, { matches: [], verdict: 'drop' }],
  };
}

/** Whether the kernel lets a datagram out; a dropped one is EPERM. */
async function goesOut(address: string, port = 9): Promise<boolean> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send('x', port, address, (error) => (error ? reject(error) : resolve()));
    });
    return true;
  } catch (error) {
    expect((error as { code?: string }).code).toBe('EPERM');
    return false;
  } finally {
    socket.close();
  }
}

test('a table is replaced as a whole, and its chains can be read again', () => {
  expect(firewall.chainsOf('test')).toEqual({ ok: true, value: [] });
  expect(firewall.replace('test', [onlyOut([]), { name: 'vpn_office', rules: [] }])).toEqual({
    ok: true,
    value: undefined,
  });
  expect(firewall.chainsOf('test')).toEqual({ ok: true, value: ['output', 'vpn_office'] });
  expect(firewall.replace('test', [{ name: 'vpn_lab', rules: [] }]).ok).toBe(true);
  expect(firewall.chainsOf('test')).toEqual({ ok: true, value: ['vpn_lab'] });
  expect(firewall.chainsOf('other')).toEqual({ ok: true, value: [] });
  expect(firewall.replace('test', []).ok).toBe(true);
  expect(firewall.chainsOf('test')).toEqual({ ok: true, value: [] });
});

test('what the kernel refuses leaves the table as it was, and is named', () => {
  firewall.replace('test', [onlyOut([])]);
  const name = 'x'.repeat(500);
  const refused = firewall.replace('test', [{ name, rules: [] }]);
  expect(!refused.ok && refused.error.message).toMatch(/^nftables test x+: adding the chain failed: ERANGE/);
  expect(firewall.chainsOf('test')).toEqual({ ok: true, value: ['output'] });
  firewall.replace('test', []);
});

test.each([
  ['a host', [to('127.0.0.2/32')], ['127.0.0.2'], ['127.0.0.3', '::1']],
  ['a network that ends within a byte', [to('127.0.4.0/23')], ['127.0.4.1', '127.0.5.1'], ['127.0.6.1', '127.0.3.1']],
  ['an IPv6 host', [to('::1/128')], ['::1'], ['127.0.0.1']],
  ['all of IPv4', [to('0.0.0.0/0')], ['127.0.0.1'], ['::1']],
  ['from a host', [from('127.0.0.1/32')], ['127.0.0.1'], ['::1']],
  ['from a network of IPv6', [from('::/96')], ['::1'], ['127.0.0.1']],
  ['a known connection', [{ kind: 'known-connection' }], [], ['127.0.0.1', '::1']],
  ['a link', [{ kind: 'out-interface', name: 'lo' }], ['127.0.0.1', '::1'], []],
  ['any other link', [{ kind: 'out-interface', name: 'lo', not: true }], [], ['127.0.0.1', '::1']],
  ['a protocol', [{ kind: 'protocol', number: 17 }], ['127.0.0.1'], []],
  ['another protocol', [{ kind: 'protocol', number: 6 }], [], ['127.0.0.1']],
] as [string, FirewallMatch[], string[], string[]][])(
  '%s is let out, and nothing else',
  async (_, matches, out, kept) => {
    expect(firewall.replace('test', [onlyOut(matches)]).ok).toBe(true);
    try {
      for (const address of out) expect([address, await goesOut(address)]).toEqual([address, true]);
      for (const address of kept) expect([address, await goesOut(address)]).toEqual([address, false]);
    } finally {
      firewall.replace('test', []);
    }
  },
);

test('a chain of the hook nat masquerades, and one of forward clamps segment sizes', () => {
  const outside: FirewallMatch = { kind: 'out-interface', name: 'tether', not: true };
  const chains: FirewallChain[] = [
    {
      name: 'nat',
      base: { hook: 'nat', priority: 100 },
      rules: [{ matches: [from('192.168.0.0/24'), outside], verdict: 'masquerade' }],
    },
    { name: 'forward', base: { hook: 'forward', priority: -150 }, rules: [{ matches: [], verdict: 'clamp-mss' }] },
  ];
  expect(firewall.replace('test', chains)).toEqual({ ok: true, value: undefined });
  expect(firewall.chainsOf('test')).toEqual({ ok: true, value: ['nat', 'forward'] });
  expect(firewall.replace('test', []).ok).toBe(true);
});

test('the probe tells a kernel that takes tables from one without netfilter, and leaves nothing', () => {
  expect(probeFirewall(netlinkPort)).toEqual({ ok: true, value: undefined });
  expect(firewall.chainsOf('connman-probe')).toEqual({ ok: true, value: [] });
  const refusal = new OsError('socket', 93, 'netlink protocol 12');
  const without: NetlinkPort = {
    ...netlinkPort,
    open: () => {
      throw refusal;
    },
  };
  expect(probeFirewall(without)).toEqual({ ok: false, error: refusal });
});

test('a chain cut short, or with any byte another one, is read or left out, and never an error', () => {
  const bytes = Uint8Array.from([1, 0, 0, 0, 9, 0, 1, 0, 116, 101, 115, 116, 0, 0, 0, 0, 8, 0, 3, 0, 111, 117, 116, 0]);
  expect(decodeChain(bytes, 0, bytes.length)).toEqual({ table: 'test', name: 'out' });
  for (let end = 0; end < bytes.length; end++) decodeChain(bytes, 0, end);
  for (let i = 0; i < bytes.length; i++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const flipped = Uint8Array.from(bytes);
      flipped[i] = value;
      decodeChain(flipped, 0, flipped.length);
    }
  }
});

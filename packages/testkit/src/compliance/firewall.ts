/**
 * What every back end of the firewall keeps to (netlink/src/nftables.ts, FirewallBackend), as cases to be run in a network namespace
 * of its own, with its link lo up. A case throws if the back end does not.
 */
import { createSocket } from 'node:dgram';
import { type Prefix, parsePrefix } from '@connman/inet';
import type { FirewallBackend, FirewallChain, FirewallMatch, FirewallRule } from '@connman/netlink';

export interface FirewallCase {
  readonly name: string;
  run(firewall: FirewallBackend): Promise<void>;
}

const table = 'connman-test';
const drop: FirewallRule = { matches: [], verdict: 'drop' };
const accept = (...matches: readonly FirewallMatch[]): FirewallRule => ({ matches, verdict: 'accept' });
const to = (text: string): FirewallMatch => ({ kind: 'destination', prefix: prefix(text) });
const from = (text: string): FirewallMatch => ({ kind: 'source', prefix: prefix(text) });

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed) throw new Error(text);
  return parsed;
}

function output(...rules: readonly FirewallRule[]): FirewallChain {
  return { name: 'output', base: { hook: 'output', priority: 0 }, rules };
}

/** Whether the kernel lets a datagram out; a dropped one is EPERM. */
async function goesOut(address: string): Promise<boolean> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.send('x', 9, address, (error) => (error ? reject(error) : resolve()));
    });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EPERM') return false;
    throw error;
  } finally {
    socket.close();
  }
}

function put(firewall: FirewallBackend, ...chains: readonly FirewallChain[]): void {
  const replaced = firewall.replace(table, chains);
  if (!replaced.ok) throw replaced.error;
}

function expectChains(firewall: FirewallBackend, ...names: readonly string[]): void {
  const chains = firewall.chainsOf(table);
  if (!chains.ok) throw chains.error;
  const found = [...chains.value].sort().join(' ');
  if (found !== [...names].sort().join(' ')) throw new Error(`chains: ${found}, and not ${names.join(' ')}`);
}

async function expectOut(addresses: readonly string[], isOut: boolean): Promise<void> {
  for (const address of addresses) {
    if ((await goesOut(address)) !== isOut) throw new Error(`${address} ${isOut ? 'is dropped' : 'is let out'}`);
  }
}

/** What comes in on lo, by its addresses. */
function counting(): FirewallChain {
  const lo: FirewallMatch = { kind: 'in-interface', name: 'lo' };
  const rules = ['127.0.0.0/8', '::/0'].flatMap((text): FirewallRule[] => [
    { matches: [lo, from(text)], verdict: 'count-sent' },
    { matches: [lo, to(text)], verdict: 'count-received' },
  ]);
  return { name: 'prerouting', base: { hook: 'prerouting', priority: 200 }, rules };
}

/** A datagram of one byte, with the headers of UDP and IP. */
const datagramBytes = { 4: 29, 6: 49 } as const;

function expectCount(firewall: FirewallBackend, address: string, direction: 'sent' | 'received', datagrams: number) {
  const counts = firewall.countsOf(table);
  if (!counts.ok) throw counts.error;
  const own = counts.value.filter((one) => one.address === address && one.direction === direction);
  const bytes = own.reduce((sum, one) => sum + one.bytes, 0);
  const expected = datagrams * datagramBytes[address.includes(':') ? 6 : 4];
  if (bytes !== expected) throw new Error(`${address} has ${direction} ${bytes} bytes, and not ${expected}`);
}

/** What a rule with these matches lets out, and what it does not. */
const matching: readonly (readonly [name: string, matches: FirewallMatch[], out: string[], kept: string[]])[] = [
  ['a host', [to('127.0.0.2/32')], ['127.0.0.2'], ['127.0.0.3', '::1']],
  ['a network that ends within a byte', [to('127.0.4.0/23')], ['127.0.4.1', '127.0.5.1'], ['127.0.6.1', '127.0.3.1']],
  ['an IPv6 host', [to('::1/128')], ['::1'], ['127.0.0.1']],
  ['all of IPv4', [to('0.0.0.0/0')], ['127.0.0.1'], ['::1']],
  ['from a host', [from('127.0.0.1/32')], ['127.0.0.1'], ['::1']],
  ['from a network of IPv6', [from('::/96')], ['::1'], ['127.0.0.1']],
  ['a known connection', [{ kind: 'known-connection' }], [], ['127.0.0.1', '::1']],
  ['a link', [{ kind: 'out-interface', name: 'lo' }], ['127.0.0.1', '::1'], []],
  ['any other link', [{ kind: 'out-interface', name: 'lo', not: true }], [], ['127.0.0.1', '::1']],
  [
    'none of two links',
    ['tether', 'tun0'].map((name) => ({ kind: 'out-interface', name, not: true }) as const),
    ['127.0.0.1', '::1'],
    [],
  ],
  [
    'neither lo nor another link',
    ['tun0', 'lo'].map((name) => ({ kind: 'out-interface', name, not: true }) as const),
    [],
    ['127.0.0.1', '::1'],
  ],
  ['a protocol', [{ kind: 'protocol', number: 17 }], ['127.0.0.1'], []],
  ['another protocol', [{ kind: 'protocol', number: 6 }], [], ['127.0.0.1']],
  [
    'other ports of a protocol',
    [
      { kind: 'protocol', number: 17 },
      { kind: 'ports', source: 68, destination: 67 },
    ],
    [],
    ['127.0.0.1'],
  ],
  [
    'a range of ICMPv6 types',
    [
      { kind: 'protocol', number: 58 },
      { kind: 'icmp-type', from: 130, to: 136 },
    ],
    [],
    ['127.0.0.1', '::1'],
  ],
];

const afterwards = async (firewall: FirewallBackend, run: () => void | Promise<void>) => {
  try {
    await run();
  } finally {
    put(firewall);
  }
  expectChains(firewall);
};

export const firewallCases: readonly FirewallCase[] = [
  {
    name: 'a table is replaced as a whole, and its chains can be read again, also those that no packet comes to',
    run: (firewall) =>
      afterwards(firewall, () => {
        expectChains(firewall);
        put(firewall, output(accept()), { name: 'vpn_office_with_a_name_longer_than_a_chain_of_iptables', rules: [] });
        expectChains(firewall, 'output', 'vpn_office_with_a_name_longer_than_a_chain_of_iptables');
        put(firewall, output(accept()), { name: 'vpn_lab', rules: [] });
        expectChains(firewall, 'output', 'vpn_lab');
      }),
  },
  {
    name: 'what is refused leaves the table as it was, and the error names the table',
    run: (firewall) =>
      afterwards(firewall, async () => {
        put(firewall, output(accept(to('127.0.0.0/8')), drop));
        const name = 'x'.repeat(500);
        const rule = accept({ kind: 'out-interface', name: 'a/b c' });
        const refused = firewall.replace(table, [
          output(drop),
          { name, base: { hook: 'nat', priority: 100 }, rules: [rule] },
        ]);
        if (refused.ok) throw new Error('a name of 500 characters is not refused');
        expectChains(firewall, 'output');
        await expectOut(['127.0.0.1'], true);
        await expectOut(['::1'], false);
      }),
  },
  {
    name: 'networks are masqueraded by the link they leave by, and segment sizes clamped',
    run: (firewall) =>
      afterwards(firewall, () => {
        const outside: FirewallMatch = { kind: 'out-interface', name: 'tether', not: true };
        const inside: FirewallMatch = { kind: 'out-interface', name: 'tether' };
        put(
          firewall,
          {
            name: 'postrouting',
            base: { hook: 'nat', priority: 100 },
            rules: [{ matches: [from('192.168.0.0/24'), outside], verdict: 'masquerade' }],
          },
          {
            name: 'forward',
            base: { hook: 'forward', priority: -150 },
            rules: [
              { matches: [inside], verdict: 'clamp-mss' },
              { matches: [inside, { kind: 'known-connection' }], verdict: 'accept' },
              { matches: [inside, { kind: 'in-interface', name: 'tether', not: true }], verdict: 'drop' },
            ],
          },
        );
        expectChains(firewall, 'forward', 'postrouting');
      }),
  },
  {
    name: 'traffic is counted by address and direction, also while rules change, or the back end says that it does not',
    run: (firewall) =>
      afterwards(firewall, async () => {
        const counted = firewall.replace(table, [counting()]);
        if (!counted.ok) {
          if (!/not by client/.test(counted.error.message)) throw counted.error;
          return expectChains(firewall);
        }
        // The port is closed: what comes back for each datagram has its own addresses.
        await expectOut(['127.0.0.2', '127.0.0.2', '127.0.0.3', '::1'], true);
        for (const [address, datagrams] of [['127.0.0.2', 2] as const, ['127.0.0.3', 1] as const])
          expectCount(firewall, address, 'received', datagrams);
        put(firewall, counting());
        await expectOut(['127.0.0.2'], true);
        expectCount(firewall, '127.0.0.2', 'received', 3);
        expectCount(firewall, '127.0.0.4', 'received', 0);
        const sent = firewall.countsOf(table);
        if (!sent.ok || !sent.value.some(({ address, mac }) => address === '::1' && mac === '00:00:00:00:00:00'))
          throw new Error('who has sent is not known');
        put(firewall);
        put(firewall, counting());
        expectCount(firewall, '127.0.0.2', 'received', 0);
      }),
  },
  ...matching.map(
    ([name, matches, out, kept]): FirewallCase => ({
      name: `${name} is let out, and nothing else`,
      run: (firewall) =>
        afterwards(firewall, async () => {
          put(firewall, output(accept(...matches), drop));
          await expectOut(out, true);
          await expectOut(kept, false);
        }),
    }),
  ),
];

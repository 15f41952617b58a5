import { enterNewNamespace, type Namespace, netlinkPort } from '@connman/linux';
import { firewallCases } from '@connman/testkit';
import { setLink } from './link';
import { countSets, decodeCounts } from './nft-counts';
import { decodeChain, type FirewallChain, FirewallSocket } from './nftables';
import { openRouteSocket } from './route-socket';
import { MessageWriter } from './wire';

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

/** A chain that drops all that leaves. */
const silence: FirewallChain = {
  name: 'output',
  base: { hook: 'output', priority: 0 },
  rules: [{ matches: [], verdict: 'drop' }],
};

test.each(firewallCases)('$name', ({ run }) => run(firewall));

test('what the kernel refuses leaves the table as it was, and is named', () => {
  firewall.replace('test', [silence]);
  const name = 'x'.repeat(500);
  const refused = firewall.replace('test', [{ name, rules: [] }]);
  expect(!refused.ok && refused.error.message).toMatch(/^nftables test x+: adding the chain failed: ERANGE/);
  expect(firewall.chainsOf('test')).toEqual({ ok: true, value: ['output'] });
  firewall.replace('test', []);
});

test('a chain cut short, or with any byte another one, is read or left out, and never an error', () => {
  const bytes = Uint8Array.from([1, 0, 0, 0, 9, 0, 1, 0, 116, 101, 115, 116, 0, 0, 0, 0, 8, 0, 3, 0, 111, 117, 116, 0]);
  expect(decodeChain(bytes, 0, bytes.length)).toMatchObject({ table: 'test', name: 'out' });
  for (let end = 0; end < bytes.length; end++) decodeChain(bytes, 0, end);
  for (let i = 0; i < bytes.length; i++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const flipped = Uint8Array.from(bytes);
      flipped[i] = value;
      decodeChain(flipped, 0, flipped.length);
    }
  }
});

test('counts cut short, or with any byte another one, are read or left out, and never an error', () => {
  const sent = countSets[0] as (typeof countSets)[number];
  const key = Uint8Array.of(2, 0, 0, 0, 0, 9, 0, 0, 192, 168, 0, 2);
  const big = (last: number) => Uint8Array.of(0, 0, 0, 0, 0, 0, 1, last);
  const bytes = new MessageWriter()
    .uint8s(1, 0, 0, 0)
    .attributeNested(3, (list) =>
      list.attributeNested(1, (element) =>
        element
          .attributeNested(1, (data) => data.attribute(1, key))
          .attributeNested(7, (expression) =>
            expression
              .attributeText(1, 'counter')
              .attributeNested(2, (data) => data.attribute(1, big(4)).attribute(2, big(1))),
          ),
      ),
    )
    .finish();
  expect(decodeCounts(sent, bytes, 0, bytes.length)).toEqual([
    { direction: 'sent', address: '192.168.0.2', mac: '02:00:00:00:00:09', bytes: 260, packets: 257 },
  ]);
  for (let end = 0; end < bytes.length; end++) decodeCounts(sent, bytes, 0, end);
  for (let i = 0; i < bytes.length; i++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const flipped = Uint8Array.from(bytes);
      flipped[i] = value;
      for (const set of countSets) decodeCounts(set, flipped, 0, flipped.length);
    }
  }
});

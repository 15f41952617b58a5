/** No list or table costs more than n log n of its entries. */
import { growthOf } from '@connman/testkit/steps';
import { decodeMessage } from '../src/message/message';
import { parseHosts } from '../src/route/hosts';
import { buildMessage, type RecordValue } from './build';
import { World } from './world';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

test.each<[string, (i: number) => string]>([
  ['a name for each address', (i) => `${address(i)} host${i}\n`],
  ['one name for all', (i) => `${address(i)} host\n`],
  ['one address for all', (i) => `192.0.2.1 host${i}\n`],
  ['one line', (i) => (i === 0 ? '192.0.2.1 a' : ` host${i}`)],
])('a hosts file: %s', (_name, line) => {
  expect(growthOf(200, (count) => () => void parseHosts(numbers(count).map(line).join('')))).toBeLessThan(5);
});

const chain = (i: number): RecordValue => ({
  name: `h${i}.example`,
  type: 'CNAME',
  ttl: 60,
  data: `h${i + 1}.example`,
});

test.each<[string, (count: number) => RecordValue[]]>([
  [
    'addresses of one name',
    (count) => numbers(count).map((i) => ({ name: 'h0.example', type: 'A', ttl: 60, data: address(i) })),
  ],
  ['a chain', (count) => numbers(count).map(chain)],
  ['a chain, last first', (count) => numbers(count).map(chain).reverse()],
])('an answer: %s', async (_name, records) => {
  const growths = growthOf(40, (count) => {
    const bytes = buildMessage({ flags: 0x8180, question: { name: 'h0.example' }, records: records(count) });
    return () => void decodeMessage(bytes);
  });
  expect(growths).toBeLessThan(5);
});

const setLinks = (world: World, count: number) =>
  world.proxy.together(() => {
    for (const i of numbers(count)) {
      const domains = [{ name: `d${i}.example`, search: i % 2 === 0 }];
      world.setLink({ ifindex: i + 1, interfaceName: `eth${i}`, addresses: [address(i)], domains, isDefault: false });
    }
  });

test.each<[string, (world: World, count: number) => void]>([
  ['links with a domain each', setLinks],
  [
    'links that go',
    (world, count) => {
      setLinks(world, count);
      world.proxy.together(() => {
        for (const i of numbers(count)) world.proxy.removeLink(i + 1);
      });
    },
  ],
  [
    'domains of one link',
    (world, count) => {
      const domains = numbers(count).map((i) => ({ name: `d${i}.example`, search: true }));
      world.setLink({ addresses: ['192.0.2.1'], domains });
    },
  ],
  ['servers of one link', (world, count) => world.setLink({ addresses: numbers(count).map(address) })],
])('%s', (_name, act) => {
  const growth = growthOf(50, (count) => {
    const world = new World();
    world.proxy.setFallbackServers([], 'off');
    return () => act(world, count);
  });
  expect(growth).toBeLessThan(5);
});

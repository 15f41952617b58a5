import { bool, str, variant } from '@connman/dbus';
import { tunnelLine } from './tunnel-line';

type Network = readonly [address: string, mask: string];

const routes = (networks: readonly Network[]) =>
  variant(
    'a(a{sv})',
    networks.map(([network, mask]) => [
      new Map([
        ['Network', str(network)],
        ['Netmask', str(mask)],
      ]),
    ]),
  );
const line = (split: boolean, entries: readonly Network[] = [], killSwitch = 'false') =>
  tunnelLine(
    new Map([
      ['SplitRouting', bool(split)],
      ['ServerRoutes', routes(entries)],
      ['KillSwitch', str(killSwitch)],
    ]),
  );

test('a full tunnel takes all traffic, and a kill switch is named', () => {
  expect(line(false)).toBe('All traffic goes through it\n');
  expect(line(false, [], 'true')).toBe(
    'All traffic goes through it; nothing leaves past it until you disconnect (KillSwitch)\n',
  );
});

test('a split one takes its networks, without default routes and their halves', () => {
  expect(line(true, [['10.99.0.0', '255.255.0.0']])).toBe('Only 10.99.0.0/16 goes through it\n');
  const entries = [
    ['0.0.0.0', '128.0.0.0'],
    ['10.99.0.0', '255.255.0.0'],
    ['fd00::', '8'],
  ] as const;
  expect(line(true, entries)).toBe('Only 10.99.0.0/16, fd00::/8 go through it\n');
  expect(line(true)).toBe("Only the tunnel's own network goes through it\n");
});

test('of many networks some are named and the others counted; a server’s text does not steer the terminal', () => {
  const many = Array.from({ length: 9 }, (_, i) => [`10.${i}.0.0`, '255.255.0.0'] as const);
  expect(line(true, many)).toBe('Only 10.0.0.0/16, 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16 and 5 more go through it\n');
  expect(line(true, [['\u001b[2J', '8']])).not.toContain('\u001b');
});

import type { Instant } from '@connman/base';
import { parseIp, parsePrefix } from '@connman/inet';
import type { LinkFact } from '@connman/netlink';
import { changeInWords } from '../../replay/in-words';
import { addressKey, ownProtocol, routeKey } from '../observed/keys';
import { emptyObserved, type Observed, observeAddress, observeLink, observeRoute } from '../observed/tables';
import type { Desired, DesiredAddress, DesiredRoute } from './desired';
import { adopt, plan } from './plan';

const fail = (text: string): never => {
  throw new Error(text);
};
const now = 1_000_000 as Instant;
const foreign = 3;

/** `1 10.0.0.5/24`, and ` for 60` with a lifetime in seconds. */
function address(text: string): DesiredAddress {
  const [ifindex, prefix = '', , seconds] = text.split(' ');
  const own = parsePrefix(prefix) ?? fail(text);
  return {
    ifindex: Number(ifindex),
    address: own.address,
    prefixLength: own.length,
    ...(seconds !== undefined && { validUntil: (now + Number(seconds) * 1000) as Instant }),
  };
}

/** `1 0.0.0.0/0 via 10.0.0.1 metric 5`, without `via` on the link, without `metric` 0. */
function route(text: string): DesiredRoute {
  const [ifindex, prefix = '', ...rest] = text.split(' ');
  const destination = parsePrefix(prefix) ?? fail(text);
  const gateway = rest[0] === 'via' ? parseIp(rest[1] ?? '') : undefined;
  const metric = rest.at(-2) === 'metric' ? Number(rest.at(-1)) : 0;
  const family = prefix.includes(':') ? 6 : 4;
  return { ifindex: Number(ifindex), family, destination, ...(gateway && { gateway }), metric };
}

interface Tables {
  readonly addresses?: readonly string[];
  readonly routes?: readonly string[];
}

const desired = ({ addresses = [], routes = [] }: Tables, links: Desired['links'] = []): Desired => ({
  links,
  addresses: addresses.map(address),
  routes: routes.map(route),
  rules: [],
});

/** What is ours, and what is other programs'. */
function observed(ours: Tables, others: Tables = {}): Observed {
  const tables = emptyObserved();
  const put = ({ addresses = [], routes = [] }: Tables, protocol: number) => {
    for (const { validUntil, ...own } of addresses.map(address)) {
      const validSeconds = validUntil === undefined ? 0xffffffff : (validUntil - now) / 1000;
      const fact = { ...own, scope: 0, flags: 0, validSeconds, preferredSeconds: validSeconds, protocol };
      observeAddress(tables, fact, now);
    }
    for (const own of routes.map(route)) {
      observeRoute(tables, { ...own, table: 254, protocol, scope: 0, type: 1 }, false);
    }
  };
  put(others, foreign);
  put(ours, ownProtocol);
  return tables;
}

const planned = (wanted: Desired, seen: Observed, adopted: ReadonlySet<string> = new Set()) =>
  plan(wanted, seen, adopted).map((change) => changeInWords(change, String, now));

test('what is right already needs nothing', () => {
  const tables = { addresses: ['1 10.0.0.5/24 for 600'], routes: ['1 0.0.0.0/0 via 10.0.0.1'] };
  expect(planned(desired(tables), observed(tables))).toEqual([]);
});

test('what is missing is put, addresses before routes', () => {
  const tables = { addresses: ['1 10.0.0.5/24 for 600'], routes: ['1 0.0.0.0/0 via 10.0.0.1'] };
  expect(planned(desired(tables), observed({}))).toEqual([
    'put-address 1 10.0.0.5/24 for 600 s',
    'add-route 1 default via 10.0.0.1',
  ]);
});

test('what is ours and not wanted goes, routes before addresses', () => {
  const tables = { addresses: ['1 10.0.0.5/24'], routes: ['1 0.0.0.0/0 via 10.0.0.1', '1 9.9.9.9/32 via 10.0.0.1'] };
  expect(planned(desired({}), observed(tables))).toEqual([
    'remove-route 1 default via 10.0.0.1',
    'remove-route 1 9.9.9.9/32 via 10.0.0.1',
    'remove-address 1 10.0.0.5/24',
  ]);
});

test('what is not ours is left alone', () => {
  const others = {
    addresses: ['1 10.0.0.9/24'],
    routes: ['1 0.0.0.0/0 via 10.0.0.254', '1 192.0.2.0/24 via 10.0.0.2'],
  };
  expect(planned(desired({}), observed({}, others))).toEqual([]);
});

test('a lifetime is renewed when it differs by more than the kernel rounds', () => {
  const renewed = (seconds: number) =>
    planned(
      desired({ addresses: [`1 10.0.0.5/24 for ${seconds}`] }),
      observed({ addresses: ['1 10.0.0.5/24 for 600'] }),
    );
  expect(renewed(602)).toEqual([]);
  expect(renewed(598)).toEqual([]);
  expect(renewed(603)).toEqual(['put-address 1 10.0.0.5/24 for 603 s']);
  expect(
    planned(desired({ addresses: ['1 10.0.0.5/24'] }), observed({ addresses: ['1 10.0.0.5/24 for 600'] })),
  ).toEqual(['put-address 1 10.0.0.5/24']);
});

test('an address of the same network goes before its successor comes, one of another network after', () => {
  const seen = observed({ addresses: ['1 10.0.0.5/24'] });
  expect(planned(desired({ addresses: ['1 10.0.0.6/24'] }), seen)).toEqual([
    'remove-address 1 10.0.0.5/24',
    'put-address 1 10.0.0.6/24',
  ]);
  const after = ['put-address 1 10.0.1.6/24', 'remove-address 1 10.0.0.5/24'];
  expect(planned(desired({ addresses: ['1 10.0.1.6/24'] }), seen)).toEqual(after);
  // Another length is another network, and so is another link's.
  expect(planned(desired({ addresses: ['1 10.0.0.6/25'] }), seen)[0]).toBe('put-address 1 10.0.0.6/25');
  expect(planned(desired({ addresses: ['2 10.0.0.6/24'] }), seen)[0]).toBe('put-address 2 10.0.0.6/24');
});

test('a default route that moves to another link is replaced in one step', () => {
  const seen = observed({ routes: ['1 0.0.0.0/0 via 10.0.0.1', '2 0.0.0.0/0 via 10.1.0.1 metric 4000000'] });
  const wanted = desired({ routes: ['2 0.0.0.0/0 via 10.1.0.1', '1 0.0.0.0/0 via 10.0.0.1 metric 5000000'] });
  expect(planned(wanted, seen)).toEqual([
    'replace-route 2 default via 10.1.0.1',
    'add-route 1 default via 10.0.0.1 low',
  ]);
  // And the low one goes when the other is there.
  const then = observed({
    routes: [
      '2 0.0.0.0/0 via 10.1.0.1',
      '2 0.0.0.0/0 via 10.1.0.1 metric 4000000',
      '1 0.0.0.0/0 via 10.0.0.1 metric 5000000',
    ],
  });
  expect(planned(wanted, then)).toEqual(['remove-route 2 default via 10.1.0.1 low']);
});

test('beside a foreign route of the same destination and metric nothing is replaced', () => {
  const seen = observed({ routes: ['1 0.0.0.0/0 via 10.0.0.1'] }, { routes: ['3 0.0.0.0/0 via 172.16.0.1'] });
  expect(planned(desired({ routes: ['2 0.0.0.0/0 via 10.1.0.1'] }), seen)).toEqual([
    'add-route 2 default via 10.1.0.1',
    'remove-route 1 default via 10.0.0.1',
  ]);
});

test('one of our routes is replaced once, by one successor', () => {
  const seen = observed({ routes: ['1 0.0.0.0/0 via 10.0.0.1'] });
  const wanted = desired({ routes: ['2 0.0.0.0/0 via 10.1.0.1', '3 0.0.0.0/0 via 10.2.0.1'] });
  expect(planned(wanted, seen)).toEqual(['replace-route 2 default via 10.1.0.1', 'add-route 3 default via 10.2.0.1']);
});

test('an IPv6 route is never replaced: all routes of its slot would go', () => {
  const seen = observed({ routes: ['1 ::/0 via 2001:db8::1 metric 1024'] });
  expect(planned(desired({ routes: ['1 ::/0 via 2001:db8::2 metric 1024'] }), seen)[0]).toBe(
    'add-route 1 default via 2001:db8::2',
  );
});

test('what is wanted and there without our mark is adopted, and goes when it is wanted no more', () => {
  const tables = { addresses: ['1 10.0.0.5/24'], routes: ['1 0.0.0.0/0 via 10.0.0.1'] };
  const seen = observed({}, tables);
  const adopted = new Set(adopt(desired(tables), seen));
  expect([...adopted]).toEqual([addressKey(address('1 10.0.0.5/24')), routeKey(route('1 0.0.0.0/0 via 10.0.0.1'))]);
  expect(planned(desired(tables), seen, adopted)).toEqual([]);
  expect(planned(desired({}), seen, adopted)).toEqual([
    'remove-route 1 default via 10.0.0.1',
    'remove-address 1 10.0.0.5/24',
  ]);
});

describe('links', () => {
  const link: LinkFact = {
    ifindex: 1,
    name: 'eth0',
    hardwareType: 1,
    mac: '',
    mtu: 1500,
    up: false,
    carrier: false,
    operstate: 2,
    master: 0,
    kind: '',
    vlanId: 0,
    physicalPort: '',
  };
  const seen = observed({ addresses: ['1 10.0.0.5/24'] });
  observeLink(seen, link);

  test('a link is switched on before anything else, and off after', () => {
    const wanted = { addresses: ['1 10.0.0.6/24'] };
    expect(planned(desired(wanted, [{ ifindex: 1, up: true, mtu: 1400 }]), seen)[0]).toBe('set-link 1 up mtu 1400');
    observeLink(seen, { ...link, up: true });
    expect(planned(desired({}, [{ ifindex: 1, up: false }]), seen)).toEqual([
      'remove-address 1 10.0.0.5/24',
      'set-link 1 down',
    ]);
    observeLink(seen, link);
  });

  test('a link that is as wanted, or not there, is not touched', () => {
    const keep = { addresses: ['1 10.0.0.5/24'] };
    expect(
      planned(desired(keep, [{ ifindex: 1, up: false, mtu: 1500 }, { ifindex: 9, up: true }, { ifindex: 1 }]), seen),
    ).toEqual([]);
  });
});

test.each(['removed', 'replaced by as many others'])(
  'what thousands of routes and addresses cost grows with their number, not with its square: %s',
  (how) => {
    let steps = 0;
    const counted = <T extends object>(value: T): T =>
      new Proxy(value, {
        get: (target, name) => {
          steps++;
          return Reflect.get(target, name);
        },
      });
    const stepsOf = (n: number) => {
      const routes = (gateway: string) =>
        Array.from({ length: n }, (_, i) => `1 172.16.${i >> 8}.${i & 255}/32 via ${gateway}`);
      const addresses = (last: number) => Array.from({ length: n }, (_, i) => `1 10.${i >> 8}.${i & 255}.${last}/24`);
      const before = observed({ addresses: addresses(1), routes: routes('10.0.0.1') });
      for (const [key, one] of [...before.routes]) before.routes.set(key, counted(one));
      for (const [key, one] of [...before.addresses]) before.addresses.set(key, counted(one));
      const wanted = how === 'removed' ? desired({}) : desired({ addresses: addresses(2), routes: routes('10.0.0.2') });
      const next = { ...wanted, addresses: wanted.addresses.map(counted), routes: wanted.routes.map(counted) };
      steps = 0;
      expect(plan(next, before, new Set())).toHaveLength(how === 'removed' ? 2 * n : 3 * n);
      return steps;
    };
    expect(stepsOf(2000) / stepsOf(1000)).toBeLessThan(2.5);
  },
);

import { soaData } from '../../test/build';
import { type Asked, says, World } from '../../test/world';

const first = '192.0.2.53';

function data(packet: { answers: readonly { data: unknown }[] } | undefined): unknown {
  return packet?.answers.map((record) => record.data);
}

describe('a split domain', () => {
  const vpn = { ifindex: 9, interfaceName: 'tun0', addresses: ['10.8.0.1'], isDefault: false };

  async function splitWorld(): Promise<World> {
    const world = new World();
    world.setLink({ addresses: [first] });
    world.setLink({
      ...vpn,
      domains: [
        { name: 'corp.example', search: false },
        { name: '8.10.in-addr.arpa', search: false },
      ],
    });
    world.network.onAsk = says('192.0.2.1');
    return world;
  }

  test('is asked of its own servers by its own link, everything else of the default ones', async () => {
    const world = await splitWorld();
    for (const name of ['corp.example', 'a.b.CORP.example', 'notcorp.example', 'example']) await world.ask(name);
    await world.ask('1.0.8.10.in-addr.arpa', 'PTR');
    expect(world.network.asked.map(({ name, interfaceName }) => `${name.toLowerCase()} ${interfaceName}`)).toEqual([
      'corp.example tun0',
      'a.b.corp.example tun0',
      'notcorp.example eth0',
      'example eth0',
      '1.0.8.10.in-addr.arpa tun0',
    ]);
  });

  test('does not leak to the default servers when its own are silent', async () => {
    const world = await splitWorld();
    world.network.onAsk = () => {};
    await world.ask('a.corp.example');
    await world.advance(20_000);
    expect(new Set(world.network.asked.map(({ interfaceName }) => interfaceName))).toEqual(new Set(['tun0']));
  });

  test('takes the longest match, and what was learned on the old way is forgotten when ways change', async () => {
    const world = await splitWorld();
    await world.ask('x.deep.corp.example');
    world.setLink({
      ...vpn,
      ifindex: 10,
      interfaceName: 'tun1',
      domains: [{ name: 'deep.corp.example', search: false }],
    });
    await world.ask('x.deep.corp.example');
    world.proxy.removeLink(10);
    await world.ask('x.deep.corp.example');
    expect(world.network.asked.map(({ interfaceName }) => interfaceName)).toEqual(['tun0', 'tun1', 'tun0']);
  });
});

test('an answer that was under way when the ways changed is told, but not kept', async () => {
  const world = new World();
  world.setLink({ addresses: [first] });
  await world.ask('db.corp.example');
  const domains = [{ name: 'corp.example', search: false }];
  world.setLink({ ifindex: 9, interfaceName: 'tun0', addresses: ['10.8.0.1'], isDefault: false, domains });
  // Nor does a new question join it.
  await world.ask('db.corp.example', 'A', { id: 2 });
  expect(world.network.asked.map(({ interfaceName }) => interfaceName)).toEqual(['eth0', 'tun0']);
  says('203.0.113.9')(world.network.asked[0] as Asked);
  expect((await world.answers()).map(data)).toEqual([['203.0.113.9']]);
  says('10.8.0.5')(world.network.asked[1] as Asked);
  expect((await world.answers()).map(data)).toEqual([['10.8.0.5']]);
  expect(data(await world.ask('db.corp.example'))).toEqual(['10.8.0.5']);
});

describe('a single-label name', () => {
  const domains = [
    { name: 'one.example', search: true },
    { name: 'two.example', search: true },
    { name: 'quiet.example', search: false },
  ];

  test('is tried in the search domains, and the answer carries the name that was asked for', async () => {
    const world = new World();
    world.setLink({ addresses: [first], domains });
    world.network.onAsk = (asked) => {
      if (asked.name.toLowerCase() === 'printer.two.example') says('192.0.2.9')(asked);
      else asked.answer({ flags: 0x8183 });
    };
    const answer = await world.ask('Printer');
    expect(answer?.questions[0]?.name).toBe('Printer');
    expect(answer?.answers).toEqual([expect.objectContaining({ name: 'Printer', data: '192.0.2.9' })]);
    expect(world.network.asked.map(({ name }) => name.toLowerCase())).toEqual([
      'printer.one.example',
      'printer.two.example',
    ]);
    await world.ask('printer');
    expect(world.network.asked.length).toBe(2);
  });

  test('is asked as it is when no search domain has it', async () => {
    const world = new World();
    world.setLink({ addresses: [first], domains });
    world.network.onAsk = (asked) => asked.answer({ flags: 0x8183 });
    expect((await world.ask('nobody'))?.rcode).toBe('NXDOMAIN');
    expect(world.network.asked.map(({ name }) => name.toLowerCase())).toEqual([
      'nobody.one.example',
      'nobody.two.example',
      'nobody',
    ]);
  });

  /** Answers as `zones` say: an address, an rcode, `no data`, or nothing. */
  function searchWorld(zones: Readonly<Record<string, string>>): World {
    const world = new World();
    world.setLink({ addresses: [first], domains });
    const rcodes: Readonly<Record<string, number>> = {
      'no data': 0x8180,
      NXDOMAIN: 0x8183,
      SERVFAIL: 0x8182,
      REFUSED: 0x8185,
    };
    world.network.onAsk = (asked) => {
      const says = zones[asked.name.toLowerCase()] ?? 'NXDOMAIN';
      if (says === 'silence') return;
      const soa = { section: 'authority' as const, name: 'example', type: 'SOA', ttl: 600, data: soaData(600) };
      if (says in rcodes) asked.answer({ flags: rcodes[says] as number, records: [soa], edns: {} });
      else asked.answer({ records: [{ name: asked.name, type: 'A', data: says }] });
    };
    return world;
  }
  const askedNames = (world: World) => world.network.asked.splice(0).map(({ name }) => name.toLowerCase());

  test('that exists without such data is not "no such name", and is remembered so', async () => {
    const world = searchWorld({ 'printer.one.example': 'no data' });
    const answer = await world.ask('printer', 'AAAA');
    expect([answer?.rcode, answer?.answers, answer?.authorities]).toEqual(['NOERROR', [], []]);
    askedNames(world);
    expect((await world.ask('printer', 'AAAA'))?.rcode).toBe('NOERROR');
    expect(askedNames(world)).toEqual([]);
  });

  test.each(['SERVFAIL', 'REFUSED'])('is not said to be none because one of its domains answered %s', async (rcode) => {
    const world = searchWorld({ 'printer.one.example': rcode });
    expect((await world.ask('printer'))?.rcode).toBe('SERVFAIL');
    expect(askedNames(world)).toContain('printer.two.example');
    await world.advance(2000);
    await world.ask('printer');
    expect(askedNames(world).length).toBeGreaterThan(0);
  });

  test('that one domain has without such data is told so, but not remembered, when another domain fails', async () => {
    const world = searchWorld({ 'printer.one.example': 'no data', 'printer.two.example': 'SERVFAIL' });
    expect((await world.ask('printer', 'AAAA'))?.rcode).toBe('NOERROR');
    askedNames(world);
    await world.ask('printer', 'AAAA');
    expect(askedNames(world).length).toBeGreaterThan(0);
  });

  test('is found in a later domain although the server of an earlier one is silent', async () => {
    const world = searchWorld({ 'printer.one.example': 'silence', 'printer.two.example': '192.0.2.7' });
    const answer = world.ask('printer');
    await answer;
    expect((await world.advance(1700)).map(data)).toEqual([['192.0.2.7']]);
  });

  test('of another kind is not searched for', async () => {
    const world = new World();
    world.setLink({ addresses: [first], domains });
    world.network.onAsk = says('192.0.2.1');
    await world.ask('com', 'NS');
    expect(world.network.asked.map(({ name }) => name.toLowerCase())).toEqual(['com']);
  });
});

describe('names that are not asked for outside', () => {
  test.each([
    ['localhost', 'A', 'NOERROR', ['127.0.0.1']],
    ['db.localhost', 'AAAA', 'NOERROR', ['::1']],
    ['localhost', 'MX', 'NOERROR', []],
    ['1.0.0.127.in-addr.arpa', 'PTR', 'NOERROR', ['localhost']],
    ['something.invalid', 'A', 'NXDOMAIN', []],
    ['printer.local', 'A', 'NXDOMAIN', []],
    ['hidden.onion', 'A', 'NXDOMAIN', []],
    ['1.1.168.192.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    // nss-mdns asks this first, and leaves multicast DNS alone where the answer is not "no such name".
    ['local', 'SOA', 'NXDOMAIN', []],
    ['onion', 'SOA', 'NXDOMAIN', []],
    ['invalid', 'A', 'NXDOMAIN', []],
    ['alt', 'NS', 'NXDOMAIN', []],
    ['_dns.resolver.arpa', 'SVCB', 'NOERROR', []],
    ['resolver.arpa', 'A', 'NOERROR', []],
    // A name with names below it exists, with or without data (RFC 8020).
    ['0.0.127.in-addr.arpa', 'PTR', 'NOERROR', []],
    ['1.0.0.127.in-addr.arpa', 'A', 'NOERROR', []],
    ['2.0.0.127.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
    ['168.192.in-addr.arpa', 'SOA', 'NOERROR', ['localhost']],
  ])('%s %s', async (name, type, rcode, expected) => {
    const world = new World();
    world.setLink({ addresses: [first] });
    const answer = await world.ask(name, type);
    const told = answer?.answers.map((record) => (record.data as { mname?: string }).mname ?? record.data);
    expect([answer?.rcode, told]).toEqual([rcode, expected]);
    expect(world.network.asked).toEqual([]);
  });

  test('say so with an SOA of a zone that is above them', async () => {
    const world = new World();
    world.setLink({ addresses: [first] });
    expect((await world.ask('local', 'SOA'))?.authorities).toMatchObject([{ name: '.', type: 'SOA' }]);
    expect((await world.ask('1.2.0.192.in-addr.arpa', 'PTR'))?.authorities).toMatchObject([
      { name: '2.0.192.in-addr.arpa' },
    ]);
  });

  test('are asked of a link whose domain reaches into them, localhost never', async () => {
    const world = new World();
    const domains = ['168.192.in-addr.arpa', 'corp.local', 'localhost'].map((name) => ({ name, search: false }));
    world.setLink({ addresses: [first], domains });
    world.network.onAsk = says('192.0.2.1');
    await world.ask('1.1.168.192.in-addr.arpa', 'PTR');
    await world.ask('a.corp.local');
    await world.ask('other.local');
    await world.ask('localhost');
    expect(world.network.asked.map(({ name }) => name.toLowerCase())).toEqual([
      '1.1.168.192.in-addr.arpa',
      'a.corp.local',
    ]);
  });

  test('the hosts file comes first, both ways, and is read again when it changes', async () => {
    const world = new World();
    world.setLink({ addresses: [first] });
    world.network.onAsk = says('192.0.2.1');
    expect(data(await world.ask('box.lan'))).toEqual(['192.0.2.1']);
    world.hosts = '10.0.0.7 Box.lan box # mine\n10.0.0.8 box.lan\nnonsense\n';
    world.clock.advance(1500);
    expect(data(await world.ask('box.lan'))).toEqual(['10.0.0.7', '10.0.0.8']);
    expect(data(await world.ask('box.lan', 'AAAA'))).toEqual([]);
    expect(data(await world.ask('7.0.0.10.in-addr.arpa', 'PTR'))).toEqual(['box.lan']);
    expect(world.network.asked.length).toBe(1);
  });

  test('clients of a shared connection have their names, both ways, behind the hosts file and until they leave', async () => {
    const world = new World();
    world.setLink({ addresses: [first] });
    world.hosts = '10.0.0.7 box\n';
    world.network.onAsk = says('192.0.2.1');
    const client = (name: string, address: string) => ({ name, address: address as never });
    expect(data(await world.ask('phone'))).toEqual(['192.0.2.1']);
    const addresses6 = ['fd00::9', 'fd00::a'].map((address) => client('phone', address));
    const others = [client('box', '192.168.0.8'), client('tv', '192.168.0.9')];
    world.proxy.setHosts([client('phone', '192.168.0.9'), ...addresses6, ...others]);
    expect(data(await world.ask('Phone'))).toEqual(['192.168.0.9']);
    expect(data(await world.ask('phone', 'AAAA'))).toEqual(['fd00::9', 'fd00::a']);
    expect(data(await world.ask(`a${'.0'.repeat(27)}.0.0.d.f.ip6.arpa`, 'PTR'))).toEqual(['phone']);
    expect(data(await world.ask('9.0.168.192.in-addr.arpa', 'PTR'))).toEqual(['phone']);
    expect(data(await world.ask('box'))).toEqual(['10.0.0.7']);
    world.proxy.setHosts([]);
    expect(data(await world.ask('phone'))).toEqual(['192.0.2.1']);
  });

  test('a name of the hosts file exists, whatever is asked of it, and so do those above it; .local itself never', async () => {
    const world = new World();
    world.setLink({ addresses: [first] });
    world.hosts = '192.168.7.9 nas.home.local\n';
    world.clock.advance(1500);
    const rcode = async (name: string, type: string) => (await world.ask(name, type))?.rcode;
    expect(await rcode('nas.home.local', 'MX')).toBe('NOERROR');
    expect(await rcode('home.local', 'A')).toBe('NOERROR');
    expect(await rcode('7.168.192.in-addr.arpa', 'PTR')).toBe('NOERROR');
    expect(await rcode('other.home.local', 'A')).toBe('NXDOMAIN');
    expect(await rcode('local', 'SOA')).toBe('NXDOMAIN');
  });
});

describe('names of private addresses', () => {
  const ptr = '5.1.168.192.in-addr.arpa';
  const asked = (world: World) => world.network.asked.splice(0).map(({ server }) => server);

  test('are asked of the link in whose network they lie, and of no other', async () => {
    const world = new World();
    const domains = ['1.168.192.in-addr.arpa', '0.0.0.0.1.2.0.0.c.a.0.0.0.0.d.f.ip6.arpa'];
    world.setLink({ addresses: ['10.8.0.1'] });
    world.setLink({
      ifindex: 3,
      interfaceName: 'eth1',
      addresses: ['192.0.2.54'],
      isDefault: false,
      domains: domains.map((name) => ({ name, search: false })),
    });
    world.network.onAsk = () => {};
    await world.ask(ptr, 'PTR');
    await world.ask(`${'0.'.repeat(15)}5.${domains[1]}`, 'PTR');
    await world.advance(4000);
    expect(new Set(asked(world))).toEqual(new Set(['192.0.2.54']));
  });

  test.each([ptr, '1.0.64.100.in-addr.arpa', '9.9.9.10.in-addr.arpa', `${'0.'.repeat(29)}d.f.ip6.arpa`])(
    '%s is asked of the default link, if its servers are private',
    async (name) => {
      const world = new World();
      world.setLink({ addresses: ['192.168.1.1', '9.9.9.9'] });
      world.network.onAsk = () => {};
      await world.ask(name, 'PTR');
      await world.advance(4000);
      expect(new Set(asked(world))).toEqual(new Set(['192.168.1.1']));
    },
  );

  test('are not asked of public servers, nor of the whole world through a private default for a domain above them', async () => {
    const world = new World();
    world.setLink({
      addresses: ['9.9.9.9'],
      domains: [
        { name: 'arpa', search: false },
        { name: '', search: false },
      ],
    });
    expect((await world.ask(ptr, 'PTR'))?.rcode).toBe('NXDOMAIN');
    expect(asked(world)).toEqual([]);
  });

  test('of addresses that no network has are asked nowhere', async () => {
    const world = new World();
    world.setLink({ addresses: ['192.168.1.1'] });
    for (const name of ['1.1.254.169.in-addr.arpa', '1.2.0.192.in-addr.arpa']) {
      expect((await world.ask(name, 'PTR'))?.rcode).toBe('NXDOMAIN');
    }
    expect(asked(world)).toEqual([]);
  });
});

test.each(['www.test', 'test', 'printer.home.arpa'])('%s is for the servers to know', async (name) => {
  const world = new World();
  world.setLink({ addresses: [first] });
  world.network.onAsk = says('192.0.2.1');
  expect(data(await world.ask(name))).toEqual(['192.0.2.1']);
});

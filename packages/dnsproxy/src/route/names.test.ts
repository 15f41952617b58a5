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
    ['_dns.resolver.arpa', 'SVCB', 'NXDOMAIN', []],
  ])('%s %s', async (name, type, rcode, expected) => {
    const world = new World();
    world.setLink({ addresses: [first] });
    const answer = await world.ask(name, type);
    expect([answer?.rcode, data(answer)]).toEqual([rcode, expected]);
    expect(world.network.asked).toEqual([]);
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
});

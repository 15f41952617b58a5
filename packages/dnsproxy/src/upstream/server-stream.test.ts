import { type Asked, ip, says, World } from '../../test/world';

const server = '192.0.2.53';

/** A world whose server, asked over TLS, answers so many questions on each connection, then closes it. */
function closingWorld(perConnection: number): World {
  const world = new World();
  world.setLink({ servers: [{ address: ip(server), tlsName: 'dns.example' }], tls: 'strict' });
  let answered = 0;
  world.network.onAsk = (asked) => {
    if (answered < perConnection) {
      answered++;
      says('192.0.2.1')(asked);
      return;
    }
    answered = 0;
    asked.refuse(104);
  };
  return world;
}

test.each([1, 3])(
  'questions under way at a server that closes after %p answers are asked again for as long as it answers some',
  async (perConnection) => {
    const world = closingWorld(perConnection);
    const held: Asked[] = [];
    const { onAsk } = world.network;
    world.network.onAsk = (asked) => held.push(asked);
    for (let i = 0; i < 20; i++) await world.ask(`n${i}.example`, 'A', { id: i });
    expect(held.length).toBe(20);
    world.network.onAsk = onAsk;
    for (const asked of held.slice(0, perConnection + 1)) onAsk(asked);
    const answers: string[] = [];
    for (let i = 0; i < 100; i++) answers.push(...(await world.answers()).map(({ rcode }) => rcode));
    expect(answers).toEqual(new Array(20).fill('NOERROR'));
    // In portions of what it took, not all that waits each time.
    expect(world.network.asked.length - held.length).toBeLessThanOrEqual(2 * 20);
  },
);

test('questions whose connection is reset before an answer came are asked again one by one', async () => {
  const world = closingWorld(1);
  const { onAsk } = world.network;
  const held: Asked[] = [];
  world.network.onAsk = (asked) => held.push(asked);
  for (let i = 0; i < 5; i++) await world.ask(`n${i}.example`, 'A', { id: i });
  world.network.onAsk = onAsk;
  held[0]?.refuse(104);
  const answers: string[] = [];
  for (let i = 0; i < 30; i++) answers.push(...(await world.answers()).map(({ rcode }) => rcode));
  expect(answers).toEqual(new Array(5).fill('NOERROR'));
  // Those that the next connections do not answer are asked once more.
  expect(world.network.asked.length - held.length).toBeLessThanOrEqual(2 * 5);
});

test('questions at a server that closes every connection without a word fail at once', async () => {
  const world = closingWorld(0);
  expect((await world.ask('a.example'))?.rcode).toBe('SERVFAIL');
  expect(world.network.asked.length).toBe(1);
});

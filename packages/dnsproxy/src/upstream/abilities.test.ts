import { buildMessage } from '../../test/build';
import { type Asked, says, World } from '../../test/world';

const server = '192.0.2.53';

interface Behaviour {
  /** Called with each question that came with EDNS; false to answer as if it had not. */
  readonly onEdns: (asked: Asked) => boolean;
}

function worldWith({ onEdns }: Behaviour, speaks: (asked: Asked) => void = says('192.0.2.1')): World {
  const world = new World();
  world.setLink({ addresses: [server] });
  world.network.onAsk = (asked) => {
    if (asked.packet.additionals.length === 0 || !onEdns(asked)) speaks(asked);
  };
  return world;
}

/** Whether each question came with EDNS. */
const withEdns = (world: World) => world.network.asked.splice(0).map(({ packet }) => packet.additionals.length > 0);
const address = (answers: readonly { readonly answers: readonly { readonly data: unknown }[] }[]) =>
  answers.flatMap((packet) => packet.answers.map((record) => record.data));

/** The rcode alone, or with the question. */
const refuses = (rcode: number) => (asked: Asked) => {
  asked.answer({ flags: 0x8180 | rcode });
  return true;
};

describe('a server that does not know EDNS is asked without it', () => {
  test.each<[string, (asked: Asked) => boolean]>([
    ['when it answers FORMERR', refuses(1)],
    ['when it answers NOTIMP', refuses(4)],
    ['when it answers SERVFAIL', refuses(2)],
    ['when it answers REFUSED', refuses(5)],
    [
      'when it answers FORMERR in 12 bytes that promise a question',
      (asked) => {
        asked.send(buildMessage({ id: asked.packet.id, flags: 0x8181, question: { name: 'x' } }).slice(0, 12));
        return true;
      },
    ],
  ])('%s, at once', async (_title, onEdns) => {
    const world = worldWith({ onEdns });
    expect(address([await world.ask('a.example', 'A', { edns: {} })].flatMap((answer) => answer ?? []))).toEqual([
      '192.0.2.1',
    ]);
    await world.ask('b.example');
    expect(withEdns(world)).toEqual([true, false, false]);
  });

  test('when it drops such questions: in the second round, and after three of them in the first', async () => {
    const world = worldWith({ onEdns: () => true });
    for (let i = 0; i < 3; i++) {
      await world.ask(`n${i}.example`);
      // The server's time-out, and that a strike counts once a second.
      expect(address(await world.advance(450))).toEqual(['192.0.2.1']);
      await world.advance(1000);
    }
    withEdns(world);
    expect(address([await world.ask('at-once.example')].flatMap((answer) => answer ?? []))).toEqual(['192.0.2.1']);
    expect(withEdns(world)).toEqual([false]);
  });
});

describe('EDNS is not given up', () => {
  const speaksEdns = (asked: Asked) =>
    asked.answer({ records: [{ name: asked.name, type: 'A', data: '192.0.2.1' }], edns: {} });

  test('for ever: after a while the server is tried with it again', async () => {
    const world = worldWith({ onEdns: refuses(1) });
    await world.ask('a.example');
    withEdns(world);
    await world.advance(599_000);
    await world.ask('b.example');
    expect(withEdns(world)).toEqual([false]);
    await world.advance(2000);
    await world.ask('c.example');
    expect(withEdns(world)).toEqual([true, false]);
  });

  test('for one FORMERR on one odd name, by a server that has spoken it', async () => {
    const world = worldWith({
      onEdns: (asked) => {
        if (asked.name.toLowerCase() === 'odd.example') return refuses(1)(asked);
        speaksEdns(asked);
        return true;
      },
    });
    await world.ask('a.example');
    expect((await world.ask('odd.example'))?.rcode).toBe('NOERROR');
    await world.ask('b.example', 'A', { edns: { dnssecOk: true } });
    expect(withEdns(world)).toEqual([true, true, false, true]);
  });

  test('for SERVFAIL of a server that has spoken it: its word is told, and it is not asked twice', async () => {
    const world = worldWith({ onEdns: () => false }, speaksEdns);
    await world.ask('a.example');
    world.network.onAsk = refuses(2);
    expect((await world.ask('b.example'))?.rcode).toBe('SERVFAIL');
    expect(withEdns(world)).toEqual([true, true]);
  });
});

describe('a server that changes the letters of a question', () => {
  /** Answers with the question in lower case. */
  const lowers = (asked: Asked) => {
    const name = asked.name.toLowerCase();
    const records = [{ name, type: 'A', data: '192.0.2.1' }];
    asked.send(buildMessage({ id: asked.packet.id, flags: 0x8180, question: { name }, records }));
  };
  const asked = (world: World) =>
    world.network.asked
      .splice(0)
      .map(({ transport, name }) => `${transport} ${name === name.toLowerCase() ? 'plain' : 'random'}`);

  async function lowering(tcp: 'refused' | 'silent'): Promise<World> {
    const world = new World();
    world.setLink({ addresses: [server] });
    world.network.onAsk = (question) => {
      if (question.transport === 'udp') lowers(question);
      else if (tcp === 'refused') question.refuse(111);
    };
    return world;
  }

  test.each(['refused', 'silent'] as const)(
    'and has no TCP (%s) is asked without random letters, from the first question on',
    async (tcp) => {
      const world = await lowering(tcp);
      const first = await world.ask('a-name-with-letters.example');
      const answers = first ? [first] : await world.advance(1700);
      expect(address(answers)).toEqual(['192.0.2.1']);
      expect(asked(world)).toEqual(['udp random', 'tcp random', 'udp plain']);
      expect((await world.ask('another-name.example'))?.rcode).toBe('NOERROR');
      expect(asked(world)).toEqual(['udp plain']);
      // And tried again after a while.
      await world.advance(600_000);
      await world.ask('a-third-name.example');
      expect(asked(world)[0]).toBe('udp random');
    },
  );
});

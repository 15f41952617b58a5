/** Clients that leave without a word, on a real dbus-daemon: nothing of what they registered is held. */
import { instant, silentLogger } from '@connman/base';
import { Bus, nodeBusStream, replyLater } from '@connman/dbus';
import { ManualClock, MemoryFiles, type PrivateBus, startPrivateBus } from '@connman/testkit';
import { AgentTable, stepAgents } from '../../model/agent/agent-registry';
import { emptySnapshot } from '../publish/snapshot';
import { Secrets } from '../secrets';
import { Sessions } from '../session/sessions';
import { Statistics } from '../statistics/statistics';
import { AgentCalls } from './agent-calls';
import { Counters } from './counters';

let daemon: PrivateBus;
beforeAll(async () => {
  daemon = await startPrivateBus();
});
afterAll(() => daemon.stop());

const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });
/** Entries of a private map or set. */
const sizeOf = (holder: object, name: string) =>
  ((holder as Record<string, unknown>)[name] as { readonly size: number }).size;

test('fifty clients with an agent, a counter and a session each leave no registration and no match rule behind', async () => {
  const bus = await connect();
  const clock = new ManualClock();
  const files = new MemoryFiles();
  const log = silentLogger;
  const statistics = new Statistics({ files, clock, folder: '/store', log });
  const counters = new Counters({ bus, clock, statistics });
  const sessions = new Sessions({
    ...{ bus, snapshot: () => emptySnapshot, ask: () => replyLater, tell: () => {} },
    policies: { files, watches: { watch: () => () => {} }, folder: '/policies', log },
  });
  const agents = new AgentTable();
  let onChange = () => {};
  const step = (event: Parameters<typeof stepAgents>[1]) => {
    for (const effect of stepAgents(agents, event))
      if (effect.kind !== 'reply' && effect.kind !== 'finished') calls.carryOut(effect);
    onChange();
  };
  const calls = new AgentCalls({
    bus,
    secrets: new Secrets(),
    dispatch: (happening) => {
      if (happening.kind === 'agent') step({ ...happening.input, at: instant(0) } as Parameters<typeof step>[0]);
    },
  });
  const { signals } = bus as unknown as { readonly signals: object };
  const held = () => ({
    agents: agents.size,
    'watched agents': sizeOf(calls, 'watches'),
    counters: sizeOf(counters, 'counters'),
    sessions: sizeOf(sessions, 'sessions'),
    'watched names': sizeOf(signals, 'owners'),
    'match rules': sizeOf(signals, 'rules'),
    timers: sizeOf(clock, 'timers'),
  });
  const before = held();

  const clients = await Promise.all(Array.from({ length: 50 }, connect));
  for (const [i, { uniqueName }] of clients.entries()) {
    step({ kind: 'register', at: instant(0), operation: i, sender: uniqueName, path: '/agent' });
    counters.register(uniqueName, `/counter${i}`, 1);
    await sessions.create(uniqueName, new Map(), '/session');
  }
  expect(held()).toMatchObject({ agents: 50, 'watched agents': 50, counters: 50, sessions: 50, 'watched names': 50 });

  const allGone = new Promise<void>((resolve) => {
    onChange = () => agents.size === 0 && resolve();
  });
  for (const client of clients) client.close();
  await allGone;
  // The other listeners hear of the last client's leaving in the same turn.
  await bus.userOf(bus.uniqueName);

  expect(held()).toEqual(before);
  bus.close();
});

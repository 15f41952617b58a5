import { vpnAgentErrors, vpnAgentInterface } from '@connman/contracts';
import { Bus, BusError, bool, nodeBusStream, replyLater, str } from '@connman/dbus';
import { startPrivateBus } from '@connman/testkit';
import { Agents } from './agents';

test('fifty clients that leave without UnregisterAgent leave no agent and no match rule behind', async () => {
  const daemon = await startPrivateBus();
  const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });
  const bus = await connect();
  const { rules } = (bus as unknown as { readonly signals: { readonly rules: ReadonlyMap<string, number> } }).signals;
  const before = rules.size;
  let onChange = () => {};
  const agents = new Agents({ bus, timeoutMs: 1000, onChange: () => onChange() });
  const clients = await Promise.all(Array.from({ length: 50 }, connect));
  for (const { uniqueName } of clients) agents.register(uniqueName, '/agent');
  expect([agents.count, rules.size]).toEqual([50, before + 50]);

  const allGone = new Promise<void>((resolve) => {
    onChange = () => agents.count === 0 && resolve();
  });
  for (const client of clients) client.close();
  await allGone;

  expect(rules.size).toBe(before);
  bus.close();
  await daemon.stop();
});

/** An agent of a client of its own: what it is asked, each question with what answers it. */
class User {
  readonly bus: Bus;
  readonly asked: { readonly what: string; answer(text: string): void; refuse(error: string): void }[] = [];
  private onAsked = () => {};

  constructor(bus: Bus) {
    this.bus = bus;
    const said = (what: string, answer: (text: string) => void, refuse: (error: string) => void) => {
      this.asked.push({ what, answer, refuse });
      this.onAsked();
    };
    bus.export('/agent', vpnAgentInterface, {
      Release: () => said('Release', noAnswer, noAnswer),
      Cancel: () => said('Cancel', noAnswer, noAnswer),
      ReportError: ([, error]) => {
        said(`ReportError ${error}`, noAnswer, noAnswer);
        throw new BusError(vpnAgentErrors.retry, 'again');
      },
      RequestInput: ([path, fields], call) => {
        said(
          `RequestInput ${path} ${[...fields.keys()]}`,
          (text) => call.reply({ Password: str(text) }),
          (error) => call.error(error, 'as the test wants it'),
        );
        return replyLater;
      },
    });
  }

  async until(count: number): Promise<readonly string[]> {
    while (this.asked.length < count)
      await new Promise<void>((resolve) => {
        this.onAsked = resolve;
      });
    return this.asked.map(({ what }) => what);
  }
}

const noAnswer = () => {};
const never = new AbortController().signal;
const fields = new Map([['Password', bool(true)]]);

async function withUsers(
  timeoutMs: number,
  scenario: (agents: Agents, first: User, second: User) => Promise<void>,
): Promise<void> {
  const daemon = await startPrivateBus();
  const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });
  const [bus, one, two] = await Promise.all([connect(), connect(), connect()]);
  const agents = new Agents({ bus, timeoutMs, onChange() {} });
  const users = [new User(one), new User(two)] as const;
  for (const { bus } of users) agents.register(bus.uniqueName, '/agent');
  try {
    await scenario(agents, ...users);
  } finally {
    for (const each of [bus, one, two]) each.close();
    await daemon.stop();
  }
}

test('a client is asked by its own agent, any other by the first; an agent has one request at a time', () =>
  withUsers(10_000, async (agents, first, second) => {
    const ask = (path: string, sender?: string) => agents.requestInput(path, fields, sender, never);
    const answers = [ask('/a'), ask('/b', ':1.999'), ask('/c', second.bus.uniqueName)];
    expect(await second.until(1)).toEqual(['RequestInput /c Password']);
    expect(await first.until(1)).toEqual(['RequestInput /a Password']);
    first.asked[0]?.answer('one');
    expect(await first.until(2)).toEqual(['RequestInput /a Password', 'RequestInput /b Password']);
    first.asked[1]?.refuse(vpnAgentErrors.canceled);
    second.asked[0]?.refuse('net.example.Error.Broken');
    expect(await Promise.all(answers)).toEqual([
      { kind: 'answer', values: new Map([['Password', str('one')]]) },
      { kind: 'canceled' },
      { kind: 'error', name: 'net.example.Error.Broken' },
    ]);
  }));

test('a request that is taken back is canceled at the agent, and one that waits is never made', () =>
  withUsers(10_000, async (agents, first) => {
    const withdraw = new AbortController();
    const begun = agents.requestInput('/a', fields, undefined, withdraw.signal);
    const waiting = agents.requestInput('/b', fields, undefined, withdraw.signal);
    const next = agents.reportError('/c', 'connect-failed', undefined, never);
    await first.until(1);
    withdraw.abort();
    expect(await begun).toEqual({ kind: 'withdrawn' });
    expect(await waiting).toEqual({ kind: 'withdrawn' });
    expect(await next).toEqual({ kind: 'retry' });
    expect(await first.until(3)).toEqual(['RequestInput /a Password', 'Cancel', 'ReportError connect-failed']);
  }));

test('an agent that does not answer in time gets Cancel; one that leaves is gone (rule 224)', () =>
  withUsers(20, async (agents, first, second) => {
    expect(await agents.requestInput('/a', fields, undefined, never)).toEqual({ kind: 'timeout' });
    expect(await first.until(2)).toEqual(['RequestInput /a Password', 'Cancel']);
    agents.unregister(first.bus.uniqueName);
    const asked = agents.requestInput('/b', fields, undefined, never);
    await second.until(1);
    agents.unregister(second.bus.uniqueName);
    expect(await asked).toEqual({ kind: 'gone' });
    expect(await agents.requestInput('/c', fields, undefined, never)).toEqual({ kind: 'no-agent' });
    expect(() => agents.unregister(second.bus.uniqueName)).toThrow('Not registered');
  }));

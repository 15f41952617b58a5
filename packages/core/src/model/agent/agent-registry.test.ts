import { instant } from '@connman/base';
import {
  type AgentEffect,
  type AgentEvent,
  type AgentRequest,
  type AgentState,
  hasAgentFor,
  initialAgentState,
  stepAgents,
} from './agent-registry';

// What a test leaves out: the moment, and all of a request but its number.
type Draft = AgentEvent extends infer E ? (E extends AgentEvent ? Omit<E, 'at'> : never) : never;

function rig() {
  let state: AgentState = initialAgentState;
  let now = 0;
  let timerAt: number | undefined;
  const send = (event: Draft): AgentEffect[] => {
    if (event.kind === 'timer') timerAt = undefined;
    const step = stepAgents(state, { ...event, at: instant(now) } as AgentEvent);
    state = step.state;
    for (const effect of step.effects) if (effect.kind === 'timer') timerAt = effect.at;
    return step.effects.filter((effect) => effect.kind !== 'timer');
  };
  return {
    send,
    register: (sender: string) => send({ kind: 'register', sender, path: `/agent${sender.slice(1)}` }),
    request: (requestId: number, over: Partial<AgentRequest> = {}) =>
      send({
        kind: 'request',
        request: {
          requestId,
          context: '/service',
          member: 'ReportError',
          args: ['/service', 'x'],
          timeoutMs: 120_000,
          ...over,
        },
      }),
    answer: (requestId: number, name?: string) =>
      send({ kind: 'answer', requestId, answer: name ? { kind: 'error', name } : { kind: 'reply', body: [] } }),
    has: (sender?: string) => hasAgentFor(state, sender),
    at: (moment: number) => {
      now = moment;
    },
    get timerAt() {
      return timerAt;
    },
  };
}

const call = (requestId: number, sender: string) =>
  expect.objectContaining({ kind: 'call-agent', requestId, sender, path: `/agent${sender.slice(1)}` });
const finished = (requestId: number, outcome: unknown) =>
  expect.objectContaining({ kind: 'finished', requestId, outcome });

test('a client has one agent, whatever path it names a second time', () => {
  const { register, send } = rig();
  expect(register(':1')).toEqual([
    { kind: 'watch', sender: ':1' },
    { kind: 'reply', sender: ':1' },
  ]);
  expect(send({ kind: 'register', sender: ':1', path: '/another' })).toEqual([
    { kind: 'reply', sender: ':1', error: 'AlreadyExists' },
  ]);
});

test('unregistering goes by the client; Release is not called', () => {
  const { register, send, has } = rig();
  expect(send({ kind: 'unregister', sender: ':1' })).toEqual([{ kind: 'reply', sender: ':1', error: 'NotRegistered' }]);
  register(':1');
  expect(send({ kind: 'unregister', sender: ':1' })).toEqual([
    { kind: 'unwatch', sender: ':1' },
    { kind: 'reply', sender: ':1' },
  ]);
  expect(has()).toBe(false);
});

test('the request goes to the client’s own agent, else to the agent registered first', () => {
  const { register, request, has, send } = rig();
  expect(request(1)).toEqual([finished(1, { kind: 'no-agent' })]);
  register(':1');
  register(':2');
  expect(request(2, { sender: ':2', member: 'RequestInput', args: ['/service', new Map()] })).toEqual([
    {
      kind: 'call-agent',
      requestId: 2,
      sender: ':2',
      path: '/agent2',
      member: 'RequestInput',
      args: ['/service', new Map()],
    },
  ]);
  expect(request(3, { sender: ':9' })).toEqual([call(3, ':1')]);
  send({ kind: 'client-gone', sender: ':1' });
  expect(has(':9')).toBe(true);
  expect(request(4)).toEqual([]);
});

test('an agent has one request at a time, the next when it has answered', () => {
  const { register, request, answer } = rig();
  register(':1');
  request(1);
  expect(request(2)).toEqual([]);
  expect(answer(2)).toEqual([]);
  expect(answer(1)).toEqual([finished(1, { kind: 'reply', body: [] }), call(2, ':1')]);
  expect(answer(2, 'net.connman.Agent.Error.Retry')).toEqual([
    finished(2, { kind: 'error', name: 'net.connman.Agent.Error.Retry' }),
  ]);
  expect(answer(2)).toEqual([]);
});

test('what a client leaves behind is answered for it', () => {
  const { register, request, send } = rig();
  register(':1');
  request(1);
  request(2);
  expect(send({ kind: 'client-gone', sender: ':1' })).toEqual([
    finished(1, { kind: 'agent-gone' }),
    finished(2, { kind: 'agent-gone' }),
  ]);
  expect(send({ kind: 'client-gone', sender: ':7' })).toEqual([]);
});

test('cancelling a context withdraws what is with an agent and drops what waits', () => {
  const { register, request, send } = rig();
  register(':1');
  register(':2');
  request(1);
  request(2, { context: '/other' });
  request(3);
  request(4, { sender: ':2', context: '/other' });
  request(5, { sender: ':2' });
  expect(send({ kind: 'cancel', context: '/service' })).toEqual([
    { kind: 'cancel-agent', requestId: 1, sender: ':1', path: '/agent1' },
    finished(1, { kind: 'cancelled' }),
    finished(3, { kind: 'cancelled' }),
    call(2, ':1'),
    finished(5, { kind: 'cancelled' }),
  ]);
  expect(send({ kind: 'cancel', context: '/service' })).toEqual([]);
});

test('an agent that is silent is told so after the time of its request, counted from the call', () => {
  const machine = rig();
  machine.register(':1');
  machine.register(':2');
  machine.request(1, { timeoutMs: 1000 });
  machine.request(2, { timeoutMs: 1000 });
  machine.request(3, { sender: ':2', timeoutMs: 5000 });
  expect(machine.timerAt).toBe(1000);
  machine.at(400);
  expect(machine.send({ kind: 'timer' })).toEqual([]);
  expect(machine.timerAt).toBe(1000);
  machine.at(1000);
  expect(machine.send({ kind: 'timer' })).toEqual([
    { kind: 'cancel-agent', requestId: 1, sender: ':1', path: '/agent1' },
    finished(1, { kind: 'timeout' }),
    call(2, ':1'),
  ]);
  expect(machine.timerAt).toBe(2000);
  machine.answer(2);
  expect(machine.timerAt).toBe(5000);
  machine.answer(3);
  expect(machine.timerAt).toBeUndefined();
});

test('a request without a limit waits for ever', () => {
  const machine = rig();
  machine.register(':1');
  machine.send({ kind: 'request', request: { requestId: 1, context: '/s', member: 'RequestBrowser', args: [] } });
  expect(machine.timerAt).toBeUndefined();
});

test('at the end every agent is released and every request answered', () => {
  const { register, request, send, has } = rig();
  register(':1');
  register(':2');
  request(1);
  expect(send({ kind: 'shutdown' })).toEqual([
    { kind: 'release-agent', sender: ':1', path: '/agent1' },
    { kind: 'unwatch', sender: ':1' },
    finished(1, { kind: 'agent-gone' }),
    { kind: 'release-agent', sender: ':2', path: '/agent2' },
    { kind: 'unwatch', sender: ':2' },
  ]);
  expect(has()).toBe(false);
});

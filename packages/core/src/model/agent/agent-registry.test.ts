import { instant } from '@connman/base';
import { type AgentEffect, type AgentEvent, type AgentRequest, AgentTable, stepAgents } from './agent-registry';

// What a test leaves out: the moment, and all of a request but its number.
type Draft = AgentEvent extends infer E ? (E extends AgentEvent ? Omit<E, 'at'> : never) : never;

function rig() {
  const agents = new AgentTable();
  let now = 0;
  const send = (event: Draft): readonly AgentEffect[] =>
    stepAgents(agents, { ...event, at: instant(now) } as AgentEvent);
  return {
    send,
    register: (sender: string) => send({ kind: 'register', operation: 1, sender, path: `/agent${sender.slice(1)}` }),
    request: (requestId: number, over: Partial<AgentRequest> = {}) =>
      send({
        kind: 'request',
        request: {
          requestId,
          ask: { member: 'ReportError', service: 'a', error: 'x' },
          timeoutMs: 120_000,
          ...over,
        },
      }),
    answer: (requestId: number, name?: string) =>
      send({ kind: 'answer', requestId, answer: name ? { kind: 'error', name } : { kind: 'reply' } }),
    get agents() {
      return agents.size;
    },
    at: (moment: number) => {
      now = moment;
    },
    get timerAt() {
      return agents.byDeadline.next(instant(now));
    },
  };
}

const call = (requestId: number, sender: string) =>
  expect.objectContaining({ kind: 'call-agent', requestId, sender, path: `/agent${sender.slice(1)}` });
const finished = (requestId: number, outcome: unknown) =>
  expect.objectContaining({ kind: 'finished', request: expect.objectContaining({ requestId }), outcome });

test('a client has one agent, whatever path it names a second time', () => {
  const { register, send } = rig();
  expect(register(':1')).toEqual([
    { kind: 'watch', sender: ':1' },
    { kind: 'reply', operation: 1 },
  ]);
  expect(send({ kind: 'register', operation: 2, sender: ':1', path: '/another' })).toEqual([
    { kind: 'reply', operation: 2, error: 'AlreadyExists' },
  ]);
});

test('unregistering goes by the client; Release is not called', () => {
  const machine = rig();
  const unregister = () => machine.send({ kind: 'unregister', operation: 3, sender: ':1' });
  expect(unregister()).toEqual([{ kind: 'reply', operation: 3, error: 'NotRegistered' }]);
  machine.register(':1');
  expect(unregister()).toEqual([
    { kind: 'reply', operation: 3 },
    { kind: 'unwatch', sender: ':1' },
  ]);
  expect(machine.agents).toBe(0);
});

test('a client that leaves without unregistering leaves nothing behind', () => {
  const machine = rig();
  machine.register(':1');
  expect(machine.send({ kind: 'client-gone', sender: ':1' })).toEqual([{ kind: 'unwatch', sender: ':1' }]);
  expect(machine.agents).toBe(0);
});

test('the request goes to the client’s own agent, else to the agent registered first', () => {
  const { register, request, send } = rig();
  expect(request(1)).toEqual([finished(1, { kind: 'no-agent' })]);
  register(':1');
  register(':2');
  const ask = { member: 'RequestInput', service: 'a', fields: [] } as const;
  expect(request(2, { sender: ':2', ask })).toEqual([
    { kind: 'call-agent', requestId: 2, sender: ':2', path: '/agent2', ask },
  ]);
  expect(request(3, { sender: ':9' })).toEqual([call(3, ':1')]);
  send({ kind: 'client-gone', sender: ':1' });
  expect(request(4)).toEqual([]);
});

test('an agent has one request at a time, the next when it has answered', () => {
  const { register, request, answer } = rig();
  register(':1');
  request(1);
  expect(request(2)).toEqual([]);
  expect(answer(2)).toEqual([]);
  expect(answer(1)).toEqual([finished(1, { kind: 'reply' }), call(2, ':1')]);
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
    { kind: 'unwatch', sender: ':1' },
    finished(1, { kind: 'agent-gone' }),
    finished(2, { kind: 'agent-gone' }),
  ]);
  expect(send({ kind: 'client-gone', sender: ':7' })).toEqual([]);
});

const other = { member: 'ReportError', service: 'b', error: 'x' } as const;

test('cancelling what is asked of a service withdraws what is with an agent and drops what waits', () => {
  const { register, request, send } = rig();
  register(':1');
  register(':2');
  request(1);
  request(2, { ask: other });
  request(3);
  request(4, { sender: ':2', ask: other });
  request(5, { sender: ':2' });
  expect(send({ kind: 'cancel', service: 'a' })).toEqual([
    { kind: 'cancel-agent', requestId: 1, sender: ':1', path: '/agent1' },
    finished(1, { kind: 'cancelled' }),
    finished(3, { kind: 'cancelled' }),
    call(2, ':1'),
    finished(5, { kind: 'cancelled' }),
  ]);
  expect(send({ kind: 'cancel', service: 'a' })).toEqual([]);
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
  machine.send({ kind: 'request', request: { requestId: 1, ask: other } });
  expect(machine.timerAt).toBeUndefined();
});

test('at the end every agent is released and every request answered', () => {
  const machine = rig();
  machine.register(':1');
  machine.register(':2');
  machine.request(1);
  expect(machine.send({ kind: 'shutdown' })).toEqual([
    { kind: 'release-agent', sender: ':1', path: '/agent1' },
    { kind: 'unwatch', sender: ':1' },
    finished(1, { kind: 'agent-gone' }),
    { kind: 'release-agent', sender: ':2', path: '/agent2' },
    { kind: 'unwatch', sender: ':2' },
  ]);
  expect(machine.agents).toBe(0);
});

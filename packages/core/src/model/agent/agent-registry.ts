/**
 * The agents, programs through which a user is asked and told things, and the requests that wait for them (ConnMan rules
 * 23 to 26, 223 and 224): one agent per client of the bus, one request at a time per agent.
 */
import { after, type Instant } from '@connman/base';
import { Table } from '../table/table';
import type { AgentAnswer, AgentAsk } from './ask';

export interface AgentRequest {
  /** Chosen by the asking side; never used twice. */
  readonly requestId: number;
  /** The client whose call made the request needed: its own agent is asked if it has one. */
  readonly sender?: string;
  readonly ask: AgentAsk;
  /** From the moment the agent is called; no limit if not given. */
  readonly timeoutMs?: number;
}

export type AgentOutcome =
  | AgentAnswer
  | { readonly kind: 'timeout' }
  /** By a `cancel` event. */
  | { readonly kind: 'cancelled' }
  /** There is no one to ask. */
  | { readonly kind: 'no-agent' }
  /** It has left the bus or unregistered. */
  | { readonly kind: 'agent-gone' };

export type AgentEvent =
  | {
      readonly kind: 'register';
      readonly at: Instant;
      readonly operation: number;
      readonly sender: string;
      readonly path: string;
    }
  | { readonly kind: 'unregister'; readonly at: Instant; readonly operation: number; readonly sender: string }
  | { readonly kind: 'client-gone'; readonly at: Instant; readonly sender: string }
  | { readonly kind: 'request'; readonly at: Instant; readonly request: AgentRequest }
  /** The agent's answer to a `call-agent`. */
  | {
      readonly kind: 'answer';
      readonly at: Instant;
      readonly requestId: number;
      readonly answer: AgentAnswer;
    }
  /** No one wants to know any more: the service was disconnected, removed, powered off. */
  | { readonly kind: 'cancel'; readonly at: Instant; readonly service: string }
  | { readonly kind: 'timer'; readonly at: Instant }
  /** The daemon ends: every agent is told. */
  | { readonly kind: 'shutdown'; readonly at: Instant };

/** An event as it is before its moment is known. */
export type WithoutTime<E> = E extends unknown ? Omit<E, 'at'> : never;

/** What comes in from outside about agents: their coming, going and answers, and the daemon's end. */
export type AgentInput = WithoutTime<
  Extract<AgentEvent, { kind: 'register' | 'unregister' | 'client-gone' | 'answer' | 'shutdown' }>
>;

export type AgentEffect =
  /** The answer to a register or unregister event; without an error it was done. */
  | { readonly kind: 'reply'; readonly operation: number; readonly error?: 'AlreadyExists' | 'NotRegistered' }
  /** From now on (or no longer) a `client-gone` event is wanted when this client leaves the bus. */
  | { readonly kind: 'watch' | 'unwatch'; readonly sender: string }
  | {
      readonly kind: 'call-agent';
      readonly requestId: number;
      readonly sender: string;
      readonly path: string;
      readonly ask: AgentAsk;
    }
  /** Call Cancel() and wait for no answer, neither to it nor to the `call-agent` before. */
  | { readonly kind: 'cancel-agent'; readonly requestId: number; readonly sender: string; readonly path: string }
  /** Call Release() and wait for no answer. */
  | { readonly kind: 'release-agent'; readonly sender: string; readonly path: string }
  /** How a request ended; each one ends once. */
  | { readonly kind: 'finished'; readonly request: AgentRequest; readonly outcome: AgentOutcome };

/** The effects that need the bus. */
export type AgentCommand = Exclude<AgentEffect, { kind: 'reply' | 'finished' }>;

interface Agent {
  readonly sender: string;
  readonly path: string;
  /** The first one is with the agent now, the others wait. */
  readonly requests: readonly AgentRequest[];
  /** When the first one has waited long enough. */
  readonly deadline?: Instant;
}

/** By sender, in the order of registration: the first is the default agent. */
export class AgentTable extends Table<string, Agent> {
  readonly byDeadline = this.agendaBy(({ deadline }) => deadline);
  readonly busy = this.groupBy(({ requests }) => (requests.length > 0 ? 'busy' : undefined));
}

/** What becomes of the agents, and what is to be done about it. */
export function stepAgents(agents: AgentTable, event: AgentEvent): readonly AgentEffect[] {
  const turn = new AgentStep(agents, event.at);
  switch (event.kind) {
    case 'register':
      turn.register(event.operation, event.sender, event.path);
      break;
    case 'unregister':
      turn.unregister(event.operation, event.sender);
      break;
    case 'client-gone':
      turn.leave(event.sender);
      break;
    case 'request':
      turn.request(event.request);
      break;
    case 'answer':
      turn.answer(event.requestId, event.answer);
      break;
    case 'cancel':
      turn.cancel(event.service);
      break;
    case 'timer':
      turn.timer();
      break;
    case 'shutdown':
      turn.shutdown();
  }
  return turn.effects;
}

class AgentStep {
  readonly effects: AgentEffect[] = [];
  private readonly agents: AgentTable;
  private readonly at: Instant;

  constructor(agents: AgentTable, at: Instant) {
    this.agents = agents;
    this.at = at;
  }

  register(operation: number, sender: string, path: string): void {
    if (this.agents.has(sender)) {
      this.effects.push({ kind: 'reply', operation, error: 'AlreadyExists' });
      return;
    }
    this.agents.set(sender, { sender, path, requests: [] });
    this.effects.push({ kind: 'watch', sender }, { kind: 'reply', operation });
  }

  unregister(operation: number, sender: string): void {
    if (!this.agents.has(sender)) {
      this.effects.push({ kind: 'reply', operation, error: 'NotRegistered' });
      return;
    }
    this.effects.push({ kind: 'reply', operation });
    this.leave(sender);
  }

  leave(sender: string): void {
    if (!this.agents.has(sender)) return;
    this.effects.push({ kind: 'unwatch', sender });
    this.remove(sender);
  }

  private remove(sender: string): void {
    const agent = this.agents.get(sender);
    this.agents.delete(sender);
    for (const request of agent?.requests ?? []) this.finished(request, { kind: 'agent-gone' });
  }

  request(request: AgentRequest): void {
    const agent = agentFor(this.agents, request.sender);
    if (agent) this.put(agent, [...agent.requests, request]);
    else this.finished(request, { kind: 'no-agent' });
  }

  answer(requestId: number, answer: AgentOutcome): void {
    for (const agent of this.agents.busy.of('busy')) {
      const [current, ...waiting] = agent.requests;
      if (current?.requestId !== requestId) continue;
      this.finished(current, answer);
      this.put(agent, waiting);
    }
  }

  cancel(service: string): void {
    for (const agent of this.agents.busy.of('busy')) {
      const dropped = agent.requests.filter((request) => request.ask.service === service);
      if (dropped.length === 0) continue;
      const [current] = agent.requests;
      if (current && current.ask.service === service) this.withdraw(agent, current);
      for (const request of dropped) this.finished(request, { kind: 'cancelled' });
      const kept = agent.requests.filter((request) => request.ask.service !== service);
      this.put(agent, kept);
    }
  }

  timer(): void {
    for (const sender of this.agents.byDeadline.due(this.at)) {
      const agent = this.agents.get(sender);
      const [current, ...waiting] = agent?.requests ?? [];
      if (!agent || !current) continue;
      this.withdraw(agent, current);
      this.finished(current, { kind: 'timeout' });
      this.put(agent, waiting);
    }
  }

  shutdown(): void {
    for (const { sender, path } of [...this.agents.values()]) {
      this.effects.push({ kind: 'release-agent', sender, path });
      this.leave(sender);
    }
  }

  /** Gives the agent these requests, and calls it if the first one is new to it. */
  private put({ sender, path, requests: before, deadline }: Agent, requests: readonly AgentRequest[]): void {
    const [current] = requests;
    if (current === before[0]) {
      this.agents.set(sender, { sender, path, requests, ...(deadline === undefined ? {} : { deadline }) });
      return;
    }
    const limit = current?.timeoutMs === undefined ? {} : { deadline: after(this.at, current.timeoutMs) };
    this.agents.set(sender, { sender, path, requests, ...limit });
    if (!current) return;
    const { requestId, ask } = current;
    this.effects.push({ kind: 'call-agent', requestId, sender, path, ask });
  }

  private withdraw({ sender, path }: Agent, { requestId }: AgentRequest): void {
    this.effects.push({ kind: 'cancel-agent', requestId, sender, path });
  }

  private finished(request: AgentRequest, outcome: AgentOutcome): void {
    this.effects.push({ kind: 'finished', request, outcome });
  }
}

/** The client's own agent, else the default one. */
function agentFor(agents: ReadonlyMap<string, Agent>, sender: string | undefined): Agent | undefined {
  const own = sender === undefined ? undefined : agents.get(sender);
  return own ?? agents.values().next().value;
}

/**
 * The agents, programs through which a user is asked and told things, and the requests that wait for them (ConnMan rules
 * 23 to 26, 223 and 224): one agent per client of the bus, one request at a time per agent.
 */
import { after, type Instant, type Step } from '@connman/base';

/** The methods of net.connman.Agent that wait for an answer. */
export type AgentMember =
  | 'ReportError'
  | 'ReportPeerError'
  | 'RequestInput'
  | 'RequestBrowser'
  | 'RequestPeerAuthorization';

export interface AgentRequest {
  /** Given by whoever asks; never used twice. */
  readonly requestId: number;
  /** The client whose call made the request needed: its own agent is asked if it has one. */
  readonly sender?: string;
  /** What the request is about, a service's path for one: all requests about it can be cancelled together. */
  readonly context: string;
  readonly member: AgentMember;
  readonly args: readonly unknown[];
  /** From the moment the agent is called; no limit if not given. */
  readonly timeoutMs?: number;
}

export type AgentOutcome =
  | { readonly kind: 'reply'; readonly body: readonly unknown[] }
  /** The agent refused: net.connman.Agent.Error.Canceled, .Retry, .LaunchBrowser, .Rejected, or any other name. */
  | { readonly kind: 'error'; readonly name: string }
  | { readonly kind: 'timeout' }
  /** By a `cancel` event. */
  | { readonly kind: 'cancelled' }
  /** There is nobody to ask. */
  | { readonly kind: 'no-agent' }
  /** It has left the bus or unregistered. */
  | { readonly kind: 'agent-gone' };

export type AgentEvent =
  | { readonly kind: 'register'; readonly at: Instant; readonly sender: string; readonly path: string }
  | { readonly kind: 'unregister'; readonly at: Instant; readonly sender: string }
  | { readonly kind: 'client-gone'; readonly at: Instant; readonly sender: string }
  | { readonly kind: 'request'; readonly at: Instant; readonly request: AgentRequest }
  /** The agent's answer to a `call-agent`. */
  | {
      readonly kind: 'answer';
      readonly at: Instant;
      readonly requestId: number;
      readonly answer: Extract<AgentOutcome, { kind: 'reply' | 'error' }>;
    }
  /** Nobody wants to know any more: the service was disconnected, removed, powered off. */
  | { readonly kind: 'cancel'; readonly at: Instant; readonly context: string }
  | { readonly kind: 'timer'; readonly at: Instant }
  /** The daemon ends: every agent is told. */
  | { readonly kind: 'shutdown'; readonly at: Instant };

export type AgentEffect =
  /** The answer to a register or unregister event; without an error it was done. */
  | { readonly kind: 'reply'; readonly sender: string; readonly error?: 'AlreadyExists' | 'NotRegistered' }
  /** From now on (or no longer) a `client-gone` event is wanted when this client leaves the bus. */
  | { readonly kind: 'watch' | 'unwatch'; readonly sender: string }
  | {
      readonly kind: 'call-agent';
      readonly requestId: number;
      readonly sender: string;
      readonly path: string;
      readonly member: AgentMember;
      readonly args: readonly unknown[];
    }
  /** Call Cancel() and wait for no answer, neither to it nor to the `call-agent` before. */
  | { readonly kind: 'cancel-agent'; readonly requestId: number; readonly sender: string; readonly path: string }
  /** Call Release() and wait for no answer. */
  | { readonly kind: 'release-agent'; readonly sender: string; readonly path: string }
  /** How a request ended; each one ends once. */
  | {
      readonly kind: 'finished';
      readonly requestId: number;
      readonly context: string;
      readonly member: AgentMember;
      readonly outcome: AgentOutcome;
    }
  /** The next `timer` event is due then (this replaces an earlier one); never, when absent. */
  | { readonly kind: 'timer'; readonly at?: Instant };

interface Agent {
  readonly sender: string;
  readonly path: string;
  /** The first one is with the agent now, the others wait. */
  readonly requests: readonly AgentRequest[];
  /** When the first one has waited long enough. */
  readonly deadline?: Instant;
}

export interface AgentState {
  /** By sender, in the order of registration: the first is the default agent. */
  readonly agents: ReadonlyMap<string, Agent>;
  readonly timerAt?: Instant;
}

export const initialAgentState: AgentState = { agents: new Map() };

/** Whether a request of this client would find an agent. */
export function hasAgentFor(state: AgentState, sender?: string): boolean {
  return agentFor(state.agents, sender) !== undefined;
}

export function stepAgents(state: AgentState, event: AgentEvent): Step<AgentState, AgentEffect> {
  const turn = new Turn(state, event.at);
  switch (event.kind) {
    case 'register':
      turn.register(event.sender, event.path);
      break;
    case 'unregister':
      turn.unregister(event.sender);
      break;
    case 'client-gone':
      turn.remove(event.sender);
      break;
    case 'request':
      turn.request(event.request);
      break;
    case 'answer':
      turn.answer(event.requestId, event.answer);
      break;
    case 'cancel':
      turn.cancel(event.context);
      break;
    case 'timer':
      turn.timer();
      break;
    case 'shutdown':
      turn.shutdown();
  }
  return turn.finish();
}

/** One step in the making; the state it starts from is not changed. */
class Turn {
  private readonly effects: AgentEffect[] = [];
  private readonly agents: Map<string, Agent>;
  private readonly at: Instant;
  private armedAt: Instant | undefined;

  constructor(state: AgentState, at: Instant) {
    this.agents = new Map(state.agents);
    this.armedAt = state.timerAt;
    this.at = at;
  }

  register(sender: string, path: string): void {
    if (this.agents.has(sender)) {
      this.effects.push({ kind: 'reply', sender, error: 'AlreadyExists' });
      return;
    }
    this.agents.set(sender, { sender, path, requests: [] });
    this.effects.push({ kind: 'watch', sender }, { kind: 'reply', sender });
  }

  unregister(sender: string): void {
    if (!this.agents.has(sender)) {
      this.effects.push({ kind: 'reply', sender, error: 'NotRegistered' });
      return;
    }
    this.effects.push({ kind: 'unwatch', sender }, { kind: 'reply', sender });
    this.remove(sender);
  }

  remove(sender: string): void {
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
    for (const agent of this.agents.values()) {
      const [current, ...waiting] = agent.requests;
      if (current?.requestId !== requestId) continue;
      this.finished(current, answer);
      this.put(agent, waiting);
    }
  }

  cancel(context: string): void {
    for (const agent of this.agents.values()) {
      const dropped = agent.requests.filter((request) => request.context === context);
      if (dropped.length === 0) continue;
      const [current] = agent.requests;
      if (current && current.context === context) this.withdraw(agent, current);
      for (const request of dropped) this.finished(request, { kind: 'cancelled' });
      const kept = agent.requests.filter((request) => request.context !== context);
      this.put(agent, kept);
    }
  }

  timer(): void {
    this.armedAt = undefined;
    for (const agent of this.agents.values()) {
      const [current, ...waiting] = agent.requests;
      if (!current || agent.deadline === undefined || agent.deadline > this.at) continue;
      this.withdraw(agent, current);
      this.finished(current, { kind: 'timeout' });
      this.put(agent, waiting);
    }
  }

  shutdown(): void {
    for (const { sender, path } of [...this.agents.values()]) {
      this.effects.push({ kind: 'release-agent', sender, path }, { kind: 'unwatch', sender });
      this.remove(sender);
    }
  }

  finish(): Step<AgentState, AgentEffect> {
    let next: Instant | undefined;
    for (const { deadline } of this.agents.values()) {
      if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline;
    }
    const at = next === undefined ? {} : { at: next };
    if (next !== this.armedAt) this.effects.push({ kind: 'timer', ...at });
    return { state: { agents: this.agents, ...(next === undefined ? {} : { timerAt: next }) }, effects: this.effects };
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
    const { requestId, member, args } = current;
    this.effects.push({ kind: 'call-agent', requestId, sender, path, member, args });
  }

  private withdraw({ sender, path }: Agent, { requestId }: AgentRequest): void {
    this.effects.push({ kind: 'cancel-agent', requestId, sender, path });
  }

  private finished({ requestId, context, member }: AgentRequest, outcome: AgentOutcome): void {
    this.effects.push({ kind: 'finished', requestId, context, member, outcome });
  }
}

/** The client's own agent, else the default one. */
function agentFor(agents: ReadonlyMap<string, Agent>, sender: string | undefined): Agent | undefined {
  const own = sender === undefined ? undefined : agents.get(sender);
  return own ?? agents.values().next().value;
}

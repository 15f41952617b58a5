/**
 * The VPN agents, programs through which a user is asked (rules 23 to 26, 223 and 224): one for each client of the bus, one
 * request at a time for each agent. The caller's own agent is asked if it has one, else the one that registered first.
 */
import { connmanError, vpnAgentErrors, vpnAgentInterface } from '@connman/contracts';
import { type Bus, BusError, type Properties, type Variant } from '@connman/dbus';

export interface AgentsOptions {
  readonly bus: Bus;
  /** For RequestInput and ReportError; Infinity for no limit. */
  readonly timeoutMs: number;
  /** An agent came or went. */
  readonly onChange: () => void;
}

export type AgentAnswer =
  | { readonly kind: 'answer'; readonly values: ReadonlyMap<string, Variant> }
  | { readonly kind: 'canceled' | 'retry' | 'timeout' | 'no-agent' | 'gone' | 'withdrawn' }
  | { readonly kind: 'error'; readonly name: string };

interface Agent {
  readonly sender: string;
  readonly path: string;
  /** Settles when the request before is over. */
  turn: Promise<unknown>;
  readonly gone: AbortController;
  readonly unwatch: () => void;
}

export class Agents {
  private readonly options: AgentsOptions;
  /** In the order of registration. */
  private readonly agents = new Map<string, Agent>();

  constructor(options: AgentsOptions) {
    this.options = options;
  }

  get count(): number {
    return this.agents.size;
  }

  /** Throws BusError. */
  register(sender: string, path: string): void {
    if (this.agents.has(sender)) throw connmanError('AlreadyExists');
    const unwatch = this.options.bus.watchName(sender, () => this.forget(sender));
    this.agents.set(sender, { sender, path, turn: Promise.resolve(), gone: new AbortController(), unwatch });
    this.options.onChange();
  }

  /** Throws BusError. */
  unregister(sender: string): void {
    if (!this.agents.has(sender)) throw connmanError('NotRegistered');
    this.forget(sender);
  }

  /** `withdraw` takes the request back: the agent is told to cancel it. */
  requestInput(
    connection: string,
    fields: Properties,
    sender: string | undefined,
    withdraw: AbortSignal,
  ): Promise<AgentAnswer> {
    return this.request(sender, withdraw, (agent, signal) =>
      this.objectOf(agent).call('RequestInput', [connection, fields], { timeoutMs: this.options.timeoutMs, signal }),
    );
  }

  reportError(
    connection: string,
    error: string,
    sender: string | undefined,
    withdraw: AbortSignal,
  ): Promise<AgentAnswer> {
    return this.request(sender, withdraw, async (agent, signal) => {
      const options = { timeoutMs: this.options.timeoutMs, signal };
      await this.objectOf(agent).call('ReportError', [connection, error], options);
      return new Map<string, Variant>();
    });
  }

  /** The daemon ends. */
  close(): void {
    for (const agent of this.agents.values()) {
      this.objectOf(agent).send('Release', []);
      agent.unwatch();
    }
    this.agents.clear();
  }

  private request(
    sender: string | undefined,
    withdraw: AbortSignal,
    call: (agent: Agent, signal: AbortSignal) => Promise<ReadonlyMap<string, Variant>>,
  ): Promise<AgentAnswer> {
    const own = sender === undefined ? undefined : this.agents.get(sender);
    const agent = own ?? this.agents.values().next().value;
    if (!agent) return Promise.resolve({ kind: 'no-agent' });
    const answer = agent.turn.then(() => this.ask(agent, withdraw, call));
    agent.turn = answer;
    return answer;
  }

  private async ask(
    agent: Agent,
    withdraw: AbortSignal,
    call: (agent: Agent, signal: AbortSignal) => Promise<ReadonlyMap<string, Variant>>,
  ): Promise<AgentAnswer> {
    if (withdraw.aborted) return { kind: 'withdrawn' };
    if (agent.gone.signal.aborted) return { kind: 'gone' };
    try {
      return { kind: 'answer', values: await call(agent, AbortSignal.any([withdraw, agent.gone.signal])) };
    } catch (error) {
      if (agent.gone.signal.aborted) return { kind: 'gone' };
      if (withdraw.aborted) {
        this.objectOf(agent).send('Cancel', []);
        return { kind: 'withdrawn' };
      }
      return this.refusal(agent, error);
    }
  }

  private refusal(agent: Agent, error: unknown): AgentAnswer {
    const name = error instanceof BusError ? error.errorName : 'org.freedesktop.DBus.Error.Failed';
    if (name === vpnAgentErrors.canceled || name.endsWith('.Agent.Error.Canceled')) return { kind: 'canceled' };
    if (name === vpnAgentErrors.retry || name.endsWith('.Agent.Error.Retry')) return { kind: 'retry' };
    if (name.endsWith('.NoReply') || name.endsWith('.Timeout')) {
      this.objectOf(agent).send('Cancel', []);
      return { kind: 'timeout' };
    }
    return { kind: 'error', name };
  }

  private forget(sender: string): void {
    const agent = this.agents.get(sender);
    if (!agent) return;
    this.agents.delete(sender);
    agent.unwatch();
    agent.gone.abort();
    this.options.onChange();
  }

  private objectOf({ sender, path }: Agent) {
    return this.options.bus.object(vpnAgentInterface, { name: sender, path });
  }
}

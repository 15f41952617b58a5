// A user at the agent, who answers what the daemon asks from a list prepared by the scenario.
import { Variant } from 'dbus-next';
import { Agent, type AgentCall } from '../../netns/lab/agent';
import type { BusClient } from '../../netns/lab/bus';
import type { Properties } from '../../netns/lab/view';

/** Per field of RequestInput its answers in turn. When one that is asked for has no answer left, the user cancels. */
export type Answers = Readonly<Record<string, string | readonly string[]>>;

export class User {
  readonly agent: Agent;
  /** How often ReportError is still answered with Retry. */
  retries = 0;
  readonly #left: Map<string, string[]>;

  private constructor(agent: Agent, answers: Answers) {
    this.agent = agent;
    this.#left = new Map(Object.entries(answers).map(([field, list]) => [field, [list].flat()]));
    agent.onCall = (call) => this.#answer(call);
  }

  static async atAgent(client: BusClient, answers: Answers = {}): Promise<User> {
    return new User(await Agent.register(client), answers);
  }

  /** What was asked so far: "RequestInput Passphrase" or "ReportError invalid-key", one a call. */
  get asked(): string[] {
    return this.agent.calls.items.map(({ member, body }) => {
      const what =
        member.startsWith('Request') && member !== 'RequestBrowser'
          ? Object.keys(body[1] as Properties).join(' ')
          : String(body[1] ?? '');
      return `${member} ${what}`.trim();
    });
  }

  /** The fields of the latest RequestInput, as the daemon described them. */
  get fields(): Record<string, Properties> {
    const last = this.agent.calls.items.filter(({ member }) => member === 'RequestInput').at(-1);
    return (last?.body[1] ?? {}) as Record<string, Properties>;
  }

  #answer({ member, body, answer }: AgentCall): void {
    if (member === 'ReportError' && this.retries-- > 0) return answer('net.connman.Agent.Error.Retry');
    if (member === 'RequestPeerAuthorization' && Object.keys(body[1] as Properties).length === 0)
      return answer(undefined, { signature: 'a{sv}', body: [{}] });
    if (member !== 'RequestInput' && member !== 'RequestPeerAuthorization') return answer();
    const known = Object.keys(body[1] as Properties).filter((field) => this.#left.has(field));
    const given = known.map((field) => [field, this.#left.get(field)?.shift()] as const);
    if (given.length === 0 || given.some(([, text]) => text === undefined))
      return answer('net.connman.Agent.Error.Canceled');
    const values = Object.fromEntries(given.map(([field, text]) => [field, new Variant('s', text)]));
    answer(undefined, { signature: 'a{sv}', body: [values] });
  }
}

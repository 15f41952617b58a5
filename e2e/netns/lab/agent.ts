// A user's agent: what the daemon asks of it is an event, and the test answers when and how it likes, or never.
import type { Answer, BusClient, Value } from './bus';
import { EventRecord } from './record';
import { toText } from './view';

export interface AgentCall {
  readonly member: string;
  readonly body: readonly Value[];
  /** Without an error: the user is done, and gives these values if any were wanted. */
  readonly answer: Answer;
}

export class Agent {
  readonly calls = new EventRecord<AgentCall>(({ member, body }) => `${member} ${toText(body)}`);
  #seen = 0;
  /** Hears of each call as it comes. */
  onCall: (call: AgentCall) => void = () => {};

  static async register(client: BusClient, path = '/lab/agent'): Promise<Agent> {
    const agent = new Agent();
    client.serve(({ member, body }, answer) => {
      agent.calls.add({ member, body, answer });
      agent.onCall({ member, body, answer });
    });
    const manager = { path: '/', interface: 'net.connman.Manager' };
    await client.call({ ...manager, member: 'RegisterAgent', signature: 'o', body: [path] });
    return agent;
  }

  /** The next call, in the order they come. */
  async next(): Promise<AgentCall> {
    const number = this.#seen++;
    return this.calls.until(`call ${number + 1} of the agent`, () => this.calls.items[number]);
  }
}

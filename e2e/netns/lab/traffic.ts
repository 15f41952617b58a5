// Traffic that must not notice what happens to the daemon: a ping and an open TCP connection.
import type { Child } from './child';
import { repository } from './host';
import type { Lab } from './lab';

export class Traffic {
  readonly #ping: Child;
  readonly #connection: Child;

  private constructor(ping: Child, connection: Child) {
    this.#ping = ping;
    this.#connection = connection;
  }

  static async start(lab: Lab, target: string): Promise<Traffic> {
    const connection = lab.start([process.execPath, `${repository}/e2e/netns/lab/tcp-client.mjs`, target]);
    const traffic = new Traffic(lab.start(['ping', '-n', '-i', '0.01', target]), connection);
    await traffic.flow();
    return traffic;
  }

  /** Waits until both have seen a good number of further answers. */
  async flow(): Promise<void> {
    await Promise.all(
      [this.#ping, this.#connection].map(({ output }) => {
        const enough = output.items.length + 10;
        return output.until('further answers', () => output.items.length >= enough);
      }),
    );
  }

  /** Ends both and counts. */
  async stop(): Promise<{ lostPings: number[]; connection: unknown }> {
    this.#connection.closeInput();
    const [line] = await this.#connection.line(/^\{.*\}$/);
    await this.#ping.stop('SIGINT');
    const answered = new Set<number>();
    for (const text of this.#ping.output.items) {
      const match = /icmp_seq=(\d+) ttl=/.exec(text);
      if (match) answered.add(Number(match[1]));
    }
    // The last request may be on its way when the ping is ended; one that any later answer overtook is lost.
    const last = Math.max(...answered);
    const lostPings = Array.from({ length: last }, (_, index) => index + 1).filter((number) => !answered.has(number));
    return { lostPings, connection: JSON.parse(line) };
  }
}

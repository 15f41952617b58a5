/** What the listeners need of the proxy, and what the proxy needs of a listener's client. */
import type { IpAddress } from '@connman/inet';
import type { Query, Verdict } from '../message/query';

export interface Client {
  readonly address: IpAddress;
  /**
   * Sends an answer: `write` puts it into `out` from `at` on, within `limit` octets, and returns its length.
   * A client that has gone is silently not answered.
   */
  reply(query: Query, write: (out: Uint8Array, at: number, limit: number) => number): void;
}

export interface Front {
  /** For the hash of questions. */
  readonly seed: number;
  /** Reads the clock, once for all questions up to `endBatch`. */
  startBatch(): void;
  /** Writes the answer that can be given at once; 0 when there is none and `answerLater` is to be called. */
  answerNow(query: Query, verdict: Verdict, limit: number, out: Uint8Array, at: number): number;
  /** The query is copied; the client is answered when there is an answer. */
  answerLater(query: Query, client: Client): void;
  /** Sends what was answered late and does what the batch has made necessary. */
  endBatch(): void;
}

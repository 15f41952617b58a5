/** What the listeners need of the proxy, and what the proxy needs of a listener's client. */
import type { DnsExplanation } from '@connman/contracts';
import type { Query, Verdict } from '../message/query';

/** Puts an answer into `out` from `at` on, within `limit` octets, and returns its length. */
export type AnswerWriter = (out: Uint8Array, at: number, limit: number) => number;

/** How an answer came about. */
export interface Provenance {
  readonly source: DnsExplanation['source'];
  /** The server's label; empty when none was asked. */
  readonly server: string;
  readonly reason: string;
}

export interface Client {
  /** Whose share of the limits a question takes: an address, or empty for this machine's own programs. */
  readonly quota: string;
  /** Sends an answer. A client that has gone is silently not answered. */
  reply(query: Query, write: AnswerWriter, provenance: Provenance): void;
}

export interface Front {
  /** For the hash of questions. */
  readonly seed: number;
  /** Reads the clock, once for all questions up to `endBatch`. */
  startBatch(): void;
  /** Writes the answer that can be given at once; 0 when there is none and `answerLater` is to be called. */
  answerNow(query: Query, verdict: Verdict, limit: number, out: Uint8Array, at: number): number;
  /** The query is copied; the client is answered when there is an answer, perhaps before this returns. */
  answerLater(query: Query, client: Client): void;
  /** Does what the batch has made necessary. */
  endBatch(): void;
}

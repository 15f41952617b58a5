/** Resolving one name the way a client would be served, and telling how it came about. */
import type { DnsExplanation } from '@connman/contracts';
import type { Clock } from '@connman/ports';
import { Class, formatRcode, headerLength, maxMessageLength, parseType } from './message/constants';
import { decodeMessage, Section } from './message/message';
import { parseName } from './message/name';
import { formatRecord } from './message/present';
import { Query, readQuery, Verdict } from './message/query';
import { optLength, writeOpt } from './message/reply';
import type { Resolver } from './resolver';
import type { AnswerWriter, Client, Provenance } from './server/front';

/** Never rejects: what is wrong with the question stands in `reason`. */
export function explain(resolver: Resolver, clock: Clock, name: string, type: string): Promise<DnsExplanation> {
  const wire = parseName(name);
  const number = parseType(type);
  if (!wire.ok || number === undefined) {
    const reason = wire.ok ? `'${type}' is no record type; write A, AAAA, ... or TYPE65` : wire.error;
    return Promise.resolve({ rcode: '', records: [], source: 'none', server: '', durationMs: 0, reason });
  }
  const startedAt = clock.now();
  const bytes = composeQuestion(wire.value, number);
  const query = new Query();
  resolver.startBatch();
  const verdict = readQuery(bytes, 0, bytes.length, resolver.seed, query);
  return new Promise((resolve) => {
    const settle = (answer: Uint8Array, provenance: Provenance) => {
      const decoded = decodeMessage(answer);
      const records = decoded.ok
        ? decoded.value.records
            .filter((record) => record.section === Section.ANSWER)
            .map((record) => formatRecord(decoded.value, record))
        : [];
      const rcode = decoded.ok ? formatRcode(decoded.value.rcode) : '';
      resolve({ rcode, records, ...provenance, durationMs: clock.now() - startedAt });
    };
    const out = new Uint8Array(maxMessageLength);
    const length = resolver.answerNow(query, verdict, maxMessageLength, out, 0);
    if (length > 0) {
      const cached: Provenance =
        verdict === Verdict.ANSWER
          ? resolver.provenanceOfCached(query)
          : { source: 'none', server: '', reason: 'this kind of question is not for a forwarder' };
      settle(out.subarray(0, length), cached);
      return;
    }
    const client: Client = {
      quota: '',
      reply(_query, write: AnswerWriter, provenance) {
        const answer = new Uint8Array(maxMessageLength);
        settle(answer.subarray(0, write(answer, 0, maxMessageLength)), provenance);
      },
    };
    resolver.answerLater(query, client);
  });
}

function composeQuestion(name: Uint8Array, type: number): Uint8Array {
  const bytes = new Uint8Array(headerLength + name.length + 4 + optLength);
  bytes[2] = 1;
  bytes[5] = 1;
  bytes[11] = 1;
  bytes.set(name, headerLength);
  const at = headerLength + name.length;
  bytes[at] = type >>> 8;
  bytes[at + 1] = type;
  bytes[at + 3] = Class.IN;
  writeOpt(bytes, at + 4, 0, false);
  return bytes;
}

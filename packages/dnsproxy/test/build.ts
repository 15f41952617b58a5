/** Messages for tests, from readable values. */
import { parseType, Type } from '../src/message/constants';
import { parseName } from '../src/message/name';

export function nameBytes(text: string): Uint8Array {
  const parsed = parseName(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function typeNumber(type: string): number {
  const number = parseType(type);
  if (number === undefined) throw new Error(`no type ${type}`);
  return number;
}

export interface RecordValue {
  readonly section?: 'answer' | 'authority' | 'additional';
  readonly name: string;
  readonly type: string;
  readonly ttl?: number;
  readonly class?: number;
  /** Octets, or for A and the types that hold one name, text. */
  readonly data: Uint8Array | string;
}

export interface MessageValue {
  readonly id?: number;
  readonly flags?: number;
  readonly question?: { readonly name: string; readonly type?: string; readonly class?: number };
  readonly records?: readonly RecordValue[];
  readonly edns?: {
    readonly udpSize?: number;
    readonly dnssecOk?: boolean;
    readonly version?: number;
    readonly options?: Uint8Array;
  };
}

export function buildMessage(value: MessageValue): Uint8Array {
  const octets: number[] = [];
  const word = (number: number) => octets.push((number >> 8) & 255, number & 255);
  const records = value.records ?? [];
  const count = (section: string) => records.filter((record) => (record.section ?? 'answer') === section).length;
  word(value.id ?? 0x1234);
  word(value.flags ?? 0x0100);
  word(value.question ? 1 : 0);
  word(count('answer'));
  word(count('authority'));
  word(count('additional') + (value.edns ? 1 : 0));
  if (value.question) {
    octets.push(...nameBytes(value.question.name));
    word(typeNumber(value.question.type ?? 'A'));
    word(value.question.class ?? 1);
  }
  for (const section of ['answer', 'authority', 'additional']) {
    for (const record of records.filter((candidate) => (candidate.section ?? 'answer') === section)) {
      octets.push(...nameBytes(record.name));
      word(typeNumber(record.type));
      word(record.class ?? 1);
      const ttl = record.ttl ?? 300;
      word(ttl >>> 16);
      word(ttl & 0xffff);
      const data = dataOf(record);
      word(data.length);
      octets.push(...data);
    }
  }
  if (value.edns) {
    octets.push(0);
    word(Type.OPT);
    word(value.edns.udpSize ?? 1232);
    octets.push(0, value.edns.version ?? 0);
    word(value.edns.dnssecOk ? 0x8000 : 0);
    const options = value.edns.options ?? new Uint8Array(0);
    word(options.length);
    octets.push(...options);
  }
  return Uint8Array.from(octets);
}

function dataOf(record: RecordValue): Uint8Array {
  if (typeof record.data !== 'string') return record.data;
  if (record.type === 'A') return Uint8Array.from(record.data.split('.'), Number);
  return nameBytes(record.data);
}

/** SOA data with this MINIMUM. */
export function soaData(minimum: number): Uint8Array {
  const fields = new Uint8Array(20);
  new DataView(fields.buffer).setUint32(16, minimum);
  return Uint8Array.from([...nameBytes('ns.example'), ...nameBytes('hostmaster.example'), ...fields]);
}

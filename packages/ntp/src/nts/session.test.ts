import { ByteWriter } from '@connman/base';
import { encodePacket, encodeRequest } from '../packet';
import { NtsSession } from './session';
import { open, seal } from './siv';

const keys = { toServer: new Uint8Array(32).fill(1), toClient: new Uint8Array(32).fill(2) };
const request = encodeRequest({ seconds: 1, fraction: 2 });
const cookie = (value: number, length = 100) => new Uint8Array(length).fill(value);
let draws = 0;
const random = (count: number) => new Uint8Array(count).fill(++draws);

interface Field {
  readonly type: number;
  readonly body: Uint8Array;
  readonly at: number;
}

function fieldsOf(bytes: Uint8Array): Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: Field[] = [];
  for (let at = 48; at < bytes.length; at += view.getUint16(at + 2))
    fields.push({ type: view.getUint16(at), body: bytes.subarray(at + 4, at + view.getUint16(at + 2)), at });
  return fields;
}

function field(type: number, body: Uint8Array): Uint8Array {
  return new ByteWriter()
    .uint16(type)
    .uint16(4 + body.length)
    .bytes(body)
    .finish();
}

/** As a server answers: the unique identifier in the clear, cookies sealed. */
function answerTo(uniqueId: Uint8Array, cookies: readonly Uint8Array[], key = keys.toClient): Uint8Array {
  const zero = { seconds: 0, fraction: 0 };
  const header = encodePacket({
    ...{ leap: 0, version: 4, mode: 4, stratum: 2, poll: 6, precision: -20, rootDelay: 0, rootDispersion: 0 },
    ...{ referenceId: 1, reference: zero, origin: { seconds: 1, fraction: 2 }, receive: zero, transmit: zero },
  });
  const clear = Buffer.concat([header, field(0x0104, uniqueId)]);
  const nonce = new Uint8Array(16).fill(9);
  const sealed = seal(key, nonce, clear, Buffer.concat(cookies.map((one) => field(0x0204, one))));
  const proof = new ByteWriter().uint16(nonce.length).uint16(sealed.length).bytes(nonce).bytes(sealed).finish();
  return Buffer.concat([clear, field(0x0404, proof)]);
}

test('a question carries an identifier, one cookie, places for those that are missing, and a proof of all before it', () => {
  const session = new NtsSession(keys, [cookie(7), cookie(8), cookie(9)]);
  const { bytes, uniqueId } = session.ask(request, random);
  const fields = fieldsOf(bytes);
  expect(bytes.subarray(0, 48)).toEqual(request);
  expect(fields.map(({ type }) => type)).toEqual([0x0104, 0x0204, ...Array(5).fill(0x0304), 0x0404]);
  expect(fields[0]?.body).toEqual(uniqueId);
  expect(fields[1]?.body).toEqual(cookie(7));
  const proof = fields.at(-1) as Field;
  expect(open(keys.toServer, proof.body.subarray(4, 20), bytes.subarray(0, proof.at), proof.body.subarray(20))).toEqual(
    new Uint8Array(),
  );
});

test('a cookie is used once, and answers bring new ones', () => {
  const session = new NtsSession(keys, [cookie(7)]);
  const question = session.ask(request, random);
  expect(session.isSpent).toBe(true);
  const checked = session.check(answerTo(question.uniqueId, [cookie(20), cookie(21)]), question);
  expect(checked.ok && checked.value).toHaveLength(48);
  expect(fieldsOf(session.ask(request, random).bytes)[1]?.body).toEqual(cookie(20));
});

test('with long cookies a question stays below what is cut in pieces', () => {
  const session = new NtsSession(keys, [cookie(7, 400)]);
  const { bytes } = session.ask(request, random);
  expect(bytes.length).toBeLessThanOrEqual(1232);
  expect(fieldsOf(bytes).filter(({ type }) => type === 0x0304)).toHaveLength(1);
});

test('no answer with a single changed byte is believed, nor one that is cut short', () => {
  const session = new NtsSession(keys, [cookie(7)]);
  const question = session.ask(request, random);
  const answer = answerTo(question.uniqueId, [cookie(20, 40)]);
  for (let at = 0; at < answer.length; at++) {
    const changed = answer.slice();
    changed[at] = (changed[at] as number) ^ 0x40;
    expect(session.check(changed, question).ok).toBe(false);
    expect(session.check(answer.subarray(0, at), question).ok).toBe(false);
  }
  expect(session.isSpent).toBe(true);
});

test('an answer to another question, or with another key, is not proven', () => {
  const session = new NtsSession(keys, [cookie(7), cookie(8)]);
  const question = session.ask(request, random);
  const other = session.ask(request, random);
  expect(session.check(answerTo(other.uniqueId, []), question)).toMatchObject({
    error: { kind: 'unproven', reason: 'does not repeat our unique identifier' },
  });
  expect(session.check(answerTo(question.uniqueId, [], keys.toServer), question)).toMatchObject({
    error: { kind: 'unproven', reason: 'is not signed with our keys' },
  });
});

test('the kiss NTSN says that the keys are forgotten, if it repeats our identifier', () => {
  const session = new NtsSession(keys, [cookie(7), cookie(8)]);
  const question = session.ask(request, random);
  const kiss = Buffer.from(request);
  kiss[0] = 0x24;
  kiss[1] = 0;
  kiss.write('NTSN', 12);
  const forgotten = Buffer.concat([kiss, field(0x0104, question.uniqueId)]);
  expect(session.check(forgotten, question)).toEqual({ ok: false, error: { kind: 'unknown-keys' } });
  expect(session.check(kiss, question)).toMatchObject({ error: { kind: 'unproven' } });
});

/** Messages of ConnMan 1.41 as they came off the wire, read, written back, cut and damaged. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { marshal, typesOf, unmarshal, type Variant } from '../src';
import { Framer, type Incoming } from '../src/framer';
import type { Message } from '../src/message';

const folder = path.join(__dirname, 'recorded');
const limits = { unsolicitedBytes: 1 << 20, replyBytes: 1 << 20 };
const options = { littleEndian: true, maxValues: 10_000 };

function recorded(name: string): Buffer {
  return Buffer.from(readFileSync(path.join(folder, name), 'latin1').replace(/\s/g, ''), 'hex');
}

function cut(bytes: Buffer): Incoming[] {
  const framer = new Framer(limits, () => {});
  framer.push(bytes, []);
  const all: Incoming[] = [];
  for (let one = framer.next(); one; one = framer.next()) all.push(one);
  return all;
}

function messages(bytes: Buffer): Message[] {
  return cut(bytes).map((one) => {
    if (one.kind !== 'message') throw new Error(one.kind);
    return one.message;
  });
}

function read(message: Message): unknown[] {
  const values = unmarshal(typesOf(message.signature), message.body, options);
  if (!values.ok) throw new Error(values.error.reason);
  return values.value;
}

const files = readdirSync(folder);

test.each(files)('%s is read, and written back byte for byte', (name) => {
  const all = messages(recorded(name));
  expect(all.length).toBeGreaterThan(0);
  for (const message of all) {
    const { bytes } = marshal(typesOf(message.signature), read(message));
    expect(Buffer.from(bytes).equals(message.body)).toBe(true);
  }
});

test('a service of ConnMan has its properties', () => {
  const [message] = messages(recorded('get-services.hex')) as [Message];
  const [services] = read(message) as [[string, Map<string, Variant>][]];
  expect(services.map(([at]) => at)).toEqual([expect.stringMatching(/^\/net\/connman\/service\/ethernet_/)]);
  const properties = services[0]?.[1];
  expect(properties?.get('Type')?.as('s')).toBe('ethernet');
  expect(properties?.get('IPv4.Configuration')?.as('a{sv}')?.get('Method')?.as('s')).toBe('dhcp');
});

test.each(files)('every truncation and every changed byte of %s gives an answer', (name) => {
  const bytes = recorded(name);
  for (let length = 0; length < bytes.length; length++) expect(cut(bytes.subarray(0, length)).length).toBeLessThan(20);
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [0x01, 0x80]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ bit;
      for (const one of cut(changed)) {
        if (one.kind !== 'message') continue;
        const { signature, body, littleEndian } = one.message;
        const values = unmarshal(typesOf(signature), body, { littleEndian, maxValues: 10_000 });
        expect(values.ok || values.error.offset <= body.length).toBe(true);
      }
    }
  }
});

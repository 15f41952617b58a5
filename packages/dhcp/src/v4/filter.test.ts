import { runFilter } from '@connman/testkit';
import { frame, frameNames } from '../../test/frames';
import { clientMac, mac } from '../../test/scripted-server';
import { allOf, headerLengthToX, load, loadIndexed } from '../bpf';
import { clientFilter } from './filter';

const program = clientFilter(clientMac);
const passes = (packet: Uint8Array) => runFilter(program, packet) > 0;
const changed = (at: number, value: number): Uint8Array => {
  const packet = frame('kea-ack');
  packet[at] = value;
  return packet;
};

test.each(frameNames('frames'))('%s passes, and not to another client', (name) => {
  expect(passes(frame(name))).toBe(true);
  expect(runFilter(clientFilter(mac('52:54:00:12:34:57')), frame(name))).toBe(0);
  expect(runFilter(clientFilter(mac('52:55:00:12:34:56')), frame(name))).toBe(0);
});

test.each([
  ['TCP', 9, 6],
  ['a later fragment', 7, 1],
  ['another port', 23, 67],
  ['a request', 28, 1],
])('%s does not pass', (_, at, value) => {
  expect(passes(changed(at, value))).toBe(false);
});

test('"do not fragment" and IP options pass', () => {
  expect(passes(changed(6, 0x40))).toBe(true);
  const plain = frame('kea-ack');
  const withOptions = new Uint8Array(plain.length + 8);
  withOptions.set(plain.subarray(0, 20));
  withOptions.set(plain.subarray(20), 28);
  withOptions[0] = 0x47;
  expect(passes(withOptions)).toBe(true);
});

test('every packet cut short before the client address is dropped', () => {
  const packet = frame('dnsmasq-ack');
  for (let length = 0; length < 62; length++) expect(passes(packet.slice(0, length))).toBe(false);
});

test('a program of checks accepts what passes all of them', () => {
  const both = allOf([[load(1, 0), 'equal', 1], headerLengthToX(1), [loadIndexed(1, 0), 'no-bit', 0xf0]]);
  const run = (...bytes: number[]) => runFilter(both, Uint8Array.from(bytes)) > 0;
  // The low half of byte 1, times four, is where the last check looks.
  expect([run(1, 0x41, 0, 0, 0x0f), run(2, 0x41, 0, 0, 0x0f), run(1, 0x41, 0, 0, 0x1f)]).toEqual([true, false, false]);
});

import { frameNames, frames } from '../test/frames';
import { decodeDone, decodeError } from './acknowledgement';
import { decodeAddress } from './address';
import { decodeEvent } from './kernel-event';
import { decodeLink } from './link';
import { decodeNeighbour } from './neighbour';
import { decodeRoute, skimRoutes } from './route';
import { decodeRouterOptions } from './router-options';
import { decodeRule } from './rule';
import { MessageReader } from './wire';

/** More messages than any datagram of these has bytes: a walk that takes more does not end. */
const stepBudget = 40_000;

/** Everything that is ever read out of a datagram. Returns how many messages there were. */
function readAll(bytes: Uint8Array): number {
  const reader = new MessageReader(bytes);
  let steps = 0;
  while (reader.next()) {
    if (++steps > stepBudget) throw new Error('the walk does not end');
    const { flags, start, end } = reader;
    decodeEvent(reader);
    decodeEvent(reader, () => false);
    decodeLink(bytes, start, end);
    decodeAddress(bytes, start, end);
    decodeRoute(bytes, start, end);
    decodeRouterOptions(bytes, start, end);
    decodeRule(bytes, start, end);
    decodeNeighbour(bytes, start, end);
    decodeError(bytes, flags, start, end);
    decodeDone(bytes, flags, start, end);
  }
  const skimming = new MessageReader(bytes, skimRoutes(109));
  let others = 0;
  while (skimming.next()) others++;
  if (others > steps) throw new Error('skimming came upon messages that are not there');
  return steps;
}

for (const name of frameNames) {
  test(`${name}: every truncation returns`, () => {
    for (const bytes of frames(name)) {
      const whole = readAll(bytes);
      expect(whole).toBeGreaterThan(0);
      for (let length = 0; length < bytes.length; length++) {
        expect(readAll(bytes.slice(0, length))).toBeLessThanOrEqual(whole);
      }
    }
  });

  test(`${name}: every change of a byte returns`, () => {
    for (const original of frames(name)) {
      const bytes = original.slice();
      for (let at = 0; at < bytes.length; at++) {
        const before = bytes[at] as number;
        for (const value of [0, 0xff, before ^ 1, before ^ 0x80]) {
          bytes[at] = value;
          readAll(bytes);
        }
        bytes[at] = before;
      }
      expect(bytes).toEqual(original);
    }
  });
}

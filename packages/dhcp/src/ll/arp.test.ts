import { runFilter } from '@connman/testkit';
import * as fc from 'fast-check';
import { clientMac, ip, mac } from '../../test/scripted-server';
import { type ArpPacket, arpAnnouncement, arpProbe, conflictFilter, decodeArp, encodeArp } from './arp';

const address = ip('192.0.2.10');
const rival = mac('02:00:00:00:00:99');
const reply: ArpPacket = {
  operation: 'reply',
  senderMac: rival,
  senderAddress: address,
  targetMac: clientMac,
  targetAddress: ip('192.0.2.1'),
};

test.each<[string, ArpPacket, string]>([
  ['a probe', arpProbe(clientMac, address), '0001080006040001525400123456 00000000 000000000000 c000020a'],
  [
    'an announcement',
    arpAnnouncement(clientMac, address),
    '0001080006040001525400123456 c000020a 000000000000 c000020a',
  ],
  ['a reply', reply, '0001080006040002020000000099 c000020a 525400123456 c0000201'],
])('%s', (_, packet, hex) => {
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  expect(encodeArp(packet)).toEqual(bytes);
  expect(decodeArp(bytes)).toEqual({ ok: true, value: packet });
  const padded = new Uint8Array(46);
  padded.set(bytes);
  expect(decodeArp(padded)).toEqual({ ok: true, value: packet });
});

test('cut short, of another hardware, protocol, size or operation: refused', () => {
  const bytes = encodeArp(reply);
  for (let length = 0; length < bytes.length; length++) expect(decodeArp(bytes.subarray(0, length)).ok).toBe(false);
  for (let at = 0; at < 8; at++) {
    const changed = bytes.slice();
    changed[at] = 0x77;
    expect(decodeArp(changed).ok).toBe(false);
  }
});

test('random bytes are answered', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(typeof decodeArp(bytes).ok).toBe('boolean');
    }),
    { seed: 3, numRuns: 300 },
  );
});

test.each<[string, ArpPacket, boolean]>([
  ['another host’s claim', arpAnnouncement(rival, address), true],
  ['another host’s answer', reply, true],
  ['another host’s probe for it', arpProbe(rival, address), true],
  ['our own announcement', arpAnnouncement(clientMac, address), false],
  ['our own probe', arpProbe(clientMac, address), false],
  ['a claim to another address', arpAnnouncement(rival, ip('192.0.2.11')), false],
  ['a probe for another address', arpProbe(rival, ip('192.0.2.11')), false],
  ['a question about it', { ...arpAnnouncement(rival, ip('192.0.2.1')), targetAddress: address }, false],
])('the filter: %s', (_, packet, passes) => {
  expect(runFilter(conflictFilter(clientMac, address), encodeArp(packet)) > 0).toBe(passes);
});

test('the filter tells our address from one with the same first or last bytes', () => {
  const program = conflictFilter(clientMac, address);
  for (const near of ['52:54:00:12:34:57', '53:54:00:12:34:56'])
    expect(runFilter(program, encodeArp(arpAnnouncement(mac(near), address)))).toBeGreaterThan(0);
});

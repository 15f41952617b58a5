import { createHash } from 'node:crypto';
import { conversation, failure, serverSha256 } from '../../test/eap-conversation';
import { ServerCertificateReader, type Shown } from './server-certificate';

function read(frames: readonly Uint8Array[]): string[] {
  const reader = new ServerCertificateReader();
  const inWords = (shown: Shown) => (shown === 'refused' ? shown : createHash('sha256').update(shown).digest('hex'));
  return frames.flatMap((frame) => {
    const shown = reader.frame(frame);
    return shown === undefined ? [] : [inWords(shown)];
  });
}

/** Start, two fragments with the certificate, the end of the handshake, and what is encrypted. */
const [start, first, second, handshakeEnd] = conversation as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

test('the certificate is read from the fragments of a captured conversation, once', () => {
  expect(read(conversation)).toEqual([serverSha256]);
});

test('a fragment that comes twice counts once, and a second conversation is read like the first', () => {
  expect(read(conversation.flatMap((frame) => [frame, frame]))).toEqual([serverSha256]);
  expect(read([...conversation, ...conversation])).toEqual([serverSha256, serverSha256]);
});

test('a conversation whose beginning was not heard shows nothing', () => {
  expect(read(conversation.slice(1))).toEqual([]);
});

test('a server that gives up right after its certificate was refused, one that gives up later was not', () => {
  expect(read([start, first, second, failure])).toEqual([serverSha256, 'refused']);
  expect(read([start, first, second, handshakeEnd, failure])).toEqual([serverSha256]);
  expect(read([start, first, failure, failure])).toEqual([]);
});

test('no truncation of any frame is taken for another certificate, or harms', () => {
  conversation.forEach((frame, i) => {
    for (let end = 0; end < frame.length; end++) {
      const found = read(conversation.map((whole, at) => (at === i ? whole.subarray(0, end) : whole)));
      expect([[], [serverSha256]]).toContainEqual(found);
    }
  });
});

test('no flipped byte harms', () => {
  conversation.forEach((frame, i) => {
    for (let at = 0; at < frame.length; at++) {
      const broken = Uint8Array.from(frame);
      broken[at] = (broken[at] as number) ^ 0xff;
      expect(read(conversation.map((whole, n) => (n === i ? broken : whole))).length).toBeLessThanOrEqual(1);
    }
  });
});

/** A fragment of a TLS message with more to come: filler of handshake messages that no one needs. */
function filler(identifier: number): Uint8Array {
  const frame = new Uint8Array(1400);
  frame.set([2, 0, 5, 116, 1, identifier, 5, 116, 25, 0x40, 22, 3, 3, 5, 105, 0, 0, 5, 101]);
  return frame;
}

test('a certificate is found behind other messages, but not behind more of them than a handshake has', () => {
  const behind = (count: number) => {
    const fillers = Array.from({ length: count }, (_, n) => filler(n));
    // The fragments with the certificate have a length in front, which says nothing here.
    return read([start, ...fillers, first, second]);
  };
  expect(behind(10)).toEqual([serverSha256]);
  expect(behind(60)).toEqual([]);
});

import { decodeAirEvent, refusesSaeConfirmation } from './air';
import { nl80211 } from './numbers';

const { command, attribute } = nl80211;

/** A generic netlink body: command, version, and attributes in the byte order of the machine (little-endian in tests). */
function body(number: number, ...attributes: readonly (readonly [type: number, value: Uint8Array])[]): Uint8Array {
  const parts = [Uint8Array.of(number, 1, 0, 0)];
  for (const [type, value] of attributes) {
    const padded = new Uint8Array((4 + value.length + 3) & ~3);
    padded.set([4 + value.length, 0, type, 0]);
    padded.set(value, 4);
    parts.push(padded);
  }
  return new Uint8Array(Buffer.concat(parts));
}

const u32 = (value: number) => Uint8Array.of(value, 0, 0, 0);
const station = [2, 0, 0, 0, 0, 0];
const accessPoint = [2, 0, 0, 0, 1, 0];

/** A management frame from `from`: control, duration, three addresses, sequence, body. */
function frame(from: readonly number[], fields: readonly number[]): Uint8Array {
  return Uint8Array.from([0xb0, 0, 0, 0, ...station, ...from, ...accessPoint, 0, 0, ...fields]);
}

const isOwn = (_ifindex: number, bytes: Uint8Array, at: number) => bytes[at + 4] === 0;
const decode = (bytes: Uint8Array) => decodeAirEvent(bytes, 0, bytes.length, isOwn);
const wlan0 = [attribute.ifindex, u32(3)] as const;
const framed = (number: number, bytes: Uint8Array) => body(number, wlan0, [attribute.frame, bytes]);

const saeRefused = framed(command.authenticate, frame(accessPoint, [3, 0, 2, 0, 1, 0]));
/** A data frame with QoS field that the back end sent: SNAP header, EAPOL, EAP response of PEAP, TLS record. */
const sent = (record: readonly number[]) => {
  const eapol = [1, 0, 0, 6 + record.length, 2, 9, 0, 6 + record.length, 25, 1, ...record];
  const header = [0x88, 1, 0, 0, ...accessPoint, ...station, ...accessPoint, 0, 0, 7, 0];
  return framed(
    command.controlPortFrameSent,
    Uint8Array.from([...header, 0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x8e, ...eapol]),
  );
};
const certificateRefused = sent([0x15, 3, 3, 0, 2, 2, 42]);
const messages = [
  saeRefused,
  framed(command.associate, frame(accessPoint, [0x11, 0x04, 17, 0])),
  framed(command.deauthenticate, frame(accessPoint, [15, 0])),
  framed(command.deauthenticate, frame(station, [3, 0])),
  body(command.authenticate, wlan0, [attribute.timedOut, new Uint8Array(0)]),
  body(command.connect, wlan0, [attribute.statusCode, Uint8Array.of(53, 0)]),
  body(command.connect, wlan0, [attribute.statusCode, Uint8Array.of(1, 0)], [attribute.timedOut, new Uint8Array(0)]),
  body(command.disconnect, wlan0, [attribute.reasonCode, Uint8Array.of(4, 0)]),
  // The peer, and 50 packets that it did not acknowledge.
  body(command.notifyCqm, wlan0, [attribute.cqm, Uint8Array.of(8, 0, 4, 0, ...u32(50))]),
  // The signal went below a threshold.
  body(command.notifyCqm, wlan0, [attribute.cqm, Uint8Array.of(8, 0, 3, 0, ...u32(1))]),
  body(command.triggerScan, wlan0),
  certificateRefused,
  // The same alert for a reason that is no certificate's: 40, handshake failure.
  sent([0x15, 3, 3, 0, 2, 2, 40]),
];

test('codes are read from frames and attributes, with who ended what', () => {
  expect(messages.map(decode)).toEqual([
    { kind: 'authenticated', ifindex: 3, algorithm: 3, transaction: 2, status: 1 },
    { kind: 'associated', ifindex: 3, status: 17 },
    { kind: 'ended', ifindex: 3, reason: 15, byPeer: true },
    { kind: 'ended', ifindex: 3, reason: 3, byPeer: false },
    { kind: 'silent', ifindex: 3 },
    { kind: 'associated', ifindex: 3, status: 53 },
    { kind: 'silent', ifindex: 3 },
    { kind: 'ended', ifindex: 3, reason: 4, byPeer: false },
    { kind: 'unacknowledged', ifindex: 3 },
    undefined,
    { kind: 'scanning', ifindex: 3 },
    { kind: 'certificate-refused', ifindex: 3 },
    undefined,
  ]);
});

test('a refused SAE confirmation means another password, a refused commit does not', () => {
  expect([decode(saeRefused)].map((event) => event && refusesSaeConfirmation(event))).toEqual([true]);
  const commit = decode(framed(command.authenticate, frame(accessPoint, [3, 0, 1, 0, 1, 0])));
  expect(commit && refusesSaeConfirmation(commit)).toBe(false);
});

test('a message cut short anywhere, or with any byte changed, is read without an exception', () => {
  for (const message of messages) {
    for (let length = 0; length < message.length; length++)
      expect(() => decode(message.subarray(0, length))).not.toThrow();
    for (let at = 0; at < message.length; at++)
      for (const flip of [1, 0x0f, 0x80, 0xff]) {
        const broken = message.slice();
        broken[at] = (broken[at] as number) ^ flip;
        expect(() => decode(broken)).not.toThrow();
      }
  }
});

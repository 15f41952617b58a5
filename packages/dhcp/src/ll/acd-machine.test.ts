import { type Instant, instant } from '@connman/base';
import { ipv4Any } from '@connman/inet';
import { clientMac, ip, mac } from '../../test/scripted-server';
import { type AcdState, acd, acdStep, startAnnouncement, startProbe } from './acd-machine';
import { type ArpPacket, arpAnnouncement, arpProbe } from './arp';

const address = ip('192.0.2.10');
const rival = mac('02:00:00:00:00:99');
const draws = [0, 0x7fffffff, 0xffffffff];

/** Rings at each deadline until nothing is left to do; what was done, and when. */
function run(start: AcdState, random: number, hears: (now: Instant) => ArpPacket | undefined = () => undefined) {
  let state = start;
  const done: [at: number, effect: string][] = [];
  for (let i = 0; i < 20 && Number.isFinite(state.next); i++) {
    const now = state.next;
    let step = acdStep(state, { kind: 'time', now, random });
    done.push(...step.effects.map(({ kind }): [number, string] => [now, kind]));
    const packet = hears(now);
    if (packet) {
      step = acdStep(step.state, { kind: 'arp', now, packet });
      done.push(...step.effects.map((effect): [number, string] => [now, effect.kind]));
    }
    state = step.state;
  }
  return { state, done };
}

test.each(draws)(
  'three probes, then the address is claimed and announced twice, in the time RFC 5227 gives (%i)',
  (random) => {
    const { state, done } = run(startProbe(address, clientMac, instant(0), random), random);
    expect(done.map(([, kind]) => kind)).toEqual([
      'send-probe',
      'send-probe',
      'send-probe',
      'claimed',
      'send-announcement',
      'send-announcement',
    ]);
    const at = done.map(([moment]) => moment) as [number, number, number, number, number, number];
    expect(at[0]).toBeLessThan(acd.PROBE_WAIT);
    for (const gap of [at[1] - at[0], at[2] - at[1]]) {
      expect(gap).toBeGreaterThanOrEqual(acd.PROBE_MIN);
      expect(gap).toBeLessThanOrEqual(acd.PROBE_MAX);
    }
    expect(at[3] - at[2]).toBeGreaterThanOrEqual(acd.ANNOUNCE_WAIT);
    // Section 2.1: 4 to 7 s, up to the next quarter of a second.
    expect(at[3]).toBeLessThanOrEqual(7250);
    expect(at[3] % 250).toBe(0);
    expect(at[5] - at[4]).toBe(acd.ANNOUNCE_INTERVAL);
    expect(state.kind).toBe('defending');
  },
);

test('an address taken without a probe is announced twice, and soon', () => {
  const { done } = run(startAnnouncement(address, clientMac, instant(0)), 0);
  expect(done).toEqual([
    [200, 'send-announcement'],
    [2200, 'send-announcement'],
  ]);
});

test.each<[string, ArpPacket]>([
  ['says it has the address', arpAnnouncement(rival, address)],
  [
    'answers with it',
    { ...arpAnnouncement(rival, address), operation: 'reply', targetMac: clientMac, targetAddress: ipv4Any },
  ],
  ['probes for it too', arpProbe(rival, address)],
])('while probing, a host that %s ends the probe', (_, packet) => {
  const step = acdStep(startProbe(address, clientMac, instant(0), 0), { kind: 'arp', now: instant(5), packet });
  expect(step.effects).toEqual([{ kind: 'conflict', mac: rival, lost: true }]);
  expect(step.state.next).toBe(Number.POSITIVE_INFINITY);
});

test.each<[string, ArpPacket]>([
  ['our own echo', arpProbe(clientMac, address)],
  ['a claim to another address', arpAnnouncement(rival, ip('192.0.2.11'))],
  ['a probe for another address', arpProbe(rival, ip('192.0.2.11'))],
  ['an ordinary question about it', { ...arpAnnouncement(rival, ip('192.0.2.1')), targetAddress: address }],
])('%s is no conflict', (_, packet) => {
  const state = startProbe(address, clientMac, instant(0), 0);
  expect(acdStep(state, { kind: 'arp', now: instant(5), packet })).toEqual({ state, effects: [] });
});

describe('in use', () => {
  const { state } = run(startProbe(address, clientMac, instant(0), 0), 0);
  const hear = (from: AcdState, now: number, packet: ArpPacket) =>
    acdStep(from, { kind: 'arp', now: instant(now), packet });

  test('a claim is answered once; a second one within ten seconds takes the address (section 2.4 b)', () => {
    const first = hear(state, 20_000, arpAnnouncement(rival, address));
    expect(first.effects).toEqual([{ kind: 'send-announcement' }, { kind: 'conflict', mac: rival, lost: false }]);
    const later = hear(first.state, 30_000, arpAnnouncement(rival, address));
    expect(later.effects[0]).toEqual({ kind: 'send-announcement' });
    const soon = hear(first.state, 29_999, arpAnnouncement(rival, address));
    expect(soon.effects).toEqual([{ kind: 'conflict', mac: rival, lost: true }]);
  });

  test('a probe of another host is the kernel’s to answer', () => {
    expect(hear(state, 20_000, arpProbe(rival, address)).effects).toEqual([]);
  });
});

import { type Instant, instant } from '@connman/base';
import { clientMac, ip, mac, serverMac } from '../../test/scripted-server';
import { clientStep, deadlineOf, heldBy, stopped } from './client-machine';
import type { ClientEffect, ClientEvent, ClientState } from './client-state';
import { infinite, readLease } from './lease';
import { OptionWriter, option } from './options';
import type { ServerReply } from './reply';

const address = ip('192.0.2.10');
const server = ip('192.0.2.1');
const other = ip('192.0.2.2');

type Loose = { kind: ClientEvent['kind'] } & Record<string, unknown>;

/** A machine that is stepped in place. Random numbers count up from 1, so that each xid tells its transmission. */
class Machine {
  state: ClientState = stopped;
  effects: readonly ClientEffect[] = [];
  now: Instant = instant(0);
  private random: number;

  constructor(random: number) {
    this.random = random;
  }

  step(event: Loose): this {
    this.random++;
    const complete = { ...event, now: this.now, random: this.random } as unknown as ClientEvent;
    ({ state: this.state, effects: this.effects } = clientStep(this.state, complete));
    return this;
  }

  /** Goes to the next deadline and steps. */
  next(): this {
    this.now = deadlineOf(this.state);
    return this.step({ kind: 'time' });
  }

  start(more: object = {}): this {
    return this.step({ kind: 'start', conflictDetection: false, ...more });
  }

  hear(type: 'offer' | 'ack' | 'nak', more: object = {}): this {
    const reply = type === 'nak' ? { server, message: 'no' } : { lease: leaseOf(3600), rapidCommit: false };
    return this.step({
      kind: 'reply',
      reply: { type, xid: this.xid, mac: serverMac, ...reply, ...more } as ServerReply,
    });
  }

  bind(seconds = 3600, more: object = {}): this {
    return this.start(more)
      .hear('offer')
      .hear('ack', { lease: leaseOf(seconds) });
  }

  /** Of the message that is out. */
  get xid(): number {
    return 'exchange' in this.state ? this.state.exchange.xid : 0;
  }

  /** The effects in short: messages by type, events by kind, no log lines. */
  get done(): string[] {
    return this.effects.flatMap((effect) => {
      if (effect.kind === 'log') return [];
      if (effect.kind !== 'send') return [effect.kind];
      const { type, unicastTo, cautious } = effect.message;
      return [`${type}${unicastTo ? ' to the server' : ''}${cautious ? ', cautiously' : ''}`];
    });
  }

  get message() {
    const effect = this.effects.find(({ kind }) => kind === 'send');
    if (effect?.kind !== 'send') throw new Error('nothing was sent');
    return effect.message;
  }
}

function leaseOf(seconds: number, from = server, given = address) {
  const writer = new OptionWriter().add(option.subnetMask, ip('255.255.255.0')).add(option.leaseTime, seconds);
  const read = readLease(given, from, writer.options);
  if (!read.ok) throw new Error(read.error);
  return read.value.lease;
}

const machine = (random?: number) => new Machine(random ?? 0);

type Row = readonly [state: string, event: string, prepare: () => Machine, next: ClientState['kind'], done: string[]];

const table: readonly Row[] = [
  ['INIT', 'start', () => machine().start(), 'selecting', ['discover']],
  ['INIT-REBOOT', 'start', () => machine().start({ lastAddress: address }), 'rebooting', ['request']],
  ['SELECTING', 'silence', () => machine().start().next(), 'selecting', ['discover']],
  ['SELECTING', 'silence for 1.2 s', () => machine().start().next().next().next(), 'selecting', ['link-local']],
  [
    'SELECTING',
    'the fourth try',
    () => machine().start().next().next().next().next(),
    'selecting',
    ['discover, cautiously'],
  ],
  ['SELECTING', 'OFFER', () => machine().start().hear('offer'), 'requesting', ['request']],
  [
    'SELECTING',
    'ACK with rapid commit',
    () => machine().start().hear('ack', { rapidCommit: true }),
    'bound',
    ['bound'],
  ],
  ['SELECTING', 'ACK without', () => machine().start().hear('ack'), 'selecting', []],
  ['SELECTING', 'NAK', () => machine().start().hear('nak'), 'selecting', []],
  ['SELECTING', 'OFFER of another xid', () => machine().start().hear('offer', { xid: 99 }), 'selecting', []],
  [
    'REBOOTING',
    'silence',
    () => machine().start({ lastAddress: address }).next(),
    'rebooting',
    ['request', 'discover'],
  ],
  [
    'REBOOTING',
    'three silences',
    () => machine().start({ lastAddress: address }).next().next().next().next().next(),
    'selecting',
    ['discover, cautiously'],
  ],
  [
    'REBOOTING',
    'OFFER',
    () => machine().start({ lastAddress: address }).next().hear('offer'),
    'requesting',
    ['request'],
  ],
  ['REQUESTING', 'silence', () => machine().start().hear('offer').next(), 'requesting', ['request']],
  [
    'REQUESTING',
    'five silences',
    () => machine().start().hear('offer').next().next().next().next().next().next(),
    'selecting',
    ['discover'],
  ],
  ['REQUESTING', 'ACK', () => machine().start().hear('offer').hear('ack'), 'bound', ['bound']],
  ['REQUESTING', 'NAK', () => machine().start().hear('offer').hear('nak'), 'selecting', ['discover']],
  [
    'REQUESTING',
    'NAK of another server',
    () => machine().start().hear('offer').hear('nak', { server: other }),
    'requesting',
    [],
  ],
  ['REQUESTING', 'another OFFER', () => machine().start().hear('offer').hear('offer'), 'requesting', []],
  ['BOUND', 'T1', () => machine().bind().next(), 'renewing', ['request to the server']],
  ['BOUND', 'ACK, unasked', () => machine().bind().hear('ack'), 'bound', []],
  ['BOUND', 'NAK, unasked', () => machine().bind().hear('nak'), 'bound', []],
  ['BOUND', 'the link was away', () => machine().bind().step({ kind: 'renew' }), 'rebooting', ['request']],
  [
    'BOUND',
    'stop with release',
    () => machine().bind().step({ kind: 'stop', release: true }),
    'stopped',
    ['release to the server'],
  ],
  ['BOUND', 'stop', () => machine().bind().step({ kind: 'stop', release: false }), 'stopped', []],
  [
    'BOUND',
    'conflict',
    () => machine().bind().step({ kind: 'conflict', mac: clientMac }),
    'init',
    ['decline', 'unprobe', 'lost'],
  ],
  ['RENEWING', 'ACK', () => machine().bind().next().hear('ack'), 'bound', ['bound']],
  ['RENEWING', 'NAK', () => machine().bind().next().hear('nak'), 'selecting', ['unprobe', 'lost', 'discover']],
  ['RENEWING', 'NAK of another server', () => machine().bind().next().hear('nak', { server: other }), 'renewing', []],
  ['RENEWING', 'T2', () => rebinding(), 'rebinding', ['request']],
  [
    'REBINDING',
    'ACK of another server',
    () => rebinding().hear('ack', { lease: leaseOf(3600, other) }),
    'bound',
    ['bound'],
  ],
  [
    'REBINDING',
    'NAK of another server',
    () => rebinding().hear('nak', { server: other }),
    'selecting',
    ['unprobe', 'lost', 'discover'],
  ],
  ['REBINDING', 'the end of the lease', () => expired(), 'selecting', ['unprobe', 'lost', 'discover']],
  [
    'PROBING',
    'no one has it',
    () => machine().bind(3600, { conflictDetection: true }).step({ kind: 'probed' }),
    'bound',
    ['bound'],
  ],
  [
    'PROBING',
    'conflict',
    () => machine().bind(3600, { conflictDetection: true }).step({ kind: 'conflict', mac: clientMac }),
    'init',
    ['decline', 'unprobe', 'lost'],
  ],
  ['any', 'ACK with conflict detection', () => machine().bind(3600, { conflictDetection: true }), 'probing', ['probe']],
  ['stopped', 'the link was away', () => machine().step({ kind: 'renew' }), 'stopped', []],
  ['stopped', 'OFFER', () => machine().hear('offer'), 'stopped', []],
  ['stopped', 'stop with release', () => machine().step({ kind: 'stop', release: true }), 'stopped', []],
];

function rebinding(): Machine {
  const one = machine().bind(120).next();
  while (one.state.kind === 'renewing') one.next();
  return one;
}

function expired(): Machine {
  const one = rebinding();
  while (one.state.kind === 'rebinding') one.next();
  return one;
}

test.each(table)('%s, %s', (_state, _event, prepare, next, done) => {
  const one = prepare();
  expect({ next: one.state.kind, done: one.done }).toEqual({ next, done });
});

test('DHCPREQUEST for an offer: the xid, secs and server of the offer (RFC 2131 section 4.3.2)', () => {
  const one = machine().start().next().next();
  const { xid } = one;
  one.now = instant(2500);
  one.hear('offer');
  expect(one.message).toEqual({ type: 'request', xid, secs: 0, cautious: false, requestedAddress: address, server });
});

test('INIT-REBOOT: the address as option 50, no server, no ciaddr (section 4.3.2)', () => {
  const { message } = machine().start({ lastAddress: address });
  expect(message).toMatchObject({ requestedAddress: address });
  expect(message.server ?? message.ciaddr).toBeUndefined();
});

test('RENEWING and REBINDING: the address as ciaddr, no option 50 or 54, secs since T1 (section 4.3.2)', () => {
  const first = machine().bind(120).next().message;
  expect(first).toMatchObject({ ciaddr: address, secs: 0, unicastTo: { address: server, mac: serverMac } });
  const later = rebinding().message;
  expect(later).toMatchObject({ ciaddr: address, secs: 45 });
  expect(later.requestedAddress ?? later.server ?? later.unicastTo).toBeUndefined();
});

test('T1, T2 and the end count from the request, not from the answer (section 4.4.1)', () => {
  const one = machine().start().hear('offer');
  one.now = instant(5000);
  one.hear('ack');
  const held = heldBy(one.state);
  expect(held).toMatchObject({ t2At: 3150_000, expiresAt: 3600_000 });
  expect(held?.t1At).toBeGreaterThan(1782_000 - 1);
  expect(held?.t1At).toBeLessThanOrEqual(1800_000);
});

test('renewals of a long lease are half of what is left apart, never below a minute (section 4.4.5)', () => {
  const one = machine().bind(7200);
  const moments: number[] = [];
  while (one.next().state.kind !== 'selecting') moments.push(one.now / 1000);
  const t2 = 6300;
  const waits = moments.flatMap((at, i) => (i === 0 || at === t2 ? [] : at - (moments[i - 1] as number)));
  expect(moments).toContain(t2);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(60);
  expect(waits[0]).toBeCloseTo((t2 - (moments[0] as number)) / 2);
  expect(moments.length).toBeLessThan(16);
  expect(one.now).toBe(7200_000);
});

test('an infinite lease has no deadline', () => {
  expect(deadlineOf(machine().bind(infinite).state)).toBe(Number.POSITIVE_INFINITY);
});

test('declined once: ten seconds; twice: a link-local address meanwhile; more than ten times: a minute', () => {
  const one = machine().start({ conflictDetection: true });
  const waits: number[] = [];
  const seeks: boolean[] = [];
  for (let i = 0; i < 12; i++) {
    one
      .hear('offer')
      .hear('ack')
      .step({ kind: 'conflict', mac: mac('02:00:00:00:00:99') });
    seeks.push(one.done.includes('link-local'));
    waits.push(deadlineOf(one.state) - one.now);
    one.next();
  }
  expect(waits).toEqual([...Array(10).fill(10_000), 60_000, 60_000]);
  // Each lease in between ends the search for a link-local address.
  expect(seeks).toEqual([false, ...Array(11).fill(true)]);
});

test('a server that let us down is used only when no other offers', () => {
  const one = machine().start().hear('offer').hear('nak').hear('offer');
  expect(one).toMatchObject({ state: { kind: 'selecting' }, effects: [] });
  expect(deadlineOf(one.state) - one.now).toBeLessThanOrEqual(500);
  one.hear('offer', { lease: leaseOf(3600, other) });
  expect(one.message.server).toBe(other);
});

test('a lease in hand is used on when no one answers after the link was away, and ends with its time', () => {
  const one = machine().bind(120).step({ kind: 'renew' });
  let told = 0;
  while (one.now < 119_000) {
    one.next();
    if (one.done.includes('bound')) told++;
    if (one.now > 119_000) break;
  }
  expect(told).toBe(1);
  while (!one.done.includes('lost')) one.next();
  expect(one.now).toBe(120_000);
});

test('a lease in hand is used on after 6 s, a link-local address is sought after 1.2 s, whatever the jitter of what is sent', () => {
  const moments = Array.from({ length: 500 }, (_, draw) => {
    const held = machine(draw * 7919)
      .bind()
      .step({ kind: 'renew' });
    while (!held.done.includes('bound')) held.next();
    const bare = machine(draw * 7919).start();
    while (!bare.done.includes('link-local')) bare.next();
    return `${bare.now} ${held.now}`;
  });
  expect([...new Set(moments)]).toEqual(['1200 6000']);
});

test('the end of a silence comes once, also where the clock has a fraction', () => {
  for (let draw = 0; draw < 500; draw++) {
    const one = machine(draw);
    const started = instant(1e9 * Math.sin(draw) ** 2);
    one.now = started;
    one.start();
    for (let steps = 0; steps < 12; steps++) one.next();
    expect(one.now - started).toBeGreaterThan(30_000);
  }
});

test('a new address after the link was away is probed, and the claim to it goes on', () => {
  const one = machine().bind(3600, { conflictDetection: true }).step({ kind: 'probed' }).step({ kind: 'renew' });
  one.step({ kind: 'reply', reply: { type: 'nak', xid: 0, mac: serverMac, server, message: '' } });
  const next = leaseOf(3600, server, ip('192.0.2.20'));
  one.next().hear('offer', { lease: next }).hear('ack', { lease: next });
  expect(one.done).toEqual(['probe']);
  one.step({ kind: 'probed' });
  expect(one.done).toEqual(['bound']);
});

test('whatever is done, told or lost, "bound" comes before everything that takes time', () => {
  const one = machine().start();
  while (!one.done.includes('link-local')) one.next();
  one.hear('offer').hear('ack');
  expect(one.done).toEqual(['bound', 'link-local']);
});

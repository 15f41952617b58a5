import { type Instant, instant } from '@connman/base';
import type { Dhcp6Lease } from '@connman/contracts';
import type { Duid, Ipv6Address } from '@connman/inet';
import { clientStep, deadlineOf, stopped } from './client-machine';
import type { ClientEffect, ClientEvent, ClientState, Outgoing } from './client-state';
import { status } from './options';
import type { ServerMessage } from './reply';

const server = '0003000102000000ffff' as Duid;
const other = '0003000102000000eeee' as Duid;
const ip = (text: string) => text as Ipv6Address;
const granted = { code: status.success, message: '' };
const configuration = { nameservers: [], searchDomains: [], timeservers: [], captivePortalUrl: '' };

type Loose = { kind: ClientEvent['kind'] } & Record<string, unknown>;

function addresses(code: number = status.success, validSeconds = 3600, address = '2001:db8::1') {
  const bindings = code === status.success ? [{ address: ip(address), preferredSeconds: 1800, validSeconds }] : [];
  return { iaid: 1, t1: 900, t2: 1440, status: { code, message: '' }, bindings };
}

const lease: Dhcp6Lease = {
  server,
  addresses: [{ address: ip('2001:db8::1'), preferredSeconds: 1800, validSeconds: 3600 }],
  prefixes: [],
  configuration,
  t1Seconds: 900,
  t2Seconds: 1440,
};
const prefix = {
  prefix: { address: ip('2001:db8:4000::'), length: 56 },
  preferredSeconds: 1800,
  validSeconds: 3600,
};

/** A machine that is stepped in place, with everything it did since it was last asked. */
class Machine {
  state: ClientState = stopped;
  now: Instant = instant(0);
  readonly sent: (Outgoing & { readonly at: number })[] = [];
  private effects: ClientEffect[] = [];
  private random = 0;

  step(event: Loose): this {
    // Small draws, far apart after mixing; their low bits number the exchanges.
    this.random += 1;
    const complete = { ...event, now: this.now, random: this.random } as unknown as ClientEvent;
    const { state, effects } = clientStep(this.state, complete);
    this.state = state;
    this.effects.push(...effects);
    for (const effect of effects) if (effect.kind === 'send') this.sent.push({ ...effect.message, at: this.now });
    return this;
  }

  start(more: object = {}): this {
    return this.step({ kind: 'start', mode: 'stateful', wanted: { address: true, prefix: false }, ...more });
  }

  /** Goes on to the next deadline `times` times. */
  next(times = 1): this {
    for (let i = 0; i < times; i++) {
      this.now = deadlineOf(this.state);
      this.step({ kind: 'time' });
    }
    return this;
  }

  hear(type: 'advertise' | 'reply', more: Partial<ServerMessage> = {}): this {
    const xid = 'exchange' in this.state ? this.state.exchange.xid : 0;
    const usual = { type, xid, server, preference: 0, rapidCommit: false, status: granted, configuration };
    return this.step({ kind: 'message', message: { ...usual, addresses: addresses(), ...more } });
  }

  bind(): this {
    this.start().hear('advertise').next().hear('reply');
    this.done();
    return this;
  }

  /** Messages by type and events by kind since the last look. */
  done(): string[] {
    const effects = this.effects.splice(0);
    return effects.flatMap((effect) => {
      if (effect.kind === 'log') return [];
      return effect.kind === 'send' ? [effect.message.type] : [effect.kind === 'lost' ? effect.reason : effect.kind];
    });
  }
}

const machine = () => new Machine();

describe('Solicit', () => {
  test('leaves at once, and again after 1, 2, 4 s and so on up to an hour (section 18.2.1)', () => {
    const one = machine().start().next(20);
    const waits = one.sent.slice(1).map(({ at }, i) => at - (one.sent[i]?.at ?? 0));
    expect(waits[0]).toBeGreaterThan(1000);
    waits.slice(1, 11).forEach((wait, i) => {
      expect(wait / (waits[i] as number)).toBeGreaterThan(1.89);
      expect(wait / (waits[i] as number)).toBeLessThan(2.11);
    });
    expect(Math.max(...waits)).toBeLessThanOrEqual(3_960_000);
    expect(Math.min(...waits.slice(12))).toBeGreaterThanOrEqual(3_240_000);
    expect(new Set(one.sent.map(({ xid }) => xid)).size).toBe(1);
  });

  test('a silence of six seconds is said once', () => {
    expect(
      machine()
        .start()
        .next(6)
        .done()
        .filter((what) => what === 'silent'),
    ).toHaveLength(1);
  });

  test('an Advertise is followed after a moment for others, one of preference 255 at once', () => {
    const one = machine().start().hear('advertise');
    expect([one.done(), deadlineOf(one.state)]).toEqual([['solicit'], 100]);
    expect(one.next().done()).toEqual(['request']);
    expect(machine().start().hear('advertise', { preference: 255 }).done()).toEqual(['solicit', 'request']);
  });

  test('the highest preference wins, then the one that offers more', () => {
    const both = { wanted: { address: true, prefix: true } };
    const prefixes = { ...addresses(), bindings: [prefix] };
    const first = machine().start(both).hear('advertise').hear('advertise', { server: other, prefixes }).next();
    expect(first.sent.at(-1)?.server).toBe(other);
    const second = machine().start().hear('advertise', { preference: 9 }).hear('advertise', { server: other }).next();
    expect(second.sent.at(-1)?.server).toBe(server);
  });

  test('an Advertise without an address is passed over, but its SOL_MAX_RT counts (section 21.24)', () => {
    const one = machine().start();
    one.hear('advertise', { addresses: addresses(status.noAddrsAvail), solMaxRt: 120 }).next(12);
    expect(one.done().filter((what) => what === 'request')).toEqual([]);
    const [last, before] = [one.sent.at(-1), one.sent.at(-2)];
    expect((last?.at ?? 0) - (before?.at ?? 0)).toBeLessThanOrEqual(132_000);
  });

  test('a Reply counts with rapid commit alone', () => {
    expect(machine().start().hear('reply').done()).toEqual(['solicit']);
    expect(machine().start().hear('reply', { rapidCommit: true }).done()).toEqual(['solicit', 'bound']);
  });
});

describe('Request', () => {
  const requesting = () => {
    const one = machine().start().hear('advertise').next();
    one.done();
    return one;
  };

  test('goes to the server of the offer, with what it offered', () => {
    expect(requesting().sent.at(-1)).toMatchObject({ type: 'request', server, lease: { addresses: lease.addresses } });
  });

  test('goes out ten times and is given up for a new Solicit (REQ_MAX_RC)', () => {
    const one = requesting().next(9);
    expect(one.done().filter((what) => what === 'request')).toHaveLength(9);
    expect(one.next(2).done()).toEqual(['solicit']);
  });

  test.each([
    ['UseMulticast and UnspecFail are waited over', { status: { code: status.unspecFail, message: '' } }, []],
    ['another server is not listened to', { server: other }, []],
    ['another exchange is not listened to', { xid: 0xabcdef }, []],
    ['the lease is taken', {}, ['bound']],
  ])('Reply: %s', (_, more, done) => {
    expect(requesting().hear('reply', more).done()).toEqual(done);
  });

  test('a server that does not stand by its offer is asked for another, slower each time', () => {
    const one = requesting();
    const refuse = () => one.hear('reply', { addresses: addresses(status.noAddrsAvail) });
    for (let i = 0; i < 9; i++) refuse().next().hear('advertise').next();
    const solicits = one.sent.filter(({ type }) => type === 'solicit');
    const gaps = solicits.slice(2).map(({ at }, i) => at - (solicits[i + 1]?.at ?? 0));
    expect(gaps[0]).toBeLessThan(2000);
    expect(gaps.at(-1)).toBeGreaterThan(30_000);
  });
});

describe('a lease', () => {
  test('is renewed at T1 with its server, rebound at T2 with any, and over when its time is', () => {
    const one = machine().bind().next();
    expect(one.sent.at(-1)).toMatchObject({ type: 'renew', server, at: 900_000 + 100 });
    while (one.state.kind === 'renewing') one.next();
    expect(one.sent.at(-1)).toMatchObject({ type: 'rebind', at: 1_440_000 + 100 });
    expect(one.sent.at(-1)?.server).toBeUndefined();
    one.done();
    while (one.state.kind === 'rebinding') one.next();
    expect(one.done().slice(-2)).toEqual(['expired', 'solicit']);
    expect(one.now).toBe(3_600_000 + 100);
  });

  test('runs from when it was asked for, not from when the answer came', () => {
    const one = machine().start().hear('advertise').next();
    one.now = instant(5000);
    one.hear('reply');
    expect(deadlineOf(one.state)).toBe(900_100);
  });

  test('that the server renews goes on with what it says now', () => {
    const one = machine()
      .bind()
      .next()
      .hear('reply', { addresses: addresses(status.success, 7200) });
    expect(one.done()).toEqual(['renew', 'bound']);
    expect(one.state).toMatchObject({ held: { lease: { addresses: [{ validSeconds: 7200 }] } } });
  });

  test('keeps an address that the server does not speak of for the time it has left', () => {
    const one = machine().bind().next();
    one.hear('reply', { addresses: addresses(status.success, 3600, '2001:db8::2') });
    expect(one.state).toMatchObject({
      held: { lease: { addresses: [{ address: '2001:db8::2' }, { address: '2001:db8::1', validSeconds: 2700 }] } },
    });
  });

  test('does not grow without end by a server that gives another address with each renewal', () => {
    const one = machine().bind();
    for (let i = 2; i < 60; i++)
      one.next().hear('reply', { addresses: addresses(status.success, 0xfffffffe, `2001:db8::${i}`) });
    const { held } = one.state as ClientState & { kind: 'bound' };
    expect(held.lease.addresses).toHaveLength(16);
    expect(held.lease.addresses[0]?.address).toBe('2001:db8::59');
  });

  test('that the server takes back (valid lifetime 0) is lost', () => {
    const one = machine()
      .bind()
      .next()
      .hear('reply', { addresses: addresses(status.success, 0) });
    one.next();
    expect(one.done()).toEqual(['renew', 'refused', 'solicit']);
  });

  test('that the server has forgotten (NoBinding) is requested, and used on when that is refused', () => {
    const one = machine()
      .bind()
      .next()
      .hear('reply', { addresses: addresses(status.noBinding) });
    expect([one.done(), one.state.kind]).toEqual([['renew', 'request'], 'requesting']);
    one.hear('reply', { addresses: addresses(status.noAddrsAvail) });
    expect([one.done(), one.state.kind, deadlineOf(one.state)]).toEqual([[], 'bound', 1_440_100]);
    one.next();
    // A server that refuses every time is not asked in a circle.
    const before = one.sent.length;
    while (one.state.kind === 'rebinding' && one.now < 3_000_000) {
      one.hear('reply', { addresses: addresses(status.noBinding) });
      one.hear('reply', { addresses: addresses(status.noAddrsAvail) }).next();
    }
    expect(one.sent.length - before).toBeLessThan(120);
  });

  test('T1 of 0 leaves the choice to us: half and four fifths of the preferred lifetime', () => {
    const one = machine().start().hear('advertise').next();
    one.hear('reply', { addresses: { ...addresses(), t1: 0, t2: 0 } });
    expect(one.state).toMatchObject({ held: { t1At: 900_100, t2At: 1_440_100 } });
  });

  test('for ever is never renewed', () => {
    const bindings = [{ address: ip('2001:db8::1'), preferredSeconds: 0xffffffff, validSeconds: 0xffffffff }];
    const one = machine().start().hear('advertise').next();
    one.hear('reply', { addresses: { ...addresses(), t1: 0, t2: 0, bindings } });
    expect(deadlineOf(one.state)).toBe(Number.POSITIVE_INFINITY);
  });

  test('is given back when the user ends it, and left alone otherwise', () => {
    const one = machine().bind();
    const before = one.state;
    expect(one.step({ kind: 'stop', release: true }).done()).toEqual(['release']);
    one.state = before;
    expect(one.step({ kind: 'stop', release: false }).done()).toEqual([]);
  });
});

describe('after the link was away', () => {
  test('addresses are confirmed with any server, and count on when one says so or none answers in 10 s', () => {
    expect(machine().bind().step({ kind: 'renew' }).hear('reply', { addresses: undefined }).done()).toEqual([
      'confirm',
      'bound',
    ]);
    const silent = machine().bind().step({ kind: 'renew' });
    const begun = silent.now;
    while (silent.state.kind === 'confirming') silent.next();
    expect([silent.done().at(-1), silent.now - begun]).toEqual(['bound', 10_000]);
  });

  test('addresses that are not for this link are lost at once', () => {
    const one = machine().bind().step({ kind: 'renew' });
    one.hear('reply', { status: { code: status.notOnLink, message: '' }, addresses: undefined });
    expect(one.done()).toEqual(['confirm', 'not-on-link', 'solicit']);
  });

  test('delegated prefixes are rebound, with the timing of Confirm (section 18.2.12)', () => {
    const held = { lease: { ...lease, prefixes: [prefix] }, since: instant(0) };
    const one = machine().start({ held, wanted: { address: true, prefix: true } });
    expect(one.done()).toEqual(['rebind']);
    one.hear('reply', { prefixes: { ...addresses(), bindings: [prefix] } });
    expect(one.done()).toEqual(['bound']);
  });

  test('a lease from before the start is confirmed; one that is over is asked for again', () => {
    const one = machine();
    one.now = instant(100_000);
    expect(one.start({ held: { lease, since: instant(0) } }).done()).toEqual(['confirm']);
    const late = machine();
    late.now = instant(3_600_000);
    expect(late.start({ held: { lease, since: instant(0) } }).sent).toMatchObject([{ type: 'solicit', lease }]);
  });
});

describe('a delegated prefix', () => {
  const prefixes = { ...addresses(), bindings: [prefix] };
  const both = { ...lease, prefixes: [prefix] };

  test('that is wanted beside a lease without one is asked for by Rebind, and the address stays', () => {
    const held = { lease, since: instant(0) };
    const one = machine().start({ held, wanted: { address: true, prefix: true } });
    expect(one.hear('reply', { prefixes }).done()).toEqual(['rebind', 'bound']);
    expect(one.state).toMatchObject({ held: { lease: { addresses: lease.addresses, prefixes: [prefix] } } });
  });

  test('that the server does not have leaves the lease of the address as it is', () => {
    const held = { lease, since: instant(0) };
    const one = machine().start({ held, wanted: { address: true, prefix: true } });
    one.hear('reply', { prefixes: { ...addresses(status.noBinding), bindings: [] } });
    const nothing = { ...addresses(status.noPrefixAvail), bindings: [] };
    expect(one.hear('reply', { prefixes: nothing }).done()).toEqual(['rebind', 'request', 'bound']);
    expect(one.state).toMatchObject({ held: { lease: { addresses: lease.addresses, prefixes: [] } } });
  });

  test('that is not wanted any more is released, and the address is confirmed (section 18.2.7)', () => {
    const one = machine().start({ held: { lease: both, since: instant(0) } });
    expect(one.done()).toEqual(['release', 'confirm']);
    expect(one.sent[0]).toMatchObject({ server, lease: { addresses: [], prefixes: [prefix] } });
    expect(one.sent[1]?.lease).toMatchObject({ addresses: lease.addresses, prefixes: [] });
  });

  test('alone, that is not wanted any more, is released, and other configuration is asked for', () => {
    const alone = { lease: { ...both, addresses: [] }, since: instant(0) };
    const one = machine().start({ mode: 'stateless', held: alone, wanted: { address: false, prefix: false } });
    expect(one.done()).toEqual(['release', 'information-request']);
  });

  test('is solicited when other configuration is known, and rebound with it after a restart', () => {
    const wish = { mode: 'stateless', wanted: { address: false, prefix: true } };
    const one = machine().start(wish).hear('reply');
    expect(one.done()).toEqual(['information-request', 'configured', 'solicit']);
    one.hear('advertise', { addresses: undefined, prefixes }).next().hear('reply', { addresses: undefined, prefixes });
    expect(one.done()).toEqual(['request', 'bound']);
    const again = machine().start({ ...wish, held: { lease: { ...both, addresses: [] }, since: instant(0) } });
    expect(again.done()).toEqual(['rebind']);
  });
});

describe('Decline', () => {
  test('goes to the server, and another address is asked for', () => {
    const one = machine()
      .bind()
      .step({ kind: 'conflict', address: ip('2001:db8::1') });
    expect(one.done()).toEqual(['conflict', 'decline']);
    expect(one.sent.at(-1)).toMatchObject({ server, lease: { addresses: lease.addresses } });
    expect(one.hear('reply', { addresses: undefined }).next().done()).toEqual(['solicit']);
  });

  test('goes out four times at most (DEC_MAX_RC)', () => {
    const one = machine()
      .bind()
      .step({ kind: 'conflict', address: ip('2001:db8::1') })
      .next(5);
    expect(one.done()).toEqual(['conflict', 'decline', 'decline', 'decline', 'decline', 'solicit']);
  });

  test('of an address that is not ours is nothing', () => {
    expect(
      machine()
        .bind()
        .step({ kind: 'conflict', address: ip('2001:db8::99') })
        .done(),
    ).toEqual([]);
  });
});

describe('stateless', () => {
  const informing = () => machine().start({ mode: 'stateless', wanted: { address: false, prefix: false } });

  test('the answer counts for a day, or as long as it says, but not below ten minutes (section 21.23)', () => {
    for (const [refreshSeconds, expected] of [
      [undefined, 86_400],
      [7200, 7200],
      [1, 600],
    ]) {
      const one = informing().hear('reply', { refreshSeconds });
      expect(one.done()).toEqual(['information-request', 'configured']);
      expect(deadlineOf(one.state)).toBe((expected as number) * 1000);
      expect(one.next().done()).toEqual(['information-request']);
    }
  });

  test('no address is taken', () => {
    expect(informing().hear('reply').state.kind).toBe('informed');
  });
});

test('what cannot be sent is tried again soon, then once in 3 s, and the time asked for begins with what was sent', () => {
  const one = machine().start().step({ kind: 'unsent' });
  expect(deadlineOf(one.state)).toBe(100);
  for (let i = 0; i < 40; i++) one.next().step({ kind: 'unsent' });
  expect(one.sent.length).toBeLessThan(45);
  expect(one.now).toBeGreaterThan(20_000);
  one.next();
  expect(one.sent.at(-1)).toMatchObject({ elapsedMs: 0 });
});

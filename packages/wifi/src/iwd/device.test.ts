import { type Instant, Secret } from '@connman/base';
import { type AssociationProfile, deviceId, networkId, type TechnologyEvent } from '@connman/contracts';
import { type MacAddress, parseMac } from '@connman/inet';
import { bssOf } from '../../test/radio-conversation';
import { IwdDevice } from './device';
import type { DeviceEffect, DeviceEvent, DeviceState, DeviceTimer, IwdCall, StationState } from './messages';

const device = deviceId('wifi:020000000000');
const home = networkId(`${device}/486f6d65_managed_psk`);
const path = '/net/connman/iwd/0/3/486f6d65_psk';
const passphrase = new Secret('correct horse');
const steps = [[2412, 2437], [5180]];
const failedByIwd = 'net.connman.iwd.Failed';

const station = (state: StationState, network = ''): DeviceState => ({
  powered: true,
  mode: 'station',
  station: { state, scanning: false, network },
});

class Conversation {
  readonly machine: IwdDevice;
  readonly reports: TechnologyEvent[] = [];
  readonly calls: IwdCall[] = [];
  readonly effects: DeviceEffect[] = [];
  readonly timers = new Set<DeviceTimer>();
  private number = 0;
  private attempt = 0;

  constructor(setsAddresses = false) {
    this.machine = new IwdDevice(
      {
        ...{ id: device, ident: '020000000000', ifindex: 3, name: 'wlan0' },
        permanentMac: parseMac('02:00:00:00:00:00') as MacAddress,
      },
      setsAddresses,
    );
    this.take(this.machine.start(station('disconnected'), false, steps));
    this.send({ kind: 'network', network: { path, type: 'psk', knownNetwork: '' } });
    this.hears(1000);
  }

  send(event: DeviceEvent): this {
    this.take(this.machine.step(event));
    return this;
  }

  /** A scan has ended, and the kernel heard Home last at that time. */
  hears(...times: number[]): this {
    const bsss = times.map((seenAt) => ({ ...bssOf(), seenAt: seenAt as Instant }));
    return this.send({ kind: 'heard', bsss, scanned: true });
  }

  associate(profile: Partial<AssociationProfile> = {}): number {
    const attempt = ++this.attempt;
    const whole = { mac: { kind: 'permanent' }, ...profile } as const;
    this.send({ kind: 'command', command: { kind: 'associate', network: home, attempt, profile: whole } });
    return attempt;
  }

  /** Answers the last call that had a number. */
  answered(): this {
    return this.send({ kind: 'answered', call: this.number });
  }

  refused(error = failedByIwd): this {
    return this.send({ kind: 'refused', call: this.number, error, text: 'Operation failed' });
  }

  get link() {
    const changed = this.reports.flatMap((event) => (event.kind === 'networks' ? event.changed : []));
    return changed.findLast((fact) => fact.id === home)?.link;
  }

  get failure() {
    return this.reports.findLast((event) => event.kind === 'failed');
  }

  private take(effects: readonly DeviceEffect[]): void {
    for (const effect of effects) {
      this.effects.push(effect);
      if (effect.kind === 'report') this.reports.push(effect.event);
      else if (effect.kind === 'call') {
        this.calls.push(effect.call);
        this.number = effect.number ?? this.number;
      } else if (effect.kind === 'timer') this.timers.add(effect.timer);
      else if (effect.kind === 'cancel') this.timers.delete(effect.timer);
    }
  }
}

test('a network appears with its strength, by the bytes in its path', () => {
  const talk = new Conversation();
  expect(talk.reports.find((event) => event.kind === 'networks')).toMatchObject({
    changed: [{ id: home, name: 'Home', strength: 80, group: '486f6d65_managed_psk', link: { kind: 'idle' } }],
  });
});

test('the agent gets the passphrase of the attempt, and the network is up when iwd says so', () => {
  const talk = new Conversation();
  const attempt = talk.associate({ passphrase });
  expect(talk.calls).toEqual([{ method: 'connect', network: path }]);
  talk.send({ kind: 'asked', what: 'passphrase', request: 1 });
  expect(talk.effects.at(-1)).toEqual({ kind: 'answer', request: 1, texts: [passphrase] });
  talk.answered();
  expect(talk.link).toEqual({ kind: 'up', attempt, ifindex: 3 });
  expect(talk.timers.size).toBe(0);
});

test('a question that nothing is known for is canceled', () => {
  const talk = new Conversation();
  talk.send({ kind: 'asked', what: 'user-password', request: 4 });
  expect(talk.effects.at(-1)).toEqual({ kind: 'answer', request: 4 });
});

test('a network that iwd keeps another passphrase of is forgotten first, once', () => {
  const talk = new Conversation();
  const shows = (knownNetwork: string) => talk.send({ kind: 'network', network: { path, type: 'psk', knownNetwork } });
  shows('/known');
  talk.associate({ passphrase });
  // Its file, and what that demands, counts until iwd has seen that it is gone.
  expect(talk.answered().calls).toEqual([{ method: 'forget', known: '/known' }]);
  expect(shows('').calls.at(-1)).toEqual({ method: 'connect', network: path });
  talk.answered();
  shows('/known');
  talk.associate({ passphrase });
  expect(talk.calls.map(({ method }) => method)).toEqual(['forget', 'connect', 'connect']);
});

test.each([
  ['refuses to forget', (talk: Conversation) => talk.refused()],
  ['no longer sees', (talk: Conversation) => talk.send({ kind: 'network-gone', path })],
])('a network that iwd %s is joined all the same', (_, happens) => {
  const talk = new Conversation();
  talk.send({ kind: 'network', network: { path, type: 'psk', knownNetwork: '/known' } });
  talk.associate({ passphrase });
  happens(talk);
  expect(talk.calls.map(({ method }) => method)).toEqual(['forget', expect.stringMatching(/^connect/)]);
});

test('Failed means a wrong passphrase when the access point ended the 4-way handshake', () => {
  const talk = new Conversation();
  const attempt = talk.associate({ passphrase });
  talk.send({ kind: 'air', event: { kind: 'associated', ifindex: 3, status: 0 } });
  talk.send({ kind: 'air', event: { kind: 'ended', ifindex: 3, reason: 15, byPeer: true } });
  talk.refused();
  expect(talk.failure).toMatchObject({ attempt, error: 'invalid-key' });
  expect(talk.link).toEqual({ kind: 'idle' });
});

test.each([1, 12, 17, 30, 37, 53, 77])('Failed after an association refused with status %i does not', (status) => {
  const talk = new Conversation();
  talk.associate({ passphrase });
  talk.send({ kind: 'air', event: { kind: 'associated', ifindex: 3, status } }).refused();
  expect(talk.failure).toMatchObject({ error: 'connect-failed', reason: expect.stringContaining(`status ${status}`) });
});

test('Failed without a word from the access point is out of range', () => {
  const talk = new Conversation();
  talk.associate({ passphrase });
  talk.send({ kind: 'air', event: { kind: 'silent', ifindex: 3 } }).refused();
  expect(talk.failure).toMatchObject({ error: 'out-of-range' });
});

function lost(...events: DeviceEvent[]): Conversation {
  const talk = new Conversation();
  talk.associate({ passphrase });
  talk.answered().send({ kind: 'state', state: station('connected', path) });
  for (const event of events) talk.send(event);
  talk.send({ kind: 'air', event: { kind: 'ended', ifindex: 3, reason: 3, byPeer: true } });
  talk.send({ kind: 'state', state: station('disconnected') });
  return talk.send({ kind: 'heard', bsss: [{ ...bssOf(), seenAt: 1500 as Instant }], scanned: false });
}

test('a lost network is joined again as soon as it is heard again, and clients hear nothing of it', () => {
  const talk = lost();
  talk.hears(1500);
  expect(talk.calls.filter(({ method }) => method === 'connect')).toHaveLength(1);
  talk.hears(1500).hears(1500).hears(1500).hears(1500);
  const scans = talk.effects.flatMap((effect) => (effect.kind === 'scan' ? [effect.frequencies] : []));
  expect(scans).toEqual([[2412], [2437], ...steps, [2412]]);
  talk.hears(2000);
  expect(talk.calls.at(-1)).toEqual({ method: 'connect', network: path });
  talk.answered();
  expect(talk.link?.kind).toBe('up');
  expect(talk.timers).not.toContain('linger');
  expect(talk.effects).toContainEqual({ kind: 'forget-unresolved' });
});

const diagnosed = (security: string): DeviceEvent => ({ kind: 'diagnostics', diagnostics: { security } });

test('a network that was joined by WPA3 is joined again by nothing less', () => {
  const talk = lost(diagnosed('WPA3-Personal')).hears(2000);
  expect(talk.calls.at(-1)).toMatchObject({ method: 'connect', settings: { atLeast: 'sae', passphrase } });
  talk.answered().send(diagnosed('WPA3-Personal'));
  expect(talk.link?.kind).toBe('up');
});

test('a connection that falls from WPA3 to WPA2 is ended, and the reason says what to do', () => {
  const talk = new Conversation();
  talk.associate({ passphrase });
  talk.answered().send({ kind: 'state', state: station('connected', path) });
  talk.send(diagnosed('WPA3-Personal')).send({ kind: 'state', state: station('roaming', path) });
  expect(talk.link?.kind).toBe('up');
  talk.send({ kind: 'state', state: station('connected', path) }).send(diagnosed('WPA2-Personal'));
  expect(talk.link).toMatchObject({ kind: 'idle', loss: { reason: expect.stringContaining('remove the service') } });
  expect(talk.calls.at(-1)).toEqual({ method: 'disconnect' });
});

test('a network that was encrypted by OWE is joined open no more', () => {
  const key = networkId(`${device}/486f6d65_managed_none`);
  const openPath = path.replace(/_psk$/, '_open');
  const talk = new Conversation();
  const hear = (owe: boolean, seenAt: number) => {
    const bss = { ...bssOf(), privacy: owe, offers: { ...bssOf().offers, psk: false, wpa: owe, owe } };
    talk.send({ kind: 'heard', bsss: [{ ...bss, seenAt: seenAt as Instant }], scanned: true });
  };
  const join = (attempt: number, atLeast?: 'owe') => {
    const profile = { mac: { kind: 'permanent' }, ...(atLeast && { atLeast }) } as const;
    talk.send({ kind: 'command', command: { kind: 'associate', network: key, attempt, profile } });
  };
  talk.send({ kind: 'network', network: { path: openPath, type: 'open', knownNetwork: '' } });
  hear(true, 1100);
  join(1);
  talk
    .answered()
    .send({ kind: 'state', state: station('connected', openPath) })
    .send(diagnosed('OWE'));
  expect(talk.reports).toContainEqual({ kind: 'learned', network: key, attempt: 1, used: 'owe' });
  talk.send({ kind: 'diagnostics', diagnostics: {} });
  expect(talk.calls.at(-1)).toEqual({ method: 'disconnect' });
  join(2, 'owe');
  expect(talk.calls.at(-1)).toMatchObject({ method: 'connect', settings: { atLeast: 'owe' } });
  hear(false, 1200);
  join(3, 'owe');
  expect(talk.failure).toMatchObject({ attempt: 3, reason: expect.stringContaining('is open now') });
  // Once the service was removed nothing is demanded, and iwd's file still would.
  talk.send({ kind: 'network', network: { path: openPath, type: 'open', knownNetwork: '/known' } });
  join(4);
  const keyInFile = { ssid: '486f6d65', security: 'none' };
  expect(talk.calls.at(-1)).toEqual({
    method: 'connect',
    network: openPath,
    settings: { key: keyInFile, hidden: false },
  });
});

test('a lost network that is heard again is joined when iwd has it, too', () => {
  const talk = lost();
  talk.send({ kind: 'network-gone', path }).hears(2000);
  expect(talk.calls.filter(({ method }) => method === 'connect')).toHaveLength(1);
  talk.send({ kind: 'network', network: { path, type: 'psk', knownNetwork: '' } });
  expect(talk.calls.at(-1)).toEqual({ method: 'connect', network: path });
  expect(talk.calls.filter(({ method }) => method === 'connect')).toHaveLength(2);
});

test('a lost network that is heard again and that iwd does not take over is sought by its name', () => {
  const talk = lost();
  talk.send({ kind: 'network-gone', path }).hears(2000).send({ kind: 'timer', timer: 'look' });
  expect(talk.calls.at(-1)).toEqual({ method: 'connect-hidden', name: 'Home' });
});

test('a lost network that is not heard again is reported as lost until it is, and iwd goes on looking', () => {
  const talk = lost();
  talk.send({ kind: 'timer', timer: 'linger' });
  expect(talk.link).toMatchObject({ kind: 'idle', loss: { cause: 'by-peer' } });
  expect(talk.calls).not.toContainEqual({ method: 'disconnect' });
  talk.hears(1500);
  expect(talk.link).toHaveProperty('loss');
  talk.hears(9000);
  expect(talk.link).toEqual({ kind: 'idle' });
});

test('a lost network that refuses to let us in again is lost', () => {
  const talk = lost().hears(2000).refused();
  expect(talk.link).toMatchObject({ kind: 'idle', loss: { cause: 'by-peer' } });
});

test('a scan that another one is in the way of ends that one, three times at most', () => {
  const talk = new Conversation();
  talk.send({ kind: 'command', command: { kind: 'scan', device, ssids: [], frequencies: [2412] } });
  for (let i = 0; i < 3; i++) {
    talk.send({ kind: 'scan-answer', answer: 'busy' });
    expect(talk.effects.at(-1)).toEqual({ kind: 'abort-scan' });
    talk.send({ kind: 'heard', scanned: true });
    expect(talk.effects.at(-1)).toEqual({ kind: 'scan', ssids: [], frequencies: [2412] });
  }
  talk.send({ kind: 'scan-answer', answer: 'busy' });
  expect(talk.reports.at(-1)).toEqual({ kind: 'scan-done', device, ok: false });
});

test('iwd is asked to scan for a network that the kernel heard and iwd did not take over, once', () => {
  const talk = new Conversation();
  const cafe = { ...bssOf({ ssid: new TextEncoder().encode('Cafe') }), seenAt: 5000 as Instant };
  for (let i = 0; i < 2; i++) {
    talk.send({ kind: 'command', command: { kind: 'scan', device, ssids: [], frequencies: [2412] } });
    talk.send({ kind: 'heard', bsss: [cafe], scanned: true });
    talk.send({ kind: 'timer', timer: 'catch-up' });
  }
  expect(talk.calls).toEqual([{ method: 'scan' }]);
});

test('iwd is asked to scan once an access point that it has is secured otherwise: it would join it as it was', () => {
  const talk = new Conversation();
  const scansWith = (sae: boolean) => {
    const before = talk.calls.length;
    talk.send({ kind: 'command', command: { kind: 'scan', device, ssids: [], frequencies: [2412] } });
    const bss = bssOf({ offers: { ...bssOf().offers, psk: !sae, sae } });
    talk.send({ kind: 'heard', bsss: [{ ...bss, seenAt: 2000 as Instant }], scanned: true });
    talk.send({ kind: 'timer', timer: 'catch-up' });
    return talk.calls.slice(before).map(({ method }) => method);
  };
  expect([scansWith(true), scansWith(true)]).toEqual([[], []]);
  expect(scansWith(false)).toEqual(['scan']);
  for (const scanning of [true, false]) {
    const station = { state: 'disconnected', scanning, network: '' } as const;
    talk.send({ kind: 'state', state: { powered: true, mode: 'station', station } });
  }
  expect([scansWith(false), scansWith(true)]).toEqual([[], ['scan']]);
});

test('a device on its way into a network does not scan', () => {
  const talk = new Conversation();
  talk.associate({ wps: {} });
  talk.send({ kind: 'command', command: { kind: 'scan', device, ssids: [], frequencies: [2412] } });
  expect(talk.reports.at(-1)).toEqual({ kind: 'scan-done', device, ok: false });
  expect(talk.effects.some(({ kind }) => kind === 'scan')).toBe(false);
});

test('an association that iwd has already is taken over as attempt 0', () => {
  const talk = new Conversation().send({ kind: 'state', state: station('connected', path) });
  expect(talk.link).toEqual({ kind: 'up', attempt: 0, ifindex: 3 });
});

test('a radio that goes off ends the attempt and takes the networks with it', () => {
  const talk = new Conversation();
  const attempt = talk.associate({ passphrase });
  talk.send({ kind: 'state', state: { powered: false, mode: 'station' } });
  expect(talk.failure).toMatchObject({ attempt, error: 'connect-failed' });
  expect(talk.reports.at(-2)).toMatchObject({ kind: 'networks', gone: [home] });
  expect(talk.reports.at(-1)).toMatchObject({ kind: 'device', device: { powered: false } });
});

test('WPA3 as the least, and 802.1X, go into iwd’s file of the network', () => {
  const talk = new Conversation();
  const wpa3 = { ...bssOf(), offers: { ...bssOf().offers, sae: true }, seenAt: 1200 as Instant };
  talk.send({ kind: 'heard', bsss: [wpa3], scanned: true });
  talk.associate({ passphrase, atLeast: 'sae' });
  expect(talk.calls.at(-1)).toMatchObject({ method: 'connect', settings: { atLeast: 'sae', passphrase } });
});

test('an access point is started once, and its end is reported when the radio is a station again', () => {
  const talk = new Conversation();
  const access = { ssid: '4d79', passphrase, frequency: 2412 };
  const tether = { kind: 'set-tethering', device, bridge: 'tether' } as const;
  talk.send({ kind: 'command', command: { ...tether, access } });
  for (const powered of [false, true])
    talk.send({ kind: 'state', state: { powered, mode: 'ap', accessPoint: { started: false } } });
  expect(talk.calls).toEqual([
    { method: 'mode', mode: 'ap' },
    { method: 'start-access-point', ssid: 'My', passphrase },
  ]);
  talk.send({ kind: 'state', state: { powered: true, mode: 'ap', accessPoint: { started: true } } });
  expect(talk.reports.at(-1)).toEqual({ kind: 'tethering', device, on: true, ifindex: 3 });
  talk.send({ kind: 'command', command: tether });
  expect(talk.reports.at(-1)).toMatchObject({ on: true });
  talk.send({ kind: 'state', state: station('disconnected') });
  expect(talk.reports).toContainEqual({ kind: 'tethering', device, on: false });
});

test.each([
  ['open', {}, /iwd makes no open access points/],
  ['hidden', { passphrase, hidden: true }, /iwd makes no hidden access points; show it/],
])('an access point that is %s is refused with the reason: iwd makes none', (_, settings, reason) => {
  const talk = new Conversation();
  const access = { ssid: '4d79', frequency: 2412, ...settings };
  talk.send({ kind: 'command', command: { kind: 'set-tethering', device, bridge: 'tether', access } });
  expect(talk.reports.at(-1)).toMatchObject({ on: false, reason: expect.stringMatching(reason) });
  expect(talk.calls).toEqual([]);
});

const other = { kind: 'set', mac: parseMac('02:12:34:56:78:9a') as MacAddress } as const;

test('an iwd that chooses addresses by itself joins no network that is to see another one, and the error says what to do', () => {
  const talk = new Conversation();
  const attempt = talk.associate({ passphrase, mac: other });
  expect(talk.failure).toMatchObject({
    ...{ attempt, error: 'connect-failed' },
    reason: expect.stringContaining('set AddressRandomization=network in the group [General] of /etc/iwd/main.conf'),
  });
  expect(talk.calls).toEqual([]);
});

test('an iwd that takes addresses of networks from their files gets each one by its file, the permanent one too', () => {
  const talk = new Conversation(true);
  talk.associate({ passphrase, mac: other });
  expect(talk.calls.at(-1)).toMatchObject({ method: 'connect', settings: { passphrase, address: other.mac } });
  talk.associate({ passphrase });
  expect(talk.calls.at(-1)).toMatchObject({ method: 'connect', settings: { address: '02:00:00:00:00:00' } });
  expect(talk.calls.map(({ method }) => method)).not.toContain('forget');
});

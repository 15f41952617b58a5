import type { Instant } from '@connman/base';
import {
  type AssociationProfile,
  deviceId,
  type EapProfile,
  networkId,
  type TechnologyEvent,
} from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import { bssOf } from '../../test/radio-conversation';
import { IwdDevice } from './device';
import type { DeviceEffect, DeviceEvent } from './messages';
import type { ServerCertificate } from './server-certificates';

const device = deviceId('wifi:020000000000');
const corp = networkId(`${device}/436f7270_managed_ieee8021x`);
const path = '/net/connman/iwd/0/3/436f7270_8021x';
const first: ServerCertificate = { sha256: '5e', der: Uint8Array.of(1) };
const another: ServerCertificate = { sha256: 'a0', der: Uint8Array.of(2) };
const peap: EapProfile = { method: 'peap', identity: 'alice' };

/** One attempt to join Corp: what happens, and what came of it. */
class Attempt {
  private readonly machine = new IwdDevice({
    ...{ id: device, ident: '020000000000', ifindex: 3, name: 'wlan0' },
    permanentMac: '02:00:00:00:00:00' as MacAddress,
  });
  readonly effects: DeviceEffect[] = [];
  private number = 0;

  constructor(eap: EapProfile) {
    const station = { state: 'disconnected', scanning: false, network: '' } as const;
    this.machine.start({ powered: true, mode: 'station', station }, false, []);
    this.send({ kind: 'network', network: { path, type: '8021x', knownNetwork: '' } });
    const { offers, ...bss } = bssOf({ ssid: new TextEncoder().encode('Corp') });
    const heard = { ...bss, offers: { ...offers, psk: false, eap: true }, seenAt: 1000 as Instant };
    this.send({ kind: 'heard', bsss: [heard], scanned: true });
    const profile: AssociationProfile = { mac: { kind: 'permanent' }, eap };
    this.send({ kind: 'command', command: { kind: 'associate', network: corp, attempt: 1, profile } });
  }

  private send(event: DeviceEvent): this {
    for (const effect of this.machine.step(event)) {
      this.effects.push(effect);
      if (effect.kind === 'call') this.number = effect.number ?? this.number;
    }
    return this;
  }

  shows(certificate: ServerCertificate): this {
    return this.send({ kind: 'server-certificate', certificate });
  }

  refusesCertificate(): this {
    return this.send({ kind: 'air', event: { kind: 'certificate-refused', ifindex: 3 } });
  }

  succeeds(): this {
    return this.send({ kind: 'answered', call: this.number });
  }

  /** iwd gives up, having ended the association with reason 23. */
  fails(): this {
    this.send({ kind: 'air', event: { kind: 'associated', ifindex: 3, status: 0 } });
    this.send({ kind: 'air', event: { kind: 'ended', ifindex: 3, reason: 23, byPeer: false } });
    return this.send({ kind: 'refused', call: this.number, error: 'net.connman.iwd.Failed', text: 'Operation failed' });
  }

  isLeft(): this {
    return this.send({ kind: 'command', command: { kind: 'dissociate', network: corp } });
  }

  get reports(): TechnologyEvent[] {
    return this.effects.flatMap((effect) => (effect.kind === 'report' ? [effect.event] : []));
  }

  get learned(): string[] {
    return this.reports.flatMap((event) => (event.kind === 'learned' ? [event.serverCertificate ?? ''] : []));
  }

  get kept(): ServerCertificate[] {
    return this.effects.flatMap((effect) => (effect.kind === 'keep-certificate' ? [effect.certificate] : []));
  }

  get failure() {
    return this.reports.find((event) => event.kind === 'failed');
  }

  get warnings(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'log' && effect.level === 'warning' ? [effect.text] : []));
  }

  get isWatching(): boolean {
    return this.effects.findLast((effect) => effect.kind === 'watch-server')?.on ?? false;
  }

  get calls(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'call' ? [effect.call.method] : []));
  }
}

test('the certificate that the server shows is learned and kept with the first success, not before', () => {
  const attempt = new Attempt(peap).shows(first);
  expect(attempt.learned).toEqual([]);
  expect(attempt.kept).toEqual([]);
  attempt.succeeds();
  expect(attempt.learned).toEqual(['5e']);
  expect(attempt.kept).toEqual([first]);
  expect(attempt.warnings).toEqual([]);
});

test('a certificate that is read after iwd reported the success is learned all the same', () => {
  expect(new Attempt(peap).succeeds().shows(first).learned).toEqual(['5e']);
});

test('another certificate than the pinned one ends the attempt at once, with an error that says so', () => {
  const attempt = new Attempt({ ...peap, pinnedServerCertificate: '5e' }).shows(another);
  expect(attempt.failure).toMatchObject({
    error: 'login-failed',
    reason: expect.stringContaining('than at first use'),
  });
  expect(attempt.calls.at(-1)).toBe('disconnect');
  expect(attempt.isWatching).toBe(false);
});

test('a roam within the first connection to a server with another certificate ends the connection', () => {
  const attempt = new Attempt(peap).shows(first).succeeds().shows(first);
  expect(attempt.calls).not.toContain('disconnect');
  attempt.shows(another);
  const lost = attempt.reports.flatMap((event) => (event.kind === 'networks' ? event.changed : [])).at(-1);
  expect(lost).toMatchObject({ id: corp, link: { kind: 'idle', loss: { cause: 'local' } } });
  expect(attempt.learned).toEqual(['5e']);
});

test('a pin that wpa_supplicant learned is checked, and kept for iwd with the next success', () => {
  const attempt = new Attempt({ ...peap, pinnedServerCertificate: '5e' }).shows(first).succeeds();
  expect(attempt.learned).toEqual([]);
  expect(attempt.kept).toEqual([first]);
});

test('where iwd hides the certificate the network is joined with a warning that says what to do', () => {
  const warningsOf = (eap: EapProfile) => new Attempt(eap).succeeds().warnings;
  expect(warningsOf(peap)).toEqual([expect.stringMatching(/^wlan0: Corp: .*ControlPortOverNL80211=false.*CACertFile/)]);
  expect(warningsOf({ ...peap, caCertificate: { path: '/ca.pem' } })).toEqual([]);
  expect(warningsOf({ ...peap, method: 'pwd' })).toEqual([]);
});

test('with a configured authority nothing is learned, and the certificates of roams are left to iwd', () => {
  const attempt = new Attempt({ ...peap, caCertificate: { path: '/ca.pem' } }).shows(first).succeeds().shows(another);
  expect([attempt.learned, attempt.kept, attempt.calls]).toEqual([[], [], ['connect']]);
});

test('the server is watched until the network is left', () => {
  const attempt = new Attempt(peap).succeeds();
  expect(attempt.isWatching).toBe(true);
  expect(attempt.isLeft().isWatching).toBe(false);
});

test('a certificate that iwd refused is no wrong password, and the error says what was wrong with it', () => {
  expect(new Attempt(peap).fails().failure).toMatchObject({ error: 'auth-failed' });
  const reason = expect.stringMatching(/^the server's certificate was refused: not of the configured authority/);
  expect(new Attempt(peap).refusesCertificate().fails().failure).toMatchObject({ error: 'login-failed', reason });
});

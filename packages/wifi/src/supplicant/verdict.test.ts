import type { SupplicantState } from './messages';
import { Inquest } from './verdict';

const tryOnce = (inquest: Inquest, ...states: SupplicantState[]) =>
  states.map((state) => inquest.onState(state)).find((verdict) => verdict);

const statuses = [1, 12, 14, 16, 17, 30, 37, 53, 77, 93];
const reasons = [1, 3, 4, 5, 6, 7, 8, 12, 13, 16, 17, 18, 19, 20, 23, 24, 34, 36, 39, 45];

test.each(statuses)('status %i is never taken for a wrong passphrase', (status) => {
  for (const sae of [false, true]) {
    const association = new Inquest('psk', sae);
    const authentication = new Inquest('psk', sae);
    for (let i = 0; i < 3; i++) {
      tryOnce(association, 'authenticating', 'associating');
      tryOnce(authentication, 'authenticating');
      const refusals = [association.onAssocStatus(status), authentication.onAuthStatus(status)];
      if (i < 2) expect(refusals).toEqual([undefined, undefined]);
      else for (const verdict of refusals) expect(verdict?.error).toBe('connect-failed');
    }
    expect(association.timedOut().reason).toContain(`status ${status}`);
  }
});

test.each(reasons)('a deauthentication with reason %i in any state is never taken for a wrong passphrase', (reason) => {
  for (const state of ['authenticating', 'associating', 'associated', '4way_handshake', 'group_handshake'] as const) {
    const inquest = new Inquest('psk', false);
    for (let i = 0; i < 3; i++) {
      tryOnce(inquest, 'authenticating', state);
      const verdict = inquest.onDisconnect(reason, state);
      if (verdict) expect(verdict.error).toBe(reason === 6 ? 'blocked' : 'connect-failed');
    }
  }
});

test.each([2, 14, 15])(
  'a 4-way handshake that the access point ends with reason %i is a wrong passphrase',
  (reason) => {
    const inquest = new Inquest('psk', false);
    tryOnce(inquest, 'authenticating', 'associating', 'associated', '4way_handshake');
    expect(inquest.onDisconnect(reason, '4way_handshake')?.error).toBe('invalid-key');
  },
);

test('the same reason outside of the 4-way handshake, or after SAE, is not', () => {
  expect(new Inquest('psk', false).onDisconnect(15, 'associated')).toBeUndefined();
  expect(new Inquest('psk', true).onDisconnect(15, '4way_handshake')?.error).toBe('connect-failed');
});

test('an access point that leaves in the middle of the 4-way handshake ends the attempt at once', () => {
  const verdict = new Inquest('psk', false).onDisconnect(3, '4way_handshake');
  expect(verdict).toEqual({ error: 'connect-failed', reason: expect.stringContaining('reason 3') });
});

test('in a network in transition an access point without SAE can show that the passphrase is wrong', () => {
  const inquest = new Inquest('psk', true);
  inquest.onBss(false);
  expect(inquest.onDisconnect(15, '4way_handshake')?.error).toBe('invalid-key');
});

test('an access point that uses hash-to-element, or wants a token first, refuses nothing', () => {
  const inquest = new Inquest('psk', true);
  for (const status of [126, 126, 126, 76, 76, 76]) expect(inquest.onAuthStatus(status)).toBeUndefined();
});

test('a failed SAE confirmation is a wrong passphrase', () => {
  const inquest = new Inquest('psk', true);
  tryOnce(inquest, 'authenticating');
  expect(inquest.onAuthStatus(15)?.error).toBe('invalid-key');
});

test('a 4-way handshake that this side gives up after silence is not', () => {
  const inquest = new Inquest('psk', false);
  tryOnce(inquest, 'authenticating', '4way_handshake');
  expect(inquest.onDisconnect(-3, '4way_handshake')).toBeUndefined();
  expect(inquest.timedOut().error).toBe('out-of-range');
});

test('three tries without an answer, or three scans without the network, end an attempt as out of range', () => {
  const silent = new Inquest('psk', true);
  const tries = [1, 2, 3].map(() => tryOnce(silent, 'authenticating', 'disconnected', 'scanning'));
  expect(tries.map((verdict) => verdict?.error)).toEqual([undefined, undefined, 'out-of-range']);
  const unheard = new Inquest('psk', false);
  expect([1, 2, 3].map(() => unheard.onScanDone()?.error)).toEqual([undefined, undefined, 'out-of-range']);
});

test('a wrong password and a wrong certificate of 802.1X are told apart', () => {
  const password = new Inquest('ieee8021x', false);
  password.onEap('started', '');
  password.onEap('completion', 'failure');
  expect(password.onDisconnect(23, 'associated')?.error).toBe('auth-failed');
  const certificate = new Inquest('ieee8021x', false);
  certificate.onEap('remote certificate verification', 'Server certificate mismatch');
  certificate.onEap('completion', 'failure');
  expect(certificate.onDisconnect(23, 'associated')).toEqual({
    error: 'login-failed',
    reason: "the server's certificate was refused: Server certificate mismatch",
  });
});

test('an access point that is switched off in the middle of 802.1X says nothing about the password', () => {
  const inquest = new Inquest('ieee8021x', false);
  tryOnce(inquest, 'authenticating', 'associated');
  expect(inquest.onDisconnect(3, 'associated')).toBeUndefined();
  expect(inquest.timedOut().error).toBe('connect-failed');
});

test('a network is out of range after three empty scans, after six where its encrypted twin has to be found first', () => {
  for (const [hasTwin, scans] of [
    [false, 3],
    [true, 6],
  ] as const) {
    const inquest = new Inquest('none', false, hasTwin);
    for (let i = 1; i < scans; i++) expect(inquest.onScanDone()).toBeUndefined();
    expect(inquest.onScanDone()?.error).toBe('out-of-range');
  }
});

import { Secret } from '@connman/base';
import type { EapProfile } from '@connman/contracts';
import { Port, type PortEffect, type PortEvent } from './port';

const eap: EapProfile = {
  ...{ method: 'peap', identity: 'alice', password: new Secret('wonderland'), phase2: 'MSCHAPV2' },
  caCertificate: { path: '/etc/ca.pem' },
};
const associate = (attempt: number, profile = eap): PortEvent => ({ kind: 'associate', attempt, eap: profile });
const supplicant = (present: boolean): PortEvent => ({ kind: 'supplicant', present });
const completed: PortEvent = { kind: 'state', state: 'completed' };
const said = (status: string, parameter = ''): PortEvent => ({ kind: 'eap', status, parameter });
const refusal = [said('started'), said('completion', 'failure')] as const;

function words(effect: PortEffect): string {
  if (effect.kind !== 'report') return effect.kind;
  const { event } = effect;
  if (event.kind === 'networks') {
    const link = event.changed[0]?.link;
    if (link?.kind === 'idle') return link.loss ? `lost: ${link.loss.reason}` : 'idle';
    return `${link?.kind} ${link?.attempt}`;
  }
  if (event.kind === 'failed') return `failed ${event.attempt}: ${event.error}: ${event.reason}`;
  return event.kind === 'learned' ? `learned ${event.serverCertificate}` : event.kind;
}

/** What a port does after these events, of the last one alone. */
function after(...events: readonly PortEvent[]): string[] {
  const port = new Port(7);
  let effects: readonly PortEffect[] = [];
  for (const event of events) effects = port.step(event);
  return effects.map(words);
}

const up = [supplicant(true), associate(1), completed] as const;
const authRefused = 'the authentication server refused the identity, password or certificate';

test.each<[string, readonly PortEvent[], readonly string[]]>([
  [
    'authenticates at once where wpa_supplicant runs',
    [supplicant(true), associate(1)],
    ['associating 1', 'timer', 'authenticate'],
  ],
  ['waits for wpa_supplicant where it does not run', [associate(1)], ['associating 1', 'timer']],
  ['authenticates when wpa_supplicant comes', [associate(1), supplicant(true)], ['authenticate']],
  ['is up once it is authorised', up, ['cancel', 'up 1']],
  ['is up at once without EAP settings', [{ kind: 'associate', attempt: 3 }], ['up 3']],
  ['says nothing of the states before', [supplicant(true), associate(1), { kind: 'state', state: 'associated' }], []],
  [
    'says that a password was refused',
    [supplicant(true), associate(1), ...refusal],
    ['cancel', 'release', 'idle', `failed 1: auth-failed: ${authRefused}`],
  ],
  [
    'says what a server has against a certificate',
    [
      supplicant(true),
      associate(1),
      said('started'),
      said('remote TLS alert', 'unknown CA'),
      said('completion', 'failure'),
    ],
    ['cancel', 'release', 'idle', `failed 1: auth-failed: ${authRefused} (TLS alert: unknown CA)`],
  ],
  [
    'says that the server showed a wrong certificate',
    [
      supplicant(true),
      associate(1),
      said('started'),
      said('remote certificate verification', 'unable to get local issuer certificate'),
      said('completion', 'failure'),
    ],
    [
      'cancel',
      'release',
      'idle',
      "failed 1: login-failed: the server's certificate was refused: unable to get local issuer certificate",
    ],
  ],
  [
    'ignores a failure of an exchange that has not begun',
    [supplicant(true), associate(1), said('completion', 'failure')],
    [],
  ],
  [
    'fails where no switch responds',
    [supplicant(true), associate(1), { kind: 'timer' }],
    [
      'cancel',
      'release',
      'idle',
      'failed 1: connect-failed: no 802.1X authenticator responded within 30 s; a port without one needs no EAP settings',
    ],
  ],
  [
    'names what makes a switch silent after a refusal',
    [supplicant(true), associate(1), ...refusal, associate(2), { kind: 'timer' }],
    [
      ...['cancel', 'release', 'idle'],
      'failed 2: connect-failed: no 802.1X authenticator responded within 30 s; many are silent for a minute after a refusal',
    ],
  ],
  [
    'fails where the server stops in the middle',
    [supplicant(true), associate(1), said('started'), { kind: 'timer' }],
    ['cancel', 'release', 'idle', 'failed 1: connect-failed: the authentication server did not finish within 30 s'],
  ],
  [
    'fails where no wpa_supplicant comes',
    [associate(1), { kind: 'timer' }],
    ['cancel', 'idle', 'failed 1: connect-failed: wpa_supplicant, which 802.1X needs, is not running'],
  ],
  [
    'fails with what wpa_supplicant has against the settings',
    [
      supplicant(true),
      associate(1),
      { kind: 'refused', reason: 'wpa_supplicant refused eth0: invalid message format' },
    ],
    ['cancel', 'release', 'idle', 'failed 1: connect-failed: wpa_supplicant refused eth0: invalid message format'],
  ],
  ['stays up while the switch authenticates it again', [...up, said('started'), said('completion', 'success')], []],
  ['is lost when the switch refuses it later', [...up, ...refusal], ['cancel', 'release', `lost: ${authRefused}`]],
  ['stays up without wpa_supplicant', [...up, supplicant(false)], ['cancel']],
  [
    'authenticates again with the next wpa_supplicant',
    [...up, supplicant(false), supplicant(true)],
    ['timer', 'authenticate'],
  ],
  ['has then nothing to say', [...up, supplicant(false), supplicant(true), completed], ['cancel']],
  [
    'is lost if that fails',
    [...up, supplicant(false), supplicant(true), ...refusal],
    ['cancel', 'release', `lost: ${authRefused}`],
  ],
  ['is left by order', [...up, { kind: 'dissociate' }], ['cancel', 'release', 'idle']],
  [
    'begins from scratch with the next attempt',
    [...up, associate(2)],
    ['cancel', 'release', 'associating 2', 'timer', 'authenticate'],
  ],
  ['has nothing to say of an attempt that is over', [...up, { kind: 'dissociate' }, ...refusal], []],
])('a port %s', (_, events, expected) => {
  expect(after(...events)).toEqual(expected);
});

test('a port reports the certificate of a server that nothing was known of, before it is up', () => {
  const { caCertificate: _, ...unpinned } = eap;
  const certificate = { kind: 'certificate', sha256: 'abc' } as const;
  const learned = after(supplicant(true), associate(1, unpinned), certificate, completed);
  expect(learned).toEqual(['cancel', 'learned abc', 'up 1']);
  const pinned = { ...unpinned, pinnedServerCertificate: 'abc' };
  expect(after(supplicant(true), associate(1, pinned), certificate, completed)).toEqual(['cancel', 'up 1']);
});

test('wpa_supplicant is wanted from the attempt until the port is left or refused', () => {
  const port = new Port(7);
  const wanted = (...events: readonly PortEvent[]) => {
    for (const event of events) port.step(event);
    return port.isWanted;
  };
  expect(wanted(supplicant(true))).toBe(false);
  expect(wanted(associate(1), completed)).toBe(true);
  expect(wanted(supplicant(false))).toBe(true);
  expect(wanted({ kind: 'dissociate' })).toBe(false);
  expect(wanted(supplicant(true), associate(2))).toBe(true);
  expect(wanted(...refusal)).toBe(false);
});

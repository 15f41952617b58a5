// A network that was joined by WPA3 or OWE is never joined by WPA2 or open afterwards, within one connection either.
import { Secret } from '@connman/base';
import { networkId } from '@connman/contracts';
import { bssOf, Conversation, device } from '../../test/radio-conversation';
import type { SupplicantState } from './messages';

const passphrase = new Secret('correct horse');
const up: SupplicantState[] = ['authenticating', 'associating', 'associated', '4way_handshake', 'completed'];

/** Home is joined by WPA3 in transition mode. */
function joinedByWpa3(): Conversation {
  const talk = Conversation.withHome(bssOf({ offers: { ...bssOf().offers, sae: true } }));
  talk.associate({ passphrase });
  talk.states(...up).send({ kind: 'changed', change: { authMode: 'SAE' } });
  return talk;
}

test('after WPA3 was used wpa_supplicant comes back by nothing less, and no block that is in use is changed', () => {
  const talk = joinedByWpa3();
  const changes = () => talk.calls.filter(({ method }) => method === 'change-network');
  expect(changes()).toEqual([]);
  talk.send({ kind: 'changed', change: { state: 'disconnected', disconnectReason: 3, authMode: 'INACTIVE' } });
  talk.states('scanning');
  const block = { key_mgmt: 'SAE FT-SAE', ieee80211w: 2 };
  expect(changes()).toEqual([{ method: 'change-network', network: '/if/0/net/1', block }]);
  talk.states(...up).send({ kind: 'changed', change: { authMode: 'SAE' } });
  expect(talk.link?.kind).toBe('up');
});

test.each([
  ['by a roam', ['associating', 'associated', '4way_handshake']],
  ['by a way back that was under way already', ['disconnected', 'associating', 'associated', '4way_handshake']],
] as const)('a connection that falls from WPA3 to WPA2 %s is ended, and the reason says what to do', (_, states) => {
  const talk = joinedByWpa3().states(...states);
  talk.send({ kind: 'changed', change: { state: 'completed', authMode: 'WPA2-PSK' } });
  expect(talk.link).toMatchObject({ kind: 'idle', loss: { reason: expect.stringContaining('remove the service') } });
  expect(talk.calls.at(-1)).toEqual({ method: 'remove-network', network: '/if/0/net/1' });
});

const open = networkId(`${device}/486f6d65_managed_none`);

test('after OWE was used wpa_supplicant comes back by nothing less, and a fall to the open half ends the connection', () => {
  const offers = { ...bssOf().offers, psk: false, owe: true };
  const talk = Conversation.withHome(bssOf({ offers }));
  const attempt = talk.associate({}, open);
  talk.states(...up).send({ kind: 'changed', change: { authMode: 'OWE' } });
  expect(talk.reports).toContainEqual({ kind: 'learned', network: open, attempt, used: 'owe' });
  talk.send({ kind: 'changed', change: { state: 'disconnected', disconnectReason: 3, authMode: 'INACTIVE' } });
  expect(talk.calls.filter(({ method }) => method === 'change-network')).toEqual([
    { method: 'change-network', network: '/if/0/net/1', block: { owe_only: 1 } },
  ]);
  talk.states(...up).send({ kind: 'changed', change: { authMode: 'NONE' } });
  const lost = talk.reports.flatMap((event) => (event.kind === 'networks' ? event.changed : [])).at(-1);
  expect(lost).toMatchObject({
    id: open,
    link: { kind: 'idle', loss: { reason: expect.stringContaining('open now') } },
  });
});

test('an association that another run left by WPA3 does not fall to WPA2 either', () => {
  const talk = new Conversation();
  const state = { state: 'completed', currentBss: '/bss/1', currentNetwork: '/if/0/net/0', authMode: 'SAE' } as const;
  talk.interfaceThere([['/bss/1', bssOf()]], state);
  expect(talk.reports.map(({ kind }) => kind)).not.toContain('learned');
  talk.states('associating').send({ kind: 'changed', change: { state: 'completed', authMode: 'WPA2-PSK' } });
  expect(talk.link).toMatchObject({ kind: 'idle', loss: { cause: 'local' } });
});

import { Secret } from '@connman/base';
import { networkId } from '@connman/contracts';
import { abilities, bssOf, Conversation, device, home, mac } from '../../test/radio-conversation';
import type { RadioEvent, RadioTimer, SupplicantState } from './messages';

const passphrase = new Secret('correct horse');
const up: SupplicantState[] = ['authenticating', 'associating', 'associated', '4way_handshake', 'completed'];
const office = networkId(`${device}/486f6d65_managed_ieee8021x`);

test('switching on takes the interface, and the device is on when wpa_supplicant has it', () => {
  const talk = new Conversation();
  expect(talk.reports).toMatchObject([{ kind: 'device', device: { powered: false, interfaceName: 'wlan0' } }]);
  talk.command({ kind: 'set-powered', device, powered: true });
  expect(talk.calls).toEqual([{ method: 'create-interface' }]);
  talk.interfaceThere();
  expect(talk.reports.at(-1)).toMatchObject({ kind: 'device', device: { powered: true, can: { activeSsids: 3 } } });
});

test('an interface that wpa_supplicant refuses is asked for again', () => {
  const talk = new Conversation().command({ kind: 'set-powered', device, powered: true });
  talk.refuse('create-interface', 'driver busy').ring('create');
  expect(talk.calls).toEqual([{ method: 'create-interface' }, { method: 'create-interface' }]);
});

test('results of a scan are one event, and access points of one network are one network', () => {
  const talk = new Conversation().command({ kind: 'set-powered', device, powered: true }).interfaceThere();
  talk.command({ kind: 'scan', device, ssids: ['aa', 'bb', 'cc', 'dd'], frequencies: [2412] });
  expect(talk.calls.at(-1)).toEqual({ method: 'scan', ssids: ['aa', 'bb', 'cc'], frequencies: [2412] });
  talk.forget();
  talk.send({ kind: 'bss', path: '/bss/1', bss: bssOf({ signalDbm: -70 }), age: 0 });
  talk.send({ kind: 'bss', path: '/bss/2', bss: bssOf({ signalDbm: -50, bssid: mac('02:00:00:00:02:00') }), age: 0 });
  talk.send({ kind: 'bss', path: '/bss/3', bss: bssOf({ ssid: new Uint8Array(4) }), age: 0 });
  talk.send({ kind: 'scan-done', ok: true });
  expect(talk.reports).toMatchObject([
    {
      kind: 'networks',
      changed: [
        { id: home, name: 'Home', strength: 70, wifi: { bssid: '02:00:00:00:02:00' } },
        { group: 'hidden_managed_psk', name: '' },
      ],
      gone: [],
    },
    { kind: 'scan-done', ok: true },
  ]);
});

test('a scan that never ends is reported as failed, and the next one starts', () => {
  const talk = Conversation.withHome().command({ kind: 'scan', device, ssids: [], frequencies: [] }).ring('scan');
  expect(talk.reports).toEqual([{ kind: 'scan-done', device, ok: false }]);
  talk.forget();
  talk.command({ kind: 'scan', device, ssids: [], frequencies: [] });
  expect(talk.calls).toMatchObject([{ method: 'scan' }]);
});

test('a scan that another one of the kernel holds up ends that, and is made when it has ended', () => {
  const talk = Conversation.withHome().command({ kind: 'scan', device, ssids: [], frequencies: [2412] });
  talk.send({ kind: 'scan-done', ok: false });
  expect(talk.foreignScansEnded).toBe(1);
  expect(talk.reports).toEqual([]);
  talk.send({ kind: 'air', event: { kind: 'scanned', ifindex: 3, ok: false } });
  const scan = { method: 'scan', ssids: [], frequencies: [2412] };
  expect(talk.calls).toEqual([scan, scan]);
  talk.send({ kind: 'scan-done', ok: true });
  expect(talk.reports).toEqual([{ kind: 'scan-done', device, ok: true }]);
});

test('a scan is over when the radio is blocked or its link goes down', () => {
  const ends: RadioEvent[] = [
    { kind: 'blocked', blocked: true },
    { kind: 'changed', change: { state: 'interface_disabled' } },
  ];
  for (const event of ends) {
    const talk = Conversation.withHome().command({ kind: 'scan', device, ssids: [], frequencies: [] }).send(event);
    expect(talk.reports).toContainEqual({ kind: 'scan-done', device, ok: false });
    expect(talk.timers.has('scan')).toBe(false);
  }
});

test('a scan that fails twice, or without another one in its way, has failed', () => {
  const talk = Conversation.withHome().command({ kind: 'scan', device, ssids: [], frequencies: [] });
  talk.send({ kind: 'scan-done', ok: false }).send({ kind: 'no-scan' });
  expect(talk.reports).toEqual([{ kind: 'scan-done', device, ok: false }]);
  talk.forget();
  talk.command({ kind: 'scan', device, ssids: [], frequencies: [] }).send({ kind: 'scan-done', ok: false });
  talk.send({ kind: 'air', event: { kind: 'scanned', ifindex: 3, ok: true } }).send({ kind: 'scan-done', ok: false });
  expect(talk.reports).toEqual([{ kind: 'scan-done', device, ok: false }]);
});

test('on the way into a network, a scan that was ended is not made again', () => {
  const talk = Conversation.withHome().command({ kind: 'scan', device, ssids: [], frequencies: [] });
  talk.associate({ passphrase });
  talk.send({ kind: 'scan-done', ok: false });
  expect(talk.foreignScansEnded).toBe(0);
  expect(talk.reports).toContainEqual({ kind: 'scan-done', device, ok: false });
});

test('an attempt goes from associating to up', () => {
  const talk = Conversation.withHome();
  const attempt = talk.associate({ passphrase });
  expect(talk.link).toEqual({ kind: 'associating', attempt });
  talk.states(...up);
  expect(talk.link).toEqual({ kind: 'up', attempt, ifindex: 3 });
  expect([...talk.timers.keys()]).toEqual([]);
});

test('SAE is asked for before PSK where the access point offers both', () => {
  const offers = { ...bssOf().offers, sae: true };
  const talk = Conversation.withHome(bssOf({ offers }));
  talk.associate({ passphrase });
  expect(talk.calls.find((call) => call.method === 'add-network')).toMatchObject({
    block: { key_mgmt: 'SAE FT-SAE WPA-PSK WPA-PSK-SHA256 FT-PSK', ieee80211w: 1 },
  });
});

test('a network that WPA3 succeeded in before is not joined by WPA2', () => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase, atLeast: 'sae' });
  expect(talk.failure).toMatchObject({ error: 'connect-failed', reason: expect.stringContaining('WPA2') });
  expect(talk.calls).toEqual([]);
});

test('that WPA3 was used is learned once', () => {
  const talk = Conversation.withHome();
  const attempt = talk.associate({ passphrase });
  talk.states(...up);
  for (let i = 0; i < 2; i++) talk.send({ kind: 'changed', change: { authMode: 'SAE' } });
  expect(talk.reports.filter((event) => event.kind === 'learned')).toMatchObject([{ attempt, used: 'sae' }]);
});

test('a wrong passphrase ends the attempt at once, and the block is removed', () => {
  const talk = Conversation.withHome();
  const attempt = talk.associate({ passphrase });
  talk.states('authenticating', 'associating', 'associated', '4way_handshake');
  talk.send({ kind: 'changed', change: { disconnectReason: 15, state: 'disconnected' } });
  expect(talk.failure).toMatchObject({ attempt, error: 'invalid-key' });
  expect(talk.link).toEqual({ kind: 'idle' });
  expect(talk.calls.at(-1)).toEqual({ method: 'remove-network', network: '/if/0/net/1' });
});

test('after a try that failed the next one is made at once, whatever pause wpa_supplicant would make', () => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase });
  talk.forget();
  talk.states('authenticating', 'disconnected');
  expect(talk.calls).toEqual([{ method: 'select-network', network: '/if/0/net/1' }]);
  talk.states('authenticating', 'disconnected', 'authenticating', 'disconnected');
  expect(talk.failure).toMatchObject({ error: 'out-of-range' });
  expect(talk.calls.map(({ method }) => method)).toEqual(['select-network', 'select-network', 'remove-network']);
});

test('on the way into a network no scan is made that connmand asks for', () => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase });
  talk.forget();
  talk.command({ kind: 'scan', device, ssids: [], frequencies: [5180] });
  expect(talk.calls).toEqual([]);
  expect(talk.reports).toEqual([{ kind: 'scan-done', device, ok: false }]);
});

test('the encrypted twin of an open network is searched for by name: on its channel, then elsewhere, until it is heard', () => {
  const talk = new Conversation();
  const cafe = networkId(`${device}/43616665_managed_none`);
  const offers = { ...bssOf().offers, psk: false, wpa: false, owe: true, twin: '7477696e' };
  const open = bssOf({ ssid: new TextEncoder().encode('Cafe'), privacy: false, offers });
  talk.interfaceThere([['/bss/1', open]], { state: 'inactive' }, [[2412, 2437]]);
  talk.associate({}, cafe);
  const searches = () => talk.calls.flatMap((call) => (call.method === 'scan' ? [call] : []));
  expect(searches()).toEqual([{ method: 'scan', ssids: ['7477696e', '43616665'], frequencies: [2412] }]);
  talk.send({ kind: 'bss', path: '/bss/1', bss: open, age: 0 }).send({ kind: 'scan-done', ok: true });
  expect(searches().map(({ frequencies }) => frequencies)).toEqual([[2412], [2437]]);
  const name = {
    ssid: new TextEncoder().encode('twin'),
    privacy: true,
    offers: { ...offers, wpa: true, twin: '43616665' },
  };
  const twin = bssOf({ bssid: mac('02:00:00:00:01:01'), ...name });
  talk.send({ kind: 'bss', path: '/bss/2', bss: twin, age: 0 }).send({ kind: 'scan-done', ok: true });
  expect(searches()).toHaveLength(2);
  const listed = talk.reports.flatMap((event) => (event.kind === 'networks' ? event.changed : []));
  expect(new Set(listed.map(({ id }) => id))).toEqual(new Set([cafe]));
});

test('a search begins when the scan that is under way has ended', () => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase });
  talk.states(...up);
  talk.command({ kind: 'scan', device, ssids: [], frequencies: [5180] });
  talk.forget();
  talk.states('disconnected');
  expect(talk.calls).toEqual([]);
  talk.send({ kind: 'scan-done', ok: true });
  expect(talk.calls).toEqual([{ method: 'scan', ssids: ['486f6d65'], frequencies: [2412] }]);
});

test('a network that comes back within 2 s was never lost, by whichever access point', () => {
  const talk = Conversation.withHome();
  const other = bssOf({ bssid: mac('02:00:00:00:02:00'), frequency: 2437 });
  talk.send({ kind: 'bss', path: '/bss/2', bss: other, age: 0 });
  talk.associate({ passphrase });
  talk.states(...up);
  talk.forget();
  talk.send({ kind: 'changed', change: { state: 'disconnected', disconnectReason: -4 } });
  expect(talk.timers.get('linger')).toBe(2000);
  talk.states('authenticating', 'associating');
  talk.send({ kind: 'changed', change: { state: 'completed', currentBss: '/bss/2' } });
  expect(talk.link?.kind).toBe('up');
  expect(talk.reports.flatMap((event) => (event.kind === 'networks' ? event.changed : []))).toMatchObject([
    { id: home, wifi: { bssid: '02:00:00:00:02:00', frequency: 2437 }, link: { kind: 'up' } },
  ]);
});

test('another access point is sought where one was heard, on the usual channels, then everywhere, until one is heard', () => {
  const talk = new Conversation();
  const away = bssOf({ bssid: mac('02:00:00:00:02:00'), frequency: 5180 });
  talk.interfaceThere([['/bss/1', bssOf()]], { state: 'inactive' }, [[2412, 2417, 2437], [5180, 5200], [5745]]);
  talk.associate({ passphrase });
  talk.states(...up);
  talk.send({ kind: 'bss', path: '/bss/2', bss: away, age: 0 }).send({ kind: 'bss-gone', path: '/bss/2' });
  talk.forget();
  talk.states('disconnected').send({ kind: 'bss-gone', path: '/bss/1' });
  const scans = () => talk.calls.flatMap((call) => (call.method === 'scan' ? [call.frequencies] : []));
  expect(scans()).toEqual([[2412, 5180]]);
  for (let scan = 0; scan < 3; scan++) talk.send({ kind: 'scan-done', ok: true });
  expect(scans().slice(1)).toEqual([[2437], [2412, 2417, 2437], [5180, 5200]]);
  talk.send({ kind: 'bss', path: '/bss/2', bss: away, age: 0 }).send({ kind: 'scan-done', ok: true });
  expect(scans()).toHaveLength(4);
});

test('the search goes on where the access point that was lost is remembered and not heard', () => {
  const talk = new Conversation();
  talk.interfaceThere([['/bss/1', bssOf()]], { state: 'inactive' }, [[2412, 2437, 2462]]);
  talk.associate({ passphrase });
  talk.states(...up);
  talk.send({ kind: 'changed', change: { state: 'disconnected', disconnectReason: 3 } });
  talk.send({ kind: 'scan-done', ok: true });
  expect(talk.calls.at(-1)).toMatchObject({ method: 'scan', frequencies: [2437, 2462] });
});

test.each([
  [-4, 'out-of-range'],
  [3, 'by-peer'],
  [-3, 'local'],
])('a network that stays away after code %i is lost once, %s', (code, cause) => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase });
  talk.states(...up);
  talk.forget();
  talk.send({ kind: 'changed', change: { state: 'disconnected', disconnectReason: code } });
  talk.states('scanning', 'disconnected', 'scanning').ring('linger');
  const reported = talk.reports.flatMap((event) => (event.kind === 'networks' ? event.changed : []));
  expect(reported.map((fact) => fact.link)).toMatchObject([{ kind: 'idle', loss: { cause } }]);
});

test('a rekey is not the beginning of a loss', () => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase });
  talk.states(...up, 'group_handshake');
  expect(talk.timers.has('linger')).toBe(false);
});

test('a second attempt takes the place of the first, whose late answer adds nothing', () => {
  const talk = Conversation.withHome();
  talk.command({ kind: 'associate', network: home, attempt: 7, profile: { mac: { kind: 'permanent' }, passphrase } });
  const first = talk.calls.findLast((call) => call.method === 'add-network');
  talk.command({ kind: 'associate', network: home, attempt: 8, profile: { mac: { kind: 'permanent' }, passphrase } });
  expect(talk.calls.filter((call) => call.method === 'add-network')).toHaveLength(2);
  if (!first) throw new Error('no network was added');
  talk.answer(first, '/if/0/net/0');
  expect(talk.calls.at(-1)).toEqual({ method: 'remove-network', network: '/if/0/net/0' });
  talk.answer('add-network', '/if/0/net/1').states(...up);
  expect(talk.link).toEqual({ kind: 'up', attempt: 8, ifindex: 3 });
});

test('another address is set before the network is added, and the permanent one comes back', () => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase, mac: { kind: 'set', mac: mac('02:12:34:56:78:9a') } });
  expect(talk.addresses).toEqual(['02:12:34:56:78:9a']);
  expect(talk.calls).toEqual([]);
  talk
    .states('interface_disabled', 'disconnected')
    .answer('add-network', '/if/0/net/1')
    .states(...up);
  expect(talk.link?.kind).toBe('up');
  talk.associate({ passphrase });
  expect(talk.addresses).toEqual(['02:12:34:56:78:9a', '02:00:00:00:00:00']);
});

test('a radio that refuses another address fails the attempt, and the network is not joined with its own', () => {
  const talk = Conversation.withHome();
  const attempt = ++talk.attempts;
  const profile = { passphrase, mac: { kind: 'set', mac: mac('02:12:34:56:78:9a') } } as const;
  talk.command({ kind: 'associate', network: home, attempt, profile });
  talk.send({ kind: 'address-refused', reason: 'Device or resource busy' }).ring('address');
  expect(talk.failure).toMatchObject({ attempt, error: 'connect-failed', reason: expect.stringContaining('busy') });
  expect(talk.calls).toEqual([]);
  talk.associate({ passphrase });
  expect(talk.addresses).toEqual(['02:12:34:56:78:9a']);
  expect(talk.calls[0]).toMatchObject({ method: 'add-network' });
});

test('an address that an administrator gave the link is its own; one that a former run left on it is not', () => {
  for (const ownAddress of [mac('02:ad:00:00:00:01'), mac('02:00:00:00:00:00')]) {
    const talk = new Conversation();
    const found = { state: { state: 'inactive' }, bsss: [['/bss/1', bssOf()]], scanSteps: [] } as const;
    talk.command({ kind: 'set-powered', device, powered: true });
    const address = mac('02:ad:00:00:00:01');
    talk.send({ kind: 'interface', path: '/if/0', abilities, ...found, address, ownAddress });
    talk.associate({ passphrase });
    expect(talk.addresses).toEqual(ownAddress === address ? [] : [ownAddress]);
  }
});

test('scans show a random address where that is wanted, and a radio that cannot is named', () => {
  const talk = new Conversation({ background: true, randomAddress: true });
  talk.command({ kind: 'set-powered', device, powered: true });
  talk.interfaceThere();
  expect(talk.calls).toContainEqual({ method: 'randomize-scans' });
  talk.refuse('randomize-scans', 'not supported');
  expect(talk.logs.at(-1)).toBe("wlan0: scans show the radio's own address: not supported");
});

test('an association that another run left is taken over as attempt 0', () => {
  const talk = new Conversation();
  const state = { state: 'completed', currentBss: '/bss/1', currentNetwork: '/if/0/net/0' } as const;
  talk.interfaceThere([['/bss/1', bssOf()]], state);
  expect(talk.link).toEqual({ kind: 'up', attempt: 0, ifindex: 3 });
  talk.command({ kind: 'dissociate', network: home });
  expect(talk.calls.at(-1)).toEqual({ method: 'remove-network', network: '/if/0/net/0' });
});

test('networks that another run left are removed where none of them is joined', () => {
  const talk = new Conversation().command({ kind: 'set-powered', device, powered: true });
  talk.interfaceThere([['/bss/1', bssOf()]], { state: 'scanning', currentNetwork: '/' });
  expect(talk.calls).toContainEqual({ method: 'remove-networks' });
  const joined = new Conversation().command({ kind: 'set-powered', device, powered: true });
  joined.interfaceThere([['/bss/1', bssOf()]], { state: 'completed', currentBss: '/bss/1', currentNetwork: '/net/1' });
  expect(joined.calls).not.toContainEqual({ method: 'remove-networks' });
});

test('wpa_supplicant that goes away ends the attempt and takes the networks with it', () => {
  const talk = Conversation.withHome();
  const attempt = talk.associate({ passphrase });
  talk.send({ kind: 'interface-gone' });
  expect(talk.failure).toMatchObject({ attempt, error: 'connect-failed' });
  expect(talk.reports.at(-1)).toMatchObject({ kind: 'device', device: { powered: false } });
});

test('a question of the network is handed on, and the answer goes back', () => {
  const talk = Conversation.withHome();
  const attempt = talk.associate({ passphrase });
  talk.send({ kind: 'network-request', field: 'OTP', text: 'Challenge 42' });
  expect(talk.reports.at(-1)).toMatchObject({
    kind: 'needs-input',
    attempt,
    fields: [{ name: 'OTP', type: 'response' }],
  });
  const value = new Secret('123456');
  talk.command({ kind: 'answer-input', network: home, attempt, values: { OTP: value } });
  expect(talk.calls.at(-1)).toEqual({ method: 'reply', network: '/if/0/net/1', field: 'OTP', value });
});

test('the certificate of a server that nothing is known of is learned with the first success', () => {
  const talk = Conversation.withHome(bssOf({ offers: { ...bssOf().offers, psk: false, eap: true } }));
  const eap = { method: 'peap', identity: 'me', password: passphrase, phase2: 'MSCHAPV2' } as const;
  const attempt = talk.associate({ eap }, office);
  talk.send({ kind: 'certificate', depth: 1, sha256: 'ca' }).send({ kind: 'certificate', depth: 0, sha256: '5e' });
  talk.states(...up);
  expect(talk.reports).toContainEqual({ kind: 'learned', network: office, attempt, serverCertificate: '5e' });
  talk.associate({ eap: { ...eap, pinnedServerCertificate: '5e' } }, office);
  expect(talk.calls.findLast((call) => call.method === 'add-network')).toMatchObject({
    block: { ca_cert: 'hash://server/sha256/5e', phase2: 'auth=MSCHAPV2', eap: 'PEAP' },
  });
});

test('a learned certificate is demanded once the connection is lost, and no block that is in use is changed', () => {
  const talk = Conversation.withHome(bssOf({ offers: { ...bssOf().offers, psk: false, eap: true } }));
  talk.associate({ eap: { method: 'peap', identity: 'me', password: passphrase, phase2: 'MSCHAPV2' } }, office);
  talk.send({ kind: 'certificate', depth: 0, sha256: '5e' }).states(...up);
  const changes = () => talk.calls.filter((call) => call.method === 'change-network');
  talk.states('associating', 'associated', 'completed');
  expect(changes()).toEqual([]);
  talk.states('disconnected', 'scanning');
  const block = { ca_cert: 'hash://server/sha256/5e' };
  expect(changes()).toEqual([{ method: 'change-network', network: '/if/0/net/1', block }]);
  talk.states('associating', 'associated', '4way_handshake', 'completed', 'disconnected');
  expect(changes()).toHaveLength(1);
});

test('a roam to an access point whose server shows another certificate than the learned one ends the connection', () => {
  const talk = Conversation.withHome(bssOf({ offers: { ...bssOf().offers, psk: false, eap: true } }));
  talk.associate({ eap: { method: 'peap', identity: 'me', password: passphrase, phase2: 'MSCHAPV2' } }, office);
  talk.send({ kind: 'certificate', depth: 0, sha256: '5e' }).states(...up, 'associating', 'associated');
  talk.send({ kind: 'certificate', depth: 1, sha256: 'ca' }).send({ kind: 'certificate', depth: 0, sha256: '5e' });
  talk.states('completed', 'associating', 'associated').forget();
  talk.send({ kind: 'certificate', depth: 0, sha256: 'bad' });
  expect(talk.calls[0]).toEqual({ method: 'remove-network', network: '/if/0/net/1' });
  expect(talk.reports).toMatchObject([
    {
      changed: [
        {
          id: office,
          link: { kind: 'idle', loss: { cause: 'local', reason: expect.stringContaining('certificate') } },
        },
      ],
    },
  ]);
});

test('no passphrase is in what a radio reports, logs or says in words', () => {
  const talk = Conversation.withHome();
  talk.associate({ passphrase });
  talk.refuse('add-network', 'invalid').states(...up);
  expect(JSON.stringify([talk.reports, talk.calls])).not.toContain('correct horse');
});

/** A generator of numbers that a seed repeats (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

test('after whatever happened, an attempt ends: it is up when wpa_supplicant says so, and fails when the time is up', () => {
  const states: SupplicantState[] = [
    ...up,
    'scanning',
    'disconnected',
    'inactive',
    'interface_disabled',
    'group_handshake',
  ];
  const timers: RadioTimer[] = ['attempt', 'linger', 'scan', 'address', 'create'];
  for (let seed = 0; seed < 300; seed++) {
    const draw = random(seed);
    const talk = Conversation.withHome();
    const steps: (() => unknown)[] = [
      () => talk.states(states[draw(states.length)] as SupplicantState),
      () => talk.send({ kind: 'changed', change: { disconnectReason: draw(50) - 10 } }),
      () => talk.send({ kind: 'changed', change: { authStatus: draw(130) } }),
      () => talk.send({ kind: 'changed', change: { assocStatus: draw(130) } }),
      () => talk.ring(timers[draw(timers.length)] as RadioTimer),
      () => talk.associate({ passphrase }),
      () => talk.refuse('add-network', 'no answer'),
      () => talk.command({ kind: 'dissociate', network: home }),
      () => talk.send({ kind: 'interface-gone' }).interfaceThere([['/bss/1', bssOf()]]),
      () => talk.send({ kind: 'blocked', blocked: draw(2) === 1 }),
      () => talk.send({ kind: 'scan-done', ok: draw(2) === 1 }),
      () => talk.command({ kind: 'scan', device, ssids: [], frequencies: [] }),
      () => talk.command({ kind: 'set-powered', device, powered: draw(3) > 0 }),
    ];
    for (let i = 0; i < 30; i++) steps[draw(steps.length)]?.();
    // The cause is gone.
    const calm: RadioEvent[] = [{ kind: 'interface-gone' }, { kind: 'blocked', blocked: false }];
    for (const event of calm) talk.send(event);
    talk.command({ kind: 'set-powered', device, powered: true }).interfaceThere([['/bss/1', bssOf()]]);
    const good = seed % 2 === 0;
    const attempt = talk.associate({ passphrase });
    talk.ring('address');
    talk.answer('add-network', '/if/0/net/9');
    if (good) talk.states(...up);
    else talk.ring('attempt');
    const ended = good
      ? talk.link?.kind === 'up' && talk.link.attempt === attempt
      : talk.failure?.kind === 'failed' && talk.failure.attempt === attempt && talk.link?.kind === 'idle';
    if (!ended) throw new Error(`seed ${seed}: attempt ${attempt} did not end: ${JSON.stringify(talk.link)}`);
  }
});

test('without background scanning wpa_supplicant looks for no better access point', () => {
  const talk = new Conversation({ background: false, randomAddress: false });
  talk.command({ kind: 'set-powered', device, powered: true });
  talk.interfaceThere([['/bss/1', bssOf()]]);
  talk.associate({ passphrase });
  const added = talk.calls.find((call) => call.method === 'add-network');
  expect(added).toMatchObject({ block: { scan_ssid: 0 } });
  expect(JSON.stringify(added)).not.toContain('bgscan');
});

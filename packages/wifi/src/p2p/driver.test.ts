/** The driver of peers on a scripted bus: what wpa_supplicant is asked for, and what comes of what it says. */
import { Secret } from '@connman/base';
import type { AssociationProfile, NetworkFact, TechnologyEvent } from '@connman/contracts';
import { deviceId, networkId } from '@connman/contracts';
import { byte, int32, objectPath, uint16 } from '@connman/dbus';
import { driverBench, MemoryFiles, reportsOf } from '@connman/testkit';
import { busName, displayElements, pathOf, ScriptedPeers, wlan0 } from '../../test/scripted-peers';
import type { WirelessLink } from '../links';
import { createP2pDriver } from './driver';

const device = deviceId('p2p:020000000000');
const aa = '4200000000aa';
const bb = '4200000000bb';
const idOf = (ident: string) => networkId(`${device}/${ident}`);

/** A radio that wpa_supplicant has, and a driver; switched on unless said otherwise. */
async function begin({ powered = true, prepare = (_: ScriptedPeers) => {} } = {}) {
  const { clock, bus, log, logged, pass } = driverBench(() => {});
  const supplicant = new ScriptedPeers(bus);
  prepare(supplicant);
  const files = new MemoryFiles();
  files.writeAtomic('/proc/sys/kernel/hostname', 'box\n');
  let follow = (_: readonly WirelessLink[]) => {};
  const links = {
    watch: (listener: typeof follow) => {
      follow = listener;
      listener([wlan0]);
    },
    close: () => {},
  };
  const ifindexOf = (name: string) => (name === 'p2p-wlan0-0' ? 9 : undefined);
  const driver = createP2pDriver({ bus: bus.client, clock, files, log, links, ifindexOf });
  const { events, networks } = reportsOf(driver);
  bus.own(busName, supplicant);
  driver.start();
  await pass(100);
  const command = async (...commands: Parameters<typeof driver.command>) => {
    driver.command(...commands);
    await pass(100);
  };
  if (powered) await command({ kind: 'set-powered', device, powered: true });
  supplicant.calls.length = 0;
  const linkOf = (ident: string) => networks.get(idOf(ident))?.link;
  const associate = (ident: string, attempt: number, wps?: AssociationProfile['wps']) =>
    command({
      ...{ kind: 'associate', network: idOf(ident), attempt },
      profile: { mac: { kind: 'permanent' }, ...(wps && { wps }) },
    });
  const hear = async (...idents: string[]) => {
    for (const ident of idents) supplicant.hear(ident);
    await pass(100);
  };
  const failures = () =>
    events.flatMap((event) => (event.kind === 'failed' ? `${event.attempt} ${event.error}: ${event.reason}` : []));
  const setLinks = (all: readonly WirelessLink[]) => follow(all);
  return {
    bus,
    supplicant,
    driver,
    events,
    networks,
    logged,
    pass,
    command,
    linkOf,
    associate,
    hear,
    failures,
    setLinks,
  };
}

const devicesOf = (events: readonly TechnologyEvent[]) =>
  events.flatMap((event): (boolean | 'gone')[] =>
    event.kind === 'device' ? [event.device.powered] : event.kind === 'device-gone' ? ['gone'] : [],
  );

test('a radio that can do it is a device of its own, off until it is switched on; others see the host name', async () => {
  const { supplicant, events, command } = await begin({ powered: false });
  expect(events).toMatchObject([
    { kind: 'up' },
    {
      kind: 'device',
      device: { id: device, type: 'p2p', ident: '020000000000', interfaceName: 'wlan0', powered: false },
    },
  ]);
  await command({ kind: 'set-powered', device, powered: true });
  expect(supplicant.calls).toEqual(['Set P2PDeviceConfig {"PrimaryDeviceType":"00010050f2040001","DeviceName":"box"}']);
  expect(devicesOf(events)).toEqual([false, true]);
});

test('a radio that cannot do it is none', async () => {
  const { events } = await begin({
    prepare: (supplicant) => {
      supplicant.canP2p = false;
    },
  });
  expect(devicesOf(events)).toEqual([]);
});

test('with Wi-Fi off a radio finds no peers, and with Wi-Fi on again it does (rule 35)', async () => {
  const { supplicant, events, networks, hear, pass, setLinks } = await begin();
  await hear(aa);
  supplicant.radioGoes(true);
  await pass(100);
  expect([devicesOf(events), networks.size]).toEqual([[false, true, false], 0]);
  supplicant.radioGoes(false);
  await pass(100);
  expect([devicesOf(events).at(-1), [...networks.keys()]]).toEqual([true, [idOf(aa)]]);
  setLinks([]);
  expect(devicesOf(events).at(-1)).toBe('gone');
});

test('a search takes 30 s and is done when wpa_supplicant says so, or a little later', async () => {
  const { supplicant, events, command, pass } = await begin();
  const scan = () => command({ kind: 'scan', device, ssids: [], frequencies: [] });
  const done = () => events.flatMap((event) => (event.kind === 'scan-done' ? [event.ok] : []));
  await scan();
  expect([supplicant.calls, done()]).toEqual([['Find {"Timeout":30}'], []]);
  supplicant.emit('FindStopped');
  expect(done()).toEqual([true]);
  await scan();
  await pass(33_000);
  expect(done()).toEqual([true, true]);
  supplicant.refuses = 'Find';
  await scan();
  expect(done()).toEqual([true, true, false]);
});

test('a peer is reported with what it says of itself, and is gone when it is not heard any more', async () => {
  const { supplicant, networks, events, pass } = await begin();
  supplicant.hear(aa, { IEs: displayElements, level: int32(-60) });
  await pass(100);
  const [fact] = networks.values() as unknown as [NetworkFact];
  expect(fact).toMatchObject({
    id: idOf(aa),
    group: aa,
    name: `Peer ${aa}`,
    peer: { display: '000006' },
    link: { kind: 'idle' },
  });
  supplicant.emit('DeviceLost', pathOf(aa));
  expect(networks.size).toBe(0);
  expect(events.at(-1)).toEqual({ kind: 'networks', changed: [], gone: [idOf(aa)] });
});

test('a peer is connected with by its button, as a client or as the owner of the group', async () => {
  const { supplicant, linkOf, associate, hear, pass, command } = await begin();
  await hear(aa);
  await associate(aa, 1);
  expect(supplicant.calls).toEqual([
    `Connect {"peer":"${pathOf(aa)}","wps_method":"pbc","join":false,"persistent":false}`,
  ]);
  expect(linkOf(aa)).toEqual({ kind: 'associating', attempt: 1 });
  supplicant.form('client', aa);
  await pass(100);
  expect(linkOf(aa)).toEqual({ kind: 'up', attempt: 1, ifindex: 9 });
  await command({ kind: 'dissociate', network: idOf(aa) });
  expect([supplicant.calls.at(-1), linkOf(aa)]).toEqual(['Disconnect', { kind: 'idle' }]);
  await associate(aa, 2);
  supplicant.form('GO', aa);
  await pass(100);
  expect(linkOf(aa)).toEqual({ kind: 'up', attempt: 2, ifindex: 9, isOwner: true });
});

test('a group that ends by itself says so; one whose last client has left for good is ended', async () => {
  const { supplicant, linkOf, associate, hear, pass } = await begin();
  await hear(aa);
  await associate(aa, 1);
  supplicant.form('client', aa);
  await pass(100);
  supplicant.finish();
  expect(linkOf(aa)).toEqual({ kind: 'idle', loss: { cause: 'by-peer', reason: 'the group has ended' } });
  await associate(aa, 2);
  supplicant.form('GO', aa);
  await pass(100);
  supplicant.leaves(aa);
  supplicant.members = [pathOf(aa)];
  await pass(6000);
  expect(linkOf(aa)?.kind).toBe('up');
  supplicant.leaves(aa);
  await pass(6000);
  expect([supplicant.calls.at(-1), linkOf(aa)?.kind]).toEqual(['Disconnect', 'idle']);
});

test('another peer is connected with when the group of before has ended', async () => {
  const { supplicant, linkOf, associate, hear, pass } = await begin();
  await hear(aa, bb);
  await associate(aa, 1);
  supplicant.form('client', aa);
  await pass(100);
  await associate(bb, 2);
  expect(supplicant.calls.map((call) => call.split(' ')[0])).toEqual(['Connect', 'Disconnect', 'Connect']);
  expect([linkOf(aa), linkOf(bb)]).toEqual([{ kind: 'idle' }, { kind: 'associating', attempt: 2 }]);
});

test('an attempt is taken back, and what comes of it later counts no more', async () => {
  const { supplicant, linkOf, associate, hear, command, failures } = await begin();
  await hear(aa);
  await associate(aa, 1);
  await command({ kind: 'dissociate', network: idOf(aa) });
  supplicant.emit('GroupFormationFailure', '');
  expect([supplicant.calls.at(-1), linkOf(aa), failures()]).toEqual(['Cancel', { kind: 'idle' }, []]);
});

test.each([
  [
    'its user does not want it',
    (one: ScriptedPeers) => one.emit('GONegotiationFailure', new Map([['status', int32(11)]])),
    'blocked: its user does not want the connection, status 11',
  ],
  [
    'it does not respond',
    (one: ScriptedPeers) => one.emit('GONegotiationFailure', new Map([['status', int32(-1)]])),
    'out-of-range: it does not respond',
  ],
  [
    'both want to be the owner',
    (one: ScriptedPeers) => one.emit('GONegotiationFailure', new Map([['status', int32(9)]])),
    'connect-failed: both want to be the owner of the group, status 9',
  ],
  [
    'no group is formed',
    (one: ScriptedPeers) => one.emit('GroupFormationFailure', 'x'),
    'connect-failed: no group was formed: x',
  ],
  [
    'WPS fails',
    (one: ScriptedPeers) => {
      one.emit('WpsFailed', 'fail', new Map());
      one.emit('GroupFormationFailure', '');
    },
    'connect-failed: no group was formed: fail',
  ],
] as const)('an attempt fails with the reason: %s', async (_what, happens, said) => {
  const { supplicant, linkOf, associate, hear, failures } = await begin();
  await hear(aa);
  await associate(aa, 1);
  happens(supplicant);
  expect([failures(), linkOf(aa)]).toEqual([[`1 ${said}`], { kind: 'idle' }]);
});

test('an attempt that wpa_supplicant refuses fails', async () => {
  const { supplicant, associate, hear, failures } = await begin();
  await hear(aa);
  supplicant.refuses = 'Connect';
  await associate(aa, 1);
  expect(failures()).toEqual(['1 connect-failed: wpa_supplicant refused: no']);
});

test('a peer without a button needs a PIN, which is handed on; an owner of a group is joined', async () => {
  const { supplicant, associate, failures, pass } = await begin();
  supplicant.hear(aa, { config_method: uint16(0x0008), groupcapability: byte(0x01) });
  await pass(100);
  await associate(aa, 1);
  expect([failures(), supplicant.calls]).toEqual([['1 pin-missing: it does WPS by PIN alone, and none was given'], []]);
  await associate(aa, 2, { pin: new Secret('12345670') });
  expect(supplicant.calls).toEqual([
    `Connect {"peer":"${pathOf(aa)}","wps_method":"keypad","pin":"12345670","join":true,"persistent":false}`,
  ]);
});

test.each([
  ['by the button', 4, [], {}, 'pbc'],
  [
    'with a PIN that it shows',
    1,
    [{ name: 'WPS', type: 'wpspin', requirement: 'mandatory' }],
    { pin: new Secret('12345670') },
    'keypad',
  ],
  [
    'with a PIN that it asks for',
    5,
    [{ name: 'WPS', type: 'wpspin', requirement: 'informational', value: '87654321' }],
    undefined,
    'display',
  ],
] as const)('a peer asks %s: the user is asked, and it is connected with so', async (_how, id, fields, wps, method) => {
  const { supplicant, events, associate, hear, pass } = await begin();
  await hear(aa);
  supplicant.emit('ProvisionDiscoveryRequestDisplayPin', pathOf(aa), '87654321');
  await pass(100);
  supplicant.emit('GONegotiationRequest', pathOf(aa), id, 7);
  await pass(100);
  expect(events.at(-1)).toEqual({ kind: 'invited', network: idOf(aa), fields });
  await associate(aa, 1, wps);
  expect(supplicant.calls.at(-1)).toContain(`"wps_method":"${method}"`);
});

test('a peer that is turned down gets an answer', async () => {
  const { supplicant, hear, pass, command } = await begin();
  await hear(aa);
  supplicant.emit('GONegotiationRequest', pathOf(aa), 4, 7);
  await pass(100);
  await command({ kind: 'dissociate', network: idOf(aa) });
  expect(supplicant.calls).toEqual([`RejectPeer ${aa}`]);
});

test('what is offered to peers is what wpa_supplicant offers, and the radio listens (rules 175 and 217)', async () => {
  const { supplicant, command, hear, associate } = await begin();
  await command({
    ...{ kind: 'offer-services', device, isMaster: true },
    services: [
      { kind: 'upnp', version: 16, service: 'uuid:x' },
      { kind: 'bonjour', query: '0b', response: '0c0d' },
      { kind: 'display', elements: '000006' },
    ],
  });
  expect(supplicant.calls.splice(0)).toEqual([
    'FlushService',
    'Set WFDIEs "000006"',
    'AddService {"service_type":"upnp","version":16,"service":"uuid:x"}',
    'AddService {"service_type":"bonjour","query":"0b","response":"0c0d"}',
    'ExtendedListen {"period":500,"interval":2000}',
  ]);
  await hear(aa);
  await associate(aa, 1);
  expect(supplicant.calls.splice(0).at(-1)).toContain('"go_intent":15');
  await command({ kind: 'offer-services', device, isMaster: false, services: [] });
  expect(supplicant.calls).toEqual(['FlushService', 'Set WFDIEs ""', 'ExtendedListen {}']);
});

test.each(['client', 'GO'] as const)('a group of a former run is taken up, as %s', async (role) => {
  const { linkOf } = await begin({
    prepare: (supplicant) => {
      supplicant.hear(aa);
      supplicant.role = role;
      supplicant.members = [pathOf(aa)];
    },
  });
  expect(linkOf(aa)).toEqual({ kind: 'up', attempt: 0, ifindex: 9, ...(role === 'GO' && { isOwner: true }) });
});

test('switched off, the search ends, the group is left and no peer is known', async () => {
  const { supplicant, networks, associate, hear, pass, command, events } = await begin();
  await hear(aa);
  await associate(aa, 1);
  supplicant.form('client', aa);
  await pass(100);
  supplicant.calls.length = 0;
  await command({ kind: 'set-powered', device, powered: false });
  expect(supplicant.calls).toEqual(['StopFind', 'ExtendedListen {}', 'Disconnect']);
  expect([networks.size, devicesOf(events).at(-1)]).toEqual([0, false]);
});

test('a wpa_supplicant that ends takes all with it, and one that comes back is begun with again', async () => {
  const { bus, supplicant, events, pass, command, networks } = await begin();
  supplicant.hear(aa);
  await pass(100);
  bus.disown(busName);
  await pass(100);
  expect(events.at(-1)).toEqual({ kind: 'down', reason: 'wpa_supplicant is not running' });
  networks.clear();
  bus.own(busName, supplicant);
  await pass(100);
  expect(events.slice(-2)).toMatchObject([{ kind: 'up' }, { kind: 'device', device: { powered: false } }]);
  await command({ kind: 'set-powered', device, powered: true });
  expect([...networks.keys()]).toEqual([idOf(aa)]);
});

test('the path of an object says nothing of a peer that wpa_supplicant does not know', async () => {
  const { supplicant, networks, pass } = await begin();
  supplicant.emit('DeviceFound', objectPath('/other').value);
  await pass(100);
  expect(networks.size).toBe(0);
});

/** Radios: services come of networks, and a device is in one of them at a time. */
import { inspect } from 'node:util';
import { whyOf } from '../../src/shell/publish/why';
import { Bench } from '../simulation/bench';
import { leaseOf } from '../simulation/scripted-dhcp';

const home = { name: 'Home', security: 'psk', passphrase: 'correct horse' } as const;
const cafe = { name: 'Cafe', strength: 60 } as const;
const work = { name: 'Work', security: 'psk', passphrase: 'battery staple', strength: 50, frequency: 5180 } as const;

/** A radio with three networks in the air, its technology switched on. */
function begin(config?: ConstructorParameters<typeof Bench>[0]) {
  const bench = new Bench(config);
  const radio = bench.addRadio('wlan0');
  for (const network of [home, cafe, work]) radio.put({ ...network });
  bench.start();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  bench.done();
  return { bench, radio };
}

/** And connected to Home, whose passphrase the user has given. */
function atHome(config?: ConstructorParameters<typeof Bench>[0]) {
  const { bench, radio } = begin(config);
  bench.agentGives('correct horse');
  bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(bench.stateOfName('Home')).toBe('online');
  bench.done();
  return { bench, radio };
}

test('a scan makes services of the networks it hears, with their identifiers', () => {
  const { bench } = begin();
  expect(bench.names()).toEqual(['Home', 'Cafe', 'Work']);
  expect(bench.idOfName('Home')).toBe('wifi_020000000001_486f6d65_managed_psk');
});

test('the user is asked for the passphrase, which the driver gets and no trace holds', () => {
  const { bench, radio } = atHome();
  expect(radio.joined).toEqual(['Home']);
  expect(JSON.stringify(bench.trace)).not.toContain('correct horse');
});

test('no property, reason or counter of a connected network shows its passphrase', () => {
  const { bench } = atHome();
  const { daemon } = bench;
  const { world } = daemon.engine;
  const shown = [daemon.snapshot, whyOf(world, bench.idOfName('Home'), bench.clock.now()), world.metrics];
  const text = inspect(shown, { depth: Number.POSITIVE_INFINITY, maxStringLength: null, maxArrayLength: null });
  expect(text).toContain(bench.idOfName('Home'));
  expect(text).not.toContain('correct horse');
});

test('without an agent Connect fails with NotRegistered, and the service is idle', () => {
  const { bench } = begin();
  expect(bench.ask({ kind: 'connect', service: bench.idOfName('Home') })).toEqual({
    ok: false,
    error: 'NotRegistered',
  });
  expect(bench.stateOfName('Home')).toBe('idle');
});

test('a wrong passphrase is asked for again within the same Connect, and then right', () => {
  const { bench, radio } = begin();
  bench.agentGives('wrong horse', 'correct horse');
  const operation = bench.daemon.ask({ kind: 'connect', service: bench.idOfName('Home') });
  bench.advance(500);
  expect(bench.asked).toEqual([['Passphrase'], ['Passphrase', 'PreviousPassphrase']]);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(100);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
});

// The eight faults of an engine that knew one service per link.

test('a service that is merely known does not switch IPv6 of the link off', () => {
  const { bench, radio } = atHome();
  bench.advance(60_000);
  expect(bench.done('sysctl')).toEqual([]);
  expect(bench.daemon.engine.world.linkStates.get(radio.ifindex)?.ipv6).toBe('0');
});

test('a lease goes to the service that is connected, whichever stands first', () => {
  const { bench, radio } = begin();
  bench.ask({ kind: 'connect', service: bench.idOfName('Cafe') });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.9.0.5'));
  bench.advance(100);
  expect(bench.serviceOfName('Cafe')?.connection?.dhcp4.lease?.address).toBe('10.9.0.5');
  expect(bench.serviceOfName('Home')?.connection).toBeUndefined();
});

test('a service that is left is idle although its link is in use by the next one', () => {
  const { bench, radio } = atHome();
  bench.ask({ kind: 'connect', service: bench.idOfName('Cafe') });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.9.0.5'));
  bench.advance(1000);
  expect(bench.stateOfName('Cafe')).toBe('online');
  expect(bench.stateOfName('Home')).toBe('idle');
  expect(bench.addresses('wlan0')).toEqual(['10.9.0.5/24']);
});

test('auto-connect connects one service of a device, not every favorite', () => {
  const { bench, radio } = atHome();
  bench.ask({ kind: 'connect', service: bench.idOfName('Cafe') });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.9.0.5'));
  bench.advance(1000);
  bench.ask({ kind: 'disconnect', service: bench.idOfName('Cafe') });
  bench.advance(1000);
  const connected = bench.names().filter((name) => bench.serviceOfName(name)?.connection);
  expect(connected).toEqual(['Home']);
});

test('a moment without carrier, as of a roam, ends neither service nor connection', () => {
  const { bench, radio } = atHome();
  bench.kernel.plug(radio.ifindex, false);
  bench.advance(300);
  bench.kernel.plug(radio.ifindex, true);
  bench.advance(300);
  expect(bench.stateOfName('Home')).toBe('online');
  expect(bench.done('change', 'dhcp-stop', 'dhcp-start')).toEqual([]);
});

test('an IPv6 address of the last network does not make the next one ready', () => {
  const { bench, radio } = atHome();
  bench.advertise('wlan0', '2001:db8:1::');
  bench.advance(2000);
  expect(bench.serviceOfName('Home')?.families[6].state).toBe('online');
  bench.ask({ kind: 'connect', service: bench.idOfName('Cafe') });
  bench.advance(3000);
  expect(bench.serviceOfName('Cafe')?.families[6].state).toBe('configuration');
  bench.advertise('wlan0', '2001:db8:9::');
  bench.advance(2000);
  expect(bench.serviceOfName('Cafe')?.families[6].state).toBe('online');
  expect(radio.joined).toEqual(['Cafe']);
});

test('what a former run left on the link is taken up by the service it belonged to alone', () => {
  const { bench, radio } = atHome();
  bench.kill();
  radio.crash();
  bench.daemon = bench.newDaemon();
  bench.agentGives();
  radio.remove('Home');
  bench.start();
  bench.advance(2000);
  bench.ask({ kind: 'connect', service: bench.idOfName('Cafe') });
  bench.advance(300);
  expect(bench.serviceOfName('Cafe')?.connection?.dhcp4.adopted).toBeUndefined();
  expect(bench.addresses('wlan0')).toEqual([]);
});

describe('a restart whose driver is heard of after the first plan', () => {
  /** SIGKILL at home; the next run knows the kernel's picture and no radio yet. */
  const restartedWithoutDriver = () => {
    const { bench, radio } = atHome();
    bench.useDrivers();
    bench.restart();
    bench.advance(1000);
    expect(bench.done('change')).toEqual([]);
    return { bench, radio };
  };

  test('touches neither address nor route of the network that the radio is still in, and asks for the same lease', () => {
    const { bench, radio } = restartedWithoutDriver();
    bench.attach(radio);
    bench.advance(1000);
    bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
    bench.advance(1000);
    expect([bench.stateOfName('Home'), radio.joined]).toEqual(['online', ['Home']]);
    expect(bench.dhcp.running.get(radio.ifindex)?.held?.lease.address).toBe('10.0.0.5');
    // The lease has become younger, nothing else.
    expect(bench.done('change')).toEqual(['put-address wlan0 10.0.0.5/24 for 3600 s']);
  });

  test('takes them away when the driver is in no network', () => {
    const { bench, radio } = restartedWithoutDriver();
    radio.lose('Home', { cause: 'by-peer', reason: 'deauthenticated, reason 2' });
    bench.advance(100);
    expect([bench.addresses('wlan0'), bench.routes()]).toEqual([[], []]);
  });

  test('takes them away after ten seconds without a word', () => {
    const { bench } = restartedWithoutDriver();
    bench.advance(8_000);
    expect(bench.addresses('wlan0')).toEqual(['10.0.0.5/24']);
    bench.advance(1_500);
    expect([bench.addresses('wlan0'), bench.routes()]).toEqual([[], []]);
  });
});

test('the same network by a second radio is a service of its own, and both can be connected', () => {
  const { bench, radio } = atHome({ alwaysConnectedTechnologies: ['wifi'] });
  const second = bench.addRadio('wlan1', 'radio2');
  second.put({ ...cafe });
  bench.attach(second);
  bench.advance(1000);
  const id = [...bench.daemon.engine.world.services.keys()].find((one) => one.startsWith('wifi_020000000002'));
  bench.ask({ kind: 'connect', service: id ?? '' });
  bench.advance(300);
  bench.dhcp.bound(second.ifindex, leaseOf('10.9.0.7'));
  bench.advance(1000);
  expect([radio.joined, second.joined]).toEqual([['Home'], ['Cafe']]);
  expect(bench.daemon.engine.world.services.get(id ?? '')?.state).toBe('ready');
});

// Lost and found.

test('a network that is lost and found is joined at once, and clients see it idle in between', () => {
  const { bench, radio } = atHome();
  const states: string[] = [];
  bench.onTurn = () => {
    const state = bench.stateOfName('Home') ?? 'gone';
    if (states.at(-1) !== state) states.push(state);
  };
  radio.lose('Home', { cause: 'by-peer', reason: 'deauthenticated, reason 2' });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.0.0.5'));
  bench.advance(1000);
  expect(states).toEqual(['online', 'idle', 'association', 'configuration', 'ready', 'online']);
});

test('a network away for long is back within five seconds of being heard', () => {
  const { bench, radio } = atHome();
  radio.remove('Home');
  bench.advance(1_200_000);
  expect(bench.names()).toEqual(['Cafe', 'Work']);
  radio.commands.length = 0;
  radio.put({ ...home });
  bench.advance(5_000);
  expect(radio.joined).toEqual(['Home']);
});

test('a known network out of range costs some scans of its frequency, few of all', () => {
  const { bench, radio } = atHome();
  radio.remove('Home');
  bench.advance(1_200_000);
  radio.commands.length = 0;
  bench.advance(1_200_000);
  const scans = radio.commands.filter((one) => one.kind === 'scan');
  const full = scans.filter((one) => one.frequencies.length === 0);
  expect(full.length).toBeLessThanOrEqual(4);
  expect(scans.length).toBeLessThanOrEqual(300);
});

const steps = [[2412, 2437], [5180, 5200], [5955]];
const scansOf = (radio: ReturnType<typeof begin>['radio']) =>
  radio.commands.flatMap((one) => (one.kind === 'scan' ? [one.frequencies.join()] : []));

test('all frequencies are scanned step by step, and Scan is answered after the last one', () => {
  const { bench, radio } = begin();
  radio.scanSteps = steps;
  radio.start();
  bench.advance(1000);
  radio.commands.length = 0;
  const operation = bench.daemon.ask({ kind: 'scan', technology: 'wifi' });
  bench.advance(300);
  expect(bench.daemon.answers.get(operation)).toBeUndefined();
  bench.advance(100);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
  expect(scansOf(radio)).toEqual(['2412,2437', '5180,5200', '5955']);
});

test('a second Scan during the first one is answered with it', () => {
  const { bench, radio } = begin();
  const first = bench.daemon.ask({ kind: 'scan', technology: 'wifi' });
  const second = bench.daemon.ask({ kind: 'scan', technology: 'wifi' });
  radio.commands.length = 0;
  bench.advance(200);
  expect([first, second].map((one) => bench.daemon.answers.get(one))).toEqual([{ ok: true }, { ok: true }]);
  expect(scansOf(radio)).toEqual([]);
});

test('a network that was lost is joined when it is heard again, and not before', () => {
  const { bench, radio } = atHome();
  radio.commands.length = 0;
  radio.remove('Home');
  bench.advance(600);
  expect(radio.commands.filter((one) => one.kind === 'associate')).toEqual([]);
  expect(scansOf(radio)[0]).toBe('2412');
  radio.put({ ...home });
  bench.advance(2500);
  expect(radio.joined).toEqual(['Home']);
});

test('a network that is heard no more gives way to another one of the user’s within four seconds', () => {
  const { bench, radio } = atHome();
  bench.agentGives('battery staple');
  bench.ask({ kind: 'connect', service: bench.idOfName('Work') });
  bench.advance(200);
  bench.dhcp.bound(radio.ifindex, leaseOf('10.5.0.5'));
  bench.advance(1000);
  expect(radio.joined).toEqual(['Work']);
  radio.deaf = true;
  radio.lose('Work', { cause: 'out-of-range', reason: 'no beacons' });
  bench.advance(4000);
  expect(radio.joined).toEqual(['Home']);
});

test('a long pass over all frequencies keeps no known network waiting', () => {
  const { bench, radio } = atHome();
  radio.scanSteps = Array.from({ length: 60 }, (_, i) => [5200 + i]);
  radio.start();
  radio.remove('Home');
  bench.advance(8000);
  const scans = scansOf(radio);
  const known = scans.flatMap((frequencies, at) => (frequencies.startsWith('2412') ? [at] : []));
  const apart = known.slice(1).map((at, i) => at - (known[i] as number));
  // A step takes 120 ms here.
  expect(Math.max(...apart)).toBeLessThanOrEqual(14);
  expect(known.length).toBeGreaterThanOrEqual(5);
});

test('a device in a network does not scan, except as the user asks', () => {
  const { bench, radio } = atHome();
  radio.commands.length = 0;
  bench.advance(600_000);
  expect(radio.commands).toEqual([]);
  const operation = bench.daemon.ask({ kind: 'scan', technology: 'wifi' });
  bench.advance(1000);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
});

test('a scan that never ends is given up, and the next one is made', () => {
  const { bench, radio } = begin();
  radio.deaf = true;
  bench.advance(400_000);
  radio.deaf = false;
  radio.put({ name: 'New' });
  bench.advance(20_000 + 300_000);
  expect(bench.names()).toContain('New');
});

test('a driver that comes back after a crash finds its network connected again without help', () => {
  const { bench, radio } = atHome();
  radio.crash();
  bench.advance(1000);
  expect(bench.names()).toEqual([]);
  radio.start();
  bench.advance(2000);
  expect(radio.joined).toEqual(['Home']);
});

test('Powered off disconnects and forgets the networks; on again it reconnects', () => {
  const { bench, radio } = atHome();
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: false });
  bench.advance(500);
  expect([bench.names(), radio.powered]).toEqual([[], false]);
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(2000);
  expect(radio.joined).toEqual(['Home']);
});

test('an access point that says nothing does not hold the service up: it is joined soon after it answers', () => {
  const { bench, radio } = atHome();
  const air = radio.put({ ...home, fault: 'silence' });
  radio.lose('Home', { cause: 'by-peer', reason: 'deauthenticated, reason 1' });
  bench.advance(95_000);
  expect(radio.joined).toEqual([]);
  delete air.fault;
  bench.advance(15_000);
  expect(radio.joined).toEqual(['Home']);
});

test('a report of an earlier attempt counts no more', () => {
  const { bench, radio } = atHome();
  radio.emit({
    kind: 'failed',
    network: radio.idOf('Home'),
    attempt: radio.lastAttempt - 1,
    error: 'invalid-key',
    reason: 'late',
  });
  bench.advance(100);
  expect(bench.stateOfName('Home')).toBe('online');
});

test('Remove forgets the passphrase: the next Connect asks again', () => {
  const { bench, radio } = atHome();
  expect(bench.ask({ kind: 'remove', service: bench.idOfName('Home') })).toEqual({ ok: true });
  bench.advance(3000);
  expect(radio.joined).toEqual([]);
  bench.asked.length = 0;
  bench.agentGives('correct horse');
  bench.ask({ kind: 'connect', service: bench.idOfName('Home') });
  expect(bench.asked).toEqual([['Passphrase']]);
});

test('radios are told the country of the time zone, and again when their driver has begun again', () => {
  const { bench, radio } = begin();
  const countries = () =>
    radio.commands.flatMap((command) => (command.kind === 'set-country' ? [command.country] : []));
  bench.daemon.dispatch({ kind: 'clock', fact: { kind: 'timezone', timezone: 'Europe/Vienna' } });
  expect(countries()).toEqual([]);
  bench.daemon.dispatch({ kind: 'clock', fact: { kind: 'timezone', timezone: 'Europe/Vienna', country: 'AT' } });
  bench.advance(60_000);
  expect(countries()).toEqual(['AT']);
  radio.crash();
  radio.start();
  bench.advance(1000);
  expect(countries()).toEqual(['AT', 'AT']);
});

test('a network that a former run joined is taken up though AutoConnect is off, and left when the user disconnects', () => {
  const { bench, radio } = atHome();
  const service = bench.idOfName('Home');
  bench.ask({ kind: 'configure', service, setting: { name: 'AutoConnect', value: false } });
  bench.advance(1000);
  bench.restart();
  bench.advance(1000);
  expect(bench.serviceOfName('Home')?.connection).toMatchObject({ attempt: 0, link: { ifindex: radio.ifindex } });
  expect(radio.commands.filter(({ kind }) => kind === 'associate')).toHaveLength(1);
  bench.ask({ kind: 'disconnect', service });
  bench.advance(1000);
  expect([bench.stateOfName('Home'), radio.joined]).toEqual(['idle', []]);
});

test('a network that another program joined and the user never chose stays as it is', () => {
  const { bench, radio } = begin();
  const [fact] = [...bench.daemon.engine.world.networks.values()].filter(({ name }) => name === 'Cafe');
  if (!fact) throw new Error('Cafe is not heard');
  const link = { kind: 'up', attempt: 0, ifindex: radio.ifindex } as const;
  radio.emit({ kind: 'networks', changed: [{ ...fact, link }], gone: [] });
  bench.advance(10_000);
  expect(radio.commands.filter(({ kind }) => kind === 'dissociate')).toEqual([]);
});

const channels = [2412, 2417, 2422, 2427, 2432, 2437, 2442, 2447, 2452, 2457, 2462];
const upperChannels = Array.from({ length: 24 }, (_, i) => 5180 + 20 * i);

test.each([
  [2462, 13_000],
  [5180, 13_000],
  [5500, 130_000],
])(
  'an access point that comes back on %i MHz is found within %i ms, though passes are far apart',
  (frequency, limitMs) => {
    const { bench, radio } = atHome();
    radio.scanSteps = [channels, upperChannels];
    radio.start();
    radio.remove('Home');
    // The pause between passes over all frequencies has become five minutes.
    bench.advance(1_000_000);
    radio.commands.length = 0;
    radio.put({ ...home, frequency });
    bench.advance(limitMs);
    expect(radio.joined).toEqual(['Home']);
    const longest = radio.commands.flatMap((one) => (one.kind === 'scan' ? [one.frequencies.length] : []));
    expect(Math.max(...longest)).toBeLessThanOrEqual(4);
  },
);

test('without BackgroundScanning there is one pass when Wi-Fi is switched on, and later what users ask for', () => {
  const { bench, radio } = begin({ backgroundScanning: false });
  expect(scansOf(radio)).toHaveLength(1);
  bench.advance(1_200_000);
  expect(scansOf(radio)).toHaveLength(1);
  bench.ask({ kind: 'scan', technology: 'wifi' });
  bench.advance(1000);
  expect(scansOf(radio)).toHaveLength(2);
});

test('Tethering is refused for the reason that comes first: not listed, already off, switched off', () => {
  const bench = new Bench({ tetheringTechnologies: ['wifi'] });
  bench.addRadio('wlan0');
  bench.addLink('eth0');
  bench.start();
  bench.advance(1000);
  const answer = (technology: 'ethernet' | 'wifi', tethering: boolean) =>
    bench.ask({ kind: 'set-tethering', technology, tethering });
  expect(answer('ethernet', true)).toEqual({ ok: false, error: 'NotSupported' });
  expect(answer('wifi', false)).toEqual({ ok: false, error: 'AlreadyDisabled' });
  const reason = 'wifi is switched off: connmanctl enable wifi';
  expect(answer('wifi', true)).toEqual({ ok: false, error: 'PermissionDenied', reason });
});

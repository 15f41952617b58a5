import { phone, readyBench } from '../test/bench';

const up = (attempt: number, ifindex: number) => ({ kind: 'up', attempt, ifindex });

test('identifiers are the addresses of both ends without colons, as BlueZ writes them (rule 211)', async () => {
  const { events, network } = await readyBench([{ name: 'Phone', address: 'AA:BB:CC:DD:EE:FF' }]);
  expect(events.find(({ kind }) => kind === 'device')).toMatchObject({
    device: { type: 'bluetooth', ident: '00AA01000024' },
  });
  expect(network('Phone')).toMatchObject({ group: 'AABBCCDDEEFF', link: { kind: 'idle' } });
});

test.each([
  [['panu', 'gn', 'nap'], 'nap'],
  [['panu', 'gn'], 'gn'],
  [['panu'], 'panu'],
])('of the roles %j it connects to %s (rule 210)', async (offered, chosen) => {
  const uuid = { nap: '00001116', gn: '00001117', panu: '00001115' };
  const uuids = offered.map((role) => `${uuid[role as keyof typeof uuid]}-0000-1000-8000-00805F9B34FB`);
  const { associate, pass, bluez } = await readyBench([{ ...phone, uuids }]);
  associate('Phone');
  await pass(10);
  expect(bluez.calls.find(({ member }) => member === 'Connect')?.args).toEqual([chosen]);
});

test('the network is up on the link that Connect names, and idle without a loss after it is left', async () => {
  const { associate, pass, network, driver } = await readyBench();
  const attempt = associate('Phone');
  expect(network('Phone')?.link).toEqual({ kind: 'associating', attempt });
  await pass(10);
  expect(network('Phone')?.link).toEqual(up(attempt, 10));
  driver.command({ kind: 'dissociate', network: network('Phone')?.id as never });
  await pass(10);
  expect(network('Phone')?.link).toEqual({ kind: 'idle' });
});

test('a device without a network, or one that is not paired, is no network', async () => {
  const audio = '0000110b-0000-1000-8000-00805f9b34fb';
  const { networks } = await readyBench([
    { ...phone, paired: false },
    { name: 'Speaker', address: '00:AA:01:02:00:26', uuids: [audio] },
  ]);
  expect([...networks.values()]).toEqual([]);
});

test('of a device with a network that is not paired the log says once how to pair it; once it is, it is a network', async () => {
  const { logged, bluez, pass, network } = await readyBench([{ ...phone, paired: false }]);
  const hint = 'bluetooth: Phone offers a network, but is not paired: "bluetoothctl pair 00:AA:01:01:00:25" pairs it';
  expect(logged).toEqual([hint]);
  bluez.pair('Phone');
  await pass(10);
  expect(logged).toEqual([hint]);
  expect(network('Phone')?.link).toEqual({ kind: 'idle' });
});

test.each([
  ['Host is down', 'out-of-range', 'Phone is not reached (Host is down); is it in range, and its Bluetooth on?'],
  [
    'br-connection-key-missing',
    'auth-failed',
    'Phone does not accept the pairing (br-connection-key-missing); pair it again: "bluetoothctl remove 00:AA:01:01:00:25", then "bluetoothctl pair 00:AA:01:01:00:25"',
  ],
  ['Connection refused', 'connect-failed', 'Phone refuses a network (Connection refused); switch its tethering on'],
  ['Input/output error', 'connect-failed', 'Phone: Input/output error'],
])('refused with "%s" the attempt fails with %s', async (fault, error, reason) => {
  const { associate, pass, network, events } = await readyBench([{ ...phone, fault }]);
  const attempt = associate('Phone');
  await pass(10);
  expect(events.at(-1)).toEqual({ kind: 'failed', network: network('Phone')?.id, attempt, error, reason });
  expect(network('Phone')?.link).toEqual({ kind: 'idle' });
});

test('a device that does not answer fails the attempt before connmand gives it up', async () => {
  const { associate, pass, events } = await readyBench([{ ...phone, fault: '' }]);
  associate('Phone');
  await pass(50_000);
  expect(events.at(-1)).toMatchObject({ kind: 'failed', attempt: 1, error: 'out-of-range' });
});

test('an attempt that is given up ends in silence, and the next one is made after it', async () => {
  const peer: { name: string; address: string; fault?: string } = { ...phone, fault: '' };
  const { associate, pass, network, driver, events } = await readyBench([peer]);
  associate('Phone');
  await pass(100);
  driver.command({ kind: 'dissociate', network: network('Phone')?.id as never });
  delete peer.fault;
  const attempt = associate('Phone');
  await pass(100);
  expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  expect(network('Phone')?.link).toEqual(up(attempt, 10));
});

test('an adapter leaves one network before it joins another', async () => {
  const { associate, pass, network, bluez } = await readyBench([
    { ...phone },
    { name: 'Tablet', address: '00:AA:01:02:00:26' },
  ]);
  associate('Phone');
  await pass(10);
  const attempt = associate('Tablet');
  await pass(10);
  const members = bluez.calls.flatMap(({ member, interface: name }) => (name === 'org.bluez.Network1' ? member : []));
  expect(members).toEqual(['Connect', 'Disconnect', 'Connect']);
  expect([network('Phone')?.link, network('Tablet')?.link]).toEqual([{ kind: 'idle' }, up(attempt, 11)]);
});

test('what another program connected is up without an attempt, and taken up as it is', async () => {
  const { associate, pass, network, bluez } = await readyBench();
  bluez.connected('Phone');
  await pass(10);
  expect(network('Phone')?.link).toEqual(up(0, 10));
  const attempt = associate('Phone');
  await pass(10);
  expect(network('Phone')?.link).toEqual(up(attempt, 10));
  expect(bluez.calls.filter(({ member }) => member === 'Connect')).toEqual([]);
});

test('a connection that the other end ended is a loss', async () => {
  const { associate, pass, network, bluez } = await readyBench();
  associate('Phone');
  await pass(10);
  bluez.hangUp('Phone');
  await pass(10);
  const reason = 'Phone ended the connection, or is out of range';
  expect(network('Phone')?.link).toEqual({ kind: 'idle', loss: { cause: 'by-peer', reason } });
});

test('an adapter that is taken out is gone with its networks, and back with them', async () => {
  const { pass, bluez, events, device, networks } = await readyBench();
  bluez.takeOut();
  await pass(10);
  expect(events.at(-1)).toEqual({ kind: 'device-gone', device });
  networks.clear();
  bluez.plugIn();
  await pass(10);
  expect(events.at(-1)).toMatchObject({ kind: 'networks', changed: [{ name: 'Phone' }] });
});

test('a bluetoothd that ends while it connects fails nothing, and all is reported again when it is back', async () => {
  const { associate, pass, bluez, events } = await readyBench([{ ...phone, fault: '' }]);
  associate('Phone');
  await pass(100);
  bluez.crash();
  await pass(100);
  expect(events.at(-1)).toEqual({ kind: 'down', reason: 'bluetoothd is not running' });
  bluez.start();
  await pass(100);
  expect(events.slice(-3).map(({ kind }) => kind)).toEqual(['up', 'device', 'networks']);
});

test('a connection that a crashed bluetoothd left in the kernel is ended before the next one is made', async () => {
  const { associate, pass, bluez, network, logged } = await readyBench();
  associate('Phone');
  await pass(10);
  bluez.crash();
  await pass(10);
  bluez.start();
  await pass(10);
  const attempt = associate('Phone');
  await pass(10);
  expect(network('Phone')?.link).toEqual(up(attempt, 11));
  expect(logged).toEqual([
    'bluetooth: the last bluetoothd left a connection behind; disconnecting Phone to connect again',
  ]);
});

test('tethered it is an access point whose guests come into the bridge, until it is switched off (rule 166)', async () => {
  const { driver, device, pass, bluez, events } = await readyBench();
  expect(events.findLast(({ kind }) => kind === 'device')).toMatchObject({ device: { can: { tether: true } } });
  driver.command({ kind: 'set-tethering', device, bridge: 'tether' });
  await pass(10);
  expect([bluez.bridge, events.at(-1)]).toEqual(['nap tether', { kind: 'tethering', device, on: true }]);
  driver.command({ kind: 'set-tethering', device });
  await pass(10);
  expect([bluez.bridge, events.at(-1)]).toEqual([undefined, { kind: 'tethering', device, on: false }]);
});

test('where another program is the access point already, tethering fails with the words of bluetoothd', async () => {
  const { driver, device, pass, bluez, events } = await readyBench();
  bluez.bridge = 'nap br0';
  driver.command({ kind: 'set-tethering', device, bridge: 'tether' });
  await pass(10);
  const reason = 'bluetoothd refuses: Already Exists';
  expect(events.at(-1)).toEqual({ kind: 'tethering', device, on: false, reason });
});

test('what bluetoothd refuses of an adapter’s power is logged once with the cause and what to do next', async () => {
  const { driver, device, pass, bluez, logged } = await readyBench();
  bluez.powerFault = 'no such firmware';
  for (let time = 0; time < 2; time++) driver.command({ kind: 'set-powered', device, powered: true });
  await pass(20);
  expect(logged).toEqual([
    expect.stringMatching(/^hci0: bluetoothd refuses Powered: no such firmware; "rfkill" lists .* try again$/),
  ]);
});

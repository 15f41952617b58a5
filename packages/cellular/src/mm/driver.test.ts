import { Secret } from '@connman/base';
import type { TechnologyEvent } from '@connman/contracts';
import { str, uint32 } from '@connman/dbus';
import { reportsOf } from '@connman/testkit';
import { mmBench, namesFile, readyMmBench } from '../../test/mm-bench';

const last = (events: readonly TechnologyEvent[]) => events.at(-1);

test('a modem is known by its IMSI, its connection is a network by the name that oFono gives it (rule 213)', async () => {
  const { events, network } = await readyMmBench();
  expect(events.find(({ kind }) => kind === 'device')).toMatchObject({
    device: { id: 'modemmanager:244070100000001', type: 'cellular', ident: '244070100000001', powered: false },
  });
  expect(network()).toMatchObject({
    ...{ group: 'context1', name: 'LabTel', strength: 61, roaming: false, link: { kind: 'idle' } },
  });
});

test('switched off, its radio is, too', async () => {
  const { driver, device, modemManager, pass, networks } = await readyMmBench();
  driver.command({ kind: 'set-powered', device, powered: false });
  await pass(20);
  const done = modemManager.calls.slice(-2).map(({ member, args }) => [member, ...args]);
  expect(done).toEqual([
    ['Enable', false],
    ['SetPowerState', 2],
  ]);
  expect(networks.size).toBe(0);
});

test('it connects by the name that the database has for the SIM’s operator, in both families; roaming is connmand’s to allow', async () => {
  const { associate, pass, network, settings } = await readyMmBench();
  const attempt = associate();
  expect(network()?.link).toEqual({ kind: 'associating', attempt });
  await pass(20);
  expect(settings()).toEqual({
    ...{ apn: 'web.example', user: 'lab', password: 'a&b', 'ip-type': 4, 'allow-roaming': true },
  });
  expect(network()?.link).toEqual({
    ...{ kind: 'up', attempt, ifindex: 7 },
    provided: {
      addresses: [{ address: '10.64.1.2', prefixLength: 30 }],
      routes: [{ destination: { address: '0.0.0.0', length: 0 }, gateway: '10.64.1.1' }],
      nameservers: ['10.64.0.53', '10.64.0.54'],
      ...{ domains: [], mtu: 1430, servers: [] },
    },
  });
});

test.each(['MobileEquipment.Ipv4OnlyAllowed', 'Core.Unsupported', 'MobileEquipment.ServiceOptionNotSubscribed'])(
  'a modem or a network that has IPv4 alone (%s) is asked for that',
  async (error) => {
    const { modemManager, associate, pass, network, settings } = await readyMmBench();
    modemManager.fault = (family) => (family === 4 ? error : undefined);
    const attempt = associate();
    await pass(20);
    expect(settings()['ip-type']).toBe(1);
    expect(network()?.link).toMatchObject({ kind: 'up', attempt });
  },
);

test('a user is asked for a name that is not known; once it has connected it is kept, for this SIM, from others’ eyes', async () => {
  const made = await readyMmBench(false);
  const { driver, associate, pass, events, network, files, settings } = made;
  const attempt = associate(':1.7');
  expect(last(events)).toMatchObject({ kind: 'needs-input', attempt, fields: [{ name: 'APN' }, {}, {}] });
  const id = network()?.id as never;
  const values = { APN: new Secret('web.example'), 'APN.Password': new Secret('hush') };
  driver.command({ kind: 'answer-input', network: id, attempt, values });
  await pass(50);
  expect(network()?.link).toMatchObject({ kind: 'up', attempt });
  expect(JSON.parse(files.read(namesFile) ?? '')).toEqual({
    '244070100000001': { apn: 'web.example', password: 'hush' },
  });
  driver.command({ kind: 'dissociate', network: id });
  await pass(50);
  associate();
  await pass(50);
  expect(settings()).toMatchObject({ apn: 'web.example', password: 'hush' });
});

test('a name that is refused is not kept, and the failure says what may be wrong', async () => {
  const { modemManager, driver, associate, pass, events, network, files } = await readyMmBench(false);
  modemManager.fault = 'MobileEquipment.MissingOrUnknownApn';
  const attempt = associate(':1.7');
  const values = { APN: new Secret('wrong.example') };
  driver.command({ kind: 'answer-input', network: network()?.id as never, attempt, values });
  await pass(50);
  expect(last(events)).toEqual({
    ...{ kind: 'failed', network: network()?.id, attempt, error: 'connect-failed' },
    reason:
      'Quectel EG25: refused (MobileEquipment.MissingOrUnknownApn); is "wrong.example" the operator\'s access point name, with the right user and password?',
  });
  expect(files.read(namesFile)).toBeUndefined();
});

test('without a name and without a user, or a user who gives none, the attempt fails', async () => {
  const { driver, associate, events, network } = await readyMmBench(false);
  associate();
  expect(last(events)).toMatchObject({ kind: 'failed', attempt: 1, reason: expect.stringContaining('(APN)') });
  const attempt = associate(':1.7');
  driver.command({ kind: 'answer-input', network: network()?.id as never, attempt });
  expect(last(events)).toMatchObject({ kind: 'failed', attempt, reason: expect.stringContaining('(APN)') });
});

test('what does not answer fails before connmand gives it up', async () => {
  const { modemManager, associate, pass, events } = await readyMmBench();
  modemManager.fault = '';
  associate();
  await pass(50_000);
  expect(last(events)).toMatchObject({ kind: 'failed', attempt: 1, reason: 'Quectel EG25 did not answer in time' });
});

test('an attempt that is given up ends in silence', async () => {
  const { modemManager, driver, associate, pass, events, network } = await readyMmBench();
  modemManager.fault = '';
  associate();
  await pass(100);
  driver.command({ kind: 'dissociate', network: network()?.id as never });
  await pass(100);
  expect(modemManager.calls.at(-1)).toMatchObject({ member: 'Disconnect', args: ['/'] });
  expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  expect(network()?.link).toEqual({ kind: 'idle' });
});

test('a modem whose data is PPP is left alone, with a way out', async () => {
  const { modemManager, associate, pass, events } = await readyMmBench();
  modemManager.config4 = { method: uint32(1) };
  associate();
  await pass(20);
  const reason =
    'Quectel EG25 has no link for data, and ModemManager leaves PPP to others; ofonod in its place speaks PPP';
  expect(events.findLast(({ kind }) => kind === 'failed')).toMatchObject({ error: 'connect-failed', reason });
  expect(modemManager.calls.at(-1)).toMatchObject({ member: 'Disconnect' });
});

test('what another program or a former run has connected is up without an attempt, and taken up as it is', async () => {
  const { modemManager, driver, pass } = mmBench();
  const { events, networks } = reportsOf(driver);
  modemManager.start();
  modemManager.connected();
  driver.start();
  await pass(50);
  const [network] = networks.values();
  expect(network?.link).toMatchObject({ kind: 'up', attempt: 0, ifindex: 7 });
  const profile = { mac: { kind: 'permanent' } } as const;
  driver.command({ kind: 'associate', network: network?.id as never, attempt: 1, profile });
  await pass(50);
  expect([...networks.values()][0]?.link).toMatchObject({ kind: 'up', attempt: 1 });
  expect(modemManager.calls.filter(({ member }) => member === 'Connect')).toEqual([]);
  expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
});

test('roaming is what the network says it is (rule 79); without a network there is none', async () => {
  const { modemManager, pass, network, networks } = await readyMmBench();
  modemManager.register(5);
  await pass(10);
  expect(network()?.roaming).toBe(true);
  modemManager.register(2);
  await pass(10);
  expect(networks.size).toBe(0);
});

test('a connection that the network ends is a loss', async () => {
  const { modemManager, associate, pass, network } = await readyMmBench();
  associate();
  await pass(20);
  modemManager.end();
  await pass(10);
  expect(network()?.link).toEqual({ kind: 'idle', loss: { cause: 'by-peer', reason: 'LabTel ended the connection' } });
});

test('a locked SIM is no device, and the log says once what is wanted; unlocked it is one', async () => {
  const { modemManager, driver, pass, logged } = mmBench();
  modemManager.imsi = '';
  const kinds: string[] = [];
  driver.onEvent(({ kind }) => kinds.push(kind));
  modemManager.start();
  modemManager.takeOut();
  modemManager.plugIn(2);
  driver.start();
  await pass(100);
  expect(kinds).toEqual(['up']);
  expect(logged).toEqual(['the SIM of Quectel EG25 is locked; ModemManager wants its PIN ("mmcli -i any --pin=PIN")']);
  modemManager.unlock('244070100000001');
  await pass(100);
  expect(kinds).toEqual(['up', 'device']);
});

test('by DHCP the link is configured as a cable is; addresses of IPv6 alone leave IPv4 to DHCP', async () => {
  const { modemManager, driver, associate, pass, network } = await readyMmBench();
  modemManager.config4 = { method: uint32(3) };
  const attempt = associate();
  await pass(20);
  expect(network()?.link).toEqual({ kind: 'up', attempt, ifindex: 7 });
  driver.command({ kind: 'dissociate', network: network()?.id as never });
  await pass(20);
  modemManager.config6 = {
    method: uint32(2),
    address: str('2001:db8::2'),
    prefix: uint32(64),
    gateway: str('fe80::1'),
  };
  associate();
  await pass(20);
  expect(network()?.link).toMatchObject({
    provided: {
      addresses: [{ address: '2001:db8::2', prefixLength: 64 }],
      routes: [{ destination: { address: '::', length: 0 }, gateway: 'fe80::1' }],
      dhcp4: true,
    },
  });
});

test.each([
  ['2026-12-01T10:00:00+02', Date.UTC(2026, 11, 1, 8) / 1000],
  ['2026-12-01T10:00:00+02:00', Date.UTC(2026, 11, 1, 8) / 1000],
  ['2026-12-01T10:00:00', Date.UTC(2026, 11, 1, 10) / 1000],
])('the network’s time %s is handed on with the zones that it can mean', async (text, seconds) => {
  const { modemManager, events, device } = await readyMmBench();
  modemManager.tellTime(text);
  const timezones = ['Europe/Helsinki', 'Etc/GMT-2'];
  expect(last(events)).toEqual({ kind: 'network-time', device, seconds, timezones });
});

test('a time that is none is not handed on', async () => {
  const { modemManager, events } = await readyMmBench();
  const before = events.length;
  modemManager.tellTime('yesterday');
  expect(events).toHaveLength(before);
});

test('what ModemManager refuses of a modem’s power is logged once with the cause and what to do next; not that of a modem that has gone', async () => {
  const { modemManager, driver, device, pass, logged } = await readyMmBench();
  modemManager.powerFault = 'in the wrong state';
  for (let time = 0; time < 2; time++) driver.command({ kind: 'set-powered', device, powered: true });
  await pass(20);
  expect(logged).toEqual([
    expect.stringMatching(
      /^Quectel EG25: ModemManager refuses to switch it on: in the wrong state; "mmcli -m any" shows .* try again$/,
    ),
  ]);
  driver.command({ kind: 'set-powered', device, powered: false });
  modemManager.takeOut();
  await pass(20);
  expect(logged).toHaveLength(1);
});

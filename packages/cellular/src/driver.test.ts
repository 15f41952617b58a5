import { Secret } from '@connman/base';
import type { TechnologyEvent } from '@connman/contracts';
import { int32, int64, str } from '@connman/dbus';
import { bench, readyBench } from '../test/bench';

const last = (events: readonly TechnologyEvent[]) => events.at(-1);

test('a modem is known by its IMSI, each internet context is a network by its last path element (rule 213)', async () => {
  const { events, networks } = await readyBench({ name: 'context1' }, { name: 'context2', type: 'mms' });
  expect(events.find(({ kind }) => kind === 'device')).toMatchObject({
    device: { id: 'cellular:244070100000001', type: 'cellular', ident: '244070100000001' },
  });
  expect([...networks.values()]).toEqual([
    expect.objectContaining({
      ...{ group: 'context1', name: 'LabTel', strength: 61, roaming: false, link: { kind: 'idle' } },
    }),
  ]);
});

test('a modem without power is given some to see its SIM; its radio stays off until it is wanted', async () => {
  const { ofono, driver, pass } = bench();
  ofono.start();
  driver.onEvent(() => {});
  driver.start();
  await pass(100);
  const set = ofono.calls.flatMap(({ member, args }) => (member === 'SetProperty' ? [args[0]] : []));
  expect(set).toEqual(['Powered']);
});

test('an activated context is up with the addresses, the route and the name servers of its settings', async () => {
  const { associate, pass, network } = await readyBench();
  const attempt = associate();
  expect(network()?.link).toEqual({ kind: 'associating', attempt });
  await pass(20);
  expect(network()?.link).toEqual({
    ...{ kind: 'up', attempt, ifindex: 7 },
    provided: {
      addresses: [{ address: '10.64.1.2', prefixLength: 30 }],
      routes: [{ destination: { address: '0.0.0.0', length: 0 }, gateway: '10.64.1.1' }],
      nameservers: ['10.64.0.53'],
      ...{ domains: [], mtu: 0, servers: [] },
    },
  });
});

test('roaming is what the network says it is (rule 79)', async () => {
  const { ofono, pass, network } = await readyBench();
  ofono.register('roaming');
  await pass(10);
  expect(network()?.roaming).toBe(true);
});

test('without a network the context is none, and it is back with it', async () => {
  const { ofono, pass, networks } = await readyBench();
  ofono.register('searching');
  await pass(10);
  expect(networks.size).toBe(0);
  ofono.register('registered');
  await pass(10);
  expect(networks.size).toBe(1);
});

test('a context that is in use stays while the modem searches', async () => {
  const { ofono, pass, associate, network } = await readyBench();
  const attempt = associate();
  await pass(20);
  ofono.register('searching');
  await pass(10);
  expect(network()?.link).toMatchObject({ kind: 'up', attempt });
});

test('a locked SIM is no device, and the log says once what is wanted; unlocked it is one', async () => {
  const { ofono, driver, pass, logged } = bench();
  Object.assign(ofono, { imsi: '', pinRequired: 'pin' });
  const kinds: string[] = [];
  driver.onEvent(({ kind }) => kinds.push(kind));
  ofono.start();
  driver.start();
  await pass(100);
  ofono.register('registered');
  await pass(100);
  expect(kinds).toEqual(['up']);
  expect(logged).toEqual(['the SIM of Quectel is locked; oFono wants its pin (org.ofono.SimManager.EnterPin)']);
  ofono.unlock('244070100000001');
  await pass(100);
  expect(kinds).toEqual(['up', 'device']);
});

test('another SIM is another device', async () => {
  const { ofono, pass, events, device } = await readyBench();
  ofono.unlock('262010000000007');
  await pass(20);
  const since = events.slice(events.findLastIndex(({ kind }) => kind === 'device-gone'));
  expect(since).toEqual([
    { kind: 'device-gone', device },
    expect.objectContaining({ kind: 'device', device: expect.objectContaining({ ident: '262010000000007' }) }),
    expect.objectContaining({ kind: 'networks' }),
  ]);
});

test('a user is asked for a missing access point name; the answer is kept by oFono and used at once', async () => {
  const { ofono, driver, associate, pass, events, network } = await readyBench({ name: 'context1', apn: '' });
  const attempt = associate('context1', ':1.7');
  const id = network()?.id as never;
  expect(last(events)).toMatchObject({ kind: 'needs-input', attempt, fields: [{ name: 'APN' }, {}, {}] });
  const values = { APN: new Secret('web.example'), 'APN.Password': new Secret('hush') };
  driver.command({ kind: 'answer-input', network: id, attempt, values });
  await pass(50);
  expect([ofono.textOf('context1', 'AccessPointName'), ofono.textOf('context1', 'Password')]).toEqual([
    'web.example',
    'hush',
  ]);
  expect(network()?.link).toMatchObject({ kind: 'up', attempt });
});

test('without an access point name and without a user the attempt fails, and so does one whose user gives none', async () => {
  const { driver, associate, events, network, pass } = await readyBench({ name: 'context1', apn: '' });
  const failed = (attempt: number) => ({
    ...{ kind: 'failed', network: network()?.id, attempt, error: 'connect-failed' },
    reason:
      "Quectel needs the operator's access point name (APN); connect the service with an agent, which is asked for it",
  });
  associate();
  expect(last(events)).toEqual(failed(1));
  const attempt = associate('context1', ':1.7');
  driver.command({ kind: 'answer-input', network: network()?.id as never, attempt });
  await pass(20);
  expect(last(events)).toEqual(failed(2));
});

test('a context that is refused fails with the words of oFono and what may be wrong', async () => {
  const { associate, pass, events, network } = await readyBench({ name: 'context1', fault: 'Operation failed' });
  associate();
  await pass(20);
  expect(last(events)).toEqual({
    ...{ kind: 'failed', network: network()?.id, attempt: 1, error: 'connect-failed' },
    reason: `Quectel: Operation failed; is "internet" the operator's access point name, with the right user and password?`,
  });
  expect(network()?.link).toEqual({ kind: 'idle' });
});

test('a context that oFono does not answer for fails before connmand gives it up', async () => {
  const { associate, pass, events } = await readyBench({ name: 'context1', fault: '' });
  associate();
  await pass(50_000);
  expect(last(events)).toMatchObject({ kind: 'failed', attempt: 1, reason: 'Quectel did not answer in time' });
});

test('a context that the network ends is a loss', async () => {
  const { associate, pass, network, ofono } = await readyBench();
  associate();
  await pass(20);
  ofono.end('context1');
  await pass(10);
  const loss = { cause: 'by-peer', reason: 'LabTel ended the connection' };
  expect(network()?.link).toEqual({ kind: 'idle', loss });
});

test('a modem that is unplugged is gone, and back with another', async () => {
  const { ofono, pass, events, device } = await readyBench();
  ofono.takeOut();
  await pass(10);
  expect(last(events)).toEqual({ kind: 'device-gone', device });
  ofono.plugIn();
  await pass(50);
  expect(last(events)).toMatchObject({ kind: 'device', device: { id: device, powered: false } });
});

test('by DHCP the link is configured as a cable is', async () => {
  const settings = { Interface: str('wwan0'), Method: str('dhcp') };
  const { associate, pass, network } = await readyBench({ name: 'context1', settings });
  const attempt = associate();
  await pass(20);
  expect(network()?.link).toEqual({ kind: 'up', attempt, ifindex: 7 });
});

const helsinki = { Timezone: int32(7200), MobileCountryCode: str('244') };

test('the time of the network is handed on with the zones that it can mean, as it is read and as it is announced', async () => {
  const { ofono, driver, events, device, pass, clock } = await readyBench();
  ofono.tellTime({ UTC: int64(1_796_000_000n), ...helsinki });
  const timezones = ['Europe/Helsinki', 'Etc/GMT-2'];
  expect(last(events)).toEqual({ kind: 'network-time', device, seconds: 1_796_000_000, timezones });
  const received = int64(BigInt(Math.floor(clock.now() / 1000)));
  ofono.networkTime = { UTC: int64(1_796_000_100n), Received: received, ...helsinki };
  ofono.takeOut();
  clock.advance(5000);
  ofono.plugIn();
  await pass(50);
  driver.command({ kind: 'set-powered', device, powered: true });
  await pass(50);
  expect(events.findLast(({ kind }) => kind === 'network-time')).toMatchObject({ seconds: 1_796_000_105, timezones });
});

test('a time that was read long ago is used for its zone alone, and one without either is none', async () => {
  const { ofono, events, device, clock } = await readyBench();
  clock.advance(600_000);
  ofono.tellTime({ UTC: int64(1_796_000_000n), Received: int64(1n), ...helsinki });
  expect(last(events)).toEqual({ kind: 'network-time', device, timezones: ['Europe/Helsinki', 'Etc/GMT-2'] });
  const before = events.length;
  ofono.tellTime({ MobileCountryCode: str('244') });
  expect(events).toHaveLength(before);
});

test('what ofonod refuses of a modem’s power is logged once with the cause and what to do next, and once when it is over', async () => {
  const { ofono, driver, device, pass, logged } = await readyBench();
  ofono.powerFault = 'Operation failed';
  for (let time = 0; time < 2; time++) driver.command({ kind: 'set-powered', device, powered: true });
  await pass(20);
  expect(logged).toEqual([
    expect.stringMatching(
      /^Quectel: ofonod refuses Online: Operation failed; "connmanctl disable cellular" and .* try again;/,
    ),
  ]);
  ofono.powerFault = undefined;
  driver.command({ kind: 'set-powered', device, powered: true });
  await pass(20);
  expect(logged.slice(1)).toEqual(['Quectel: ofonod accepts Online']);
});

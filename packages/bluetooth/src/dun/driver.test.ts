import { readyDunBench } from '../../test/dun-bench';

const active = (calls: readonly { readonly member: string; readonly args: readonly unknown[] }[]) =>
  calls.flatMap(({ member, args }) => (member === 'SetProperty' ? [(args[1] as { value: unknown }).value] : []));

test('a phone is a device and its network, both by the last element of its path (rule 212)', async () => {
  const { events, network } = await readyDunBench();
  expect(events.find(({ kind }) => kind === 'device')).toMatchObject({
    device: { id: 'dundee:device0', type: 'bluetooth', ident: 'device0', powered: false, can: { tether: false } },
  });
  expect(network()).toMatchObject({ device: 'dundee:device0', group: 'device0', link: { kind: 'idle' } });
});

test('dialled, the network is up with the address, a route to everywhere and the name servers that PPP brought', async () => {
  const { associate, pass, network } = await readyDunBench();
  const attempt = associate();
  expect(network()?.link).toEqual({ kind: 'associating', attempt });
  await pass(10);
  expect(network()?.link).toEqual({
    ...{ kind: 'up', attempt, ifindex: 7 },
    provided: {
      addresses: [{ address: '10.64.1.2', prefixLength: 32 }],
      routes: [{ destination: { address: '0.0.0.0', length: 0 } }],
      nameservers: ['10.64.0.53', '10.64.0.54'],
      ...{ domains: [], mtu: 0, servers: [] },
    },
  });
});

test('a phone that is paired later is there, one that is unpaired is gone', async () => {
  const { dundee, driver, pass, events, network } = await readyDunBench();
  dundee.put({ name: 'Tablet' });
  expect(events.at(-1)).toMatchObject({ kind: 'device', device: { ident: 'device1', powered: false } });
  driver.command({ kind: 'set-powered', device: 'dundee:device1' as never, powered: true });
  expect(network('Tablet')?.link).toEqual({ kind: 'idle' });
  dundee.unpair('Tablet');
  await pass(10);
  expect(events.at(-1)).toEqual({ kind: 'device-gone', device: 'dundee:device1' });
});

test('a phone that does not dial fails the attempt with the words of dundee and what may help', async () => {
  const { associate, pass, events, network } = await readyDunBench({ name: 'Phone', fault: 'Operation failed' });
  associate();
  await pass(10);
  expect(events.at(-1)).toEqual({
    ...{ kind: 'failed', network: network()?.id, attempt: 1, error: 'connect-failed' },
    reason: 'Phone: Operation failed; is it in range, still paired, and allowed to dial for others?',
  });
});

test('one that does not answer fails before connmand gives the attempt up, and is out of range', async () => {
  const { associate, pass, events } = await readyDunBench({ name: 'Phone', fault: '' });
  associate();
  await pass(50_000);
  expect(events.at(-1)).toMatchObject({ kind: 'failed', attempt: 1, error: 'out-of-range' });
});

test('an attempt that is given up hangs up, in silence', async () => {
  const { associate, pass, events, driver, dundee, network } = await readyDunBench({ name: 'Phone', fault: '' });
  associate();
  await pass(100);
  driver.command({ kind: 'dissociate', network: network()?.id as never });
  await pass(100);
  expect(active(dundee.calls)).toEqual([true, false]);
  expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  expect(network()?.link).toEqual({ kind: 'idle' });
});

test('what another program dialled is up without an attempt, and taken up as it is', async () => {
  const { associate, pass, network, dundee } = await readyDunBench();
  dundee.set('Phone', true);
  expect(network()?.link).toMatchObject({ kind: 'up', attempt: 0 });
  const attempt = associate();
  await pass(10);
  expect(network()?.link).toMatchObject({ kind: 'up', attempt });
  expect(active(dundee.calls)).toEqual([]);
});

test('switched off, a phone that is connected hangs up and has no network', async () => {
  const { associate, pass, networks, dundee, driver } = await readyDunBench();
  associate();
  await pass(10);
  driver.command({ kind: 'set-powered', device: 'dundee:device0' as never, powered: false });
  await pass(10);
  expect(active(dundee.calls)).toEqual([true, false]);
  expect(networks.size).toBe(0);
});

test('a phone that hangs up is a loss; a dundee that ends takes everything along', async () => {
  const { associate, pass, network, dundee, events } = await readyDunBench();
  associate();
  await pass(10);
  dundee.set('Phone', false);
  const loss = { cause: 'by-peer', reason: 'Phone hung up, or is out of range' };
  expect(network()?.link).toEqual({ kind: 'idle', loss });
  dundee.crash();
  expect(events.at(-1)).toEqual({ kind: 'down', reason: 'dundee is not running' });
});

import { Bus, nodeBusStream } from '@connman/dbus';
import { startPrivateBus } from '@connman/testkit';
import { Agents } from './agents';

test('fifty clients that leave without UnregisterAgent leave no agent and no match rule behind', async () => {
  const daemon = await startPrivateBus();
  const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address });
  const bus = await connect();
  const { rules } = (bus as unknown as { readonly signals: { readonly rules: ReadonlyMap<string, number> } }).signals;
  const before = rules.size;
  let onChange = () => {};
  const agents = new Agents({ bus, timeoutMs: 1000, onChange: () => onChange() });
  const clients = await Promise.all(Array.from({ length: 50 }, connect));
  for (const { uniqueName } of clients) agents.register(uniqueName, '/agent');
  expect([agents.count, rules.size]).toEqual([50, before + 50]);

  const allGone = new Promise<void>((resolve) => {
    onChange = () => agents.count === 0 && resolve();
  });
  for (const client of clients) client.close();
  await allGone;

  expect(rules.size).toBe(before);
  bus.close();
  await daemon.stop();
});

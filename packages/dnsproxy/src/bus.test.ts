import { silentLogger } from '@connman/base';
import {
  connectDnsProxy,
  DnsProxyClient,
  type DnsProxyEvent,
  dnsProxyBusName,
  exportDnsProxy,
  exportDnsProxyControl,
} from '@connman/contracts';
import { Bus, nodeBusStream } from '@connman/dbus';
import { startPrivateBus } from '@connman/testkit';
import { ip, says, World } from '../test/world';

test('over the bus a proxy is set up, asked, looked at, and told all again when it comes back', async () => {
  const daemon = await startPrivateBus();
  const connect = () => Bus.connect({ stream: nodeBusStream, address: daemon.address, log: silentLogger });
  const near = await connect();
  const caller = connectDnsProxy(near);
  const events: DnsProxyEvent[] = [];
  const heard = (kind: string, matches: (event: DnsProxyEvent) => boolean) =>
    new Promise<void>((resolve) => {
      const look = (event: DnsProxyEvent) => {
        events.push(event);
        if (event.kind === kind && matches(event)) resolve();
      };
      caller.onEvent(look);
    });
  // Said before there is anybody to hear it.
  caller.setLink({
    ifindex: 2,
    interfaceName: 'eth0',
    servers: [{ address: ip('192.0.2.53'), port: 5353, tlsName: 'dns.example' }],
    domains: [{ name: 'corp.example', search: true }],
    isDefault: true,
    tls: 'off',
    localAddress: ip('192.0.2.2'),
  });
  caller.setFallbackServers([{ address: ip('9.9.9.9') }], 'off');
  const listening = heard('listening', (event) => event.kind === 'listening' && event.listening.addresses.length === 2);

  const world = new World({}, ['127.0.0.1']);
  world.network.onAsk = says('192.0.2.1');
  const far = await connect();
  exportDnsProxy(far, world.proxy);
  exportDnsProxyControl(far, world.proxy);
  await far.requestName(dnsProxyBusName);
  await listening;
  expect(caller.listening).toEqual({
    addresses: ['::1', '127.0.0.54'],
    refused: [
      {
        address: '127.0.0.1',
        reason: 'udp port 53 is taken by dnsmasq (pid 4711); stop it or give it another port',
        holder: { pid: 4711, name: 'dnsmasq' },
      },
    ],
  });

  const explanation = await caller.query('www.example', 'A');
  expect(explanation).toEqual(await expected('server'));
  expect((await caller.query('www.example', 'A')).source).toBe('cache');
  expect(await caller.resolve('www.example', 4)).toEqual(['192.0.2.1']);
  const client = new DnsProxyClient(near);
  expect(await client.statistics()).toEqual(world.proxy.statistics());
  await client.flush();
  expect((await client.statistics()).cacheEntries).toBe(0);

  const changed = heard('servers-changed', (event) => event.kind === 'servers-changed' && event.ifindex === 2);
  caller.removeLink(2);
  await changed;
  const servers = (await client.statistics()).servers.map(({ address }) => address);
  expect(servers).toEqual(['9.9.9.9']);
  near.close();
  far.close();
  await daemon.stop();
});

async function expected(source: string) {
  return {
    rcode: 'NOERROR',
    records: ['www.example 300 A 192.0.2.1'],
    source,
    server: '192.0.2.53:5353 (eth0)',
    durationMs: 0,
    reason: 'default: eth0',
  };
}

/** The command dns as a user types it, against a proxy that is scripted. */
import { type DnsExplanation, type DnsProxyComponent, dnsProxyBusName, exportDnsProxy } from '@connman/contracts';
import { Bus, nodeBusStream } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { answerSchemas } from '../src/json-schema';
import { Connmanctl } from './connmanctl';

jest.setTimeout(30_000);

const nothing = { queries: 0, hits: 0, misses: 0, merged: 0, local: 0, stale: 0, refreshed: 0, failed: 0, rejected: 0 };
const explanation: DnsExplanation = {
  rcode: 'NOERROR',
  records: ['www.example 300 AAAA 2001:db8::1'],
  source: 'server',
  server: '192.0.2.53 (eth0)',
  durationMs: 12.34,
  reason: 'default: eth0',
};

const program = new Connmanctl();
const asked: string[] = [];
let daemon: PrivateBus;
let bus: Bus;

const proxy: DnsProxyComponent = {
  setLink: () => asked.push('setLink'),
  removeLink: () => asked.push('removeLink'),
  together: (steer) => steer(),
  configurations: [
    {
      ifindex: 2,
      interfaceName: 'eth0',
      servers: [],
      domains: [{ name: 'a.example', search: true }],
      isDefault: true,
      tls: 'off',
    },
  ],
  setFallbackServers: () => asked.push('setFallbackServers'),
  listenOn: () => asked.push('listenOn'),
  setHosts: () => asked.push('setHosts'),
  listening: { addresses: [], refused: [] },
  flush: () => asked.push('flush'),
  statistics: () => ({ ...nothing, cacheEntries: 0, cacheBytes: 0, servers: [] }),
  async query(name, type) {
    asked.push(`query ${name} ${type}`);
    return explanation;
  },
  resolve: async () => [],
  onEvent: () => {},
  close: () => {},
};

beforeAll(async () => {
  daemon = await startPrivateBus();
  bus = await Bus.connect({ stream: nodeBusStream, address: daemon.address });
  exportDnsProxy(bus, proxy);
  await bus.requestName(dnsProxyBusName);
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  bus.close();
  await daemon.stop();
  program.remove();
});

const answer =
  'www.example 300 AAAA 2001:db8::1\nNOERROR from a server, 192.0.2.53 (eth0) in 12.3 ms\nbecause: default: eth0\n';

test.each<[string, string, string[]]>([
  [
    'dns',
    'Answers on no address\neth0: default, a.example; no servers\n' +
      '0 questions: 0 from the cache (0 %), 0 asked, 0 answered here, 0 stale, 0 failed\nCache: 0 answers in 0 KiB\n',
    [],
  ],
  ['dns query www.example', answer, ['query www.example A']],
  ['dns query www.example AAAA', answer, ['query www.example AAAA']],
  ['dns flush', '', ['flush']],
])('%s', async (line, out, calls) => {
  expect(await program.run(line.split(' '), daemon.address)).toEqual({ out, error: '', status: 0 });
  expect(asked).toEqual(calls);
});

test.each<[string, string]>([
  ['dns query', 'Invalid argument\n  a name is missing'],
  ['dns servers', 'Invalid argument\n  "servers" is not query or flush'],
  ['dns query a b c', 'Argument list too long\n  unexpected argument "c"'],
  ['dns flush all', 'Argument list too long\n  unexpected argument "all"'],
])('%s: a wrong line is refused before anything is asked', async (line, text) => {
  expect(await program.run(line.split(' '), daemon.address)).toEqual({
    out: '',
    error: `Error 'dns': ${text}; usage: connmanctl dns [query <name>|flush]\n`,
    status: 2,
  });
  expect(asked).toEqual([]);
});

test.each(['dns', 'dns query www.example'])('%s --json fits its schema', async (line) => {
  const { out } = await program.run([...line.split(' '), '--json'], daemon.address);
  const { error } = answerSchemas[line === 'dns' ? 'dns' : 'dns query'].safeParse(JSON.parse(out));
  expect(error).toBeUndefined();
});

test('without a proxy it says what that means', async () => {
  const empty = await startPrivateBus();
  expect(await program.run(['dns'], empty.address)).toEqual({
    out: '',
    error:
      'Error dns: no DNS proxy runs: connmand does not run, or leaves names to others (-r, or systemd-resolved: see resolvectl)\n',
    status: 3,
  });
  await empty.stop();
});

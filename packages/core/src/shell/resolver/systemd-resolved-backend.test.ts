import { lineLogger } from '@connman/base';
import { parseIp } from '@connman/inet';
import { ManualClock, MemoryFiles, ScriptedBus, type ScriptedCall } from '@connman/testkit';
import type { DnsLink, DnsPlan } from '../../model/resolver/dns-plan';
import { resolvedName, systemdResolvedBackend } from './systemd-resolved-backend';

const ip = (text: string) => {
  const address = parseIp(text);
  if (!address) throw new Error(`no address: ${text}`);
  return address;
};

const link = (over: Partial<DnsLink> = {}): DnsLink => ({
  ifindex: 2,
  interfaceName: 'eth0',
  serviceId: 'one',
  nameservers: [ip('10.0.0.1')],
  tls: 'off',
  domains: ['lab.example.', 'no host'],
  reverseZones: ['0.10.in-addr.arpa'],
  isDefault: true,
  ...over,
});
const tunnel = link({ ifindex: 3, interfaceName: 'tun0', isDefault: false, isForItsDomainsOnly: true });
const plan = (...links: DnsLink[]): DnsPlan => ({
  ...{ links, listen: [], hosts: [], bootNameservers: [], fallbackNameservers: [], fallbackTls: 'off' },
});

/** The calls that a scripted systemd-resolved got since they were last looked at, as `member ifindex value`. */
function rig(refused: Record<string, string> = {}) {
  const clock = new ManualClock();
  const bus = new ScriptedBus(clock);
  let calls: string[] = [];
  const program = {
    call({ member, args, answer, refuse }: ScriptedCall) {
      const [ifindex, value] = args;
      calls.push(
        [member.replace('SetLink', ''), ifindex, value]
          .filter((one) => one !== undefined)
          .map(textOf)
          .join(' '),
      );
      const error = refused[member];
      if (error) refuse(error, 'managed by another');
      else answer();
    },
  };
  const lines: string[] = [];
  const files = new MemoryFiles().putLink('/etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf');
  const log = lineLogger({
    write: (line) => lines.push(line.trimEnd()),
    level: 'info',
    severityPrefix: false,
    prefix: '',
  });
  const multicast: (readonly number[])[] = [];
  const resolvConf = {
    files,
    log,
    configured: undefined,
    runFolder: '/run/connman',
    storageFolder: '/var/lib/connman',
  };
  const settle = async () => {
    for (let i = 0; i < 20; i++) {
      clock.advance(1);
      for (let j = 0; j < 10; j++) await Promise.resolve();
    }
    const made = calls;
    calls = [];
    return made;
  };
  const begin = () =>
    systemdResolvedBackend({
      ...{ bus: bus.client, log, resolvConf },
      tlsNames: new Map([[ip('9.9.9.9'), 'dns.quad9.net']]),
      onMulticast: (links) => multicast.push(links),
    });
  return { bus, program, files, lines, multicast, settle, begin, run: () => bus.own(resolvedName, program) };
}

const textOf = (value: unknown) =>
  typeof value === 'object'
    ? JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? one.join('.') : one))
    : value;

const ofEth0 = [
  'DNS 2 [[2,"10.0.0.1"]]',
  'Domains 2 [["lab.example",false],["0.10.in-addr.arpa",true]]',
  'DefaultRoute 2 true',
  'DNSOverTLS 2 no',
  'MulticastDNS 2 no',
];

test('each link’s servers, domains and the rest are set, once; a link that has none any more is reverted (rule 214)', async () => {
  const { settle, begin, run } = rig();
  run();
  const backend = begin();
  const eth0 = link();
  backend.apply(plan(eth0, tunnel));
  const first = await settle();
  expect(first.slice(0, 5)).toEqual(ofEth0);
  expect(first).toContain('DefaultRoute 3 false');
  backend.apply(plan(eth0));
  expect(await settle()).toEqual(['RevertLink 3']);
  backend.close();
  expect(await settle()).toEqual([]);
});

test('names that are no link’s business are asked of the first service that has servers', async () => {
  const { settle, begin, run } = rig();
  run();
  begin().apply(plan(link({ nameservers: [] }), link({ ifindex: 4, isDefault: false })));
  expect((await settle()).filter((call) => call.startsWith('DefaultRoute'))).toEqual([
    'DefaultRoute 2 false',
    'DefaultRoute 4 true',
  ]);
});

test('a server whose certificate has a name is set with it, and asked over TLS as DNSOverTLS has it', async () => {
  const { settle, begin, run } = rig();
  run();
  begin().apply(plan(link({ nameservers: [ip('9.9.9.9'), ip('2001:db8::1')], tls: 'strict' })));
  const calls = await settle();
  expect(calls[0]).toBe('DNSEx 2 [[2,"9.9.9.9",0,"dns.quad9.net"],[10,"32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1",0,""]]');
  expect(calls).toContain('DNSOverTLS 2 yes');
});

test('one that starts late, or again, is given everything', async () => {
  const { bus, lines, settle, begin, run } = rig();
  begin().apply(plan(link()));
  await settle();
  expect(lines).toEqual([
    expect.stringMatching(/^systemd-resolved is not on the bus .*start systemd-resolved.service/),
  ]);
  run();
  expect(await settle()).toEqual(ofEth0);
  bus.disown(resolvedName);
  run();
  expect(await settle()).toEqual(ofEth0);
  expect(lines).toHaveLength(1);
});

test('mDNS is in force on a link once it is accepted, and no longer when systemd-resolved is gone (rule 75)', async () => {
  const { bus, multicast, settle, begin, run } = rig();
  run();
  const backend = begin();
  backend.apply(plan(link({ multicast: true })));
  expect(multicast).toEqual([]);
  await settle();
  expect(multicast).toEqual([[2]]);
  bus.disown(resolvedName);
  expect(multicast).toEqual([[2], []]);
});

test('what it refuses is logged once with the link, and is not in force', async () => {
  const { lines, multicast, settle, begin, run } = rig({ SetLinkMulticastDNS: 'org.freedesktop.resolve1.LinkBusy' });
  run();
  const backend = begin();
  backend.apply(plan(link({ multicast: true })));
  await settle();
  backend.apply(plan(link({ multicast: true, domains: [] })));
  await settle();
  expect(lines).toEqual(['eth0: MulticastDNS was not set at systemd-resolved: managed by another']);
  expect(multicast).toEqual([]);
});

test('resolv.conf is not ours, and one that does not name systemd-resolved is named once with the command to type', async () => {
  const { files, lines, settle, begin, run } = rig();
  files.putFile('/etc/resolv.conf', 'nameserver 192.0.2.1\n');
  run();
  const backend = begin();
  backend.apply(plan(link()));
  backend.apply(plan(link()));
  expect(lines).toEqual([
    '/etc/resolv.conf does not name systemd-resolved: programs do not ask it; run "ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf"',
  ]);
  expect(files.changes).toEqual([]);
  await settle();
});

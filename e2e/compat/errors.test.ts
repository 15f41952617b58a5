// What is refused, and in which words: the same mistakes made at both daemons.
import { Variant } from 'dbus-next';
import { BusError, type Call } from '../netns/lab/bus';
import { inLab } from '../netns/lab/lab';
import { debian, ours, type Subject } from '../netns/lab/subject';

jest.setTimeout(60_000);

type Mistake = readonly [what: string, call: Call];

const v = (signature: string, value: unknown) => new Variant(signature, value);
const dict = (entries: Record<string, Variant>) => v('a{sv}', entries);
const method = (name: string, more: Record<string, Variant> = {}) => dict({ Method: v('s', name), ...more });

const manager = { path: '/', interface: 'net.connman.Manager' };
const technology = { path: '/net/connman/technology/ethernet', interface: 'net.connman.Technology' };
/** SERVICE stands for the service of eth0. */
const service = { path: 'SERVICE', interface: 'net.connman.Service' };

/** Mistakes that Debian's 1.41 takes for an empty list. */
const leniencies = () => [
  ...['Nameservers.Configuration', 'Timeservers.Configuration', 'Domains.Configuration'].flatMap((name) =>
    set(service, name, v('ai', [1]), dict({})),
  ),
  ...set(service, 'Proxy.Configuration', method('manual', { Servers: v('as', []) })),
];

type Target = Pick<Call, 'path' | 'interface'>;

const call = (target: Target, member: string, signature = '', ...body: unknown[]): Mistake => [
  `${target.interface.split('.').at(-1)}.${member}(${signature}) ${JSON.stringify(body)} at ${target.path}`,
  { ...target, member, signature, body },
];
const set = (target: Target, name: string, ...values: Variant[]) =>
  values.map((value) => call(target, 'SetProperty', 'sv', name, value));

const flags = [v('s', 'true'), v('i', 1), v('as', []), dict({})];
const lists = [v('s', 'one.test'), v('b', true), v('v', v('s', 'one.test'))];

const mistakes: readonly Mistake[] = [
  // No one there, or nothing of that kind.
  call({ ...service, path: '/net/connman/service/ethernet_000000000000_cable' }, 'GetProperties'),
  call({ ...technology, path: '/net/connman/technology/wifi' }, 'SetProperty', 'sv', 'Powered', v('b', true)),
  call({ ...manager, path: '/nosuch' }, 'GetProperties'),
  call({ ...manager, interface: 'net.connman.Nosuch' }, 'GetProperties'),
  call({ ...service, interface: 'net.connman.Technology' }, 'GetProperties'),
  call(manager, 'Nosuch'),
  call(service, 'Nosuch', 's', 'text'),

  // Signatures.
  call(manager, 'GetProperties', 's', 'text'),
  call(manager, 'SetProperty', 's', 'OfflineMode'),
  call(manager, 'SetProperty', 'ss', 'OfflineMode', 'true'),
  call(manager, 'RegisterAgent', 's', '/agent'),
  call(technology, 'SetProperty', 'vs', v('b', true), 'Powered'),
  call(service, 'Connect', 'b', true),
  call(service, 'MoveBefore', 's', '/'),
  call(service, 'SetProperty', 'sa{sv}', 'IPv4.Configuration', {}),

  // Properties that are not, or not to be written.
  ...set(manager, 'Nosuch', v('b', true)),
  ...set(manager, 'State', v('s', 'online')),
  ...set(manager, '', v('s', '')),
  ...set(manager, 'OfflineMode', ...flags),
  ...set(manager, 'SessionMode', ...flags),
  ...set(technology, 'Nosuch', v('b', true)),
  ...set(technology, 'Connected', v('b', true)),
  ...set(technology, 'Powered', ...flags, v('b', true)),
  ...set(technology, 'Tethering', ...flags),
  ...set(technology, 'TetheringIdentifier', v('b', true)),
  ...set(technology, 'TetheringPassphrase', v('b', true)),
  ...set(service, 'Nosuch', v('b', true)),
  ...set(service, 'Favorite', v('b', true)),
  ...set(service, 'State', v('s', 'online')),
  ...set(service, 'Nameservers', v('as', ['192.0.2.53'])),
  ...set(service, 'AutoConnect', ...flags),
  ...set(service, 'mDNS.Configuration', ...flags),
  ...set(service, 'Nameservers.Configuration', ...lists),
  ...set(service, 'Timeservers.Configuration', ...lists),
  ...set(service, 'Domains.Configuration', ...lists),
  ...set(
    service,
    'IPv4.Configuration',
    v('s', 'dhcp'),
    v('as', ['dhcp']),
    dict({}),
    dict({ Address: v('s', '10.77.1.42') }),
    dict({ Method: v('b', true) }),
    method('nosuch'),
    method('fixed'),
    method('auto'),
    method('manual', { Address: v('s', '10.77.1.420') }),
    method('manual', { Address: v('s', '2001:db8::1') }),
    method('manual', { Address: v('s', '10.77.1.42'), Netmask: v('s', '255.255.255.420') }),
    method('manual', { Address: v('s', '10.77.1.42'), Gateway: v('s', 'gateway.example') }),
  ),
  ...set(
    service,
    'IPv6.Configuration',
    v('s', 'auto'),
    dict({}),
    method('nosuch'),
    method('fixed'),
    method('dhcp'),
    method('manual', { Address: v('s', '10.77.1.42') }),
    method('manual', { Address: v('s', '2001:db8::1'), Gateway: v('s', '::g') }),
    method('manual', { Address: v('s', '2001:db8::1'), PrefixLength: v('y', 129) }),
  ),
  ...set(
    service,
    'Proxy.Configuration',
    v('s', 'direct'),
    v('as', ['direct']),
    dict({}),
    method('nosuch'),
    method('manual'),
  ),
  call(service, 'ClearProperty', 's', 'Nosuch'),

  // Not now, or not this one.
  call(service, 'Connect'),
  call(service, 'Remove'),
  call(service, 'MoveBefore', 'o', '/'),
  call(service, 'MoveAfter', 'o', '/net/connman/service/nosuch'),
  call(technology, 'Scan'),
  call(manager, 'UnregisterAgent', 'o', '/agent'),
  call(manager, 'ConnectProvider', 'a{sv}', {}),
];

/** The answer to each mistake: "name: text", or "done". */
async function answersOf(subject: Subject, mistakes: readonly Mistake[]): Promise<string[]> {
  const answers: string[] = [];
  await inLab(subject, async (lab) => {
    const { connman, path } = await lab.online();
    const own = (value: unknown) => (value === 'SERVICE' ? path : value);
    for (const [what, made] of mistakes) {
      const answer = await connman.client
        .call({ ...made, path: String(own(made.path)) })
        .then(() => 'done')
        .catch((error: unknown) =>
          error instanceof BusError ? `${error.errorName}: ${error.message}` : String(error),
        );
      answers.push(`${what} -> ${answer.replaceAll(path, 'SERVICE')}`);
    }
    if (subject === ours) expect([connman.state, connman.serviceState('eth0')]).toEqual(['online', 'online']);
  });
  return answers;
}

test('every mistake is answered as the reference answers it', async () => {
  const [reference, own] = [await answersOf(debian, mistakes), await answersOf(ours, mistakes)];
  expect(own).toEqual(reference);
});

test('a list of something else than texts, or of nothing where something is needed, is refused', async () => {
  for (const answer of await answersOf(ours, leniencies()))
    expect(answer).toMatch(/ -> net\.connman\.Error\.InvalidArguments: Invalid arguments$/);
});

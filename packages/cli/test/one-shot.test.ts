/** One command, one process, with --compat-exit: what it asks, prints and ends with is that of ConnMan 1.41's own client. */
import { bool, str } from '@connman/dbus';
import { type PrivateBus, startPrivateBus } from '@connman/testkit';
import { Connmanctl } from './connmanctl';
import { FakeConnman, metrics } from './fake-connman';
import { home, scene, wired } from './scene';

jest.setTimeout(30_000);

const program = new Connmanctl();
let bus: PrivateBus;
let connman: FakeConnman;

beforeAll(async () => {
  bus = await startPrivateBus();
  connman = await FakeConnman.start(bus.address, scene);
});
beforeEach(() => {
  connman.calls.length = 0;
});
afterAll(async () => {
  connman.stop();
  await bus.stop();
  program.remove();
});

const run = (line: string) => program.run(['--compat-exit', ...line.split(' ')], bus.address);

const answers: readonly [line: string, out: string, calls: readonly string[]][] = [
  ['state', '  State = online\n  OfflineMode = False\n  SessionMode = False\n', ['Manager GetProperties']],
  ['clock', '  Time = 1736000000\n  TimeUpdates = auto\n  Timeservers = [ ntp.example ]\n', ['Clock GetProperties']],
  [
    'technologies',
    '/net/connman/technology/ethernet\n  Name = Wired\n  Type = ethernet\n  Powered = True\n  TetheringFreq = 2412\n' +
      '/net/connman/technology/wifi\n  Name = WiFi\n  Type = wifi\n  Powered = False\n',
    ['Manager GetTechnologies'],
  ],
  ['services', `*AO Wired                ${wired}\n    Home                 ${home}\n`, ['Manager GetServices']],
  [
    `services ${wired}`,
    `/net/connman/service/${wired}\n  Type = ethernet\n  State = online\n  Favorite = True\n  AutoConnect = True\n` +
      '  Name = Wired\n  Ethernet = [ Method=auto, Interface=eth0, MTU=1500 ]\n' +
      '  Nameservers = [ 192.0.2.1, 192.0.2.2 ]\n  IPv6 = [  ]\n',
    [`service/${wired} GetProperties`],
  ],
  [
    `services --properties ${home}`,
    `/net/connman/service/${home}\n  Type = wifi\n  State = idle\n  Name = Home\n  Strength = 80\n`,
    [`service/${home} GetProperties`],
  ],
  ['peers', 'Joe idle peer_a\n', ['Manager GetPeers']],
  ['peers peer_a', '/net/connman/peer/peer_a\n  Name = Joe\n  State = idle\n', ['peer/peer_a GetProperties']],
  [
    'tethering_clients --traffic',
    '02:00:00:00:00:01\n  Name = phone\n  IPv4.Sent = 1500\n',
    ['Diagnosis TetheringClients'],
  ],
  ['tethering_clients', 'aa:bb:cc:dd:ee:ff\n00:11:22:33:44:55\n', ['Manager GetTetheringClients']],
  ['vpnconnections', '  R Work                 vpn_host\n', ['vpn.Manager GetConnections']],
  [
    'vpnconnections host',
    '/net/connman/vpn/connection/host\n  Name = Work\n  State = ready\n',
    ['connection/host GetProperties'],
  ],
  [
    `why ${wired}`,
    `${wired}\n  IPv4: no DHCP server has given a lease yet\n`,
    [`Diagnosis Why /net/connman/service/${wired}`],
  ],
  ['metrics', metrics, ['Diagnosis Metrics']],
  ['plan', 'put-route eth0 default via 192.0.2.1 (to be sent)\n', ['Diagnosis Plan']],
  [
    `plan ${wired} --ipv4 manual 192.0.2.7 255.255.255.0 --domains a`,
    'put-address eth0 192.0.2.7/24 (would be sent)\n',
    [
      `Configuration PlanChange /net/connman/service/${wired} IPv4.Configuration a{sv} {Method: s "manual", Address: s "192.0.2.7", Netmask: s "255.255.255.0"}, Domains.Configuration as ["a"]`,
    ],
  ],
  [
    'reload',
    'In force: OnlineCheckMode, PreferredTechnologies\nAt the next start of connmand: ResolvConf\n',
    ['Configuration Reload'],
  ],
  [
    `try ${wired} --ipv4 dhcp --domains a b --proof online 192.0.2.1:443 --needed 1 --within 20`,
    `Trying a change of ${wired} for up to 20 s\nKept\n`,
    [
      `Configuration Try /net/connman/service/${wired} IPv4.Configuration a{sv} {Method: s "dhcp"}, Domains.Configuration as ["a", "b"] [online 192.0.2.1:443] 1 20`,
    ],
  ],
  ['enable offline', 'Enabled offline\n', ['Manager SetProperty OfflineMode b true']],
  ['disable ethernet', 'Disable ethernet\n', ['technology/ethernet SetProperty Powered b false']],
  ['scan wifi', 'Scan completed for wifi\n', ['technology/wifi Scan']],
  [`connect ${wired}`, `Connected ${wired}\n`, [`service/${wired} Connect`]],
  ['connect peer_a', 'Connected peer_a\n', ['peer/peer_a Connect']],
  [`disconnect ${wired}`, `Disconnected ${wired}\n`, [`service/${wired} Disconnect`]],
  [
    `move-after ${wired} ${home}`,
    `Moved ${wired} after ${home}\n`,
    [`service/${wired} MoveAfter /net/connman/service/${home}`],
  ],
  [`config ${wired}`, '', []],
  [
    `config ${wired} --autoconnect no --ipv4 dhcp`,
    '',
    [
      `service/${wired} SetProperty AutoConnect b false`,
      `service/${wired} SetProperty IPv4.Configuration a{sv} {Method: s "dhcp"}`,
    ],
  ],
  [
    `config ${wired} --foo --mdns yes`,
    "Error '--foo': Invalid argument\n",
    [`service/${wired} SetProperty mDNS.Configuration b true`],
  ],
  [
    'tether wifi on id secret 2437',
    'Wifi SSID set\nWifi passphrase set\nWifi access point frequency set\nEnabled tethering for wifi\n',
    [
      'technology/wifi SetProperty TetheringIdentifier s "id"',
      'technology/wifi SetProperty TetheringPassphrase s "secret"',
      'technology/wifi SetProperty TetheringFreq i 2437',
      'technology/wifi SetProperty Tethering b true',
    ],
  ],
  [
    'tether wifi on --hidden yes',
    'Wifi access point hidden\nEnabled tethering for wifi\n',
    ['technology/wifi SetProperty TetheringHidden b true', 'technology/wifi SetProperty Tethering b true'],
  ],
  ['tether wifi off', 'Disabled tethering for wifi\n', ['technology/wifi SetProperty Tethering b false']],
  ['session disconnect', 'Session does not exist\n', []],
  [
    'peer_service register upnp_service uuid:x upnp_version 16 yes',
    'Peer service registered\n',
    ['Manager RegisterPeerService a{sv} {UpnpVersion: i 16, UpnpService: s "uuid:x"} true'],
  ],
  ['monitor --services off', '', []],
  ['exit', '', []],
];

test.each(answers)('%s', async (line, out, calls) => {
  expect(await run(line)).toEqual({ out, error: '', status: 0 });
  expect(connman.calls).toEqual(calls);
});

const noSuch = (method: string, signature: string, object: string) =>
  `Method "${method}" with signature "${signature}" on interface "net.connman.${object}" doesn't exist\n`;

test.each([
  ['enable ethernet', 'ethernet is already enabled\n'],
  ['disable wifi', 'wifi is already disabled\n'],
  ['disable bluetooth', 'bluetooth is not available\n'],
  ['enable wifi', 'Error wifi: Permission denied\n'],
  ['scan ethernet', 'Error /net/connman/technology/ethernet: Not supported\n'],
  [`connect ${home}`, `Error /net/connman/service/${home}: In progress\n`],
  [`move-before ${home} ${wired}`, `Error /net/connman/service/${home}: Invalid service\n`],
  ['services nosuch', `Error nosuch: ${noSuch('GetProperties', '', 'Service')}\n`],
  ['tether ethernet on', 'Error enabling ethernet tethering: Not supported\n'],
  ['tether gadget off', `Error disabling gadget tethering: ${noSuch('SetProperty', 'sv', 'Technology')}\n`],
  [`config ${home} --mdns yes --domains a`, `Error ${home}: Invalid arguments\n`.repeat(2)],
  [`config ${wired} --ipv6 auto foo`, 'Error foo: Invalid argument\n'],
  ['peer_service unregister wfd_ies 00', 'Error unregistering peer service: Not found\n'],
  ['agent on', 'Error: Not supported in non-interactive mode\n'],
  ['vpnagent off', 'Error: Not supported in non-interactive mode\n'],
])('%s: what the daemon refuses is printed, and is no failure of the command', async (line, error) => {
  expect(await run(line)).toEqual({ out: '', error, status: 0 });
});

const wrong = 'Invalid argument';
const tooMany = 'Argument list too long';

test.each([
  ['enable', wrong, 22],
  ['enable x!', wrong, 22],
  ['enable a b', tooMany, 7],
  ['state x', tooMany, 7],
  ['services a b', tooMany, 7],
  ['services x!', wrong, 22],
  ['services --properties', wrong, 22],
  ['connect', wrong, 22],
  ['disconnect a-b', wrong, 22],
  [`move-before ${wired} x!`, wrong, 22],
  [`move-before ${wired}`, wrong, 22],
  ['move-after a b c', tooMany, 7],
  ['config', wrong, 22],
  ['config x! --mdns yes', wrong, 22],
  ['tether wifi', wrong, 22],
  ['tether ethernet on a b', tooMany, 7],
  ['monitor --foo', wrong, 22],
  ['monitor --services maybe', wrong, 22],
  ['monitor --services off x', tooMany, 7],
  ['session', wrong, 22],
  ['session off', 'Operation already in progress', 114],
  ['peer_service register', wrong, 22],
  ['peer_service register wfd_ies zz', wrong, 22],
])('%s: a wrong line is refused before anything is asked', async (line, text, status) => {
  expect(await run(line)).toEqual({ out: '', error: `Error '${line.split(' ')[0]}': ${text}\n`, status });
  expect(connman.calls).toEqual([]);
});

test('an unknown command ends with 22', async () => {
  expect(await run('stat')).toEqual({ out: '', error: "Error 'stat': Unknown command\n", status: 22 });
});

test('help needs no bus', async () => {
  for (const word of ['help', '--help', '-h']) {
    const { out, status } = await program.run([word], 'unix:path=/nonexistent');
    expect([out.split('\n')[0], status]).toEqual(['Usage: connmanctl [[command] [args]]', 0]);
  }
});

test('the version needs no bus', async () => {
  for (const word of ['--version', '-v'])
    expect(await program.run([word], 'unix:path=/nonexistent')).toEqual({ out: '1.2.3\n', error: '', status: 0 });
});

test.each(['services', 'state', 'help', '--version'])('%s on a full disk is an error, and no stack', async (line) => {
  expect(await program.runInShell(`$0 ${line} >/dev/full`, bus.address)).toEqual({
    out: '',
    error: 'Error: the output could not be written: No space left on device\n',
    status: 1,
  });
});

test('at the prompt a full disk is an error, too', async () => {
  const { error, status } = await program.runInShell('echo state | $0 >/dev/full', bus.address);
  expect([error, status]).toEqual(['Error: the output could not be written: No space left on device\n', 1]);
});

test('a reader that leaves early is no error', async () => {
  const { error } = await program.runInShell('{ $0 services; echo $? >&2; } | true', bus.address);
  expect(error).toBe('0\n');
});

/** Standard error into a pipe whose reader has gone. */
const unread = (words: string) => `exec bash -c 'exec 2> >(:); wait $!; exec $0 ${words}' "$0"`;

test.each([
  ['is full', '$0 --compat-exit stat 2>/dev/full'],
  ['has lost its reader', unread('--compat-exit stat')],
])('when standard error %s the exit status still tells', async (_what, command) => {
  const { status } = await program.runInShell(command, bus.address);
  expect(status).toBe(22);
});

test('without a bus there is an error with the socket in it, and status 1', async () => {
  const error = 'Error: Failed to connect to socket /nonexistent/bus: No such file or directory\n';
  const address = 'unix:path=/nonexistent/bus';
  for (const words of [['state'], []])
    expect(await program.run(['--compat-exit', ...words], address)).toEqual({ out: '', error, status: 1 });
});

test('without a daemon the bus says so', async () => {
  const empty = await startPrivateBus();
  const error = 'Error: The name net.connman was not provided by any .service files\n';
  expect(await program.run(['--compat-exit', 'state'], empty.address)).toEqual({ out: '', error, status: 0 });
  await empty.stop();
});

test('the monitor prints what changes until it is interrupted', async () => {
  const monitor = program.start(['monitor'], bus.address);
  // Its questions about the owner and its match rules are answered in order; a change after that is seen.
  const seen = monitor.until('State = ready\n');
  const ticking = setInterval(() => connman.propertyChanged(`service/${home}`, 'State', str('ready')), 20);
  expect(await seen).toMatch(/^Service {6}wifi_1_2_managed_psk State = ready\n$/);
  clearInterval(ticking);
  connman.manager.emit('ServicesChanged', [
    [[`/net/connman/service/${home}`, { Name: str('Home'), Favorite: bool(true) }]],
    ['/net/connman/service/gone'],
  ]);
  const list = await monitor.until('}\n');
  expect(list.slice(list.indexOf('Manager'))).toBe(
    `Manager      ServicesChanged      = {\n*   Home                 ${home}\n}, {\n` +
      'removed                  /net/connman/service/gone\n}\n',
  );
  monitor.interrupt();
  expect((await monitor.finished).error).toBe('');
});

test('a session lives until it is interrupted', async () => {
  const session = program.start(['session', 'connect', '--type', 'internet'], bus.address);
  expect(await session.until('connected\n')).toBe('Session /sessions/one created\nSession /sessions/one connected\n');
  expect(connman.calls).toEqual([
    'Manager CreateSession a{sv} {ConnectionType: s "internet"} /net/connman/connmanctlPID',
    'session Connect',
  ]);
  session.interrupt();
  await session.finished;
});

test('the monitor ends with status 1 when the bus goes away', async () => {
  const own = await startPrivateBus();
  const other = await FakeConnman.start(own.address, scene);
  const monitor = program.start(['--compat-exit', 'monitor', '--services'], own.address);
  const ticking = setInterval(() => other.propertyChanged(`service/${home}`, 'State', str('ready')), 20);
  await monitor.until('ready');
  clearInterval(ticking);
  await own.stop();
  const { error, status } = await monitor.finished;
  expect(error).toMatch(/^Error: .*\n$/);
  expect(status).toBe(1);
});

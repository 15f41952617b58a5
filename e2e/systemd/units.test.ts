// The units as installed, under systemd as process 1 of a guest: boot, a stop, a restart, and every component by activation.
// Runs with E2E_SYSTEMD=1 (tools/test --systemd): it takes a minute or two.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { withoutNetfilter } from '../vpn/without-netfilter';

jest.setTimeout(1_300_000);

const runner = path.resolve(__dirname, '../radio/run.mjs');
const isWanted = process.env.E2E_SYSTEMD === '1' && spawnSync(process.execPath, [runner, '--check']).status === 0;
const where = isWanted ? test : test.skip;

const facts = new Map<string, string>();

beforeAll(() => {
  if (!isWanted) return;
  const script = [path.join(__dirname, 'guest.sh'), path.join(__dirname, 'units.sh')];
  const filter = withoutNetfilter.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const options = ['--counted-time', '--timeout', '1200', '-e', `WITHOUT_NETFILTER=${filter}`];
  const { stdout, stderr, status } = spawnSync(process.execPath, [runner, ...options, ...script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the guest ended with ${status}\n${stdout}\n${stderr}`);
  for (const [, name = '', what = ''] of stdout.matchAll(/^([\w. -]+): (.*)$/gm)) facts.set(name, what);
});

where.each([
  ['connmand with all of it inside', 'hosted'],
  ['connmand with its components on the bus', 'apart'],
])('%s: network-online.target is reached with an address, name servers and names', (_, kind) => {
  expect(facts.get(`${kind} start`)).toBe('active active active');
  expect(facts.get(`${kind} address`)).toBe('10.77.1.x');
  expect(facts.get(`${kind} servers`)).toBe('::1 127.0.0.1');
  expect(facts.get(`${kind} look-up`)).toBe('192.0.2.7');
});

where.each(['hosted', 'apart'])('%s: no look-up fails while connmand is restarted', (kind) => {
  expect(facts.get(`${kind} look-ups while restarting`)).toBe('192.0.2.7');
});

where("after a stop the address stays, and the link's own servers resolve names", () => {
  expect(facts.get('stopped address')).toBe('10.77.1.x');
  expect(facts.get('stopped servers')).toBe('10.77.1.1');
  expect(facts.get('stopped look-up')).toBe('192.0.2.7');
});

where('the DNS proxy that is enabled before connmand uses it waits, and does not fail', () => {
  expect(facts.get('proxy before connmand')).toBe('active');
});

where.each(['connman-dhcp', 'connman-ntp', 'connman-dnsproxyd'])('%s runs as a user of its own', (unit) => {
  expect(facts.get(unit)).toBe(`active as ${unit === 'connman-dnsproxyd' ? 'connman-dnsproxy' : unit}`);
});

where(
  'connman-vpnd is started by a call and answers, and connman-ntp asks its server, as confined as their units have them',
  () => {
    expect(facts.get('vpn')).toBe('answers');
    expect(facts.get('time server')).toMatch(/^10\.77\.1\.1 is given up: .*ECONNREFUSED/);
  },
);

where('VPN programs have their tunnels, terminals and users, and neither modules nor mounts', () => {
  expect(facts.get('vpn programs may')).toBe('tun wireguard ppp terminal user');
});

where('nothing failed, and nothing had to be started twice', () => {
  expect(facts.get('starts after failures')).toBe('0 0 0 0');
  expect(facts.get('failed')).toBe('');
});

where(
  'a kill switch by iptables holds as confined as connmand is, over SIGKILL of both daemons, until disconnect',
  () => {
    expect(facts.get('kill switch')).toBe('Connected vpn_10_77_1_1_lab');
    expect(facts.get('kill switch by')).toBe('iptables, 0 tables of nftables');
    expect(facts.get('kill switch tunnel')).toBe('answers');
    expect(facts.get('kill switch past it')).toBe('silent');
    expect(facts.get('kill switch daemons killed')).toBe('silent');
    expect(facts.get('kill switch after disconnect')).toBe('answers');
  },
);

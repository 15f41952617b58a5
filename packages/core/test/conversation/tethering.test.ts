/** A connection is shared over Ethernet: what the engine does about bridge, addresses, firewall and DHCP server. */
import { Secret } from '@connman/base';
import type { DhcpServerRequest } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import { isShared, tetheringClients } from '../../src/model/tethering/tethering';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online, twoUplinks } from './begin';

type Bench = ReturnType<typeof online>['bench'];

const config = { tetheringTechnologies: ['ethernet', 'wifi'] };

/** Online by eth0, with a cable in eth1 whose far end has no DHCP server. */
function shared(more: Parameters<typeof online>[0] = {}) {
  const { bench, eth0 } = online({ ...config, ...more }, (one) => one.addLink('eth1'));
  expect(bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true })).toEqual({ ok: true });
  bench.advance(100);
  return { bench, eth0 };
}

const linkOf = (bench: Bench, name: string) => bench.kernel.dump().links.find((link) => link.name === name);
const serverOf = (bench: Bench): DhcpServerRequest | undefined => [...bench.dhcpServers.values()][0];
const off = (bench: Bench) => bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: false });
const stateOf = (bench: Bench) => bench.daemon.engine.world.tethering;
const isTethering = (bench: Bench) => isShared(stateOf(bench), 'ethernet');

test('the other link becomes a port of the bridge, which has the first free /24, a server and address translation (rules 161 and 162)', () => {
  const { bench } = shared();
  const bridge = linkOf(bench, 'tether');
  expect(bridge).toMatchObject({ kind: 'bridge', up: true });
  expect(linkOf(bench, 'eth1')?.master).toBe(bridge?.ifindex);
  expect(linkOf(bench, 'eth0')?.master).toBe(0);
  expect(bench.addresses('tether')).toEqual(['192.168.0.1/24']);
  expect(serverOf(bench)).toMatchObject({
    ...{ address: '192.168.0.1', first: '192.168.0.2', last: '192.168.0.254', leaseSeconds: 86_400 },
    nameservers: ['192.168.0.1'],
  });
  expect(bench.firewall.get('connman-nat')?.map(({ name }) => name)).toEqual(['postrouting', 'forward']);
  expect(bench.sysctls.read('net/ipv4/ip_forward')).toBe('1');
  expect(bench.dnsPlan?.listen).toEqual([{ address: '192.168.0.1', interfaceName: 'tether' }]);
});

test('the Wired service of a shared link is gone, and the uplink stays as it was (rule 166)', () => {
  const { bench } = shared();
  expect([bench.state('eth0'), bench.state('eth1')]).toEqual(['online', undefined]);
  expect(isTethering(bench)).toBe(true);
});

test('switched off, everything is as before: no bridge, no table, ip_forward given back, the cable a service again', () => {
  const { bench } = shared();
  expect(off(bench)).toEqual({ ok: true });
  bench.advance(100);
  expect(linkOf(bench, 'tether')).toBeUndefined();
  expect(bench.firewall.size).toBe(0);
  expect(bench.sysctls.read('net/ipv4/ip_forward')).toBe('0');
  expect([bench.dhcpServers.size, bench.dnsPlan?.listen]).toEqual([0, []]);
  expect(bench.service('eth1')).toBeDefined();
  expect([off(bench), isTethering(bench)]).toEqual([{ ok: false, error: 'AlreadyDisabled' }, false]);
});

test('switched on twice is AlreadyEnabled; a network in use is passed over (rule 162)', () => {
  const { bench } = twoUplinks(config, (one) => one.addLink('eth2'));
  const on = () => bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true });
  bench.kernel.putAddress({
    ifindex: bench.addLink('lxcbr0', { kind: 'bridge', up: true }),
    address: '192.168.0.9' as never,
    prefixLength: 23,
  });
  expect(on()).toEqual({ ok: true });
  expect(on()).toEqual({ ok: false, error: 'AlreadyEnabled' });
  bench.advance(100);
  // 192.168.0.0/23 is the container bridge's, 192.168.1.0/24 was that of eth1, which is a port now.
  expect(bench.addresses('tether')).toEqual(['192.168.2.1/24']);
});

test('the network moves when another link gets an address of it (rule 164)', () => {
  const { bench } = shared();
  const docker = bench.addLink('docker0', { kind: 'bridge', up: true });
  bench.kernel.putAddress({ ifindex: docker, address: '192.168.0.77' as never, prefixLength: 28 });
  bench.advance(100);
  expect(bench.addresses('tether')).toEqual(['192.168.1.1/24']);
  expect(serverOf(bench)?.address).toBe('192.168.1.1');
  expect(bench.dnsPlan?.listen).toEqual([{ address: '192.168.1.1', interfaceName: 'tether' }]);
});

test('when the network moves, ports lose their carrier for a moment, so that clients ask for an address again (rule 164)', () => {
  const { bench } = shared();
  const docker = bench.addLink('docker0', { kind: 'bridge', up: true });
  bench.done();
  bench.kernel.putAddress({ ifindex: docker, address: '192.168.0.77' as never, prefixLength: 28 });
  bench.advance(100);
  const changes = bench.done('change').filter((text) => text.includes('set-link eth1'));
  expect(changes).toEqual(['set-link eth1 down', 'set-link eth1 up']);
  expect([isTethering(bench), linkOf(bench, 'eth1')?.up]).toEqual([true, true]);
});

test('the network moves when the uplink gets a lease of it (rule 164)', () => {
  const { bench, eth0 } = shared();
  bench.kernel.plug(eth0, false);
  bench.advance(1000);
  bench.kernel.plug(eth0, true);
  bench.advance(1000);
  bench.dhcp.bound(eth0, leaseOf('192.168.0.5'));
  bench.advance(1000);
  expect(bench.addresses('tether')).toEqual(['192.168.1.1/24']);
});

test('clients with a lease are signalled, and gone when tethering is (rule 168)', () => {
  const { bench } = shared();
  const mac = '02:00:00:00:09:01' as MacAddress;
  const { ifindex = 0 } = linkOf(bench, 'tether') ?? {};
  const clients = [{ mac, address: '192.168.0.2' as never, hostname: 'phone' }];
  bench.daemon.dispatch({ kind: 'dhcp-server', event: { kind: 'clients', ifindex, clients } });
  expect(tetheringClients(stateOf(bench))).toEqual([mac]);
  off(bench);
  expect(tetheringClients(stateOf(bench))).toEqual([]);
});

test('after SIGKILL the next run goes on: the bridge keeps its address, its port and its network', () => {
  const { bench } = shared();
  const before = linkOf(bench, 'tether');
  bench.onRequest = (change) => {
    if (JSON.stringify(change).includes('tether')) throw new Error(`${change.kind} of the bridge`);
  };
  bench.restart();
  bench.advance(2000);
  expect(linkOf(bench, 'tether')).toEqual(before);
  expect(bench.addresses('tether')).toEqual(['192.168.0.1/24']);
  expect([isTethering(bench), serverOf(bench)?.address, bench.service('eth1')]).toEqual([
    true,
    '192.168.0.1',
    undefined,
  ]);
  bench.onRequest = () => {};
  off(bench);
  bench.advance(100);
  expect([linkOf(bench, 'tether'), bench.firewall.size, bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([
    undefined,
    0,
    '0',
  ]);
});

test('what a former run shared over links that do not come back is taken back', () => {
  const { bench } = shared();
  bench.kill();
  for (const name of ['tether', 'eth0', 'eth1']) bench.kernel.removeLink(linkOf(bench, name)?.ifindex ?? 0);
  bench.restart();
  expect(bench.firewall.has('connman-nat')).toBe(true);
  bench.advance(20_000);
  expect([bench.firewall.size, bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([0, '0']);
  expect(bench.disk.read().tethering).toBeUndefined();
});

test('a bridge of another program is left alone, and the refusal says what to do', () => {
  const { bench } = online(config, (one) => one.addLink('eth1'));
  const foreign = bench.addLink('tether', { kind: 'bridge', up: true });
  bench.advance(100);
  expect(bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true })).toMatchObject({
    error: 'Failed',
    text: expect.stringContaining('ip link delete tether'),
  });
  bench.advance(100);
  expect(bench.kernel.link(foreign)).toBeDefined();
  expect([bench.firewall.size, bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([0, '0']);
});

test('a kernel without address translation is NotSupported with its reason, and nothing stays', () => {
  const { bench } = online(config, (one) => one.addLink('eth1'));
  bench.firewallFault = (table) => (table === 'connman-nat' ? 'nftables connman-nat: EOPNOTSUPP' : undefined);
  expect(bench.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true })).toMatchObject({
    error: 'NotSupported',
  });
  bench.advance(100);
  expect([linkOf(bench, 'tether'), bench.sysctls.read('net/ipv4/ip_forward')]).toEqual([undefined, '0']);
  expect(bench.service('eth1')).toBeDefined();
});

test('a DHCP server that cannot run ends the sharing with its reason', () => {
  const { bench } = online(config, (one) => one.addLink('eth1'));
  bench.dhcpServerFault = 'no DHCP server on tether: EADDRINUSE';
  const operation = bench.daemon.ask({ kind: 'set-tethering', technology: 'ethernet', tethering: true });
  bench.advance(100);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: false, error: 'Failed', text: bench.dhcpServerFault });
  expect(linkOf(bench, 'tether')).toBeUndefined();
});

test('the technology switched off is no longer shared; stored with PersistentTetheringMode it comes back with it (rules 34 and 167)', () => {
  const { bench } = shared({ persistentTethering: true });
  bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: false });
  bench.advance(100);
  expect([isTethering(bench), linkOf(bench, 'tether')]).toEqual([false, undefined]);
  bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: true });
  bench.advance(100);
  for (const name of ['eth0']) bench.dhcp.bound(linkOf(bench, name)?.ifindex ?? 0, leaseOf('10.0.0.5'));
  bench.advance(2000);
  expect([isTethering(bench), linkOf(bench, 'eth0')?.master]).toEqual([true, 0]);
});

test('without PersistentTetheringMode nothing is stored (rule 167)', () => {
  const { bench } = shared();
  expect(bench.disk.writes.filter((name) => name === 'settings')).toEqual([]);
});

/** Online by eth0, with a radio that is in no network. */
function withRadio() {
  const { bench } = online(config, (one) => one.addRadio('wlan0'));
  bench.ask({ kind: 'set-powered', technology: 'wifi', powered: true });
  bench.advance(1000);
  const [radio] = bench.radios;
  if (!radio) throw new Error('no radio');
  radio.canTether = true;
  radio.reportDevice();
  return { bench, radio };
}

function configured() {
  const { bench, radio } = withRadio();
  const passphrase = bench.secrets.keep(new Secret('correct horse'));
  const settings = [{ tetheringIdentifier: 'Mine' }, { tetheringPassphrase: passphrase }, { tetheringFreq: 2437 }];
  for (const setting of settings)
    expect(bench.ask({ kind: 'configure-tethering', technology: 'wifi', setting })).toEqual({ ok: true });
  return { bench, radio };
}

const wifiOn = (bench: Bench) => bench.daemon.ask({ kind: 'set-tethering', technology: 'wifi', tethering: true });

test('without a name or a passphrase an access point is InvalidArguments, without a radio for it NotSupported (rule 161)', () => {
  const { bench } = withRadio();
  expect(bench.ask({ kind: 'set-tethering', technology: 'wifi', tethering: true })).toMatchObject({
    error: 'InvalidArguments',
  });
  const other = configured();
  other.radio.canTether = false;
  other.radio.reportDevice();
  expect(other.bench.daemon.answers.get(wifiOn(other.bench))).toMatchObject({ error: 'NotSupported' });
});

test('the radio becomes an access point when the bridge exists, and serves when it is on the air (rule 165)', () => {
  const { bench, radio } = configured();
  const operation = wifiOn(bench);
  bench.advance(100);
  expect(radio.commands.at(-1)).toMatchObject({
    ...{ kind: 'set-tethering', bridge: 'tether' },
    access: { ssid: '4d696e65', frequency: 2437, passphrase: new Secret('correct horse') },
  });
  expect(bench.daemon.answers.get(operation)).toBeUndefined();
  radio.share([]);
  bench.advance(100);
  expect(bench.daemon.answers.get(operation)).toEqual({ ok: true });
  expect(linkOf(bench, 'wlan0')?.master).toBe(linkOf(bench, 'tether')?.ifindex);
  expect(bench.ask({ kind: 'scan', technology: 'wifi' })).toMatchObject({ text: 'Device or resource busy' });
});

test('a hidden access point keeps its name to itself, also after a restart (TetheringHidden)', () => {
  const { bench, radio } = configured();
  bench.ask({ kind: 'configure-tethering', technology: 'wifi', setting: { tetheringHidden: true } });
  wifiOn(bench);
  bench.advance(100);
  expect(radio.commands.at(-1)).toMatchObject({ access: { hidden: true } });
  expect(bench.disk.read().global.technologies.wifi).toMatchObject({ tetheringHidden: true });
});

test('an access point that does not come on the air fails the request with its reason, and the bridge goes', () => {
  const { bench, radio } = configured();
  const operation = wifiOn(bench);
  bench.advance(100);
  radio.share(undefined);
  bench.advance(100);
  expect(bench.daemon.answers.get(operation)).toMatchObject({
    error: 'Failed',
    text: 'the access point is off the air',
  });
  expect(linkOf(bench, 'tether')).toBeUndefined();
});

test('stations are the clients of an access point; one that left is none, whatever lease it has (rule 168)', () => {
  const { bench, radio } = configured();
  wifiOn(bench);
  bench.advance(100);
  radio.share([]);
  const mac = '02:00:00:00:09:02' as MacAddress;
  radio.share([mac]);
  const { ifindex = 0 } = linkOf(bench, 'tether') ?? {};
  const clients = [{ mac, address: '192.168.0.2' as never, hostname: '' }];
  bench.daemon.dispatch({ kind: 'dhcp-server', event: { kind: 'clients', ifindex, clients } });
  expect(tetheringClients(stateOf(bench))).toEqual([mac]);
  radio.share([]);
  expect(tetheringClients(stateOf(bench))).toEqual([]);
});

test('switched off, the radio is a station again', () => {
  const { bench, radio } = configured();
  wifiOn(bench);
  bench.advance(100);
  radio.share([]);
  bench.advance(100);
  expect(bench.ask({ kind: 'set-tethering', technology: 'wifi', tethering: false })).toEqual({ ok: true });
  bench.advance(100);
  expect(radio.commands.filter(({ kind }) => kind === 'set-tethering').at(-1)).not.toHaveProperty('access');
  expect(linkOf(bench, 'tether')).toBeUndefined();
});

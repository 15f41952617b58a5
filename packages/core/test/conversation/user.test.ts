/** What users ask for: connections, configurations, power. Each call is answered once. */
import { type IpAddress, netmaskOf } from '@connman/inet';
import type { Ipv4Config, Ipv6Config } from '../../src/model/ipconfig/ip-settings';
import { leaseOf } from '../simulation/scripted-dhcp';
import { online as onlineMachine } from './begin';

const mask = netmaskOf(24);
const staticIpv4 = (address: string, gateway?: string): Ipv4Config =>
  ({ method: 'manual', address, netmask: mask, ...(gateway && { gateway }) }) as Ipv4Config;

/** A machine that is online, and what its user sets. */
function online() {
  const { bench, eth0 } = onlineMachine();
  const service = bench.idOf('eth0');
  const setIpv4 = (value: Ipv4Config) =>
    bench.ask({ kind: 'configure', service, setting: { name: 'IPv4.Configuration', value } });
  const setIpv6 = (value: Ipv6Config) =>
    bench.ask({ kind: 'configure', service, setting: { name: 'IPv6.Configuration', value } });
  return { bench, eth0, service, setIpv4, setIpv6 };
}

describe('Connect and Disconnect', () => {
  test('Disconnect gives the lease back, takes the address away, and auto-connect stays away', () => {
    const { bench, service } = online();
    expect(bench.ask({ kind: 'disconnect', service })).toEqual({ ok: true });
    expect(bench.done()).toEqual([
      'reply 1 ok',
      'dhcp-stop eth0 with release',
      'remove-route eth0 default via 10.0.0.1',
      'remove-address eth0 10.0.0.5/24',
    ]);
    expect(bench.state('eth0')).toBe('idle');
    bench.advance(600_000);
    expect([bench.done(), bench.state('eth0')]).toEqual([[], 'idle']);
  });

  test('a service shows disconnect while the kernel still has its address', () => {
    const { bench, service } = online();
    bench.kernel.fault = (request) => (request === 'remove-address' ? 'EBUSY' : undefined);
    bench.ask({ kind: 'disconnect', service });
    expect(bench.state('eth0')).toBe('disconnect');
    bench.kernel.fault = () => undefined;
    bench.advance(2000);
    expect(bench.state('eth0')).toBe('idle');
  });

  test('Connect answers when the service is ready', () => {
    const { bench, eth0, service } = online();
    bench.ask({ kind: 'disconnect', service });
    expect(bench.ask({ kind: 'connect', service })).toBeUndefined();
    bench.done();
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    expect(bench.done('reply')).toEqual(['reply 2 ok']);
  });

  test('Connect while connected or connecting is refused', () => {
    const { bench, service } = online();
    expect(bench.ask({ kind: 'connect', service })).toEqual({ ok: false, error: 'AlreadyConnected' });
    bench.ask({ kind: 'disconnect', service });
    bench.ask({ kind: 'connect', service });
    expect(bench.ask({ kind: 'connect', service })).toEqual({ ok: false, error: 'InProgress' });
  });

  test('Disconnect ends a Connect that waits', () => {
    const { bench, service } = online();
    bench.ask({ kind: 'disconnect', service });
    const waiting = bench.daemon.ask({ kind: 'connect', service });
    bench.ask({ kind: 'disconnect', service });
    expect(bench.daemon.answers.get(waiting)).toEqual({ ok: false, error: 'OperationAborted' });
    expect(bench.ask({ kind: 'disconnect', service })).toEqual({ ok: false, error: 'NotConnected' });
  });

  test('a Connect without an answer of any server times out after 120 s and is tried again by itself', () => {
    const { bench, service } = online();
    bench.registerAgent();
    bench.ask({ kind: 'disconnect', service });
    const waiting = bench.daemon.ask({ kind: 'connect', service });
    bench.advance(119_999);
    expect(bench.daemon.answers.has(waiting)).toBe(false);
    bench.done();
    bench.advance(1);
    expect(bench.daemon.answers.get(waiting)).toEqual({ ok: false, error: 'OperationTimeout' });
    expect(bench.done()).toEqual([
      `reply ${waiting} OperationTimeout`,
      'dhcp-stop eth0 with release',
      `ReportError ${service} connect-failed`,
    ]);
    expect(bench.state('eth0')).toBe('failure');
    bench.advance(2000);
    expect(bench.done()).toEqual(['dhcp-start eth0 asking for 10.0.0.5']);
  });

  test('a pulled cable aborts a Connect that waits, and the next cable is connected by itself again', () => {
    const { bench, eth0, service } = online();
    bench.ask({ kind: 'disconnect', service });
    const waiting = bench.daemon.ask({ kind: 'connect', service });
    bench.kernel.plug(eth0, false);
    expect(bench.daemon.answers.get(waiting)).toEqual({ ok: false, error: 'OperationAborted' });
    bench.kernel.plug(eth0, true);
    expect(bench.dhcp.running.has(eth0)).toBe(true);
  });

  test('a DHCP client that fails answers Connect with its reason', () => {
    const { bench, eth0, service } = online();
    bench.ask({ kind: 'disconnect', service });
    const waiting = bench.daemon.ask({ kind: 'connect', service });
    bench.dhcp.failed(eth0, 'no packet socket');
    expect(bench.daemon.answers.get(waiting)).toEqual({ ok: false, error: 'Failed', text: 'no packet socket' });
  });

  test('a service that is not there is refused, a wired one is not removed', () => {
    const { bench, service } = online();
    expect(bench.ask({ kind: 'connect', service: 'x' })).toEqual({ ok: false, error: 'InvalidService' });
    expect(bench.ask({ kind: 'remove', service })).toEqual({ ok: false, error: 'NotSupported' });
  });
});

describe('configuration', () => {
  test('a static address replaces the lease, which is given back', () => {
    const { bench, setIpv4 } = online();
    expect(setIpv4(staticIpv4('10.0.0.77', '10.0.0.254'))).toEqual({ ok: true });
    expect(bench.done('dhcp-stop', 'change')).toEqual([
      'dhcp-stop eth0 with release',
      'remove-address eth0 10.0.0.5/24',
      'put-address eth0 10.0.0.77/24',
      'replace-route eth0 default via 10.0.0.254',
    ]);
    expect(bench.state('eth0')).toBe('ready');
    expect([bench.addresses('eth0'), bench.routes()]).toEqual([['10.0.0.77/24'], ['default via 10.0.0.254 eth0']]);
  });

  test('a static address and static name servers are online without any server on the link', () => {
    const { bench, service, setIpv4 } = online();
    setIpv4(staticIpv4('10.0.0.77', '10.0.0.254'));
    bench.ask({ kind: 'configure', service, setting: { name: 'Nameservers.Configuration', value: ['9.9.9.9'] } });
    bench.advance(100);
    expect(bench.state('eth0')).toBe('online');
    expect(bench.checks.at(-1)?.nameservers).toEqual(['9.9.9.9']);
  });

  test('a static configuration is in force at once when its cable is plugged in later, and after a restart', () => {
    const { bench, eth0, setIpv4 } = online();
    setIpv4(staticIpv4('10.0.0.77', '10.0.0.254'));
    bench.kernel.plug(eth0, false);
    expect(bench.addresses('eth0')).toEqual([]);
    bench.kernel.plug(eth0, true);
    expect(bench.state('eth0')).toBe('ready');
    bench.advance(1000);
    bench.done();
    bench.restart();
    expect(bench.done('change')).toEqual([]);
    expect(bench.state('eth0')).toBe('ready');
  });

  test('a static address without a netmask stands alone, and reaches its gateway on the link', () => {
    const { bench, setIpv4 } = online();
    setIpv4({ method: 'manual', address: '10.0.0.77', gateway: '10.0.0.254' } as Ipv4Config);
    bench.advance(100);
    expect([bench.addresses('eth0'), bench.routes().sort()]).toEqual([
      ['10.0.0.77/32'],
      ['10.0.0.254/32 eth0', 'default via 10.0.0.254 eth0'],
    ]);
  });

  test('the same static configuration set again has to show again that it is online', () => {
    const { bench, service, setIpv4 } = online();
    bench.ask({ kind: 'configure', service, setting: { name: 'Nameservers.Configuration', value: ['9.9.9.9'] } });
    setIpv4(staticIpv4('10.0.0.77', '10.0.0.254'));
    bench.advance(100);
    expect(bench.state('eth0')).toBe('online');
    bench.done();
    setIpv4(staticIpv4('10.0.0.77', '10.0.0.254'));
    expect([bench.state('eth0'), bench.done('online-check')]).toEqual(['ready', ['check eth0 IPv4']]);
    bench.advance(100);
    expect(bench.state('eth0')).toBe('online');
  });

  test('back to DHCP asks for the last leased address again', () => {
    const { bench, setIpv4 } = online();
    setIpv4(staticIpv4('10.0.0.77'));
    bench.done();
    setIpv4({ method: 'dhcp' });
    expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 asking for 10.0.0.5']);
    expect(bench.state('eth0')).toBe('configuration');
  });

  test('setting DHCP again begins it again although nothing is different (rule 70)', () => {
    const { bench, setIpv4 } = online();
    setIpv4({ method: 'dhcp' });
    expect(bench.done('dhcp-start')).toEqual(['dhcp-start eth0 holding 10.0.0.5']);
  });

  test('both methods off ends the connection for good', () => {
    const { bench, service, setIpv4, setIpv6 } = online();
    setIpv6({ method: 'off', privacy: 'disabled' });
    expect(bench.sysctls.read('net/ipv6/conf/eth0/disable_ipv6')).toBe('1');
    setIpv4({ method: 'off' });
    expect([bench.addresses('eth0'), bench.routes(), bench.state('eth0')]).toEqual([[], [], 'idle']);
    expect(bench.dhcp.running.size).toBe(0);
    const reason = `IPv4 and IPv6 are both off: connmanctl config ${service} --ipv4 dhcp`;
    expect(bench.ask({ kind: 'connect', service })).toEqual({ ok: false, error: 'NoCarrier', reason });
    bench.advance(600_000);
    expect(bench.done('change', 'dhcp-start')).not.toContain('dhcp-start eth0');
  });

  test('new name servers start the online check again (rule 73)', () => {
    const { bench, service } = online();
    bench.ask({ kind: 'configure', service, setting: { name: 'Nameservers.Configuration', value: ['9.9.9.9', 'x'] } });
    expect(bench.done('online-check', 'dns')).toEqual(['dns eth0=9.9.9.9', 'check eth0 IPv4']);
  });

  test('AutoConnect off keeps the next cable idle, and is remembered over a restart', () => {
    const { bench, eth0, service } = online();
    bench.ask({ kind: 'configure', service, setting: { name: 'AutoConnect', value: false } });
    expect(bench.state('eth0')).toBe('online');
    bench.kernel.plug(eth0, false);
    bench.kernel.plug(eth0, true);
    expect(bench.state('eth0')).toBe('idle');
    bench.restart();
    expect(bench.state('eth0')).toBe('idle');
    bench.ask({ kind: 'configure', service, setting: { name: 'AutoConnect', value: true } });
    expect(bench.state('eth0')).toBe('configuration');
  });

  test('a static IPv6 address and its gateway', () => {
    const { bench, setIpv6 } = online();
    setIpv6({
      method: 'manual',
      address: '2001:db8::5',
      prefixLength: 64,
      gateway: '2001:db8::1',
      privacy: 'disabled',
    } as Ipv6Config);
    expect(bench.done('change')).toEqual(['put-address eth0 2001:db8::5/64', 'add-route eth0 default via 2001:db8::1']);
    expect(bench.service('eth0')?.families[6].state).toBe('configuration');
    bench.advance(1000);
    expect(bench.service('eth0')?.families[6].state).not.toBe('configuration');
    setIpv6({ method: 'auto', privacy: 'prefered' });
    expect(bench.done('change')).toEqual([
      'remove-route eth0 default via 2001:db8::1',
      'remove-address eth0 2001:db8::5/64',
    ]);
    expect(bench.sysctls.read('net/ipv6/conf/eth0/use_tempaddr')).toBe('2');
  });
});

describe('IPv6 privacy, set while connected', () => {
  const router = 'fe80::1' as IpAddress;
  const prefix = { address: '2001:db8::' as IpAddress, length: 64 };

  /** Online in a network whose router answers when it is asked. */
  function advertised() {
    const rig = online();
    const { bench, eth0 } = rig;
    const advertise = () => {
      const use = bench.sysctls.read('net/ipv6/conf/eth0/use_tempaddr') !== '0';
      bench.kernel.advertise(eth0, router, prefix, 1800, use);
    };
    const temporaries = () => bench.kernel.addressesOf(eth0, 6).filter((own) => own.flags & 1).length;
    advertise();
    bench.advance(2000);
    bench.done();
    return { ...rig, advertise, temporaries };
  }

  test('routers are asked at once, and a temporary address is there when one answers', () => {
    const { bench, setIpv6, advertise, temporaries } = advertised();
    bench.onSolicit = advertise;
    expect(setIpv6({ method: 'auto', privacy: 'enabled' })).toEqual({ ok: true });
    expect(bench.done('sysctl', 'solicit-router')).toEqual([
      'sysctl net/ipv6/conf/eth0/disable_ipv6 0',
      'sysctl net/ipv6/conf/eth0/use_tempaddr 1',
      'sysctl net/ipv6/conf/eth0/accept_ra_rt_info_min_plen 7',
      'sysctl net/ipv6/conf/eth0/accept_ra_rt_info_max_plen 128',
      'solicit-router eth0',
    ]);
    expect(temporaries()).toBe(1);
    bench.advance(60_000);
    expect(bench.done('solicit-router')).toEqual([]);
  });

  test('a question that gets lost is repeated every four seconds, three in all', () => {
    const { bench, setIpv6, advertise } = advertised();
    const asked: number[] = [];
    const start = bench.clock.now();
    bench.onSolicit = () => asked.push(bench.clock.now() - start);
    setIpv6({ method: 'auto', privacy: 'prefered' });
    bench.advance(60_000);
    expect(asked).toEqual([0, 4000, 8000]);
    setIpv6({ method: 'auto', privacy: 'prefered' });
    bench.advance(1000);
    advertise();
    bench.advance(60_000);
    expect(asked).toHaveLength(4);
  });

  test('disabled takes the temporary addresses away, and no other', () => {
    const { bench, eth0, setIpv6, advertise, temporaries } = advertised();
    bench.onSolicit = advertise;
    setIpv6({ method: 'auto', privacy: 'prefered' });
    bench.advance(5000);
    bench.done();
    const before = bench.kernel.addressesOf(eth0, 6).length;
    setIpv6({ method: 'auto', privacy: 'disabled' });
    expect(temporaries()).toBe(0);
    expect(bench.kernel.addressesOf(eth0, 6)).toHaveLength(before - 1);
    expect(bench.done('change')).toEqual(['remove-address eth0 2001:db8::7e39:1/64']);
    bench.advance(60_000);
    expect(temporaries()).toBe(0);
  });

  test('the same values ask again (rule 70), and from off to auto the kernel asks by itself', () => {
    const { bench, setIpv6 } = advertised();
    setIpv6({ method: 'auto', privacy: 'disabled' });
    expect(bench.done('solicit-router')).toEqual(['solicit-router eth0']);
    setIpv6({ method: 'off', privacy: 'disabled' });
    setIpv6({ method: 'auto', privacy: 'disabled' });
    bench.advance(60_000);
    expect(bench.done('solicit-router')).toEqual([]);
  });

  test('a service that is not connected asks no one', () => {
    const { bench, service, setIpv6 } = advertised();
    bench.ask({ kind: 'disconnect', service });
    setIpv6({ method: 'auto', privacy: 'prefered' });
    bench.advance(60_000);
    expect(bench.done('solicit-router')).toEqual([]);
  });
});

describe('power', () => {
  test('Powered off switches the link off, takes its service, and answers when it is down', () => {
    const { bench, eth0 } = online();
    expect(bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: false })).toEqual({ ok: true });
    expect(bench.kernel.link(eth0)?.up).toBe(false);
    expect([bench.service('eth0'), bench.addresses('eth0'), bench.routes()]).toEqual([undefined, [], []]);
    expect(bench.dhcp.running.size).toBe(0);
    expect(bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: false })).toEqual({
      ok: false,
      error: 'AlreadyDisabled',
    });
  });

  test('Powered on brings it back; what was set stands after a restart', () => {
    const { bench, eth0 } = online();
    bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: false });
    bench.restart();
    expect(bench.kernel.link(eth0)?.up).toBe(false);
    expect(bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: true })).toEqual({ ok: true });
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    bench.advance(20);
    expect(bench.state('eth0')).toBe('online');
    expect(bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: true })).toEqual({
      ok: false,
      error: 'AlreadyEnabled',
    });
  });

  test('a link that does not come up is answered with OperationTimeout after 10 s; a second request is busy meanwhile', () => {
    const { bench } = online();
    bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: false });
    bench.kernel.fault = (request) => (request === 'set-link' ? 'EBUSY' : undefined);
    const waiting = bench.daemon.ask({ kind: 'set-powered', technology: 'ethernet', powered: true });
    expect(bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: true })).toMatchObject({
      error: 'Failed',
    });
    bench.advance(9_999);
    expect(bench.daemon.answers.has(waiting)).toBe(false);
    bench.advance(1);
    expect(bench.daemon.answers.get(waiting)).toEqual({ ok: false, error: 'OperationTimeout' });
  });

  test('OfflineMode switches everything off and on again, and Powered is not forgotten by it', () => {
    const { bench, eth0 } = online();
    expect(bench.ask({ kind: 'set-offline-mode', offline: true })).toEqual({ ok: true });
    expect([bench.kernel.link(eth0)?.up, bench.service('eth0')]).toEqual([false, undefined]);
    bench.ask({ kind: 'set-offline-mode', offline: false });
    expect(bench.kernel.link(eth0)?.up).toBe(true);
    bench.dhcp.bound(eth0, leaseOf('10.0.0.5'));
    bench.advance(20);
    expect(bench.state('eth0')).toBe('online');
  });

  test('OfflineMode holds over a restart, and one technology can still be switched on in it', () => {
    const { bench, eth0 } = online();
    bench.ask({ kind: 'set-offline-mode', offline: true });
    bench.restart();
    bench.advance(1000);
    expect(bench.kernel.link(eth0)?.up).toBe(false);
    bench.ask({ kind: 'set-powered', technology: 'ethernet', powered: true });
    expect([bench.kernel.link(eth0)?.up, bench.daemon.engine.world.offlineMode]).toEqual([true, true]);
  });

  test('OfflineMode at the start switches off a link that was left on', () => {
    const { bench, eth0 } = online();
    bench.ask({ kind: 'set-offline-mode', offline: true });
    bench.kill();
    bench.kernel.setLink(eth0, { up: true });
    bench.restart();
    bench.advance(100);
    expect(bench.kernel.link(eth0)?.up).toBe(false);
  });
});

test('IPv6 off holds for a link that is taken out and put back', () => {
  const { bench, eth0, setIpv6 } = online();
  setIpv6({ method: 'off', privacy: 'disabled' });
  const mac = bench.daemon.engine.world.observed.links.get(eth0)?.mac || undefined;
  bench.kernel.removeLink(eth0);
  bench.advance(100);
  // The kernel begins again with a link of that name.
  bench.sysctls.write('net/ipv6/conf/eth0/disable_ipv6', '0');
  bench.addLink('eth0', { ...(mac && { mac }) });
  bench.advance(100);
  expect(bench.sysctls.read('net/ipv6/conf/eth0/disable_ipv6')).toBe('1');
});

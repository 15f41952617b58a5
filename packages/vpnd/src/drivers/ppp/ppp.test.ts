import { Secret } from '@connman/base';
import type { IpAddress } from '@connman/inet';
import { Machine } from '../../../test/compliance/machine';
import { xl2tpdConfiguration } from '../l2tp/configuration';
import { l2tpDriver } from '../l2tp/driver';
import { vpncConfiguration } from '../vpnc/configuration';
import { pppFacts } from './environment';
import { pppOptions } from './options';

const run = (settings: Record<string, string>) =>
  pppOptions({
    settings: new Map(Object.entries(settings)),
    interfaceName: 'vpn0',
    username: new Secret('al ice'),
    password: new Secret('wonder"\\land'),
    server: '203.0.113.1' as IpAddress,
    callbackSocket: '/run/x/callback',
    callbackProgram: '/usr/lib/connman/connman-vpn-callback',
  });

test('pppd’s options follow the settings, in both spellings, and quotes reach pppd', () => {
  const text = run({
    'PPPD.ReqMPPE128': 'true',
    'PPPD.RequirMPPEStateful': 'true',
    'PPPD.NoVJ': 'false',
    'L2TP.RefuseEAP': 'true',
  });
  expect(text).toContain('\nuser "al ice"\npassword "wonder\\"\\\\land"\n');
  expect(text).toContain('\nset CONNMAN_VPN_SOCKET=/run/x/callback\n');
  expect(text).toMatch(/refuse-eap\nrequire-mppe-128\nmppe-stateful\n$/);
});

test('pppd logs to where xl2tpd’s messages go, so that a wrong password is known though xl2tpd kills it', () => {
  expect(run({})).toContain('\nlogfd 2\n');
});

test('what pppd says of the link is its address, its peer and the name servers', () => {
  const environment = new Map([
    ['IPLOCAL', '10.7.0.2'],
    ['IPREMOTE', '10.7.0.1'],
    ['DNS1', '10.7.0.1'],
    ['DNS2', 'nonsense'],
    ['CONNMAN_VPN_SERVER', '203.0.113.1'],
  ]);
  expect(pppFacts(environment, 4)).toEqual({
    ifindex: 4,
    addresses: [{ address: '10.7.0.2', prefixLength: 32, peer: '10.7.0.1', gateway: '10.7.0.1' }],
    nameservers: ['10.7.0.1'],
    domains: [],
    routes: [{ destination: { address: '0.0.0.0', length: 0 } }],
    servers: ['203.0.113.1'],
  });
  expect(pppFacts(new Map(), 4).addresses).toEqual([]);
});

test('a name server that pppd gives twice counts once', () => {
  const environment = new Map(['DNS1', 'DNS2'].map((name) => [name, '10.7.0.1']));
  expect(pppFacts(environment, 4).nameservers).toEqual(['10.7.0.1']);
});

test('xl2tpd gets one tunnel, and no value becomes a line of its own', () => {
  const text = xl2tpdConfiguration(new Map([['L2TP.BPS', '1000\nlns = evil']]), 'vpn.example', '/run/x/ppp-options');
  expect(text).toMatch(/\[lac l2tp\]\nlns = vpn\.example\nbps = 1000 lns = evil\nautodial = yes\nredial = yes\n/);
  expect(text).toMatch(/\[global\]\naccess control = yes\nport = 0\n/);
});

test('vpnc gets its configuration and its secrets as lines', () => {
  const secrets = new Map([
    ['VPNC.IPSec.Secret', new Secret('group')],
    ['VPNC.Xauth.Username', new Secret('alice')],
    ['VPNC.Xauth.Password', new Secret('wonder land')],
  ]);
  expect(
    vpncConfiguration(
      new Map([
        ['VPNC.IPSec.ID', 'staff'],
        ['VPNC.SingleDES', 'true'],
      ]),
      'gw.example',
      secrets,
    ),
  ).toBe(
    'IPSec gateway gw.example\nIPSec ID staff\nLocal Port 0\nCisco UDP Encapsulation Port 0\nNAT Traversal Mode cisco-udp\n' +
      'Enable Single DES\nIPSec secret group\nXauth username alice\nXauth password wonder land\n',
  );
});

test('a pppd that outlives a crashed xl2tpd is stopped, and the crash is the reason', async () => {
  const machine = new Machine();
  const folder = '/run/connman-vpn/office';
  const { installed } = machine.processes;
  installed.set('pppd', () => {});
  installed.set('xl2tpd', () => {
    machine.addLink('vpn0');
    const pppd = machine.processes.start({ program: '/usr/sbin/pppd', args: [], output: 'none', onExit() {} });
    const pid = String(pppd.identity?.pid);
    machine.callBack(`${folder}/callback`, { IFNAME: 'vpn0', IPLOCAL: '10.7.0.2', PPPD_PID: pid });
  });
  const seen: unknown[] = [];
  l2tpDriver(machine.tools()).connect({
    ...{ ident: 'office', name: 'Office', host: 'vpn.example', settings: new Map(), interfaceName: 'vpn0', folder },
    ask: async (fields) => new Map(fields.map(({ name }) => [name, new Secret('x')])),
    onAuthError() {},
    onReconnecting() {},
    onUp: () => seen.push('up'),
    onEnd: (failure) => seen.push(failure),
  });
  await machine.until('it to be up', () => seen.length === 1);
  machine.processes.running.find(({ name }) => name === 'xl2tpd')?.exit(1);
  await machine.until('the end', () => seen.length === 2);
  expect(seen).toEqual(['up', { kind: 'connect', reason: 'l2tp: the tunnel ended with status 1' }]);
  expect(machine.processes.running).toEqual([]);
});

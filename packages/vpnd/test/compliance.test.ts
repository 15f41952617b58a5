import { readFileSync } from 'node:fs';
import path from 'node:path';
import { vpnDrivers } from '../src/drivers';
import { usage } from '../src/options';
import { Machine } from './compliance/machine';
import { openconnect, openvpn, pppd, vpnc, xl2tpd } from './compliance/programs';
import { type VpnSubject, vpnCompliance } from './compliance/suite';

/** Without the programs named the driver has no use. */
function programs(name: string, ...others: string[]): Pick<VpnSubject, 'uninstall'> {
  return {
    uninstall: (machine: Machine) => {
      machine.processes.installed.delete(name);
      for (const other of others) machine.processes.installed.delete(other);
      return name;
    },
  };
}

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');

const subjects: readonly VpnSubject[] = [
  {
    type: 'openvpn',
    install: (machine) => void machine.processes.installed.set('openvpn', openvpn(machine)),
    ...programs('openvpn'),
    settings: { 'OpenVPN.AuthUserPass': '-' },
    answers: { 'OpenVPN.Username': 'alice', 'OpenVPN.Password': 'PASSWORD' },
    secrets: [],
  },
  {
    type: 'openconnect',
    install: (machine) => void machine.processes.installed.set('openconnect', openconnect(machine)),
    ...programs('openconnect'),
    settings: { 'OpenConnect.AuthType': 'userpass' },
    answers: { Username: 'alice', Password: 'PASSWORD' },
    secrets: ['a cookie'],
  },
  {
    type: 'vpnc',
    install: (machine) => void machine.processes.installed.set('vpnc', vpnc(machine)),
    ...programs('vpnc'),
    settings: { 'VPNC.IPSec.ID': 'staff' },
    answers: {
      'VPNC.IPSec.Secret': 'staff-key',
      'VPNC.Xauth.Username': 'alice',
      'VPNC.Xauth.Password': 'PASSWORD',
    },
    wrongSettings: { 'VPNC.IPSec.ID': '' },
    secrets: ['staff-key'],
  },
  {
    type: 'l2tp',
    install(machine) {
      machine.processes.installed.set('xl2tpd', xl2tpd(machine));
      machine.processes.installed.set('pppd', pppd(machine));
    },
    ...programs('xl2tpd'),
    settings: {},
    answers: { Username: 'alice', Password: 'PASSWORD' },
    secrets: [],
  },
  {
    type: 'pptp',
    install(machine) {
      machine.processes.installed.set('pptp', () => {});
      machine.processes.installed.set('pppd', pppd(machine));
    },
    ...programs('pptp'),
    settings: {},
    answers: { Username: 'alice', Password: 'PASSWORD' },
    wrongSettings: { 'PPTP.IdleWait': '3; reboot' },
    secrets: [],
  },
  {
    type: 'wireguard',
    install() {},
    uninstall(machine) {
      machine.wireguard.exists = false;
      return 'WireGuard';
    },
    settings: {
      'WireGuard.Address': '10.8.0.2/24',
      'WireGuard.PrivateKey': key(1),
      'WireGuard.PublicKey': key(2),
      'WireGuard.PresharedKey': key(3),
      'WireGuard.AllowedIPs': '0.0.0.0/0',
    },
    wrongSettings: { 'WireGuard.PublicKey': 'nonsense' },
    secrets: [key(1), key(3)],
  },
];

test('every type of VPN is a subject here, named in the help, and a part for packagers', () => {
  const features = path.resolve(__dirname, '../../../features.json');
  const { parts } = JSON.parse(readFileSync(features, 'utf8')) as { parts: { name: string; kind: string }[] };
  const types = [...vpnDrivers(new Machine().tools()).keys()].sort();
  expect(subjects.map(({ type }) => type).sort()).toEqual(types);
  expect(/VPN types to offer: (.*)/.exec(usage)?.[1]?.split(', ').sort()).toEqual(types);
  expect(parts.flatMap(({ name, kind }) => (kind === 'vpn' ? [name] : [])).sort()).toEqual(types);
});

describe.each(subjects.map((subject) => [subject.type, subject] as const))('%s', (_, subject) => {
  const cases = vpnCompliance.filter((one) => one.concerns?.(subject) ?? true);
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => one.run(subject));
});

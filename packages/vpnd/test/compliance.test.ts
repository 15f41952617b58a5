import { l2tpDriver } from '../src/drivers/l2tp/driver';
import { openConnectDriver } from '../src/drivers/openconnect/driver';
import { openVpnDriver } from '../src/drivers/openvpn/driver';
import { pptpDriver } from '../src/drivers/pptp/driver';
import { vpncDriver } from '../src/drivers/vpnc/driver';
import { wireguardDriver } from '../src/drivers/wireguard/driver';
import type { Machine } from './compliance/machine';
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
    make: openVpnDriver,
    install: (machine) => void machine.processes.installed.set('openvpn', openvpn(machine)),
    ...programs('openvpn'),
    settings: { 'OpenVPN.AuthUserPass': '-' },
    answers: { 'OpenVPN.Username': 'alice', 'OpenVPN.Password': 'PASSWORD' },
    secrets: [],
  },
  {
    type: 'openconnect',
    make: openConnectDriver,
    install: (machine) => void machine.processes.installed.set('openconnect', openconnect(machine)),
    ...programs('openconnect'),
    settings: { 'OpenConnect.AuthType': 'userpass' },
    answers: { Username: 'alice', Password: 'PASSWORD' },
    secrets: ['a cookie'],
  },
  {
    type: 'vpnc',
    make: vpncDriver,
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
    make: l2tpDriver,
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
    make: pptpDriver,
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
    make: wireguardDriver,
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

describe.each(subjects.map((subject) => [subject.type, subject] as const))('%s', (_, subject) => {
  const cases = vpnCompliance.filter((one) => one.concerns?.(subject) ?? true);
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => one.run(subject));
});

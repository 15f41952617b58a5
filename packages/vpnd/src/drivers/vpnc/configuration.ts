/** What vpnc is given: its command line, and on its standard input the table of settings and the secrets. */
import type { Secret } from '@connman/base';

const keys: readonly (readonly [setting: string, key: string, standard?: string])[] = [
  ['VPNC.IPSec.ID', 'IPSec ID'],
  ['VPNC.IKE.Authmode', 'IKE Authmode'],
  ['VPNC.IKE.DHGroup', 'IKE DH Group'],
  ['VPNC.PFS', 'Perfect Forward Secrecy'],
  ['VPNC.Domain', 'Domain'],
  ['VPNC.Vendor', 'Vendor'],
  ['VPNC.LocalPort', 'Local Port', '0'],
  ['VPNC.CiscoPort', 'Cisco UDP Encapsulation Port', '0'],
  ['VPNC.AppVersion', 'Application version'],
  ['VPNC.NATTMode', 'NAT Traversal Mode', 'cisco-udp'],
  ['VPNC.DPDTimeout', 'DPD idle timeout (our side)'],
];
const switches: readonly (readonly [setting: string, key: string])[] = [
  ['VPNC.SingleDES', 'Enable Single DES'],
  ['VPNC.NoEncryption', 'Enable no encryption'],
];

export function vpncConfiguration(
  settings: ReadonlyMap<string, string>,
  host: string,
  secrets: ReadonlyMap<string, Secret>,
): string {
  const lines = [`IPSec gateway ${oneLine(host)}`];
  for (const [setting, key, standard] of keys) {
    const value = settings.get(setting) || standard;
    if (value) lines.push(`${key} ${oneLine(value)}`);
  }
  for (const [setting, key] of switches) if (settings.get(setting) === 'true') lines.push(key);
  const secret = (name: string) => oneLine(secrets.get(name)?.reveal() ?? '');
  lines.push(`IPSec secret ${secret('VPNC.IPSec.Secret')}`);
  lines.push(`Xauth username ${secret('VPNC.Xauth.Username')}`);
  lines.push(`Xauth password ${secret('VPNC.Xauth.Password')}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** The configuration comes on standard input. */
export function vpncArguments(
  settings: ReadonlyMap<string, string>,
  interfaceName: string,
  callback: string,
): readonly string[] {
  const debug = settings.get('VPNC.Debug');
  return [
    ...['--non-inter', '--no-detach', '--ifname', interfaceName],
    ...['--ifmode', settings.get('VPNC.DeviceType') || 'tun', '--script', callback],
    ...(debug ? ['--debug', debug] : []),
    '-',
  ];
}

/** A value must not become a line of its own. */
function oneLine(value: string): string {
  return value.replace(/[\r\n]+/g, ' ');
}

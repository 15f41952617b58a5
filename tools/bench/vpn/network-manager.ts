// NetworkManager with Debian's plug-ins beside the two connmands: the same settings as one of its profiles, activated by the bus.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { LOCAL_POLICIES } from '../../../e2e/netns/lab/bus';
import { peersFolder } from '../../../e2e/netns/lab/host';
import type { Lab } from '../../../e2e/netns/lab/lab';
import { EventRecord } from '../../../e2e/netns/lab/record';
import { type Kind, serverAddress } from '../../../e2e/vpn/guest/kinds';
import type { VpnSite } from '../../../e2e/vpn/site';

const name = 'org.freedesktop.NetworkManager';
const uuid = '6d1f2c3a-5b8e-4c0d-9e7f-0a1b2c3d4e5f';
/** NMActiveConnectionState. */
const activated = 2;
const conf = `[main]
plugins=keyfile
dhcp=internal
auth-polkit=false
[logging]
level=WARN
`;

type Settings = ReadonlyMap<string, string>;

/** Sections of a profile, by the type of VPN; OpenConnect's plug-in leaves the login to a window. */
const profiles: Readonly<Record<string, (settings: Settings) => readonly string[]>> = {
  WireGuard: (settings) => [
    ...['[connection]', 'type=wireguard', 'interface-name=wg0'],
    ...['[wireguard]', `private-key=${settings.get('WireGuard.PrivateKey')}`],
    ...[`[wireguard-peer.${settings.get('WireGuard.PublicKey')}]`, `endpoint=${serverAddress}:51820`],
    `allowed-ips=${settings.get('WireGuard.AllowedIPs')}`,
    ...['[ipv4]', 'method=manual', `address1=${settings.get('WireGuard.Address')}`],
  ],
  OpenVPN: (settings) => [
    ...plugin('openvpn', { remote: serverAddress, 'connection-type': 'tls', 'cert-pass-flags': '4' }),
    ...['CACert=ca', 'Cert=cert', 'Key=key'].map((pair) => {
      const [ours = '', theirs] = pair.split('=');
      return `${theirs}=${settings.get(`OpenVPN.${ours}`)}`;
    }),
  ],
  VPNC: () => [
    ...plugin('vpnc', {
      ...{ 'IPSec gateway': serverAddress, 'IPSec ID': 'staff', 'Xauth username': 'alice' },
      ...{ 'NAT Traversal Mode': 'force-natt', 'IPSec secret-flags': '0', 'Xauth password-flags': '0' },
    }),
    ...['[vpn-secrets]', 'IPSec secret=group secret', 'Xauth password=wonder land'],
  ],
  L2TP: () => [
    ...plugin('l2tp', { gateway: serverAddress, user: 'alice', 'password-flags': '0' }),
    ...['[vpn-secrets]', 'password=wonder land'],
  ],
};

function plugin(service: string, data: Readonly<Record<string, string>>): readonly string[] {
  const pairs = Object.entries({ 'service-type': `${name}.${service}`, ...data });
  return ['[connection]', 'type=vpn', '[vpn]', ...pairs.map(([key, value]) => `${key}=${value}`)];
}

/** Why it has no figure for that type of VPN; undefined if it can. WireGuard is its own, the others are plug-ins below tmp/peers. */
export function whyNot({ type }: Kind): string | undefined {
  if (type === 'OpenConnect') return 'its plug-in leaves the login to a window';
  if (!(type in profiles)) return 'Debian has no plug-in that this benchmark knows';
  const program = `nm-${type.toLowerCase()}-service`;
  if (type === 'WireGuard' || existsSync(`${plugins}/${program}`)) return undefined;
  return `${program} is missing in ${plugins}; "tools/setup bench" unpacks it`;
}

/** That of OpenVPN names one of the two to openvpn. Their packages, which are unpacked here and not installed, make it. */
const account = 'nm-openvpn';

const plugins = `${peersFolder}/usr/lib/NetworkManager`;
const policies = `${peersFolder}/usr/share/dbus-1/system.d`;

/** Starts it on the machine, whose first uplink has its cable in, and waits until that is connected. */
export async function startNetworkManager({ machine }: Lab, kind: Kind): Promise<void> {
  // A /sys that cannot be written tells it that no udev is going to announce links.
  await machine.run('mount -o remount,bind,ro /sys');
  await machine.run([
    'sh',
    '-c',
    `cp -a ${plugins}/. /usr/lib/NetworkManager && cp -a ${peersFolder}/usr/lib/pppd /usr/lib`,
  ]);
  for (const [file, line] of [
    ['/etc/passwd', `${account}:x:989:989::/:/usr/sbin/nologin`],
    ['/etc/group', `${account}:x:989:`],
  ] as const)
    machine.write(file, `${machine.read(file)}${line}\n`);
  for (const file of readdirSync(policies).filter((one) => /^nm-|NetworkManager/.test(one)))
    machine.write(`${LOCAL_POLICIES}/${file}`, readFileSync(`${policies}/${file}`, 'utf8'));
  await machine.run([
    'dbus-send',
    '--system',
    '--print-reply',
    '--dest=org.freedesktop.DBus',
    '/',
    'org.freedesktop.DBus.ReloadConfig',
  ]);
  machine.write('/etc/NetworkManager/NetworkManager.conf', conf);
  machine.write('/etc/machine-id', 'b08dfa6083e7567a1921a715000001fb\n');
  const settings = new Map(kind.settings(machine).map((line) => line.split(' = ') as [string, string]));
  const sections = profiles[kind.type]?.(settings) ?? [];
  const head = ['[connection]', 'id=Bench', `uuid=${uuid}`, 'autoconnect=false'];
  const file = '/etc/NetworkManager/system-connections/bench.nmconnection';
  machine.write(file, [...head, ...sections, '[ipv6]', 'method=disabled', ''].join('\n'));
  await machine.run(['sh', '-c', `chmod 600 ${file}; mkdir -p /run/NetworkManager /var/lib/NetworkManager`]);
  machine.start(['NetworkManager', '--no-daemon']);
  await machine.run('nm-online -q -t 60');
}

/**
 * Settles when the profile is activated, with the milliseconds since NetworkManager first said something of it, and with what
 * deactivates it. It answers callers of its own pid namespace alone: the call is a program's.
 */
export async function activate(
  { bus, lab }: VpnSite,
  patienceMs: number,
): Promise<readonly [number, () => Promise<void>]> {
  let begun: number | undefined;
  const states = new EventRecord<number>();
  const ends = [
    bus.subscribe(
      { sender: name, interface: 'org.freedesktop.DBus.Properties', member: 'PropertiesChanged' },
      's i, a{sv} p, as o',
      () => {
        begun ??= performance.now();
      },
    ),
    bus.subscribe(
      { sender: name, interface: `${name}.Connection.Active`, member: 'StateChanged' },
      'u state, u reason',
      ([state]) => states.add(state),
    ),
  ];
  const until = (wanted: number) => states.until(`state ${wanted}`, () => states.items.includes(wanted), patienceMs);
  const up = lab.start(['nmcli', 'connection', 'up', 'Bench']);
  await Promise.race([
    until(activated),
    up.exited.then(() => {
      if (!states.items.includes(activated)) throw new Error(`NetworkManager: ${up.output.tail(5)}`);
    }),
  ]);
  const took = performance.now() - (begun ?? 0);
  return [
    took,
    async () => {
      await lab.machine.run('nmcli connection down Bench');
      for (const end of ends) end();
    },
  ];
}

/** OpenVPN: the program openvpn, steered over its management interface on a socket in a private folder. */
import { err, ok } from '@connman/base';
import type { Attempt, Tunnel, TunnelRecord, VpnDriver } from '../../driver';
import type { DriverTools } from '../shared/tools';
import { OpenVpnTunnel } from './tunnel';

/** Answers of an agent alone; never on disk. */
const secretKeys = new Set(['OpenVPN.Password', 'OpenVPN.PrivateKeyPassword', 'OpenVPN.ProxyPassword']);

export function openVpnDriver(tools: DriverTools): VpnDriver {
  return {
    type: 'openvpn',
    title: 'OpenVPN',
    linkPrefix: 'vpn',
    authErrorLimit: 10,
    stores: (key) => key.startsWith('OpenVPN.') && !secretKeys.has(key),
    isSecret: (key) => secretKeys.has(key),
    available: () =>
      tools.processes.find('openvpn') === undefined
        ? err('OpenVPN needs the program openvpn; install it (Debian: apt install openvpn)')
        : ok(undefined),
    check: (settings, host) =>
      host === '' && !settings.has('OpenVPN.ConfigFile')
        ? 'Host is empty; set it, or OpenVPN.ConfigFile to a file that names the server'
        : undefined,
    connect: (attempt: Attempt): Tunnel => OpenVpnTunnel.start(tools, attempt),
    resume: (attempt: Attempt, record: TunnelRecord) => OpenVpnTunnel.resume(tools, attempt, record),
  };
}

/** openvpn's command line: the table of settings, and what the daemon needs of every run. No secret is ever in it. */
import path from 'node:path';
import { callbackVariable } from '../shared/callbacks';
import type { DeviceType } from './configuration-file';

interface Flag {
  readonly key: string;
  readonly flag: string;
  /** A flag without a value, set by `true`. */
  readonly bare?: boolean;
}

const flags: readonly Flag[] = [
  { key: 'OpenVPN.CACert', flag: '--ca' },
  { key: 'OpenVPN.Cert', flag: '--cert' },
  { key: 'OpenVPN.Key', flag: '--key' },
  { key: 'OpenVPN.MTU', flag: '--tun-mtu' },
  { key: 'OpenVPN.NSCertType', flag: '--ns-cert-type' },
  { key: 'OpenVPN.Proto', flag: '--proto' },
  { key: 'OpenVPN.Port', flag: '--port' },
  { key: 'OpenVPN.AskPass', flag: '--askpass' },
  { key: 'OpenVPN.AuthNoCache', flag: '--auth-nocache', bare: true },
  { key: 'OpenVPN.TLSCipher', flag: '--tls-cipher' },
  { key: 'OpenVPN.Cipher', flag: '--cipher' },
  { key: 'OpenVPN.Auth', flag: '--auth' },
  { key: 'OpenVPN.CompLZO', flag: '--comp-lzo' },
  { key: 'OpenVPN.RemoteCertTls', flag: '--remote-cert-tls' },
  { key: 'OpenVPN.Ping', flag: '--ping' },
  { key: 'OpenVPN.PingExit', flag: '--ping-exit' },
  { key: 'OpenVPN.RemapUsr1', flag: '--remap-usr1' },
];

/** A server that is silent for so long (seconds) is connected to again. */
const pingSeconds = '10';
const pingRestartSeconds = '60';

export interface OpenVpnRun {
  /** Empty where the configuration file names the server. */
  readonly host: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly interfaceName: string;
  readonly deviceType: DeviceType;
  readonly managementSocket: string;
  readonly callbackSocket: string;
  readonly callbackProgram: string;
}

/** The configuration file comes first, so that what the daemon depends on cannot be changed by it. */
export function openVpnArguments(run: OpenVpnRun): readonly string[] {
  const { settings, host } = run;
  const file = settings.get('OpenVPN.ConfigFile');
  const args: string[] = [];
  // Relative paths in the file are meant from where it is.
  if (file) args.push('--cd', path.dirname(file), '--config', file);
  if (host !== '') args.push('--remote', host);
  for (const { key, flag, bare } of flags) {
    const value = settings.get(key);
    if (value === undefined || value === '') continue;
    if (!bare) args.push(flag, value);
    else if (value === 'true') args.push(flag);
  }
  args.push(...peerName(settings.get('OpenVPN.TLSRemote') ?? ''), ...authUserPass(settings));
  if (!file) {
    args.push('--nobind', '--persist-key', '--client');
    const tlsAuth = settings.get('OpenVPN.TLSAuth');
    const direction = settings.get('OpenVPN.TLSAuthDir');
    if (tlsAuth) args.push('--tls-auth', tlsAuth, ...(direction ? [direction] : []));
    if (!settings.has('OpenVPN.Ping')) args.push('--ping', pingSeconds);
    if (!settings.has('OpenVPN.PingExit')) args.push('--ping-restart', pingRestartSeconds);
  }
  args.push('--dev', run.interfaceName, '--dev-type', run.deviceType, '--persist-tun');
  args.push('--route-noexec', '--ifconfig-noexec');
  args.push('--management', run.managementSocket, 'unix', '--management-hold', '--management-query-passwords');
  // What the server pushes is logged from 3 on.
  args.push('--verb', String(Math.max(3, Number(settings.get('OpenVPN.Verb')) || 0)));
  args.push('--auth-retry', 'interact', '--suppress-timestamps');
  args.push('--script-security', '2', '--setenv', callbackVariable, run.callbackSocket);
  args.push('--up', run.callbackProgram, '--up-restart');
  return args;
}

/**
 * What --tls-remote was until OpenVPN 2.4, which refuses it: the certificate's common name, how it begins, or its whole subject,
 * written `/C=DE/CN=vpn.example` then and `C=DE, CN=vpn.example` now.
 */
function peerName(name: string): readonly string[] {
  if (name === '') return [];
  if (!name.includes('=')) return ['--verify-x509-name', name, 'name-prefix'];
  return ['--verify-x509-name', name.replace(/^\//, '').replaceAll('/', ', '), 'subject'];
}

/** A file of openvpn's own form, or, with '-' or a user name in the settings, the management socket. */
function authUserPass(settings: ReadonlyMap<string, string>): readonly string[] {
  const value = settings.get('OpenVPN.AuthUserPass');
  if (value && value !== '-') return ['--auth-user-pass', value];
  return value === '-' || settings.has('OpenVPN.Username') ? ['--auth-user-pass'] : [];
}

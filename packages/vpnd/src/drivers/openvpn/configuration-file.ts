/**
 * What is read of the user's own configuration file: whether it names the server, the type of its link, and whether all traffic
 * is to go through the tunnel. `redirect-gateway` can be pushed as well: openvpn tells no script of it when it does not set routes itself, but logs
 * what the server pushes.
 */
import type { Files } from '@connman/ports';

export interface Redirect {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

export const noRedirect: Redirect = { ipv4: false, ipv6: false };

function redirectOf(option: string | undefined): Redirect | undefined {
  const [name, ...words] = option?.trim().split(/\s+/) ?? [];
  if (name !== 'redirect-gateway') return undefined;
  return { ipv4: !words.includes('!ipv4'), ipv6: words.includes('ipv6') };
}

/** From a line of its log. A long push comes in several messages: one without the option takes nothing back. */
export function redirectOfPush(line: string): Redirect | undefined {
  const push = /PUSH: Received control message: '(PUSH_REPLY,.*)'$/.exec(line)?.[1];
  return redirectOf(push?.split(',').find((option) => option.trim().startsWith('redirect-gateway')));
}

export function redirectOfFile(file: string): Redirect {
  return redirectOf(file.split('\n').find((line) => /^\s*redirect-gateway\b/.test(line))) ?? noRedirect;
}

/** It says how its servers are reached, port, protocol and proxy: Host beside it would be one more, reached in another way. */
export function namesServer(file: string): boolean {
  return /^\s*(remote\s|<connection>)/m.test(file);
}

export type DeviceType = 'tun' | 'tap';

/** As the setting says, or the file: by `dev-type`, or by the name in `dev`. */
export function deviceType(settings: ReadonlyMap<string, string>, file: string): DeviceType {
  const [, named] = /^\s*dev-type\s+(\w+)/m.exec(file) ?? /^\s*dev\s+(\w+)/m.exec(file) ?? [];
  return (settings.get('OpenVPN.DeviceType') ?? named)?.startsWith('tap') ? 'tap' : 'tun';
}

/** The user's own file; empty where there is none. */
export function readConfigurationFile(files: Files, settings: ReadonlyMap<string, string>): string {
  const file = settings.get('OpenVPN.ConfigFile');
  if (file === undefined) return '';
  try {
    return files.read(file) ?? '';
  } catch {
    // openvpn itself complains about a file that cannot be read.
    return '';
  }
}

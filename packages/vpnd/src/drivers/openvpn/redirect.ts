/**
 * Whether all traffic is to go through the tunnel: `redirect-gateway`, pushed or in the client's own file. openvpn tells no
 * script of it when it does not set routes itself, but logs what the server pushes.
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

export function redirectOfFile(files: Files, settings: ReadonlyMap<string, string>): Redirect {
  const file = settings.get('OpenVPN.ConfigFile');
  if (file === undefined) return noRedirect;
  try {
    const line = files
      .read(file)
      ?.split('\n')
      .find((text) => /^\s*redirect-gateway\b/.test(text));
    return redirectOf(line) ?? noRedirect;
  } catch {
    // openvpn itself complains about a file that cannot be read.
    return noRedirect;
  }
}

/** openvpn's management interface (its doc/management-notes.txt): lines in, as events; commands out. */
import type { Secret } from '@connman/base';

/** What openvpn says of its own accord, and how it answers. */
export type ManagementEvent =
  | { readonly kind: 'hold' }
  | { readonly kind: 'state'; readonly state: string; readonly reason: string }
  | { readonly kind: 'password-needed'; readonly request: PasswordRequest }
  /** `challenge`: the server asks for more (dynamic challenge). */
  | { readonly kind: 'password-refused'; readonly realm: string; readonly challenge?: Challenge }
  | { readonly kind: 'pid'; readonly pid: number }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'fatal'; readonly text: string }
  | { readonly kind: 'open-url'; readonly url: string }
  | { readonly kind: 'error'; readonly text: string };

export interface PasswordRequest {
  /** 'Auth', 'Private Key', 'HTTP Proxy', 'SOCKS Proxy'. */
  readonly realm: string;
  readonly needsUsername: boolean;
  /** Asked for in the same breath (static challenge). */
  readonly challenge?: { readonly text: string; readonly echo: boolean };
}

/** CRV1: what the server asks after the first answer. */
export interface Challenge {
  readonly flags: string;
  readonly stateId: string;
  readonly username: string;
  readonly text: string;
}

/** Undefined for what is of no interest. */
export function parseManagementLine(line: string): ManagementEvent | undefined {
  if (line.startsWith('>HOLD:')) return { kind: 'hold' };
  if (line.startsWith('>STATE:')) {
    const [, state = '', reason = ''] = line.slice('>STATE:'.length).split(',');
    return { kind: 'state', state, reason };
  }
  if (line.startsWith('>LOG:')) return { kind: 'log', text: line.split(',').slice(2).join(',') };
  if (line.startsWith('>PASSWORD:')) return parsePassword(line.slice('>PASSWORD:'.length));
  if (line.startsWith('>FATAL:')) return { kind: 'fatal', text: line.slice('>FATAL:'.length) };
  const url = /^>INFOMSG:(?:OPEN_URL|WEB_AUTH:[^:]*):(.+)$/.exec(line)?.[1];
  if (url) return { kind: 'open-url', url };
  const pid = /^SUCCESS: pid=(\d+)$/.exec(line)?.[1];
  if (pid) return { kind: 'pid', pid: Number(pid) };
  if (line.startsWith('ERROR:')) return { kind: 'error', text: line.slice('ERROR:'.length).trim() };
  return undefined;
}

function parsePassword(text: string): ManagementEvent | undefined {
  const need = /^Need '([^']*)' (username\/password|password)(?: SC:(\d+),(.*))?/.exec(text);
  if (need) {
    const [, realm = '', what, flags, challenge] = need;
    const request: PasswordRequest = {
      realm,
      needsUsername: what === 'username/password',
      ...(challenge !== undefined && { challenge: { text: challenge, echo: (Number(flags) & 1) !== 0 } }),
    };
    return { kind: 'password-needed', request };
  }
  const failed = /^Verification Failed: '([^']*)'(?: \['CRV1:([^:]*):([^:]*):([^:]*):(.*)'\])?/.exec(text);
  if (!failed) return undefined;
  const [, realm = '', flags, stateId, username, challenge] = failed;
  if (flags === undefined || stateId === undefined || challenge === undefined)
    return { kind: 'password-refused', realm };
  const decoded = Buffer.from(username ?? '', 'base64').toString('utf8');
  return { kind: 'password-refused', realm, challenge: { flags, stateId, username: decoded, text: challenge } };
}

/** A text in quotes, as openvpn's parser takes it. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export function usernameCommand(realm: string, username: string): string {
  return `username ${quoted(realm)} ${quoted(username)}\n`;
}

export function passwordCommand(realm: string, password: Secret): string {
  return `password ${quoted(realm)} ${quoted(password.reveal())}\n`;
}

/** The password of a static challenge: both answers in one. */
export function staticChallengePassword(password: string, response: string): string {
  const coded = (text: string) => Buffer.from(text, 'utf8').toString('base64');
  return `SCRV1:${coded(password)}:${coded(response)}`;
}

export function challengePassword({ stateId }: Challenge, response: string): string {
  return `CRV1::${stateId}::${response}`;
}

/** Cuts a stream into lines; a password prompt's line ends as any other. */
export class LineReader {
  private rest = '';
  private readonly decoder = new TextDecoder();

  lines(bytes: Uint8Array): readonly string[] {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split('\n');
    this.rest = lines.pop() ?? '';
    // No one sends such lines; a peer that does must not fill the memory.
    if (this.rest.length > maxLine) this.rest = '';
    return lines.map((line) => line.replace(/\r$/, ''));
  }
}

const maxLine = 64 * 1024;

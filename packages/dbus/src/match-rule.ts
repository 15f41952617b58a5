/** Which signals a program wants: match rules for the bus, and the same question asked again of what comes in. */
import type { Message } from './message';

export interface SignalMatch {
  /** A unique or a well-known name. */
  readonly sender?: string;
  readonly path?: string;
  /** This path and all below it. */
  readonly pathNamespace?: string;
  readonly interface: string;
  readonly member: string;
  /** The first argument, a string, must be this; only the bus looks at it. */
  readonly arg0?: string;
}

/** The rule in the bus's own notation. */
export function formatMatchRule(match: SignalMatch): string {
  const parts: [string, string | undefined][] = [
    ['type', 'signal'],
    ['sender', match.sender],
    ['path', match.path],
    ['path_namespace', match.pathNamespace],
    ['interface', match.interface],
    ['member', match.member],
    ['arg0', match.arg0],
  ];
  return parts
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}='${(value as string).replaceAll("'", "'\\''")}'`)
    .join(',');
}

/** True if the message is on a path that the match is for. */
export function matchesPath(match: SignalMatch, message: Message): boolean {
  if (match.path !== undefined && match.path !== message.path) return false;
  const under = match.pathNamespace;
  return under === undefined || under === '/' || message.path === under || message.path.startsWith(`${under}/`);
}

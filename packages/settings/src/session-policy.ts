/** Session policies (session_policy_local/*.policy): whose sessions each is for, and what those may do (ConnMan rules 192 to 194). */
import { KeyFile } from './keyfile';
import type { Problem } from './problem';
import { readGroup } from './read-group';
import { sessionPolicyFields } from './session-policy-keys';

export interface SessionPolicy {
  /** Names of whom it is for, one at least. */
  readonly selinux?: string;
  readonly uid?: string;
  readonly gid?: string;
  /** Types of services that may carry the sessions; undefined for all. */
  readonly allowedBearers: readonly string[] | undefined;
  /** Replaces the session's own, unless it is `any`. */
  readonly connectionType: 'any' | 'local' | 'internet';
  readonly emergencyCall: boolean;
}

/** Those that say whose sessions they are for; a problem for each other one, and for what does not fit. */
export function readSessionPolicies(file: string, text: string, problems: Problem[]): SessionPolicy[] {
  const keyFile = KeyFile.parse(text);
  for (const { line, text: found, expected } of keyFile.faults)
    problems.push({ file, line, column: 1, found, expected });
  return keyFile.groups().flatMap((group): SessionPolicy[] => {
    const keys = readGroup(keyFile, group, sessionPolicyFields, { file, handwritten: true, problems });
    const { selinux, uid, gid } = keys;
    if (!['selinux', 'uid', 'gid'].some((key) => keyFile.get(group, key) !== undefined)) {
      const expected = 'a key selinux, uid or gid in it: whose sessions are meant';
      problems.push({ file, line: keyFile.lineOfGroup(group), column: 1, found: `[${group}]`, expected });
    }
    // One whose only name does not fit is for no one.
    if (!selinux && !uid && !gid) return [];
    const bearers = keys.AllowedBearers ?? ['*'];
    return [
      {
        ...(selinux && { selinux }),
        ...(uid && { uid }),
        ...(gid && { gid }),
        allowedBearers: bearers.includes('*') ? undefined : bearers,
        connectionType: (keys.ConnectionType ?? 'any') as SessionPolicy['connectionType'],
        emergencyCall: keys.EmergencyCall ?? false,
      },
    ];
  });
}

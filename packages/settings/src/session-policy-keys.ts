/** The keys of session_policy_local/*.policy: who a policy is for, and what sessions of theirs may do. */
import { boolean, type Fields, pattern, text, word } from './fields';

export interface SessionPolicyKeys {
  selinux: string;
  uid: string;
  gid: string;
  Priority: boolean;
  RoamingPolicy: string;
  ConnectionType: string;
  EmergencyCall: boolean;
  AllowedBearers: string;
}

export const sessionPolicyFields: Fields<SessionPolicyKeys> = {
  selinux: text(),
  uid: pattern(/\D/, 'the name of a user, not a number'),
  gid: pattern(/\D/, 'the name of a group, not a number'),
  Priority: boolean(),
  RoamingPolicy: word(['default', 'always', 'forbidden', 'national', 'international']),
  ConnectionType: word(['any', 'local', 'internet']),
  EmergencyCall: boolean(),
  AllowedBearers: text(),
};

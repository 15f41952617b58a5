/** The keys of session_policy_local/*.policy: who a policy is for, and what sessions of theirs may do. */
import { boolean, pattern, text, type ValuesOf, word, words } from './fields';

export const sessionPolicyFields = {
  selinux: text(),
  uid: pattern(/\D/, 'the name of a user, not a number'),
  gid: pattern(/\D/, 'the name of a group, not a number'),
  Priority: boolean(),
  RoamingPolicy: word(['default', 'always', 'forbidden', 'national', 'international']),
  ConnectionType: word(['any', 'local', 'internet']),
  EmergencyCall: boolean(),
  AllowedBearers: words(' ', ['*', 'ethernet', 'wifi', 'bluetooth', 'cellular', 'gadget', 'vpn']),
};

export type SessionPolicyKeys = ValuesOf<typeof sessionPolicyFields>;

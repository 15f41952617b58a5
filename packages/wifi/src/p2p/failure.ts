/** Why a peer was not connected with, in words (P2P 1.9 table 16). */
import type { AssociationError } from '@connman/contracts';

const statuses: Readonly<Record<number, string>> = {
  1: 'it is not ready to be connected with',
  2: 'its parameters do not fit',
  3: 'it is in as many groups as it can be',
  4: 'it takes a parameter for invalid',
  5: 'it cannot do what was asked of it',
  6: 'it reports an earlier error of the protocol',
  7: 'it has no channel in common with this radio',
  8: 'it does not know the group',
  9: 'both want to be the owner of the group',
  10: 'it does not do WPS by this method',
  11: 'its user does not want the connection',
};

export function negotiationFailure(status: number): { readonly error: AssociationError; readonly reason: string } {
  if (status < 0) return { error: 'out-of-range', reason: 'it does not respond' };
  const reason = `${statuses[status] ?? 'the negotiation failed'}, status ${status}`;
  return { error: status === 11 ? 'blocked' : 'connect-failed', reason };
}

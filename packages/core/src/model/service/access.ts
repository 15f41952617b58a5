/** What joining a network takes, and whether it is known (ConnMan rules 60, 220 to 222). */
import type { AssociationProfile, NetworkSecurity, SecretRef } from '@connman/contracts';
import type { AskedField } from '../agent/ask';
import type { Network } from '../network/network';
import type { AccessSettings } from './service';

/**
 * What the user has to say before the network can be joined, in the order of rule 220; empty if everything is known.
 * `refused`: the passphrase the network has just refused, which is shown beside the question.
 */
export function missingFields(
  { wifi }: Network,
  access: AccessSettings = {},
  refused?: SecretRef,
): readonly AskedField[] {
  if (!wifi || wifi.security === 'none') return [];
  const previous: AskedField[] = refused
    ? [
        {
          name: 'PreviousPassphrase',
          type: passphraseType(wifi.security),
          requirement: 'informational',
          previous: refused,
        },
      ]
    : [];
  if (wifi.security !== 'ieee8021x') {
    const known = access.passphrase !== undefined;
    return known ? [] : [passphrase(passphraseType(wifi.security)), ...previous];
  }
  const { eap } = access;
  const fields: AskedField[] = [];
  if (!eap?.identity) fields.push({ name: 'Identity', type: 'string', requirement: 'mandatory' });
  if (eap?.method !== 'tls' && !eap?.password) fields.push(passphrase(eapPasswordType(eap?.phase2)), ...previous);
  return fields;
}

const passphrase = (type: AskedField['type']): AskedField => ({ name: 'Passphrase', type, requirement: 'mandatory' });

function passphraseType(security: NetworkSecurity): AskedField['type'] {
  return security === 'psk' || security === 'wep' ? security : 'passphrase';
}

/** Rule 222. */
function eapPasswordType(phase2 = ''): AskedField['type'] {
  return /(GTC|OTP)$/.test(phase2) ? 'response' : 'passphrase';
}

/** What the driver needs of it. */
export function associationProfile(access: AccessSettings = {}): AssociationProfile<SecretRef> {
  const { hidden, passphrase, saeOnly, eap } = access;
  return {
    mac: { kind: 'permanent' },
    ...(hidden && { hidden }),
    ...(passphrase && { passphrase }),
    ...(saeOnly && { saeOnly }),
    ...(eap && { eap }),
  };
}

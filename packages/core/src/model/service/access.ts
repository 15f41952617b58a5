/** What joining a network takes, and whether it is known (ConnMan rules 60, 220 to 222). */
import type { AssociationProfile, EapProfile, NetworkSecurity, SecretRef, WifiFacts } from '@connman/contracts';
import type { AskedField } from '../agent/ask';
import type { Network } from '../network/network';
import { kindOf } from '../technology/kinds';
import type { AccessSettings, ServiceSettings } from './settings';

/**
 * What the user has to say before the network can be joined, in the order of rule 220; empty if everything is known.
 * `refused`: the passphrase or PIN the network has just refused, which is shown beside the question.
 */
export function missingFields(
  { wifi }: Network,
  access: AccessSettings = {},
  refused?: SecretRef,
): readonly AskedField[] {
  if (!wifi) return access.eap ? enterpriseFields(access, refused) : [];
  return [...nameFields(wifi, access), ...credentialFields(wifi, access, refused)];
}

/**
 * A cable is in, and its port is not authorised for this connection: by an attempt of its own, or by none where its service has no
 * EAP settings.
 */
export function isUnauthorised({ type, link }: Network, attempt: number, { eap }: AccessSettings = {}): boolean {
  if (kindOf(type).lossEnds !== 'service' || link.kind !== 'up') return false;
  return link.attempt !== attempt || (attempt === 0 && eap !== undefined);
}

/** Of a network that hides its name (rule 61). */
function nameFields({ ssid }: WifiFacts, access: AccessSettings): AskedField[] {
  if (ssid !== '' || access.ssid) return [];
  return [
    { name: 'Name', type: 'string', requirement: 'mandatory', alternates: ['SSID'] },
    { name: 'SSID', type: 'ssid', requirement: 'alternate' },
  ];
}

function credentialFields({ security, offers }: WifiFacts, access: AccessSettings, refused?: SecretRef): AskedField[] {
  if (security === 'none') return [];
  if (security === 'ieee8021x') return enterpriseFields(access, refused);
  if (access.passphrase) return [];
  const type = passphraseType(security);
  const previous = previousField(type, refused);
  if (!offers.includes('wps')) return [passphrase(type), ...previous];
  const wps: AskedField = { name: 'WPS', type: 'wpspin', requirement: 'alternate' };
  return [{ ...passphrase(type), alternates: ['WPS'] }, ...previous, wps];
}

function enterpriseFields({ eap }: AccessSettings, refused?: SecretRef): AskedField[] {
  const fields: AskedField[] = [];
  if (!eap?.identity) fields.push({ name: 'Identity', type: 'string', requirement: 'mandatory' });
  if (eap?.method !== 'tls' && !eap?.password) {
    fields.push(passphrase(eapPasswordType(eap?.phase2)), ...previousField('passphrase', refused));
  }
  return fields;
}

function previousField(type: AskedField['type'], refused: SecretRef | undefined): AskedField[] {
  return refused ? [{ name: 'PreviousPassphrase', type, requirement: 'informational', previous: refused }] : [];
}

const passphrase = (type: AskedField['type']): AskedField => ({ name: 'Passphrase', type, requirement: 'mandatory' });

function passphraseType(security: NetworkSecurity): AskedField['type'] {
  return security === 'psk' || security === 'wep' ? security : 'passphrase';
}

/** Rule 222. */
function eapPasswordType(phase2 = ''): AskedField['type'] {
  return /(GTC|OTP)$/.test(phase2) ? 'response' : 'passphrase';
}

/** How most networks of universities and companies are joined; asked for nothing but identity and password. */
export const usualEap: EapProfile<SecretRef> = { method: 'peap', orTtls: true, phase2: 'MSCHAPV2' };

/** What the driver needs of it. `round`: of a random hardware address. */
export function associationProfile(
  { access = {}, macAddressPolicy = 'permanent' }: ServiceSettings,
  round: number,
  wps?: { readonly pin?: SecretRef },
): AssociationProfile<SecretRef> {
  const { hidden, passphrase, atLeast, eap } = access;
  return {
    mac: macAddressPolicy === 'random' ? { kind: 'random', round } : { kind: macAddressPolicy },
    ...(hidden && { hidden }),
    ...(passphrase && { passphrase }),
    ...(atLeast && { atLeast }),
    ...(wps && { wps }),
    ...(eap && { eap }),
  };
}

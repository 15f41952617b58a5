/** net.connman.Technology: what a client calls at /net/connman/technology/TYPE. */
import { Secret } from '@connman/base';
import { connmanError, type TechnologyType, type technologyInterface } from '@connman/contracts';
import type { Handlers, Variant } from '@connman/dbus';
import type { AccessPointSetting } from '../../events';
import { kindOf } from '../../model/technology/kinds';
import type { PropertyMap } from '../publish/snapshot';
import type { Secrets } from '../secrets';
import type { Calls } from './calls';

export function technologyHandlers(
  calls: Calls,
  technology: TechnologyType,
  properties: () => PropertyMap,
  secrets: Pick<Secrets, 'keep'>,
): Handlers<typeof technologyInterface> {
  return {
    GetProperties: properties,
    SetProperty: ([name, value], call) => {
      switch (name) {
        case 'Powered': {
          const powered = value.as('b');
          if (powered === undefined) throw connmanError('InvalidArguments');
          return calls.ask(call, { kind: 'set-powered', technology, powered });
        }
        case 'Tethering': {
          const tethering = value.as('b');
          if (tethering === undefined) throw connmanError('InvalidArguments');
          return calls.ask(call, { kind: 'set-tethering', technology, tethering });
        }
        case 'TetheringIdentifier':
        case 'TetheringPassphrase':
        case 'TetheringFreq':
        case 'TetheringHidden': {
          if (kindOf(technology).sharesAs !== 'access-point') throw connmanError('NotSupported');
          const setting = accessPointSetting(name, value, secrets);
          return calls.ask(call, { kind: 'configure-tethering', technology, setting });
        }
        default:
          throw connmanError('InvalidProperty');
      }
    },
    Scan: (_, call) => calls.ask(call, { kind: 'scan', technology }),
  };
}

/** Throws BusError for what cannot be one. */
function accessPointSetting(name: string, value: Variant, secrets: Pick<Secrets, 'keep'>): AccessPointSetting {
  if (name === 'TetheringFreq') {
    const tetheringFreq = value.as('i');
    if (tetheringFreq === undefined) throw connmanError('InvalidArguments');
    return { tetheringFreq };
  }
  if (name === 'TetheringHidden') {
    const tetheringHidden = value.as('b');
    if (tetheringHidden === undefined) throw connmanError('InvalidArguments');
    return { tetheringHidden };
  }
  const text = value.as('s');
  if (text === undefined) throw connmanError('InvalidArguments');
  if (name === 'TetheringIdentifier') {
    const { length } = Buffer.from(text);
    if (length < 1 || length > 32) throw connmanError('InvalidArguments');
    return { tetheringIdentifier: text };
  }
  // IEEE 802.11 annex J.4: printable ASCII, or the key itself.
  if (!/^([\x20-\x7e]{8,63}|[0-9A-Fa-f]{64})$/.test(text)) throw connmanError('PassphraseRequired');
  return { tetheringPassphrase: secrets.keep(new Secret(text)) };
}

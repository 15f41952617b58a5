/** net.connman.Technology: what a client calls at /net/connman/technology/TYPE. */
import { connmanError, type TechnologyType, type technologyInterface } from '@connman/contracts';
import type { Handlers } from '@connman/dbus';
import type { PropertyMap } from '../publish/snapshot';
import type { Calls } from './calls';

export function technologyHandlers(
  calls: Calls,
  technology: TechnologyType,
  properties: () => PropertyMap,
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
          throw connmanError('NotSupported');
        default:
          throw connmanError('InvalidProperty');
      }
    },
    Scan: (_, call) => calls.ask(call, { kind: 'scan', technology }),
  };
}

/** net.connman.Service: what a client calls at /net/connman/service/IDENTIFIER. */
import { connmanError, refuseUnbounded, type serviceInterface } from '@connman/contracts';
import type { Handlers } from '@connman/dbus';
import { parseSetting } from '../../model/service/bus-settings';
import type { PropertyMap } from '../publish/snapshot';
import type { Calls } from './calls';

export function serviceHandlers(
  calls: Calls,
  service: string,
  properties: () => PropertyMap,
  resetCounters: () => void,
): Handlers<typeof serviceInterface> {
  return {
    GetProperties: properties,
    SetProperty: ([name, value], call) => {
      refuseUnbounded(name, value);
      const setting = parseSetting(name, value);
      if (!setting.ok) throw connmanError(setting.error);
      return calls.ask(call, { kind: 'configure', service, setting: setting.value });
    },
    ClearProperty: ([name], call) => {
      if (name !== 'Error') throw connmanError('InvalidProperty');
      return calls.ask(call, { kind: 'clear-error', service });
    },
    Connect: (_, call) => calls.ask(call, { kind: 'connect', service }),
    Disconnect: (_, call) => calls.ask(call, { kind: 'disconnect', service }),
    Remove: (_, call) => calls.ask(call, { kind: 'remove', service }),
    MoveBefore: ([target], call) =>
      calls.ask(call, { kind: 'move', service, target: lastElement(target), place: 'before' }),
    MoveAfter: ([target], call) =>
      calls.ask(call, { kind: 'move', service, target: lastElement(target), place: 'after' }),
    ResetCounters: (_, call) => calls.permit(call, resetCounters),
  };
}

export function lastElement(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

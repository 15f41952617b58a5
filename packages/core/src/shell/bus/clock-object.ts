/** net.connman.Clock: what a client calls at the object `/`. */
import { type clockInterface, connmanError, refuseUnbounded } from '@connman/contracts';
import { type Handlers, uint64, type Variant } from '@connman/dbus';
import type { ClockSetting } from '../../model/clock/clock';
import type { PropertyMap, Snapshot } from '../publish/snapshot';
import type { Calls } from './calls';

export function clockHandlers(calls: Calls, snapshot: () => Snapshot): Handlers<typeof clockInterface> {
  return {
    GetProperties: () => clockOfNow(snapshot()),
    SetProperty: ([name, value], call) => calls.ask(call, { kind: 'set-clock', setting: parse(name, value) }),
  };
}

/** The properties with the time of this moment. */
export function clockOfNow({ clock }: Snapshot): PropertyMap {
  return new Map([
    ['Time', uint64(BigInt(Math.floor(Date.now() / 1000)))],
    ...[...clock].filter(([name]) => name !== 'Time'),
  ]);
}

/** Throws the bus's error for a value that does not fit. */
function parse(name: string, value: Variant): ClockSetting {
  refuseUnbounded(name, value);
  switch (name) {
    case 'Time': {
      const seconds = value.as('t');
      if (seconds === undefined || seconds > latestTime) throw connmanError('InvalidArguments');
      return { name, value: Number(seconds) };
    }
    case 'TimeUpdates':
    case 'TimezoneUpdates': {
      const updates = value.as('s');
      if (updates !== 'auto' && updates !== 'manual') throw connmanError('InvalidArguments');
      return { name, value: updates };
    }
    case 'Timezone': {
      const timezone = value.as('s');
      if (timezone === undefined) throw connmanError('InvalidArguments');
      return { name, value: timezone };
    }
    case 'Timeservers': {
      const servers = value.as('as');
      if (servers === undefined) throw connmanError('InvalidArguments');
      return { name, value: servers.filter((server) => server !== '') };
    }
    case 'TimeserverSynced':
      throw connmanError('PermissionDenied', 'TimeserverSynced is read-only');
    default:
      throw connmanError('InvalidProperty');
  }
}

/** What the kernel takes, in seconds: the year 2232 (KTIME_SEC_MAX less its reserve of 30 years). */
const latestTime = 8_277_292_036n;

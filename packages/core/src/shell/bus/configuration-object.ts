/** net.connman.Configuration: main.conf read again for a client that may change things. */
import type { Result } from '@connman/base';
import { configurationInterface, configurationPath } from '@connman/contracts';
import { type Bus, BusError } from '@connman/dbus';
import type { Reloaded } from '../reload';
import type { Calls } from './calls';

export function exportConfiguration(bus: Bus, calls: Calls, reload: () => Result<Reloaded, string>): void {
  bus.export(configurationPath, configurationInterface, {
    async Reload(_, call) {
      await calls.mayChange(call);
      const result = reload();
      if (!result.ok) throw new BusError('net.connman.Error.Failed', result.error);
      return [[...result.value.applied], [...result.value.atNextStart]];
    },
  });
}

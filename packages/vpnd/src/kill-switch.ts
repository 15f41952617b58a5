/** Kill switches are held by connmand: whether it can is its to say. */
import { err, ok, type Result } from '@connman/base';
import { connmanBusName, isConnmanError, killSwitchInterface, killSwitchPath } from '@connman/contracts';
import type { Bus } from '@connman/dbus';

export class KillSwitch {
  private readonly bus: Bus;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  /** The error is a reason for the user. */
  async probe(): Promise<Result<void, string>> {
    const connmand = this.bus.object(killSwitchInterface, { name: connmanBusName, path: killSwitchPath });
    try {
      await connmand.call('Probe', [], { autoStart: false });
      return ok(undefined);
    } catch (error) {
      const { message } = error as Error;
      return err(
        isConnmanError(error, 'NotSupported') ? message : `connmand does not answer for kill switches (${message})`,
      );
    }
  }
}

/** The drivers of technologies: the engine's commands to them, with the texts of secrets, and their events without. */
import type {
  Associate,
  DeviceFact,
  SecretRef,
  TechnologyCommand,
  TechnologyDriver,
  TechnologyEvent,
} from '@connman/contracts';
import type { Happening } from '../events';
import type { Secrets } from './secrets';

export class Drivers {
  private readonly drivers = new Map<string, TechnologyDriver>();
  private readonly onDemand = new Map<string, () => TechnologyDriver | undefined>();
  private readonly secrets: Secrets;
  private readonly dispatch: (happening: Happening) => void;
  private readonly soon: (callback: () => void) => void;
  private deviceListener: (device: DeviceFact) => void = () => {};

  /** @param soon calls back when a driver that reports several events has reported them all. */
  constructor(secrets: Secrets, dispatch: (happening: Happening) => void, soon: (callback: () => void) => void) {
    this.secrets = secrets;
    this.dispatch = dispatch;
    this.soon = soon;
  }

  /** Before `start`, or later: a driver that is loaded when its technology appears. */
  add(driver: TechnologyDriver): void {
    this.drivers.set(driver.name, driver);
    driver.onEvent((event) => {
      const stripped = this.secrets.strip(event) as TechnologyEvent<SecretRef>;
      this.dispatch({ kind: 'technology', driver: driver.name, event: stripped });
      if (event.kind === 'device') this.deviceListener(event.device);
    });
    driver.start();
  }

  /** Hears of the devices that drivers report: some are work for another driver. */
  onDevice(listener: (device: DeviceFact) => void): void {
    this.deviceListener = listener;
  }

  /** A driver that is loaded for the first network that it is to join; `load` gives undefined where its part is missing. */
  addOnDemand(name: string, load: () => TechnologyDriver | undefined): void {
    this.onDemand.set(name, load);
  }

  /**
   * A command may be the engine's answer to the first of several events that a driver is about to report. What the driver reports in
   * answer to that comes after the others: were it carried out at once, networks would be there again that are gone.
   */
  command(driver: string, command: TechnologyCommand<SecretRef>): void {
    this.soon(() => this.carryOut(driver, command));
  }

  private carryOut(driver: string, command: TechnologyCommand<SecretRef>): void {
    if (command.kind === 'associate' && !this.drivers.has(driver)) this.load(driver, command);
    this.drivers.get(driver)?.command(this.secrets.fill(command) as TechnologyCommand);
  }

  private load(driver: string, { network, attempt }: Associate<SecretRef>): void {
    const load = this.onDemand.get(driver);
    if (!load) return;
    const failed = (reason: string) => {
      const event = { kind: 'failed', network, attempt, error: 'connect-failed', reason } as const;
      this.dispatch({ kind: 'technology', driver, event });
    };
    try {
      const loaded = load();
      if (loaded) this.add(loaded);
      else failed('the part of connmand that authenticates on cables (wired) is not installed, or left out with -P');
    } catch (error) {
      failed((error as Error).message);
    }
  }

  close(): void {
    for (const driver of this.drivers.values()) driver.close();
    this.drivers.clear();
  }
}

/** The drivers of technologies: the engine's commands to them, with the texts of secrets, and their events without. */
import type { SecretRef, TechnologyCommand, TechnologyDriver, TechnologyEvent } from '@connman/contracts';
import type { Happening } from '../events';
import type { Secrets } from './secrets';

export class Drivers {
  private readonly drivers = new Map<string, TechnologyDriver>();
  private readonly secrets: Secrets;
  private readonly dispatch: (happening: Happening) => void;

  constructor(secrets: Secrets, dispatch: (happening: Happening) => void) {
    this.secrets = secrets;
    this.dispatch = dispatch;
  }

  /** Before `start`, or later: a driver that is loaded when its technology appears. */
  add(driver: TechnologyDriver): void {
    this.drivers.set(driver.name, driver);
    driver.onEvent((event) => {
      const stripped = this.secrets.strip(event) as TechnologyEvent<SecretRef>;
      this.dispatch({ kind: 'technology', driver: driver.name, event: stripped });
    });
    driver.start();
  }

  command(driver: string, command: TechnologyCommand<SecretRef>): void {
    this.drivers.get(driver)?.command(this.secrets.fill(command) as TechnologyCommand);
  }

  close(): void {
    for (const driver of this.drivers.values()) driver.close();
  }
}

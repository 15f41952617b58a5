/** A technology's part, loaded when there is first something to drive: a machine without it does not carry it. */
import type { Logger } from '@connman/base';
import type { TechnologyDriver } from '@connman/contracts';

export interface DriverPart<P> {
  /** As in features.json. */
  readonly name: string;
  /** -p and -P. */
  readonly wanted: boolean;
  readonly log: Logger;
  /** Undefined if the part is not installed. Throws Error if its file belongs to another build. */
  readonly load: () => P | undefined;
  readonly create: (part: P) => TechnologyDriver;
  readonly add: (driver: TechnologyDriver) => void;
}

/** The returned function loads the part, once; `what` is there to be driven, in words. */
export function driverOnDemand<P>({ name, wanted, log, load, create, add }: DriverPart<P>): (what: string) => void {
  let asked = !wanted;
  return (what) => {
    if (asked) return;
    asked = true;
    try {
      const part = load();
      if (part) add(create(part));
      else log.info(`${what} is left alone: the part ${name} is not installed`);
    } catch (error) {
      log.error(`the part ${name} does not work: ${(error as Error).message}`);
    }
  };
}

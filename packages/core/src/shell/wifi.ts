/** The Wi-Fi part: loaded when the first wireless link appears, so that a wired machine does not carry it. */
import type { Logger } from '@connman/base';
import type { TechnologyDriver } from '@connman/contracts';

export interface WifiHost<P> {
  /** -p and -P. */
  readonly wanted: boolean;
  readonly log: Logger;
  /** Undefined if the part is not installed. Throws Error if its file belongs to another build. */
  readonly load: () => P | undefined;
  readonly create: (part: P) => TechnologyDriver;
  readonly add: (driver: TechnologyDriver) => void;
}

export interface WifiOnDemand {
  /** Links that have their final name, with the DEVTYPE of their uevent. */
  linksSettled(links: readonly (readonly [ifindex: number, deviceType: string])[]): void;
}

export function wifiOnDemand<P>(host: WifiHost<P>): WifiOnDemand {
  let asked = !host.wanted;
  return {
    linksSettled(links) {
      if (asked || !links.some(([, deviceType]) => deviceType === 'wlan')) return;
      asked = true;
      try {
        const part = host.load();
        if (part) host.add(host.create(part));
        else host.log.info('a wireless link is left alone: the part wifi is not installed');
      } catch (error) {
        host.log.error(`no Wi-Fi: ${(error as Error).message}`);
      }
    },
  };
}

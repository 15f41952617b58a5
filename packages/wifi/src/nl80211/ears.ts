/**
 * A radio as the kernel knows it: its channels, what it heard, and scans of chosen channels, which iwd cannot be asked for.
 * Without nl80211 it has no channels and hears nothing: nothing depends on it.
 */
import { after, type Instant, type Logger, OsError, type Result } from '@connman/base';
import { GENERIC_HEADER_BYTES, GenericSocket, genericBody } from '@connman/netlink';
import type { Clock, NetlinkPort } from '@connman/ports';
import type { Bss } from '../radio/networks';
import { nl80211 } from './numbers';
import { decodeFrequencies, decodeHeardBss, triggerScan } from './scan';

const EBUSY = 16;
const EOPNOTSUPP = 95;

/** An access point, and when it was heard last by the clock that the driver was given, give or take a tick of the kernel's. */
export interface HeardBss extends Bss {
  readonly seenAt: Instant;
}

export interface Ears {
  /** MHz, in the order of the bands. */
  frequencies(ifindex: number): readonly number[];
  /** The kernel forgets a BSS that was not heard for 30 s. */
  heard(ifindex: number): readonly HeardBss[];
  /** 'busy' while another scan is under way. The end comes as an AirEvent. */
  scan(ifindex: number, ssids: readonly Uint8Array[], frequencies: readonly number[]): 'begun' | 'busy' | 'refused';
  /** Ends the scan that is under way, also another program's. @returns whether one was; its end comes as an AirEvent. */
  abortScan(ifindex: number): boolean;
}

export class KernelEars implements Ears {
  private readonly port: NetlinkPort;
  private readonly clock: Clock;
  private readonly log: Logger;
  private socket: GenericSocket | undefined;

  private readonly randomScanAddress: boolean;

  constructor(port: NetlinkPort, clock: Clock, log: Logger, randomScanAddress: boolean) {
    this.port = port;
    this.clock = clock;
    this.log = log;
    this.randomScanAddress = randomScanAddress;
  }

  frequencies(ifindex: number): readonly number[] {
    const found = new Set<number>();
    const body = genericBody(nl80211.command.getWiphy, 0)
      .attribute(nl80211.attribute.splitWiphyDump, new Uint8Array(0))
      .attribute32(nl80211.attribute.ifindex, ifindex)
      .finish();
    this.dump(body, `channels of link ${ifindex}`, (bytes, start, end) => {
      for (const frequency of decodeFrequencies(bytes, start, end)) found.add(frequency);
    });
    return [...found];
  }

  heard(ifindex: number): readonly HeardBss[] {
    const found = new Map<string, HeardBss>();
    const now = this.clock.now();
    const body = genericBody(nl80211.command.getScan, 0).attribute32(nl80211.attribute.ifindex, ifindex).finish();
    this.dump(body, `networks heard by link ${ifindex}`, (bytes, start, end) => {
      const bss = decodeHeardBss(bytes, start, end);
      if (!bss) return;
      const { age, ...rest } = bss;
      found.set(bss.bssid, { ...rest, seenAt: after(now, -age) });
    });
    return [...found.values()];
  }

  scan(ifindex: number, ssids: readonly Uint8Array[], frequencies: readonly number[]): 'begun' | 'busy' | 'refused' {
    const trigger = (randomAddress: boolean) => {
      const body = triggerScan(ifindex, ssids, frequencies, randomAddress);
      return this.run((socket) => socket.change({ body, call: 'scanning', object: `link ${ifindex}` }));
    };
    let result = trigger(this.randomScanAddress);
    // Not while connected, and not every radio can.
    if (this.randomScanAddress && result?.ok === false && result.error.errno === EOPNOTSUPP) result = trigger(false);
    if (result?.ok) return 'begun';
    if (result?.error.errno === EBUSY) return 'busy';
    if (result) this.log.debug(result.error.message);
    return 'refused';
  }

  abortScan(ifindex: number): boolean {
    const body = genericBody(nl80211.command.abortScan, 0).attribute32(nl80211.attribute.ifindex, ifindex).finish();
    const result = this.run((socket) => socket.change({ body, call: 'ending the scan', object: `link ${ifindex}` }));
    // ENOENT: there is none. EOPNOTSUPP: the driver cannot.
    return result?.ok === true;
  }

  close(): void {
    this.socket?.close();
    this.socket = undefined;
  }

  private dump(
    body: Uint8Array,
    object: string,
    onEntry: (bytes: Uint8Array, start: number, end: number) => void,
  ): void {
    const result = this.run((socket) =>
      socket.dump(
        { body, object },
        () => {},
        ({ bytes, start, end }) => {
          if (end - start >= GENERIC_HEADER_BYTES) onEntry(bytes, start, end);
        },
      ),
    );
    if (result && !result.ok) this.log.debug(result.error.message);
  }

  private run(use: (socket: GenericSocket) => Result<void, OsError>): Result<void, OsError> | undefined {
    try {
      this.socket ??= new GenericSocket(this.port, nl80211.family);
      return use(this.socket);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      this.log.debug(`nl80211: ${error.message}`);
      return undefined;
    }
  }
}

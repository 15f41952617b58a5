/**
 * The Wi-Fi technology: wpa_supplicant and iwd behind one driver. Whichever runs is used; if neither does, one that the bus
 * can start is started when there is a radio to drive. A link that iwd holds is not offered to wpa_supplicant.
 */
import type { Logger } from '@connman/base';
import type { TechnologyCommand, TechnologyDriver, TechnologyEvent } from '@connman/contracts';
import type { Bus } from '@connman/dbus';
import type { Clock, Entropy, Files, PacketPort, Rfkill } from '@connman/ports';
import { NetworkAddresses } from './addresses';
import { type BackEndOptions, type ScanPolicy, usualScanning } from './back-end';
import { IwdBackEnd } from './iwd/back-end';
import { iwdBusName } from './iwd/bus-interfaces';
import { ServerCertificates } from './iwd/server-certificates';
import type { WirelessLink, WirelessLinks } from './links';
import type { AirEvent } from './nl80211/air';
import type { Ears } from './nl80211/ears';
import type { Nl80211 } from './nl80211/kernel';
import type { AirListener } from './nl80211/listener';
import { LongScans } from './nl80211/long-scans';
import { privateKeyFault } from './private-key';
import { Starter } from './starter';
import { SupplicantBackEnd } from './supplicant/back-end';
import { supplicantBusName } from './supplicant/bus-interfaces';

export interface WifiOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Logger;
  readonly links: WirelessLinks;
  readonly files: Files;
  readonly entropy: Entropy;
  /** To read what certificate an authentication server shows to iwd. */
  readonly packets: PacketPort;
  /** Path of what stable addresses are derived from. */
  readonly addressSecretFile: string;
  /** Path of the folder of the certificates that iwd is to demand. */
  readonly certificateFolder: string;
  readonly scanning?: ScanPolicy;
  readonly nl80211: Nl80211;
  /** Absent where the kernel has no rfkill. */
  readonly rfkill?: Rfkill;
  /** Which of the two to start when neither runs, and to prefer where both do (`[Components] Wifi`). */
  readonly prefer?: 'supplicant' | 'iwd';
  /** connmand's -W: the driver that wpa_supplicant is to use. */
  readonly supplicantDriver?: string;
}

export function createWifiDriver(options: WifiOptions): TechnologyDriver {
  return new WifiDriver(options);
}

type BackEndName = 'supplicant' | 'iwd';
const busNames: Record<BackEndName, string> = { supplicant: supplicantBusName, iwd: iwdBusName };

class WifiDriver implements TechnologyDriver {
  readonly name = 'wifi';
  readonly type = 'wifi';
  private readonly options: WifiOptions;
  private readonly supplicant: SupplicantBackEnd;
  private readonly iwd: IwdBackEnd;
  private readonly starter: Starter;
  private readonly ears: Ears;
  private readonly addresses: NetworkAddresses;
  private readonly longScans: LongScans;
  private readonly listeners: ((event: TechnologyEvent) => void)[] = [];
  private readonly present = new Map<BackEndName, boolean>();
  private readonly ends: (() => void)[] = [];
  private air: AirListener | undefined;
  private links: readonly WirelessLink[] = [];
  private state: 'up' | 'down' | '' = '';
  private blocked = false;

  constructor(options: WifiOptions) {
    this.options = options;
    const { bus, clock, log, links, files, packets, entropy } = options;
    const { addressSecretFile: secretFile, certificateFolder: folder } = options;
    this.ears = options.nl80211.ears;
    this.addresses = new NetworkAddresses({ files, secretFile, entropy, log });
    this.longScans = new LongScans(clock, this.ears, log);
    const backEnd: BackEndOptions = {
      ...{ bus, clock, log, links, ears: this.ears, addresses: this.addresses },
      scanning: options.scanning ?? usualScanning,
      onEvent: (event) => this.emit(event),
    };
    this.supplicant = new SupplicantBackEnd(backEnd, options.supplicantDriver);
    const certificates = new ServerCertificates({ packets, files, folder, log });
    this.iwd = new IwdBackEnd(backEnd, files, certificates, () => this.offerRest());
    const order: BackEndName[] = options.prefer === 'iwd' ? ['iwd', 'supplicant'] : ['supplicant', 'iwd'];
    this.starter = new Starter({
      ...{ bus, clock, log },
      names: order.map((name) => busNames[name]),
      need: 'Wi-Fi needs wpa_supplicant or iwd, and neither runs nor starts',
    });
  }

  start(): void {
    const { bus, rfkill, links } = this.options;
    for (const name of ['supplicant', 'iwd'] as const) {
      const end = bus.watchOwner(busNames[name], (owner) => this.appeared(name, owner !== undefined));
      this.ends.push(end);
    }
    if (rfkill) this.ends.push(rfkill.watch('wlan', ({ soft, hard }) => this.blockedBy(soft, hard)));
    links.watch((all) => {
      this.links = all;
      this.share();
      this.wake();
    });
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'associate') {
      const { network, attempt, profile } = command;
      const reason = privateKeyFault(this.options.files, profile.eap);
      if (reason !== undefined) return this.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason });
    }
    // Rule 39: the switch of the kind follows the technology's power.
    if (command.kind === 'set-powered') this.options.rfkill?.block('wlan', !command.powered);
    const complete = this.withAddress(command);
    this.iwd.command(complete);
    this.supplicant.command(complete);
  }

  private withAddress(command: TechnologyCommand): TechnologyCommand {
    if (command.kind !== 'associate') return command;
    const { network, profile } = command;
    return { ...command, profile: { ...profile, mac: this.addresses.given(profile.mac, network) } };
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    for (const end of this.ends) end();
    this.listen(false);
    this.starter.close();
    this.supplicant.close();
    this.iwd.close();
    this.options.nl80211.close();
    this.options.links.close();
  }

  private emit(event: TechnologyEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private appeared(name: BackEndName, present: boolean): void {
    this.present.set(name, present);
    if (this.present.size < 2) return;
    const up = this.present.get('supplicant') || this.present.get('iwd') ? 'up' : 'down';
    if (up !== this.state) {
      this.state = up;
      if (up === 'up') this.emit({ kind: 'up' });
    }
    this.listen(up === 'up');
    this.iwd.setPresent(this.present.get('iwd') === true);
    this.supplicant.setPresent(this.present.get('supplicant') === true);
    this.share();
    if (up === 'down') this.emit({ kind: 'down', reason: 'neither wpa_supplicant nor iwd is running' });
    this.wake();
  }

  private listen(wanted: boolean): void {
    const { nl80211, links } = this.options;
    const heard = (event: AirEvent) => {
      this.iwd.heard(event);
      this.supplicant.heard(event);
      this.longScans.heard(event);
    };
    if (wanted) this.air ??= nl80211.listen(links.addressOf.bind(links), heard);
    else {
      this.air?.close();
      this.air = undefined;
      this.longScans.close();
    }
  }

  /** Starts a back end if there is work for one and none runs. */
  private wake(): void {
    if (this.state === 'down' && this.links.length > 0) this.starter.wake();
    else this.starter.rest();
  }

  private share(): void {
    this.iwd.setLinks(this.links);
    this.offerRest();
  }

  /** wpa_supplicant gets what iwd does not hold. */
  private offerRest(): void {
    // While iwd runs, a link that it has not taken yet may be its own in a moment: it makes new ones of its radios.
    const offered = this.present.get('iwd') && !this.iwd.settled ? [] : this.links;
    this.supplicant.setLinks(this.present.get('supplicant') ? offered.filter(({ name }) => !this.iwd.holds(name)) : []);
  }

  private blockedBy(soft: boolean, hard: boolean): void {
    this.blocked = soft || hard;
    this.emit({ kind: 'rfkill', soft, hard });
    // What follows from the event may have switched the radios meanwhile.
    this.iwd.setBlocked(this.blocked);
    this.supplicant.setBlocked(this.blocked);
  }
}

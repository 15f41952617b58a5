/**
 * 802.1X on Ethernet links through wpa_supplicant's wired driver. connmand itself knows devices and cables; this driver alone
 * joins those whose service has EAP settings, and is loaded for the first of them.
 */
import { type Logger, OsError } from '@connman/base';
import {
  type EapProfile,
  ethernetDriver,
  ifindexOfCable,
  type NetworkId,
  type TechnologyCommand,
  type TechnologyDriver,
  type TechnologyEvent,
} from '@connman/contracts';
import { type Bus, type BusError, propertiesInterface, str } from '@connman/dbus';
import type { Clock, Files } from '@connman/ports';
import { privateKeyFault } from '../private-key';
import { Starter } from '../starter';
import {
  radioInterface,
  supplicantBusName,
  supplicantRoot,
  supplicantRootInterface,
} from '../supplicant/bus-interfaces';
import { carryOut, type SupplicantBus } from '../supplicant/calls';
import { readInterfaceChange } from '../supplicant/facts';
import type { SupplicantCall } from '../supplicant/messages';
import { wiredBlock } from '../supplicant/network-block';
import { Port, type PortEvent } from './port';

export interface WiredOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Logger;
}

/** A call that takes longer is given up: wpa_supplicant answers from memory, so it hangs. */
const callMs = 8000;
const callOptions = { timeoutMs: callMs, autoStart: false } as const;

interface Entry {
  readonly ifindex: number;
  readonly port: Port;
  /** Of wpa_supplicant's interface; empty while it has none. */
  path: string;
  /** Of the settings that wpa_supplicant is given: what an earlier one was about counts no more. */
  round: number;
  cancelTimer: () => void;
}

export function createWiredDriver(options: WiredOptions): TechnologyDriver {
  return new WiredDriver(options);
}

class WiredDriver implements TechnologyDriver {
  readonly name = ethernetDriver;
  readonly type = 'ethernet';
  private readonly options: WiredOptions;
  private readonly supplicant: SupplicantBus;
  private readonly starter: Starter;
  private readonly entries = new Map<NetworkId, Entry>();
  private readonly listeners: ((event: TechnologyEvent) => void)[] = [];
  private readonly ends: (() => void)[] = [];
  private present = false;

  constructor(options: WiredOptions) {
    this.options = options;
    const { bus, clock, log } = options;
    const root = bus.object(supplicantRootInterface, { name: supplicantBusName, path: supplicantRoot });
    this.supplicant = { bus, root, callMs };
    const need = 'wired 802.1X needs wpa_supplicant, which neither runs nor starts';
    this.starter = new Starter({ bus, clock, log, names: [supplicantBusName], need });
  }

  /** Its devices are connmand's own, so neither `up` nor `down` says anything of them. */
  start(): void {
    const { bus } = this.options;
    const sender = supplicantBusName;
    const of = { sender, interface: radioInterface.name };
    this.ends.push(
      bus.watchOwner(supplicantBusName, (owner) => this.appeared(owner !== undefined)),
      bus.subscribe(
        { sender, interface: propertiesInterface.name, member: 'PropertiesChanged' },
        's interface, a{sv} changed, as invalidated',
        ([interfaceName, changed], { path }) => {
          const { state } = interfaceName === radioInterface.name ? readInterfaceChange(changed) : {};
          if (state !== undefined) this.signal(path, { kind: 'state', state });
        },
      ),
      bus.subscribe({ ...of, member: 'EAP' }, 's status, s parameter', ([status, parameter], { path }) =>
        this.signal(path, { kind: 'eap', status, parameter }),
      ),
      bus.subscribe({ ...of, member: 'Certification' }, 'a{sv} certification', ([certificate], { path }) => {
        const sha256 = certificate.get('cert_hash')?.as('s');
        const isServers = certificate.get('depth')?.as('u') === 0;
        if (isServers && sha256 !== undefined) this.signal(path, { kind: 'certificate', sha256 });
      }),
    );
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'associate') {
      const { network, attempt, profile } = command;
      const reason = privateKeyFault(this.options.files, profile.eap);
      if (reason !== undefined) return this.emit({ kind: 'failed', network, attempt, error: 'connect-failed', reason });
      const entry = this.entryOf(network);
      if (entry) this.step(entry, { kind: 'associate', attempt, ...(profile.eap && { eap: profile.eap }) });
    } else if (command.kind === 'dissociate') {
      const entry = this.entries.get(command.network);
      if (entry) this.step(entry, { kind: 'dissociate' });
    }
    this.wake();
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listeners.push(listener);
  }

  /** Authorised ports stay so: wpa_supplicant goes on responding to the switch. */
  close(): void {
    for (const end of this.ends) end();
    for (const { cancelTimer } of this.entries.values()) cancelTimer();
    this.starter.close();
  }

  private emit(event: TechnologyEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private entryOf(id: NetworkId): Entry | undefined {
    const ifindex = ifindexOfCable(id);
    const known = this.entries.get(id);
    if (known || ifindex === undefined) return known;
    const entry: Entry = { ifindex, port: new Port(ifindex), path: '', round: 0, cancelTimer: () => {} };
    this.entries.set(id, entry);
    entry.port.step({ kind: 'supplicant', present: this.present });
    return entry;
  }

  private appeared(present: boolean): void {
    this.present = present;
    for (const entry of this.entries.values()) {
      if (!present) entry.path = '';
      this.step(entry, { kind: 'supplicant', present });
    }
    this.wake();
  }

  private wake(): void {
    const isWanted = [...this.entries.values()].some(({ port }) => port.isWanted);
    if (isWanted && !this.present) this.starter.wake();
    else this.starter.rest();
  }

  private signal(path: string, event: PortEvent): void {
    for (const entry of this.entries.values()) if (entry.path === path) this.step(entry, event);
  }

  private step(entry: Entry, event: PortEvent): void {
    for (const effect of entry.port.step(event)) {
      switch (effect.kind) {
        case 'report':
          this.emit(effect.event);
          break;
        case 'authenticate':
          void this.authenticate(entry, effect.eap);
          break;
        case 'release':
          this.release(entry);
          break;
        case 'timer':
          entry.cancelTimer();
          entry.cancelTimer = this.options.clock.setTimer(effect.ms, () => this.step(entry, { kind: 'timer' }));
          break;
        case 'cancel':
          entry.cancelTimer();
      }
    }
  }

  private async authenticate(entry: Entry, eap: EapProfile): Promise<void> {
    const round = ++entry.round;
    const name = this.nameOf(entry.ifindex);
    try {
      const path = await this.open(name);
      if (entry.round !== round) {
        if (!entry.port.isWanted) this.remove(path);
        return;
      }
      entry.path = path;
      const call = (one: SupplicantCall) => carryOut(this.supplicant, path, one);
      const { block, blobs } = wiredBlock(eap);
      // No scan comes before a cable is joined.
      await call({ method: 'set-ap-scan', value: 0 });
      for (const { name: blob, content } of blobs) await call({ method: 'add-blob', name: blob, content });
      const network = await call({ method: 'add-network', block });
      await call({ method: 'select-network', network });
    } catch (error) {
      if (entry.round !== round || !this.present) return;
      const reason = `wpa_supplicant refused ${name || `link ${entry.ifindex}`}: ${(error as BusError).message}`;
      this.step(entry, { kind: 'refused', reason });
    }
  }

  /** wpa_supplicant's interface for a link, from scratch: one of a former run has that run's settings. */
  private async open(name: string): Promise<string> {
    const { root } = this.supplicant;
    const create = () => root.call('CreateInterface', [{ Ifname: str(name), Driver: str('wired') }], callOptions);
    try {
      return await create();
    } catch (error) {
      if (!(error as BusError).errorName?.endsWith('.InterfaceExists')) throw error;
      await root.call('RemoveInterface', [await root.call('GetInterface', [name], callOptions)], callOptions);
      return create();
    }
  }

  private release(entry: Entry): void {
    entry.round++;
    if (entry.path !== '') this.remove(entry.path);
    entry.path = '';
  }

  private remove(path: string): void {
    this.supplicant.root.call('RemoveInterface', [path], callOptions).catch((error: BusError) => {
      this.options.log.debug(`wpa_supplicant did not remove ${path}: ${error.message}`);
    });
  }

  /** A link that was renamed meanwhile has its new name here. */
  private nameOf(ifindex: number): string {
    const folder = '/sys/class/net';
    return (
      this.options.files.list(folder).find((name) => this.text(`${folder}/${name}/ifindex`) === `${ifindex}`) ?? ''
    );
  }

  private text(path: string): string | undefined {
    try {
      return this.options.files.read(path)?.trim();
    } catch (error) {
      // What is no link, or has just gone.
      if (error instanceof OsError) return undefined;
      throw error;
    }
  }
}

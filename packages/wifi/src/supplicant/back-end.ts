/** wpa_supplicant on the bus: its signals become events of the radios' machines, their effects become calls. */
import { type DeviceId, deviceId, type TechnologyCommand } from '@connman/contracts';
import { BusError, busErrorName, propertiesInterface, type Variant, variant } from '@connman/dbus';
import type { MacAddress } from '@connman/inet';
import type { BackEnd, BackEndOptions } from '../back-end';
import type { WirelessLink } from '../links';
import type { AirEvent } from '../nl80211/air';
import { scanSteps } from '../radio/channels';
import { radioInterface, supplicantBusName, supplicantRoot, supplicantRootInterface } from './bus-interfaces';
import { carryOut, type SupplicantBus } from './calls';
import { ageOf, changeBss, type Properties, readAbilities, readBss, readInterfaceChange } from './facts';
import type { RadioEffect, RadioEvent, RadioTimer } from './messages';
import { freshSeconds, Radio } from './radio';
import { watchRadios } from './signals';

/** A call that takes longer is given up: wpa_supplicant answers from memory, so it hangs. */
const callMs = 8000;

interface Entry {
  readonly radio: Radio;
  path: string;
  /** Events that came while the interface's state was being read. */
  early: RadioEvent[] | undefined;
  readonly timers: Map<RadioTimer, () => void>;
}

export class SupplicantBackEnd implements BackEnd {
  private readonly options: BackEndOptions;
  private readonly driverOption: string | undefined;
  private readonly entries = new Map<number, Entry>();
  private readonly byPath = new Map<string, Entry>();
  private readonly bus: SupplicantBus;
  private readonly unsubscribe: () => void;
  private present = false;
  private blocked = false;
  private country: string | undefined;
  private build: Properties = new Map();

  /** @param driverOption connmand's -W: the driver that wpa_supplicant is to use. */
  constructor(options: BackEndOptions, driverOption?: string) {
    this.options = options;
    this.driverOption = driverOption;
    const root = options.bus.object(supplicantRootInterface, { name: supplicantBusName, path: supplicantRoot });
    this.bus = { bus: options.bus, root, callMs, ...(driverOption === undefined ? {} : { driver: driverOption }) };
    this.unsubscribe = watchRadios(options.bus, (path, event) => this.signal(path, event), {
      bssAdded: (path, bssPath, properties) => this.bssAdded(path, bssPath, properties),
      changed: (path, properties) => this.signal(path, { kind: 'changed', change: readInterfaceChange(properties) }),
      bssChanged: (path, bssPath, properties) => this.bssChanged(path, bssPath, properties),
      removed: (path) => this.removed(path),
      added: (_path, ifname) => this.addedByOther(ifname),
    });
  }

  setPresent(present: boolean): void {
    if (this.present === present) return;
    this.present = present;
    if (present) void this.greet();
    else for (const entry of this.entries.values()) this.interfaceGone(entry);
  }

  setLinks(links: readonly WirelessLink[]): void {
    const wanted = new Map(links.map((link) => [link.ifindex, link]));
    for (const [ifindex, entry] of [...this.entries]) {
      const link = wanted.get(ifindex);
      if (link && link.name === entry.radio.link.name) continue;
      this.drop(ifindex, entry);
    }
    for (const link of links) if (!this.entries.has(link.ifindex)) this.add(link);
  }

  setBlocked(blocked: boolean): void {
    this.blocked = blocked;
    for (const entry of this.entries.values()) this.step(entry, { kind: 'blocked', blocked });
  }

  heard(event: AirEvent): void {
    for (const entry of this.entries.values())
      if (entry.radio.link.ifindex === event.ifindex) this.step(entry, { kind: 'air', event });
  }

  command(command: TechnologyCommand): void {
    if (command.kind === 'set-country') this.country = command.country;
    for (const entry of this.entries.values())
      if (isFor(command, entry.radio.link.id)) this.step(entry, { kind: 'command', command });
  }

  close(): void {
    this.unsubscribe();
    for (const { timers } of this.entries.values()) for (const cancel of timers.values()) cancel();
    this.entries.clear();
  }

  private add(link: WirelessLink): void {
    const ident = link.permanentMac.replaceAll(':', '');
    const radio = new Radio({ ...link, id: deviceId(`wifi:${ident}`), ident }, this.options.scanning);
    const entry: Entry = { radio, path: '', early: undefined, timers: new Map() };
    this.entries.set(link.ifindex, entry);
    this.perform(entry, radio.start(this.blocked));
    if (this.present) void this.lookFor(entry);
  }

  private drop(ifindex: number, entry: Entry): void {
    this.entries.delete(ifindex);
    if (entry.path !== '') {
      this.byPath.delete(entry.path);
      if (this.present) this.bus.root.call('RemoveInterface', [entry.path], { autoStart: false }).catch(() => {});
    }
    this.perform(entry, entry.radio.end());
    for (const cancel of entry.timers.values()) cancel();
  }

  private async greet(): Promise<void> {
    try {
      const properties = this.options.bus.object(propertiesInterface, {
        name: supplicantBusName,
        path: supplicantRoot,
      });
      this.build = await properties.call('GetAll', [supplicantRootInterface.name], this.callOptions);
    } catch (error) {
      this.options.log.warning(`wpa_supplicant does not say what it can do: ${(error as Error).message}`);
    }
    for (const entry of this.entries.values()) void this.lookFor(entry);
  }

  private readonly callOptions = { timeoutMs: callMs, autoStart: false } as const;

  /** An interface that wpa_supplicant has already is taken over; one that is wanted is asked for. */
  private async lookFor(entry: Entry): Promise<void> {
    try {
      const path = await this.bus.root.call('GetInterface', [entry.radio.link.name], this.callOptions);
      await this.take(entry, path);
    } catch {
      if (this.present && !entry.radio.hasInterface) this.step(entry, { kind: 'timer', timer: 'create' });
    }
  }

  /** Reads everything about an interface; what happens meanwhile is kept in its order. */
  private async take(entry: Entry, path: string): Promise<void> {
    if (entry.path === path || !this.entries.has(entry.radio.link.ifindex)) return;
    entry.path = path;
    entry.early = [];
    this.byPath.set(path, entry);
    try {
      const { bus } = this.options;
      const read = (object: string, name: string) =>
        bus
          .object(propertiesInterface, { name: supplicantBusName, path: object })
          .call('GetAll', [name], this.callOptions);
      const properties = await read(path, radioInterface.name);
      const paths = properties.get('BSSs')?.as('ao') ?? [];
      const all = await Promise.all(
        paths.map(
          async (bssPath) =>
            [bssPath, readBss(await read(bssPath, 'fi.w1.wpa_supplicant1.BSS').catch(() => new Map()))] as const,
        ),
      );
      if (entry.path !== path) return;
      const bsss = all.flatMap(([bssPath, bss]) => (bss ? [[bssPath, bss] as const] : []));
      const early: RadioEvent[] = entry.early ?? [];
      entry.early = undefined;
      const abilities = readAbilities(this.build, properties);
      const steps = scanSteps(this.options.ears.frequencies(entry.radio.link.ifindex));
      const state = readInterfaceChange(properties);
      this.step(entry, {
        ...{ kind: 'interface', path, abilities, scanSteps: steps, state, bsss },
        ...this.addressesOf(entry.radio.link),
      });
      if (this.country !== undefined)
        this.step(entry, { kind: 'command', command: { kind: 'set-country', country: this.country } });
      for (const event of early) this.step(entry, event);
    } catch (error) {
      if (entry.path !== path) return;
      entry.path = '';
      entry.early = undefined;
      this.byPath.delete(path);
      throw error;
    }
  }

  /** An address that an administrator gave the link is its own; one that this machine derived is not. */
  private addressesOf({ ifindex, permanentMac }: WirelessLink): { address: MacAddress; ownAddress: MacAddress } {
    const { links, addresses } = this.options;
    const address = links.addressOf(ifindex) ?? permanentMac;
    return { address, ownAddress: addresses.isOurs(address) ? permanentMac : address };
  }

  private interfaceGone(entry: Entry): void {
    if (entry.path === '') return;
    this.byPath.delete(entry.path);
    entry.path = '';
    entry.early = undefined;
    this.step(entry, { kind: 'interface-gone' });
  }

  private removed(path: string): void {
    const entry = this.byPath.get(path);
    if (!entry) return;
    this.interfaceGone(entry);
    // Removed by another program; the radio asks for it again if it is wanted.
    if (this.present) this.step(entry, { kind: 'timer', timer: 'create' });
  }

  private addedByOther(ifname: string): void {
    for (const entry of this.entries.values())
      if (entry.radio.link.name === ifname && entry.path === '') void this.lookFor(entry);
  }

  private signal(path: string, event: RadioEvent): void {
    const entry = this.byPath.get(path);
    if (!entry) return;
    if (entry.early) entry.early.push(event);
    else this.step(entry, event);
  }

  private bssAdded(path: string, bssPath: string, properties: Properties): void {
    const bss = readBss(properties);
    if (bss) this.signal(path, { kind: 'bss', path: bssPath, bss, age: ageOf(properties) });
  }

  private bssChanged(path: string, bssPath: string, changed: Properties): void {
    const entry = this.byPath.get(path);
    const known = entry?.radio.bsss.get(bssPath);
    if (!known) return;
    const [bss, age] = [changeBss(known, changed), ageOf(changed)];
    // After each scan it says of all how old they are, also of those that the scan was not about.
    if (bss !== known || age <= freshSeconds) this.signal(path, { kind: 'bss', path: bssPath, bss, age });
  }

  private step(entry: Entry, event: RadioEvent): void {
    this.perform(entry, entry.radio.step(event));
  }

  private perform(entry: Entry, effects: readonly RadioEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'report':
          this.options.onEvent(effect.event);
          break;
        case 'call':
          void this.call(entry, effect);
          break;
        case 'set-address': {
          const reason = this.options.links.setAddress(entry.radio.link.ifindex, effect.mac);
          if (reason !== undefined) this.step(entry, { kind: 'address-refused', reason });
          break;
        }
        case 'end-foreign-scan':
          if (!this.options.ears.abortScan(entry.radio.link.ifindex)) this.step(entry, { kind: 'no-scan' });
          break;
        case 'forget-unresolved':
          this.options.links.forgetUnresolved(entry.radio.link.ifindex);
          break;
        case 'timer':
          this.cancel(entry, effect.timer);
          entry.timers.set(
            effect.timer,
            this.options.clock.setTimer(effect.ms, () => {
              entry.timers.delete(effect.timer);
              this.step(entry, { kind: 'timer', timer: effect.timer });
            }),
          );
          break;
        case 'cancel':
          this.cancel(entry, effect.timer);
          break;
        case 'log':
          this.options.log[effect.level](effect.text);
      }
    }
  }

  private cancel(entry: Entry, timer: RadioTimer): void {
    entry.timers.get(timer)?.();
    entry.timers.delete(timer);
  }

  private async call(entry: Entry, { call, number }: RadioEffect & { kind: 'call' }): Promise<void> {
    const { path } = entry;
    const { name } = entry.radio.link;
    if (call.method === 'remove-interface') {
      // Its signal must not look like another program's doing.
      this.byPath.delete(path);
      entry.path = '';
      entry.early = undefined;
    }
    try {
      if (call.method === 'create-interface') {
        await this.create(entry, call.bridge);
        return;
      }
      if (path === '') throw new BusError(busErrorName.unknownObject, `wpa_supplicant does not have ${name}`);
      const answer = await carryOut(this.bus, path, call);
      if (number !== undefined) this.step(entry, { kind: 'answered', call: number, path: answer });
    } catch (error) {
      const { errorName = busErrorName.failed, message: text } = error as BusError;
      if (number !== undefined) this.step(entry, { kind: 'refused', call: number, error: errorName, text });
      else this.options.log.debug(`${name}: wpa_supplicant refused ${call.method}: ${text}`);
    }
  }

  private async create(entry: Entry, bridge: string | undefined): Promise<void> {
    if (!this.present) throw new BusError(busErrorName.serviceUnknown, 'wpa_supplicant is not running');
    const { name } = entry.radio.link;
    const args: Record<string, Variant> = {
      Ifname: variant('s', name),
      ...(bridge === undefined ? {} : { BridgeIfname: variant('s', bridge) }),
      ...(this.driverOption === undefined ? {} : { Driver: variant('s', this.driverOption) }),
    };
    let path: string;
    try {
      path = await this.bus.root.call('CreateInterface', [args], this.callOptions);
    } catch (error) {
      if (!(error as BusError).errorName?.endsWith('.InterfaceExists')) throw error;
      path = await this.bus.root.call('GetInterface', [name], this.callOptions);
    }
    await this.take(entry, path);
  }
}

function isFor(command: TechnologyCommand, device: DeviceId): boolean {
  if ('device' in command) return command.device === device;
  if ('network' in command) return command.network.startsWith(`${device}/`);
  return true;
}

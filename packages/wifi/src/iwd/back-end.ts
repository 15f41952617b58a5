/** iwd on the bus: its objects become devices and their events, the devices' effects become calls. */
import { Secret } from '@connman/base';
import { deviceId, type TechnologyCommand } from '@connman/contracts';
import {
  type BusError,
  bool,
  busErrorName,
  type MirroredInterfaces,
  MirroredObjects,
  propertiesInterface,
  str,
  type Variant,
} from '@connman/dbus';
import { parseMac } from '@connman/inet';
import type { Files } from '@connman/ports';
import type { BackEnd, BackEndOptions } from '../back-end';
import type { WirelessLink } from '../links';
import type { AirEvent } from '../nl80211/air';
import { scanSteps } from '../radio/channels';
import { fromHex } from '../radio/networks';
import { IwdAgent } from './agent';
import {
  accessPointInterface,
  adapterInterfaceName,
  deviceInterfaceName,
  diagnosticInterface,
  iwdBusName,
  knownNetworkInterface,
  networkInterface,
  stationInterface,
  wscInterface,
} from './bus-interfaces';
import { IwdDevice } from './device';
import { prepareKnownNetwork, setsAddresses } from './known-network-file';
import type {
  DeviceEffect,
  DeviceEvent,
  DeviceState,
  DeviceTimer,
  Diagnostics,
  IwdCall,
  StationState,
} from './messages';
import { scanMs } from './scans';
import type { ServerCertificates } from './server-certificates';

/** iwd answers most calls from memory. */
const callMs = 8000;
/** Between attempts to read what iwd has, while it does not answer. */
const greetAgainMs = 2000;

interface Entry {
  readonly path: string;
  readonly device: IwdDevice;
  readonly networks: Map<string, string>;
  state: string;
  readonly timers: Map<DeviceTimer, () => void>;
}

export class IwdBackEnd implements BackEnd {
  private readonly options: BackEndOptions;
  private readonly files: Files;
  private readonly onHeld: () => void;
  private readonly objects: MirroredObjects;
  private readonly agent: IwdAgent;
  private readonly certificates: ServerCertificates;
  private readonly entries = new Map<string, Entry>();
  private links = new Map<string, WirelessLink>();
  private present = false;
  private blocked = false;
  private setsAddresses = false;
  private cancelGreeting: () => void = () => {};
  /** It has our agent. It owns its name before its objects answer: a network that is joined earlier gets no passphrase. */
  private hasAgent = false;
  /** It has said which devices it has. */
  settled = false;

  /** @param onHeld is called when iwd took a link or gave one up. */
  constructor(options: BackEndOptions, files: Files, certificates: ServerCertificates, onHeld: () => void) {
    this.options = options;
    this.files = files;
    this.certificates = certificates;
    this.onHeld = onHeld;
    this.objects = new MirroredObjects(options.bus, iwdBusName, {
      changed: (path) => this.changed(path),
      gone: (path) => this.gone(path),
    });
    this.agent = new IwdAgent(options.bus, (network, what, request) => {
      const entry = this.entryOfNetwork(network);
      if (entry) this.step(entry, { kind: 'asked', what, request });
      else this.agent.answer(request, undefined);
    });
  }

  /** Whether iwd has a device on this link. */
  holds(name: string): boolean {
    for (const [, interfaces] of this.objects.entries())
      if (interfaces.get(deviceInterfaceName)?.get('Name')?.as('s') === name) return true;
    return false;
  }

  setPresent(present: boolean): void {
    if (this.present === present) return;
    this.present = present;
    if (present) return void this.greet();
    this.cancelGreeting();
    this.settled = false;
    this.hasAgent = false;
    this.objects.clear();
    this.onHeld();
  }

  setLinks(links: readonly WirelessLink[]): void {
    this.links = new Map(links.map((link) => [link.name, link]));
    for (const entry of [...this.entries.values()]) {
      const link = this.links.get(entry.device.link.name);
      if (link?.ifindex !== entry.device.link.ifindex) this.drop(entry);
    }
    for (const [path] of this.objects.entries()) this.changed(path);
  }

  setBlocked(blocked: boolean): void {
    this.blocked = blocked;
    for (const entry of this.entries.values()) this.step(entry, { kind: 'blocked', blocked });
  }

  heard(event: AirEvent): void {
    for (const entry of this.entries.values()) {
      if (entry.device.link.ifindex !== event.ifindex) continue;
      if (event.kind === 'scanned') this.hear(entry, true, event.ok);
      else this.step(entry, { kind: 'air', event });
    }
  }

  command(given: TechnologyCommand): void {
    const command = given.kind === 'associate' ? this.certificates.withPinned(given) : given;
    for (const entry of this.entries.values()) {
      const { id } = entry.device.link;
      const other =
        'device' in command ? command.device !== id : 'network' in command && !command.network.startsWith(`${id}/`);
      if (!other) this.step(entry, { kind: 'command', command });
    }
  }

  close(): void {
    this.present = false;
    this.cancelGreeting();
    this.objects.close();
    this.agent.close();
    this.certificates.close();
    for (const { timers } of this.entries.values()) for (const cancel of timers.values()) cancel();
    this.entries.clear();
  }

  private async greet(): Promise<void> {
    this.cancelGreeting();
    this.setsAddresses = setsAddresses(this.files);
    try {
      await this.agent.register();
      this.hasAgent = this.present;
      await this.objects.load();
    } catch (error) {
      if (this.present) {
        this.options.log.warning(`iwd does not say what it has: ${(error as Error).message}; asking again`);
        this.cancelGreeting = this.options.clock.setTimer(greetAgainMs, () => void this.greet());
      }
    }
    this.settled = true;
    this.onHeld();
  }

  private changed(path: string): void {
    const interfaces = this.objects.get(path);
    // Without the agent nothing is shown; once it is registered all objects are read.
    if (!interfaces || !this.hasAgent) return;
    const known = interfaces.get(knownNetworkInterface.name);
    // Only connmand decides what is joined.
    if (known?.get('AutoConnect')?.as('b') === true)
      void this.set(path, knownNetworkInterface.name, 'AutoConnect', bool(false));
    if (interfaces.has(adapterInterfaceName)) return this.adapterChanged(path);
    if (interfaces.has(networkInterface.name)) return this.networkChanged(path, interfaces);
    if (interfaces.has(deviceInterfaceName)) this.deviceChanged(path, interfaces);
  }

  private gone(path: string): void {
    const entry = this.entries.get(path);
    if (entry) {
      this.drop(entry);
      return this.onHeld();
    }
    const owner = this.entryOfNetwork(path);
    if (owner?.networks.delete(path)) this.step(owner, { kind: 'network-gone', path });
  }

  private drop(entry: Entry): void {
    this.entries.delete(entry.path);
    this.perform(entry, entry.device.end());
    for (const cancel of entry.timers.values()) cancel();
  }

  private adapterChanged(adapter: string): void {
    for (const [path, interfaces] of this.objects.entries())
      if (interfaces.get(deviceInterfaceName)?.get('Adapter')?.as('o') === adapter)
        this.deviceChanged(path, interfaces);
  }

  private deviceChanged(path: string, interfaces: MirroredInterfaces): void {
    const state = this.stateOf(interfaces);
    const known = this.entries.get(path);
    if (known) {
      const text = JSON.stringify(state);
      if (text === known.state) return;
      known.state = text;
      return this.step(known, { kind: 'state', state });
    }
    const link = this.links.get(interfaces.get(deviceInterfaceName)?.get('Name')?.as('s') ?? '');
    if (!link) return;
    const ident = link.permanentMac.replaceAll(':', '');
    const device = new IwdDevice({ ...link, id: deviceId(`wifi:${ident}`), ident }, this.setsAddresses);
    const entry: Entry = { path, device, networks: new Map(), state: JSON.stringify(state), timers: new Map() };
    // wpa_supplicant's device of the same link goes first.
    this.onHeld();
    this.entries.set(path, entry);
    const steps = scanSteps(this.options.ears.frequencies(link.ifindex));
    this.perform(entry, device.start(state, this.blocked, steps));
    for (const [networkPath, one] of this.objects.entries())
      if (one.has(networkInterface.name)) this.networkChanged(networkPath, one);
  }

  private stateOf(interfaces: MirroredInterfaces): DeviceState {
    const device = interfaces.get(deviceInterfaceName);
    const adapter = this.objects.get(device?.get('Adapter')?.as('o') ?? '')?.get(adapterInterfaceName);
    const station = interfaces.get(stationInterface.name);
    const accessPoint = interfaces.get(accessPointInterface.name);
    return {
      powered: device?.get('Powered')?.as('b') === true && adapter?.get('Powered')?.as('b') !== false,
      mode: device?.get('Mode')?.as('s') ?? '',
      ...(station && {
        station: {
          state: (station.get('State')?.as('s') ?? 'disconnected') as StationState,
          scanning: station.get('Scanning')?.as('b') ?? false,
          network: station.get('ConnectedNetwork')?.as('o') ?? '',
        },
      }),
      ...(accessPoint && { accessPoint: { started: accessPoint.get('Started')?.as('b') ?? false } }),
    };
  }

  private networkChanged(path: string, interfaces: MirroredInterfaces): void {
    const properties = interfaces.get(networkInterface.name);
    const entry = this.entryOfNetwork(path);
    if (!entry || !properties) return;
    const type = properties.get('Type')?.as('s') ?? '';
    const knownNetwork = properties.get('KnownNetwork')?.as('o') ?? '';
    if (entry.networks.get(path) === `${type} ${knownNetwork}`) return;
    entry.networks.set(path, `${type} ${knownNetwork}`);
    this.step(entry, { kind: 'network', network: { path, type, knownNetwork } });
  }

  private entryOfNetwork(path: string): Entry | undefined {
    return this.entries.get(path.replace(/\/[^/]*$/, ''));
  }

  private step(entry: Entry, event: DeviceEvent): void {
    this.perform(entry, entry.device.step(event));
  }

  private perform(entry: Entry, effects: readonly DeviceEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'report':
          this.options.onEvent(effect.event);
          break;
        case 'call':
          void this.call(entry, effect);
          break;
        case 'hear':
          this.hear(entry, false, true);
          break;
        case 'scan':
          this.scan(entry, effect.ssids, effect.frequencies);
          break;
        case 'abort-scan':
          this.options.ears.abortScan(entry.device.link.ifindex);
          break;
        case 'diagnose':
          void this.diagnose(entry);
          break;
        case 'watch-server':
          this.watchServer(entry, effect.on);
          break;
        case 'keep-certificate':
          this.certificates.keep(effect.certificate);
          break;
        case 'forget-unresolved':
          this.options.links.forgetUnresolved(entry.device.link.ifindex);
          break;
        case 'answer':
          this.agent.answer(
            effect.request,
            effect.texts?.map((text) => (text instanceof Secret ? text.reveal() : text)),
          );
          break;
        case 'timer':
          entry.timers.get(effect.timer)?.();
          entry.timers.set(
            effect.timer,
            this.options.clock.setTimer(effect.ms, () => {
              entry.timers.delete(effect.timer);
              this.step(entry, { kind: 'timer', timer: effect.timer });
            }),
          );
          break;
        case 'cancel':
          entry.timers.get(effect.timer)?.();
          entry.timers.delete(effect.timer);
          break;
        case 'log':
          this.options.log[effect.level](effect.text);
      }
    }
  }

  private async call(entry: Entry, { call, number }: DeviceEffect & { kind: 'call' }): Promise<void> {
    try {
      await this.carryOut(entry.path, call);
      if (number !== undefined) this.step(entry, { kind: 'answered', call: number });
    } catch (error) {
      const { errorName = busErrorName.failed, message: text } = error as BusError;
      if (number !== undefined) this.step(entry, { kind: 'refused', call: number, error: errorName, text });
      else this.options.log.debug(`${entry.device.link.name}: iwd refused ${call.method}: ${text}`);
    }
  }

  private async carryOut(path: string, call: IwdCall): Promise<void> {
    const { bus } = this.options;
    const at = { name: iwdBusName, path };
    const options = { timeoutMs: callMs, autoStart: false };
    const patient = { timeoutMs: Number.POSITIVE_INFINITY, autoStart: false };
    switch (call.method) {
      case 'power':
        return this.set(path, deviceInterfaceName, 'Powered', bool(call.powered));
      case 'mode':
        return this.set(path, deviceInterfaceName, 'Mode', str(call.mode));
      case 'scan':
        // It answers when the scan has begun, after the one that is under way: of all channels, that takes many seconds.
        return bus.object(stationInterface, at).call('Scan', [], { timeoutMs: scanMs, autoStart: false });
      case 'disconnect':
        return bus.object(stationInterface, at).call('Disconnect', [], options);
      case 'connect':
        if (call.settings) prepareKnownNetwork(this.files, call.settings);
        return bus.object(networkInterface, { name: iwdBusName, path: call.network }).call('Connect', [], patient);
      case 'connect-hidden':
        return bus.object(stationInterface, at).call('ConnectHiddenNetwork', [call.name], patient);
      case 'forget':
        return bus.object(knownNetworkInterface, { name: iwdBusName, path: call.known }).call('Forget', [], options);
      case 'push-button':
        return bus.object(wscInterface, at).call('PushButton', [], patient);
      case 'start-pin':
        return bus.object(wscInterface, at).call('StartPin', [call.pin.reveal()], patient);
      case 'cancel-wps':
        return bus.object(wscInterface, at).call('Cancel', [], options);
      case 'start-access-point':
        return bus.object(accessPointInterface, at).call('Start', [call.ssid, call.passphrase.reveal()], patient);
    }
  }

  private async set(path: string, interfaceName: string, name: string, value: Variant): Promise<void> {
    const properties = this.options.bus.object(propertiesInterface, { name: iwdBusName, path });
    await properties
      .call('Set', [interfaceName, name, value], { timeoutMs: callMs, autoStart: false })
      .catch((error) => {
        this.options.log.debug(`iwd refused to set ${name}: ${(error as BusError).message}`);
      });
  }

  private hear(entry: Entry, scanned: boolean, ok: boolean): void {
    const bsss = ok && { bsss: this.options.ears.heard(entry.device.link.ifindex) };
    this.step(entry, { kind: 'heard', ...bsss, scanned });
  }

  private scan(entry: Entry, ssids: readonly string[], frequencies: readonly number[]): void {
    const answer = this.options.ears.scan(entry.device.link.ifindex, ssids.map(fromHex), frequencies);
    if (answer !== 'begun') this.step(entry, { kind: 'scan-answer', answer });
  }

  private watchServer(entry: Entry, on: boolean): void {
    const { ifindex } = entry.device.link;
    if (!on) return this.certificates.stop(ifindex);
    this.certificates.watch(ifindex, {
      shown: (certificate) => this.step(entry, { kind: 'server-certificate', certificate }),
      refused: () => this.step(entry, { kind: 'air', event: { kind: 'certificate-refused', ifindex } }),
    });
  }

  private async diagnose(entry: Entry): Promise<void> {
    const station = this.options.bus.object(diagnosticInterface, { name: iwdBusName, path: entry.path });
    try {
      const answer = await station.call('GetDiagnostics', [], { timeoutMs: callMs, autoStart: false });
      const bssid = parseMac(answer.get('ConnectedBss')?.as('s') ?? '');
      const frequency = answer.get('Frequency')?.as('u');
      const security = answer.get('Security')?.as('s');
      const diagnostics: Diagnostics = {
        ...(bssid && { bssid }),
        ...(frequency === undefined ? {} : { frequency }),
        ...(security === undefined ? {} : { security }),
      };
      this.step(entry, { kind: 'diagnostics', diagnostics });
    } catch {
      // Not connected any more.
    }
  }
}

/**
 * The cellular technology: oFono's modems with a SIM are devices, their internet contexts are networks (rule 213). The SIM's PIN,
 * the choice of the operator and whether data may roam are oFono's. ofonod comes and goes.
 */
import type { Secret } from '@connman/base';
import type {
  Associate,
  DriverPorts,
  NetworkId,
  TechnologyCommand,
  TechnologyDriver,
  TechnologyEvent,
} from '@connman/contracts';
import { bool, str, type Variant } from '@connman/dbus';
import type { Files } from '@connman/ports';
import { type Failure, failureOf, withoutApn } from './failure';
import type { Modem } from './modem';
import type { CellularNetwork } from './network';
import { networkTimeEvent } from './network-time';
import { Ofono, patience } from './ofono';
import { ofonoTime } from './ofono-time';

export interface CellularPorts extends DriverPorts {
  /** The table of time zones. */
  readonly files: Pick<Files, 'read'>;
}

export function createCellularDriver(ports: CellularPorts): TechnologyDriver {
  return new CellularDriver(ports);
}

class CellularDriver implements TechnologyDriver {
  readonly name = 'cellular';
  readonly type = 'cellular';
  private readonly ports: CellularPorts;
  private readonly ofono: Ofono;
  /** What was reported last, by network. */
  private readonly reported = new Map<CellularNetwork, string>();
  private listener: (event: TechnologyEvent) => void = () => {};
  private endWatch = () => {};

  constructor(ports: CellularPorts) {
    this.ports = ports;
    this.ofono = new Ofono(ports, {
      up: () => this.listener({ kind: 'up' }),
      down: () => this.lost(),
      changed: (modem) => this.reportDevice(modem),
      gone: (modem) => this.loseDevice(modem),
      contextGone: (network) => this.drop(network),
      timeTold: (modem, time) => this.reportTime(modem, time),
    });
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { rfkill } = this.ports;
    if (rfkill) this.endWatch = rfkill.watch('wwan', ({ soft, hard }) => this.listener({ kind: 'rfkill', soft, hard }));
    this.ofono.start();
  }

  command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered': {
        const modem = [...this.ofono.modems.values()].find(({ device }) => device?.id === command.device);
        if (modem) this.setPowered(modem, command.powered);
        return;
      }
      case 'associate':
        return this.associate(command);
      case 'answer-input':
        return this.answered(command.network, command.attempt, command.values);
      case 'dissociate': {
        const { network, modem } = this.find(command.network) ?? {};
        if (network?.isInUse && modem) this.leave(modem, network);
      }
    }
  }

  close(): void {
    this.endWatch();
    this.ofono.close();
  }

  // What connmand hears.

  private lost(): void {
    this.reported.clear();
    this.listener({ kind: 'down', reason: 'ofonod is not running' });
  }

  private reportDevice(modem: Modem): void {
    const { fact, device } = modem;
    if (device && fact?.id !== device.id) this.loseDevice(modem);
    if (!fact) return;
    if (modem.device?.powered !== fact.powered) {
      modem.device = fact;
      this.listener({ kind: 'device', device: fact });
    }
    this.reportNetworks(modem);
  }

  private reportTime({ fact }: Modem, time: ReadonlyMap<string, Variant>): void {
    const { clock, files } = this.ports;
    const told = fact && ofonoTime(time, clock.now());
    if (told) this.listener(networkTimeEvent(fact.id, told, files, clock.wallTime()));
  }

  private loseDevice(modem: Modem): void {
    const { device } = modem;
    modem.device = undefined;
    for (const network of modem.contexts.values()) this.reported.delete(network);
    modem.forgetContexts();
    if (device) this.listener({ kind: 'device-gone', device: device.id });
  }

  private reportNetworks(modem: Modem): void {
    const { device } = modem;
    for (const network of modem.contexts.values()) {
      const isUsable = modem.isAttached || network.isInUse;
      if (device?.powered && network.isInternet && isUsable) this.report(modem, network);
      else this.drop(network);
    }
  }

  private report(modem: Modem, network: CellularNetwork): void {
    if (modem.contexts.get(network.path) !== network) return;
    const fact = network.fact(modem.cell, this.ports.ifindexOf);
    const text = JSON.stringify(fact);
    if (this.reported.get(network) === text) return;
    this.reported.set(network, text);
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
  }

  private drop(network: CellularNetwork): void {
    if (this.reported.delete(network)) this.listener({ kind: 'networks', changed: [], gone: [network.id] });
  }

  private find(id: NetworkId): { readonly modem: Modem; readonly network: CellularNetwork } | undefined {
    for (const modem of this.ofono.modems.values())
      for (const network of modem.contexts.values())
        if (network.id === id && this.reported.has(network)) return { modem, network };
    return undefined;
  }

  // What connmand wants.

  private setPowered(modem: Modem, powered: boolean): void {
    // Rule 39: the switch of the kind follows the technology's power.
    this.ports.rfkill?.block('wwan', !powered);
    modem.wantsOnline = powered;
    if (powered && !modem.isPowered) this.ofono.set(modem, 'Powered', true);
    this.ofono.set(modem, 'Online', powered);
    if (powered) this.ofono.allowData(modem);
  }

  private associate({ network: id, attempt, caller }: Associate): void {
    const { modem, network } = this.find(id) ?? {};
    if (!modem || !network) return;
    const others = [...modem.contexts.values()].filter(
      (other) => other !== network && other.isInternet && other.isInUse,
    );
    for (const other of others) this.leave(modem, other);
    network.attempt.begin(attempt);
    this.report(modem, network);
    const fields = network.isActive ? [] : network.missingFields;
    if (fields.length > 0 && caller === undefined) return this.failed(modem, network, attempt, withoutApn(modem.name));
    if (fields.length > 0) return this.listener({ kind: 'needs-input', network: id, attempt, fields });
    const earlier = Promise.all([network, ...others].map(({ work }) => work));
    network.work = earlier.then(() => this.activate(modem, network, attempt));
  }

  /** The access point name, and what belongs to it, is kept by oFono. */
  private answered(id: NetworkId, attempt: number, values?: Readonly<Record<string, Secret>>): void {
    const { modem, network } = this.find(id) ?? {};
    if (!modem || !network || network.attempt.number !== attempt) return;
    const apn = values?.APN?.reveal() ?? '';
    if (apn === '') return this.failed(modem, network, attempt, withoutApn(modem.name));
    const texts = [
      ['Username', values?.['APN.Username']?.reveal() ?? ''],
      ['Password', values?.['APN.Password']?.reveal() ?? ''],
      ['AccessPointName', apn],
    ] as const;
    network.work = network.work.then(async () => {
      try {
        for (const [name, text] of texts)
          await this.ofono.contextOf(network).call('SetProperty', [name, str(text)], patience);
      } catch (error) {
        if (network.attempt.number === attempt) this.failed(modem, network, attempt, failureOf(error, modem, apn));
        return;
      }
      await this.activate(modem, network, attempt);
    });
  }

  private async activate(modem: Modem, network: CellularNetwork, attempt: number): Promise<void> {
    const isWanted = () => network.attempt.number === attempt && modem.contexts.get(network.path) === network;
    if (!isWanted()) return;
    try {
      if (!network.isActive) await this.ofono.contextOf(network).call('SetProperty', ['Active', bool(true)], patience);
    } catch (error) {
      if (isWanted()) this.failed(modem, network, attempt, failureOf(error, modem, network.apn));
      return;
    }
    if (isWanted()) {
      network.attempt.succeeded();
      this.report(modem, network);
    } else if (network.attempt.number === 0) await this.deactivate(modem, network);
  }

  private failed(modem: Modem, network: CellularNetwork, attempt: number, failure: Failure): void {
    network.attempt.failed();
    this.report(modem, network);
    this.listener({ kind: 'failed', network: network.id, attempt, ...failure });
    // It may have been kept for the attempt's sake alone.
    this.reportNetworks(modem);
  }

  private leave(modem: Modem, network: CellularNetwork): void {
    network.attempt.leave();
    this.report(modem, network);
    network.work = Promise.all([network.work, this.deactivate(modem, network)]);
  }

  private async deactivate(modem: Modem, network: CellularNetwork): Promise<void> {
    try {
      await this.ofono.contextOf(network).call('SetProperty', ['Active', bool(false)], patience);
    } catch {
      // There was nothing to end; or it stays, and connmand hears so.
      network.attempt.stays();
    }
    this.reportNetworks(modem);
  }
}

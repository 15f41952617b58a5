/**
 * The second way to cellular networks: ModemManager, where it is what runs. Each modem with a SIM is a device, and its connection is a
 * network, by the names that oFono's have (rule 213). The SIM's PIN and the choice of the operator are ModemManager's; access point
 * names are kept here.
 */
import { Secret } from '@connman/base';
import type {
  Associate,
  DeviceId,
  DriverPorts,
  NetworkId,
  TechnologyCommand,
  TechnologyDriver,
  TechnologyEvent,
} from '@connman/contracts';
import { BusError, bool, busErrorName, str, uint32, type Variant } from '@connman/dbus';
import type { RadioBlock } from '@connman/ports';
import { accessPointFields } from '../access-point-fields';
import { type Failure, withoutApn } from '../failure';
import { networkTimeEvent } from '../network-time';
import { type AccessPointName, AccessPointNames, type AccessPointPorts } from './access-points';
import { ipFamily, lowPower } from './bus-interfaces';
import { ModemManager, patience } from './manager';
import type { MmModem } from './modem';

export interface ModemManagerDriverPorts extends DriverPorts, AccessPointPorts {}

export function createModemManagerDriver(ports: ModemManagerDriverPorts): TechnologyDriver {
  return new ModemManagerDriver(ports);
}

class ModemManagerDriver implements TechnologyDriver {
  readonly name = 'modemmanager';
  readonly type = 'cellular';
  private readonly ports: ModemManagerDriverPorts;
  private readonly manager: ModemManager;
  private readonly names: AccessPointNames;
  /** What was reported last, by modem. */
  private readonly reported = new Map<MmModem, { readonly id: NetworkId; readonly text: string }>();
  private listener: (event: TechnologyEvent) => void = () => {};
  private isSilenced = false;
  private endWatch = () => {};

  constructor(ports: ModemManagerDriverPorts) {
    this.ports = ports;
    this.names = new AccessPointNames(ports);
    this.manager = new ModemManager(ports, {
      up: () => this.listener({ kind: 'up' }),
      down: () => this.lost(),
      changed: (modem) => this.follow(modem),
      gone: (modem) => this.loseDevice(modem),
      timeTold: (modem, time, timezone) => this.reportTime(modem, time, timezone),
    });
  }

  onEvent(listener: (event: TechnologyEvent) => void): void {
    this.listener = listener;
  }

  start(): void {
    const { rfkill } = this.ports;
    if (rfkill) this.endWatch = rfkill.watch('wwan', (block) => this.silenced(block));
    this.manager.start();
  }

  command(command: TechnologyCommand): void {
    switch (command.kind) {
      case 'set-powered':
        return this.setPowered(command.device, command.powered);
      case 'associate':
        return this.associate(command);
      case 'answer-input':
        return this.answered(command.network, command.attempt, command.values);
      case 'dissociate': {
        const modem = this.find(command.network);
        if (modem?.isInUse) this.leave(modem);
      }
    }
  }

  close(): void {
    this.endWatch();
    this.manager.close();
  }

  // What is reported to connmand.

  private lost(): void {
    this.reported.clear();
    this.listener({ kind: 'down', reason: 'ModemManager is not running' });
  }

  private silenced({ soft, hard }: RadioBlock): void {
    this.isSilenced = soft || hard;
    this.listener({ kind: 'rfkill', soft, hard });
    for (const modem of this.manager.modems.values()) this.follow(modem);
  }

  private follow(modem: MmModem): void {
    const fact = modem.factOf(this.isSilenced);
    if (modem.lock && !modem.isLockReported) this.ports.log.warning(lockedSim(modem));
    modem.isLockReported = modem.lock !== '';
    if (modem.device && modem.device.id !== fact?.id) this.loseDevice(modem);
    if (!fact) return;
    if (modem.device?.powered !== fact.powered) {
      modem.device = fact;
      this.listener({ kind: 'device', device: fact });
    }
    this.report(modem);
  }

  private loseDevice(modem: MmModem): void {
    const { device } = modem;
    modem.device = undefined;
    this.reported.delete(modem);
    if (device) this.listener({ kind: 'device-gone', device: device.id });
  }

  private report(modem: MmModem): void {
    const { device } = modem;
    const known = this.reported.get(modem);
    if (!device?.powered || !(modem.isRegistered || modem.isInUse)) {
      if (this.reported.delete(modem) && known) this.listener({ kind: 'networks', changed: [], gone: [known.id] });
      return;
    }
    const fact = modem.networkFact(device, this.ports.ifindexOf);
    const text = JSON.stringify(fact);
    if (known?.text === text) return;
    this.reported.set(modem, { id: fact.id, text });
    this.listener({ kind: 'networks', changed: [fact], gone: [] });
  }

  private reportTime(modem: MmModem, time: string, timezone: ReadonlyMap<string, Variant> | undefined): void {
    const { clock, files } = this.ports;
    const minutes = timezone?.get('offset')?.as('i');
    const told = {
      // Without an offset of its own it is UTC.
      seconds: Math.floor(Date.parse(/(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(time) ? withMinutes(time) : `${time}Z`) / 1000),
      ...(minutes !== undefined && { offsetSeconds: minutes * 60 }),
      mobileCountryCode: modem.networkCode.slice(0, 3),
    };
    const { device } = modem;
    if (device && Number.isFinite(told.seconds))
      this.listener(networkTimeEvent(device.id, told, files, clock.wallTime()));
  }

  private find(id: NetworkId): MmModem | undefined {
    for (const [modem, known] of this.reported) if (known.id === id) return modem;
    return undefined;
  }

  // What connmand wants.

  private setPowered(id: DeviceId, powered: boolean): void {
    // Rule 39: the switch of the kind follows the technology's power.
    this.ports.rfkill?.block('wwan', !powered);
    const modem = [...this.manager.modems.values()].find(({ device }) => device?.id === id);
    if (modem) void this.enable(modem, powered);
  }

  private async enable(modem: MmModem, powered: boolean): Promise<void> {
    const object = this.manager.modemOf(modem);
    const { refusals, modems } = this.manager;
    const what = powered ? 'to switch it on' : 'to switch it off';
    try {
      await object.call('Enable', [powered], patience);
      if (!powered) await object.call('SetPowerState', [lowPower], patience);
      refusals.granted(modem.name, what);
    } catch (error) {
      if (modems.get(modem.path) === modem) refusals.refused(modem.name, what, error, tryAgain);
    }
  }

  private associate({ network, attempt, caller }: Associate): void {
    const modem = this.find(network);
    if (!modem) return;
    modem.attempt.begin(attempt);
    this.report(modem);
    const name = this.names.of(modem.imsi, modem.operator);
    if (modem.isConnected || name) {
      modem.work = modem.work.then(() => this.connect(modem, attempt, name));
    } else if (caller === undefined) {
      this.failed(modem, attempt, withoutApn(modem.name));
    } else {
      this.listener({ kind: 'needs-input', network, attempt, fields: accessPointFields });
    }
  }

  private answered(network: NetworkId, attempt: number, values?: Readonly<Record<string, Secret>>): void {
    const modem = this.find(network);
    if (!modem || modem.attempt.number !== attempt) return;
    const apn = values?.APN?.reveal() ?? '';
    if (apn === '') return this.failed(modem, attempt, withoutApn(modem.name));
    const user = values?.['APN.Username']?.reveal() ?? '';
    const password = values?.['APN.Password'] ?? new Secret('');
    const name = { apn, ...(user && { user }), ...(password.reveal() && { password }) };
    modem.work = modem.work.then(async () => {
      await this.connect(modem, attempt, name);
      // One that was refused is asked for again.
      if (modem.isConnected && modem.attempt.number === attempt) this.names.keep(modem.imsi, name);
    });
  }

  private async connect(modem: MmModem, attempt: number, name: AccessPointName | undefined): Promise<void> {
    const isWanted = () => modem.attempt.number === attempt && this.manager.modems.get(modem.path) === modem;
    if (!isWanted()) return;
    try {
      // Another program's connection is what is wanted as well.
      if (!modem.isConnected) await this.manager.take(modem, await this.bearerFor(modem, name));
    } catch (error) {
      if (isWanted()) this.failed(modem, attempt, failureOf(error, modem, name?.apn ?? ''));
      return;
    }
    if (modem.isPpp) {
      if (isWanted()) this.failed(modem, attempt, withoutLink(modem));
      await this.disconnect(modem);
    } else if (isWanted()) {
      modem.attempt.succeeded();
      this.report(modem);
    } else if (modem.attempt.number === 0) await this.disconnect(modem);
  }

  /** Both families where the modem and the network have both. */
  private async bearerFor(modem: MmModem, name: AccessPointName | undefined): Promise<string> {
    const simple = this.manager.simpleOf(modem);
    const settings = (family: number): Map<string, Variant> =>
      new Map<string, Variant>([
        ['apn', str(name?.apn ?? '')],
        ['ip-type', uint32(family)],
        // Whether it may is connmand's.
        ['allow-roaming', bool(true)],
        ...(name?.user ? ([['user', str(name.user)]] as const) : []),
        ...(name?.password ? ([['password', str(name.password.reveal())]] as const) : []),
      ]);
    try {
      return await simple.call('Connect', [settings(ipFamily.both)], patience);
    } catch (error) {
      if (!(error instanceof BusError) || !oneFamilyOnly.test(error.errorName)) throw error;
      return await simple.call('Connect', [settings(ipFamily.ipv4)], patience);
    }
  }

  private failed(modem: MmModem, attempt: number, failure: Failure): void {
    const network = modem.networkId;
    modem.attempt.failed();
    this.report(modem);
    this.listener({ kind: 'failed', network, attempt, ...failure });
  }

  private leave(modem: MmModem): void {
    modem.attempt.leave();
    this.report(modem);
    modem.work = Promise.all([modem.work, this.disconnect(modem)]);
  }

  /** Ends an attempt as well. */
  private async disconnect(modem: MmModem): Promise<void> {
    try {
      await this.manager.simpleOf(modem).call('Disconnect', [modem.bearerPath || '/'], patience);
      modem.bearer = new Map();
    } catch {
      // There was nothing to end; or it stays, which connmand learns from its events.
      modem.attempt.stays();
    }
    this.report(modem);
  }
}

const tryAgain =
  '"mmcli -m any" shows its state; "connmanctl disable cellular" and "connmanctl enable cellular" try again';

/** Errors of modems and networks that have IPv4 alone. */
const oneFamilyOnly =
  /Unsupported|InvalidArgs|Ipv4OnlyAllowed|UnknownPdpAddressOrType|ServiceOption(?:NotSupported|NotSubscribed)/i;

function withoutLink({ name }: MmModem): Failure {
  const reason = `${name} has no link for data, and ModemManager leaves PPP to others; ofonod in its place speaks PPP`;
  return { error: 'connect-failed', reason };
}

function lockedSim({ name, lock }: MmModem): string {
  const option = lock.startsWith('PUK') ? '--puk=PUK --pin=NEW' : '--pin=PIN';
  return `the SIM of ${name} is locked; ModemManager wants its ${lock} ("mmcli -i any ${option}")`;
}

function failureOf(error: unknown, modem: MmModem, apn: string): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const { name, isRegistered } = modem;
  if (modem.lock) return { error: 'pin-missing', reason: lockedSim(modem) };
  if (error instanceof BusError && error.errorName === busErrorName.noReply)
    return { error: 'connect-failed', reason: `${name} did not answer in time` };
  if (!isRegistered) return { error: 'out-of-range', reason: `${name} is in no network that it may use (${text})` };
  return {
    error: 'connect-failed',
    reason: `${name}: ${text}; is "${apn}" the operator's access point name, with the right user and password?`,
  };
}

/** ISO 8601 lets minutes of an offset be left out, JavaScript does not. */
const withMinutes = (time: string): string => time.replace(/([+-]\d\d)$/, '$1:00');

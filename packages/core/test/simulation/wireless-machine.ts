/**
 * A machine with radios whose programs are scripted: the real engine and shell, the real Wi-Fi driver with both of its back ends,
 * and below them wpa_supplicant or iwd on a bus without sockets, in air that the test rules. All of it on one manual clock.
 */
import { after, silentLogger } from '@connman/base';
import type { TechnologyDriver } from '@connman/contracts';
import type { MacAddress } from '@connman/inet';
import {
  type AccessPoint,
  type JoinEvent,
  MemoryFiles,
  type RadioKernel,
  ScriptedAir,
  ScriptedBus,
  ScriptedIwd,
  ScriptedSupplicant,
} from '@connman/testkit';
import { type AirEvent, createWifiDriver, type HeardBss, type WirelessLink } from '@connman/wifi';
import { Bench } from './bench';
import { leaseOf } from './scripted-dhcp';

export type BackEndName = 'supplicant' | 'iwd';

interface SimulatedRadio extends RadioKernel {
  readonly ifindex: number;
  readonly permanentMac: MacAddress;
  /** The kernel's list. */
  readonly bsss: Map<AccessPoint, HeardBss>;
}

const channels = [2412, 2437, 5180];
const scanMs = 40;

export class WirelessMachine {
  readonly bench: Bench;
  readonly air: ScriptedAir;
  readonly bus: ScriptedBus;
  readonly program: ScriptedSupplicant | ScriptedIwd;
  readonly radios: SimulatedRadio[] = [];
  readonly blocked = { soft: false, hard: false };
  dhcpUp = true;
  private driver: TechnologyDriver | undefined;
  private onFrames: (event: AirEvent) => void = () => {};
  private onLinks: (links: readonly WirelessLink[]) => void = () => {};
  private onBlock: (block: { readonly soft: boolean; readonly hard: boolean }) => void = () => {};

  constructor(backEnd: BackEndName, names: readonly string[] = ['wlan0']) {
    this.bench = new Bench({ alwaysConnectedTechnologies: [] });
    const { clock } = this.bench;
    this.air = new ScriptedAir(clock);
    this.bus = new ScriptedBus(clock);
    const options = { bus: this.bus, clock, air: this.air, radios: () => this.radios };
    this.program = backEnd === 'iwd' ? new ScriptedIwd(options) : new ScriptedSupplicant(options);
    this.bus.activatable.set(backEnd === 'iwd' ? 'net.connman.iwd' : 'fi.w1.wpa_supplicant1', () =>
      this.program.start(),
    );
    for (const name of names) this.plugIn(name);
    this.bench.dhcp.onStart = (ifindex) => this.answerDhcp(ifindex);
    this.program.start();
  }

  /** A daemon begins on the machine as it is. */
  start(): void {
    this.bench.useDrivers(this.newDriver());
    this.bench.daemon = this.bench.newDaemon();
    this.bench.start();
  }

  restart(): void {
    this.bench.kill();
    this.driver?.close();
    this.start();
  }

  // The machine.

  plugIn(name: string): void {
    const { bench } = this;
    const known = this.radios.find((one) => one.name === name);
    if (known) return;
    // The same hardware, each time under another ifindex.
    const mac = `02:00:00:00:00:1${name.slice(-1)}` as MacAddress;
    const ifindex = bench.addWirelessLink(name, mac);
    const radio: SimulatedRadio = {
      name,
      ifindex,
      permanentMac: mac,
      onCarrier: (carrier) => bench.kernel.plug(ifindex, carrier),
      onFrame: (event, useSae) => {
        const frame = frameOf(event, ifindex, useSae);
        if (frame) this.onFrames(frame);
      },
      onScanned: (frequencies) => this.scanned(radio, frequencies),
      isBlocked: () => this.blocked.soft || this.blocked.hard,
      bsss: new Map(),
      scanning: false,
    };
    this.radios.push(radio);
    if (this.program instanceof ScriptedIwd) this.program.linkAdded(radio);
    this.tellLinks();
  }

  takeOut(name: string): void {
    const at = this.radios.findIndex((one) => one.name === name);
    const [radio] = at < 0 ? [] : this.radios.splice(at, 1);
    if (!radio) return;
    this.program.linkGone(name);
    this.bench.kernel.removeLink(radio.ifindex);
    this.tellLinks();
  }

  block(change: { readonly soft?: boolean; readonly hard?: boolean }): void {
    const before = JSON.stringify(this.blocked);
    Object.assign(this.blocked, change);
    if (JSON.stringify(this.blocked) === before) return;
    this.onBlock({ ...this.blocked });
    this.program.blockChanged();
  }

  close(): void {
    this.bench.kill();
    this.driver?.close();
  }

  /** Scans begin and do not end, or end again: those under way do so at once. */
  setDeaf(isDeaf: boolean): void {
    this.program.deaf = isDeaf;
    if (!isDeaf) for (const { ifindex } of this.radios) this.endScan(ifindex, true);
  }

  /** Time passes; what promises bring has its turn after each timer. */
  async pass(milliseconds: number): Promise<void> {
    const { clock } = this.bench;
    await settled();
    let left = milliseconds;
    for (let next = clock.untilNext; next !== undefined && next <= left; next = clock.untilNext) {
      clock.advance(Math.max(0, next));
      left -= Math.max(0, next);
      await settled();
    }
    clock.advance(left);
  }

  async sleep(milliseconds: number): Promise<void> {
    this.bench.clock.sleep(milliseconds);
    await settled();
  }

  stateOf(name: string): string | undefined {
    return this.bench.stateOfName(name);
  }

  private radioOf(ifindex: number): SimulatedRadio | undefined {
    return this.radios.find((one) => one.ifindex === ifindex);
  }

  private scanInKernel(ifindex: number, frequencies: readonly number[]): 'begun' | 'busy' | 'refused' {
    const radio = this.radioOf(ifindex);
    if (!radio || radio.isBlocked()) return 'refused';
    if (radio.scanning) return 'busy';
    radio.scanning = true;
    if (this.program.deaf) return 'begun';
    this.bench.clock.setTimer(scanMs * frequencies.length, () => {
      if (!radio.scanning || this.radioOf(ifindex) !== radio) return;
      radio.scanning = false;
      radio.onScanned(frequencies);
      if (this.program instanceof ScriptedIwd) this.program.scannedByKernel(radio.name);
    });
    return 'begun';
  }

  /** @returns whether one was under way. */
  private endScan(ifindex: number, ok: boolean): boolean {
    const radio = this.radioOf(ifindex);
    if (!radio) return false;
    const { scanning } = radio;
    // Who hears of the end may begin another one at once.
    radio.scanning = false;
    if (scanning) this.onFrames({ kind: 'scanned', ifindex, ok });
    else if (this.program instanceof ScriptedIwd) this.program.scanAborted(radio.name);
    return scanning;
  }

  private scanned({ bsss, ifindex }: SimulatedRadio, frequencies: readonly number[]): void {
    const seenAt = this.bench.clock.now();
    for (const ap of this.air.heard(frequencies)) bsss.set(ap, { ...bssOf(ap), seenAt });
    for (const [ap, bss] of bsss) if (after(bss.seenAt, bssLifeMs) <= seenAt) bsss.delete(ap);
    this.onFrames({ kind: 'scanned', ifindex, ok: true });
  }

  private tellLinks(): void {
    this.onLinks(this.radios.map(({ name, ifindex, permanentMac }) => ({ name, ifindex, permanentMac })));
  }

  /** The driver of the next daemon, or of a test that has none. */
  newDriver(): TechnologyDriver {
    const { bench, bus } = this;
    const { clock } = bench;
    this.driver = createWifiDriver({
      bus: bus.client,
      clock,
      log: silentLogger,
      files: new MemoryFiles(),
      entropy: { bytes: (count) => new Uint8Array(count), uint32: () => 0 },
      packets: { open: () => ({ send: () => {}, close: () => {} }) },
      addressSecretFile: '/var/lib/connman/mac-address-secret',
      certificateFolder: '/var/lib/connman/server-certificates',
      links: {
        watch: (listener) => {
          this.onLinks = listener;
          clock.setTimer(0, () => this.onLinks === listener && this.tellLinks());
        },
        addressOf: (ifindex) => this.radios.find((one) => one.ifindex === ifindex)?.permanentMac,
        setAddress: () => undefined,
        forgetUnresolved: () => {},
        close: () => {},
      },
      rfkill: {
        watch: (_, listener) => {
          this.onBlock = listener;
          clock.setTimer(0, () => this.onBlock === listener && listener({ ...this.blocked }));
          return () => {
            this.onBlock = () => {};
          };
        },
        block: (_, soft) => this.block({ soft }),
      },
      nl80211: {
        ears: {
          frequencies: () => channels,
          heard: (ifindex) => [...(this.radioOf(ifindex)?.bsss.values() ?? [])],
          scan: (ifindex, _, frequencies) => this.scanInKernel(ifindex, frequencies),
          abortScan: (ifindex) => this.endScan(ifindex, false),
        },
        close: () => {},
        listen: (_, onEvent) => {
          this.onFrames = onEvent;
          return { close: () => {} };
        },
      },
    });
    return this.driver;
  }

  /** A server that answers soon, or as soon as it is there again. */
  private answerDhcp(ifindex: number, request = this.bench.dhcp.running.get(ifindex)): void {
    const { bench } = this;
    bench.clock.setTimer(60, () => {
      if (bench.dhcp.running.get(ifindex) !== request) return;
      if (!this.dhcpUp) return this.answerDhcp(ifindex, request);
      bench.dhcp.bound(ifindex, leaseOf(`10.0.${ifindex}.5`));
      bench.clock.setTimer(1_800_000, () => this.answerDhcp(ifindex, request));
    });
  }
}

/** The kernel forgets what was not heard for so long. */
const bssLifeMs = 30_000;

function bssOf({ bssid, ssid, signalDbm, frequency, security }: AccessPoint): Omit<HeardBss, 'seenAt'> {
  const psk = security === 'psk' || security === 'transition';
  const sae = security === 'sae' || security === 'transition';
  const none = { eap: false, suiteB192Only: false, owe: false, twin: '', wpa: false, wps: false, wpsPushButton: false };
  const name = new TextEncoder().encode(ssid);
  return { bssid, ssid: name, signalDbm, frequency, privacy: psk || sae, offers: { ...none, psk, sae } };
}

/** More than the longest chain of promises behind one answer of the bus. */
const hops = 40;

/** All promises that can settle without a timer have; the event loop is not waited for, which takes much longer. */
async function settled(): Promise<void> {
  for (let i = 0; i < hops; i++) await undefined;
}

function frameOf(event: JoinEvent, ifindex: number, useSae: boolean): AirEvent | undefined {
  switch (event.kind) {
    case 'refused': {
      if (event.state === 'associating') return { kind: 'associated', ifindex, status: event.status };
      const transaction = event.isSaeConfirm ? 2 : 1;
      return { kind: 'authenticated', ifindex, algorithm: useSae ? 3 : 0, transaction, status: event.status };
    }
    case 'deauthenticated':
      return { kind: 'ended', ifindex, reason: event.reason, byPeer: true };
    case 'silent':
      if (event.state === 'completed') return { kind: 'ended', ifindex, reason: 4, byPeer: false };
      if (event.state === '4way_handshake') return { kind: 'ended', ifindex, reason: 15, byPeer: false };
      return { kind: 'silent', ifindex };
    case 'state':
      if (event.state === 'associating')
        return { kind: 'authenticated', ifindex, algorithm: useSae ? 3 : 0, transaction: 2, status: 0 };
      return event.state === '4way_handshake' ? { kind: 'associated', ifindex, status: 0 } : undefined;
  }
}

export const accessPoint = (change: Partial<AccessPoint> & Pick<AccessPoint, 'ssid' | 'bssid'>): AccessPoint => ({
  ...{ security: 'none', frequency: 2412, signalDbm: -50, on: true },
  ...change,
});

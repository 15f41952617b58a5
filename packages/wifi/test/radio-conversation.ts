/** A conversation with a radio's machine: what it is sent, what it reports and calls, and its timers on a manual clock. */
import type { AssociationProfile, NetworkId, TechnologyEvent } from '@connman/contracts';
import { deviceId, networkId } from '@connman/contracts';
import { type MacAddress, parseMac } from '@connman/inet';
import { usualScanning } from '../src/back-end';
import type { Bss } from '../src/radio/networks';
import type {
  InterfaceAbilities,
  InterfaceChange,
  RadioEffect,
  RadioEvent,
  RadioTimer,
  SupplicantCall,
  SupplicantState,
} from '../src/supplicant/messages';
import { Radio } from '../src/supplicant/radio';

export const mac = (text: string) => parseMac(text) as MacAddress;
export const device = deviceId('wifi:020000000000');
export const home = networkId(`${device}/486f6d65_managed_psk`);

export const abilities: InterfaceAbilities = {
  maxScanSsids: 4,
  sae: true,
  owe: true,
  fastTransition: true,
  sha256: true,
  suiteB192: true,
  accessPoint: true,
  p2p: false,
};

export function bssOf(change: Partial<Bss> = {}): Bss {
  const offers = {
    psk: true,
    sae: false,
    eap: false,
    suiteB192Only: false,
    owe: false,
    twin: '',
    wpa: true,
    wps: false,
  };
  return {
    bssid: mac('02:00:00:00:01:00'),
    ssid: new TextEncoder().encode('Home'),
    signalDbm: -40,
    frequency: 2412,
    privacy: true,
    offers: { ...offers, wpsPushButton: false },
    ...change,
  };
}

export class Conversation {
  readonly radio: Radio;
  readonly reports: TechnologyEvent[] = [];
  readonly calls: SupplicantCall[] = [];
  readonly addresses: MacAddress[] = [];
  readonly timers = new Map<RadioTimer, number>();
  private numbers = new Map<SupplicantCall, number>();
  readonly logs: string[] = [];
  attempts = 0;
  foreignScansEnded = 0;

  constructor(scanning = usualScanning) {
    const permanentMac = mac('02:00:00:00:00:00');
    const link = { id: device, ident: '020000000000', ifindex: 3, name: 'wlan0', permanentMac };
    this.radio = new Radio(link, scanning);
    this.take(this.radio.start(false));
  }

  /** A radio that is on and hears one network, Home. */
  static withHome(bss = bssOf()): Conversation {
    const talk = new Conversation();
    talk.command({ kind: 'set-powered', device, powered: true });
    talk.interfaceThere([['/bss/1', bss]]);
    talk.forget();
    return talk;
  }

  send(event: RadioEvent): this {
    this.take(this.radio.step(event));
    return this;
  }

  command(command: (RadioEvent & { kind: 'command' })['command']): this {
    return this.send({ kind: 'command', command });
  }

  interfaceThere(
    bsss: readonly (readonly [string, Bss])[] = [],
    state: InterfaceChange = { state: 'inactive' },
    scanSteps: readonly (readonly number[])[] = [],
  ): this {
    const address = mac('02:00:00:00:00:00');
    return this.send({
      ...{ kind: 'interface', path: '/if/0', abilities, scanSteps, state, bsss, address, ownAddress: address },
    });
  }

  /** Joins Home up to the moment at which wpa_supplicant has begun. */
  associate(profile: Partial<AssociationProfile> = {}, network: NetworkId = home): number {
    const attempt = ++this.attempts;
    this.command({ kind: 'associate', network, attempt, profile: { mac: { kind: 'permanent' }, ...profile } });
    this.answer('add-network', '/if/0/net/1');
    return attempt;
  }

  /** Answers the last call of a method, or the given one. */
  answer(which: SupplicantCall['method'] | SupplicantCall, path = ''): this {
    const call = typeof which === 'string' ? this.calls.findLast((one) => one.method === which) : which;
    const number = call && this.numbers.get(call);
    return number === undefined ? this : this.send({ kind: 'answered', call: number, path });
  }

  refuse(method: SupplicantCall['method'], text: string): this {
    const call = this.calls.findLast((one) => one.method === method);
    const number = call && this.numbers.get(call);
    return number === undefined ? this : this.send({ kind: 'refused', call: number, error: 'x.Failed', text });
  }

  states(...states: SupplicantState[]): this {
    for (const state of states) this.send({ kind: 'changed', change: { state } });
    return this;
  }

  /** Rings a timer, if it is set. */
  ring(timer: RadioTimer): this {
    if (!this.timers.delete(timer)) return this;
    return this.send({ kind: 'timer', timer });
  }

  forget(): void {
    this.reports.length = 0;
    this.calls.length = 0;
  }

  /** The link of Home as it was reported last. */
  get link() {
    const changed = this.reports.flatMap((event) => (event.kind === 'networks' ? event.changed : []));
    return changed.findLast((fact) => fact.id === home)?.link;
  }

  get failure() {
    return this.reports.findLast((event) => event.kind === 'failed');
  }

  private take(effects: readonly RadioEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'report') this.reports.push(effect.event);
      else if (effect.kind === 'call') {
        this.calls.push(effect.call);
        if (effect.number !== undefined) this.numbers.set(effect.call, effect.number);
      } else if (effect.kind === 'log') this.logs.push(effect.text);
      else if (effect.kind === 'end-foreign-scan') this.foreignScansEnded++;
      else if (effect.kind === 'set-address') this.addresses.push(effect.mac);
      else if (effect.kind === 'timer') this.timers.set(effect.timer, effect.ms);
      else if (effect.kind === 'cancel') this.timers.delete(effect.timer);
    }
  }
}

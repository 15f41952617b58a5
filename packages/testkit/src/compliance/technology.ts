/**
 * What every technology driver keeps to (contracts/src/technology.ts), as cases to be run against each of them. A case throws if
 * the driver does not; the journal throws at once at an event that no driver may report.
 */
import { Secret } from '@connman/base';
import type {
  AssociationProfile,
  DeviceFact,
  NetworkFact,
  NetworkId,
  TechnologyCommand,
  TechnologyDriver,
  TechnologyEvent,
} from '@connman/contracts';

/** What a case is about; a driver whose technology has no such thing is not asked for it. */
export type DriverAbility =
  /** Its device is switched on and off. */
  | 'power'
  /** Its networks are found by scanning. */
  | 'scan'
  /** Networks are joined and left by command; without it they are up by themselves. */
  | 'join'
  /** Networks want passphrases. */
  | 'keys'
  /** A device is in one network at a time. */
  | 'exclusive'
  /** A switch of the machine silences it. */
  | 'rfkill';

/** A driver with one device, in a place with two networks; one where networks want no passphrases. */
export interface DriverSubject {
  readonly driver: TechnologyDriver;
  readonly abilities: readonly DriverAbility[];
  /** Time passes, and what was begun goes on. */
  pass(milliseconds: number): Promise<void>;
  /** Names of the networks: one that wants this passphrase (WPA2 alone), and one that wants none. */
  readonly secured?: { readonly name: string; readonly passphrase: string };
  readonly open: string;
  /** The switch of the machine; of `rfkill`. */
  block?(blocked: boolean): void;
  /** The other end of the network in use lets go, for good. */
  lose(name: string): void;
  /** What the driver depends on ends, and begins again. */
  backEndGone(): void;
  backEndBack(): void;
}

export interface ComplianceCase {
  readonly name: string;
  readonly needs: readonly DriverAbility[];
  run(subject: DriverSubject): Promise<void>;
}

/** Longer than any driver takes for one step. */
const longMs = 30_000;

/** What a driver has reported, and whether it may. */
class Journal {
  readonly events: TechnologyEvent[] = [];
  readonly devices = new Map<string, DeviceFact>();
  readonly networks = new Map<NetworkId, NetworkFact>();
  works = false;
  private readonly subject: DriverSubject;
  private readonly secrets: string[] = [];
  private attempts = 0;
  private readonly begun = new Map<number, NetworkId>();

  constructor(subject: DriverSubject) {
    this.subject = subject;
    subject.driver.onEvent((event) => this.take(event));
    subject.driver.start();
  }

  get device(): DeviceFact {
    const [device] = this.devices.values();
    return device ?? fail('no device was reported');
  }

  network(name: string): NetworkFact {
    for (const network of this.networks.values()) if (network.name === name) return network;
    return fail(`${name} was not reported`);
  }

  command(command: TechnologyCommand): void {
    this.subject.driver.command(command);
  }

  /** Waits until it is so; `what` says what. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    for (let passed = 0; passed < longMs && !isSo(); passed += 100) await this.subject.pass(100);
    if (!isSo()) fail(`not within ${longMs / 1000} s: ${what}`);
  }

  async ready(): Promise<void> {
    const { abilities, open } = this.subject;
    await this.until('up, with a device', () => this.works && this.devices.size > 0);
    if (abilities.includes('power')) {
      this.command({ kind: 'set-powered', device: this.device.id, powered: true });
      await this.until('the device is on', () => this.device.powered);
    }
    if (abilities.includes('scan')) await this.scan();
    const isKnown = () => [...this.networks.values()].some(({ name }) => name === open);
    await this.until('the network is reported', isKnown);
  }

  /** The network to join where it does not matter which, with what it wants. */
  get any(): readonly [name: string, passphrase?: string] {
    const { secured, open } = this.subject;
    return secured ? [secured.name, secured.passphrase] : [open];
  }

  get secured(): { readonly name: string; readonly passphrase: string } {
    return this.subject.secured ?? fail('the subject has no secured network');
  }

  async scan(): Promise<void> {
    const before = this.count('scan-done');
    this.command({ kind: 'scan', device: this.device.id, ssids: [], frequencies: [] });
    await this.until('the scan is done', () => this.count('scan-done') > before);
  }

  associate(name: string, passphrase?: string, more: Partial<AssociationProfile> = {}): number {
    const { id } = this.network(name);
    const attempt = ++this.attempts;
    this.begun.set(attempt, id);
    if (passphrase !== undefined) this.secrets.push(passphrase);
    const mac = { kind: 'permanent' } as const;
    const profile = { mac, ...(passphrase && { passphrase: new Secret(passphrase) }), ...more };
    this.command({ kind: 'associate', network: id, attempt, profile });
    return attempt;
  }

  /** Waits until it is up; @returns the attempt's number, 0 where networks are up by themselves. */
  async join(name: string, passphrase?: string): Promise<number> {
    const attempt = this.subject.abilities.includes('join') ? this.associate(name, passphrase) : 0;
    await this.until(`${name} is up`, () => this.network(name).link.kind === 'up');
    return attempt;
  }

  count(kind: TechnologyEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  last<K extends TechnologyEvent['kind']>(kind: K): TechnologyEvent & { kind: K } {
    const found = this.events.findLast((event): event is TechnologyEvent & { kind: K } => event.kind === kind);
    return found ?? fail(`no event ${kind}`);
  }

  private take(event: TechnologyEvent): void {
    this.events.push(event);
    const text = JSON.stringify(event);
    for (const secret of this.secrets) if (text.includes(secret)) fail(`a secret in an event: ${event.kind}`);
    if (event.kind !== 'up' && event.kind !== 'down' && event.kind !== 'rfkill' && !this.works) {
      fail(`${event.kind} before the driver was up`);
    }
    switch (event.kind) {
      case 'up':
      case 'down':
        this.works = event.kind === 'up';
        this.devices.clear();
        this.networks.clear();
        return;
      case 'device':
        this.devices.set(event.device.id, event.device);
        return;
      case 'device-gone':
        this.devices.delete(event.device);
        for (const [id, { device }] of this.networks) if (device === event.device) this.networks.delete(id);
        return;
      case 'networks':
        for (const id of event.gone) this.networks.delete(id);
        for (const fact of event.changed) this.takeNetwork(fact);
        return;
      case 'failed':
      case 'learned':
      case 'needs-input':
        if (this.begun.get(event.attempt) !== event.network) fail(`${event.kind} of an attempt that was never begun`);
        if (event.kind === 'failed' && event.attempt !== this.attempts) fail('an earlier attempt has failed');
    }
  }

  private takeNetwork(fact: NetworkFact): void {
    if (!this.devices.has(fact.device)) fail(`a network of ${fact.device}, which is not there`);
    if (!fact.id.startsWith(fact.device)) fail(`the id ${fact.id} does not begin with its device’s`);
    const { link } = fact;
    if (link.kind !== 'idle' && link.attempt !== 0 && this.begun.get(link.attempt) !== fact.id) {
      fail(`${fact.name} is ${link.kind} by an attempt at another network`);
    }
    if (link.kind === 'up' && link.ifindex === 0) fail(`${fact.name} is up on no link`);
    this.networks.set(fact.id, fact);
    const up = [...this.networks.values()].filter((one) => one.device === fact.device && one.link.kind === 'up');
    if (up.length > 1 && this.subject.abilities.includes('exclusive'))
      fail(`${up.length} networks of one device are up`);
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}

function check(isSo: boolean, reason: string): void {
  if (!isSo) fail(reason);
}

const technologyCompliance: readonly ComplianceCase[] = [
  {
    name: 'reports that it works, its device, and each change of its power',
    needs: ['power'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const { id } = journal.device;
      journal.command({ kind: 'set-powered', device: id, powered: false });
      await journal.until('the device is off', () => !journal.device.powered);
      check(journal.networks.size === 0, 'networks of a device that is off');
      journal.command({ kind: 'set-powered', device: id, powered: true });
      await journal.until('the device is on again', () => journal.device.powered);
    },
  },
  {
    name: 'scans: the results come before the end, those of chosen frequencies, too',
    needs: ['scan', 'keys'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      journal.network(subject.open);
      const frequency = journal.network(journal.secured.name).wifi?.frequency ?? 0;
      const before = journal.count('scan-done');
      const frequencies = frequency > 0 ? [frequency] : [];
      journal.command({ kind: 'scan', device: journal.device.id, ssids: ['6e6f6e65'], frequencies });
      await journal.until('the second scan is done', () => journal.count('scan-done') > before);
      check(journal.last('scan-done').ok, 'the scan failed');
    },
  },
  {
    name: 'ends a scan that is to be stopped at once, and makes the next one',
    needs: ['scan'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const before = journal.count('scan-done');
      journal.command({ kind: 'scan', device: journal.device.id, ssids: [], frequencies: [] });
      journal.command({ kind: 'stop-scan', device: journal.device.id });
      check(journal.count('scan-done') === before + 1, 'the scan goes on');
      await subject.pass(1000);
      await journal.scan();
      check(journal.last('scan-done').ok, 'the next scan failed');
    },
  },
  {
    name: 'joins by the attempt it was given, and leaves without a loss',
    needs: ['join'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const [name, passphrase] = journal.any;
      const attempt = await journal.join(name, passphrase);
      const { link, id } = journal.network(name);
      check(link.kind === 'up' && link.attempt === attempt, 'up by another attempt');
      journal.command({ kind: 'dissociate', network: id });
      await journal.until('the network is idle', () => journal.network(name).link.kind === 'idle');
      const left = journal.network(name).link;
      check(left.kind === 'idle' && left.loss === undefined, 'leaving was reported as a loss');
      journal.command({ kind: 'dissociate', network: id });
      await subject.pass(1000);
    },
  },
  {
    name: 'says of a wrong passphrase that it is one, with the attempt, and is idle after',
    needs: ['keys'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const { name, passphrase } = journal.secured;
      const attempt = journal.associate(name, 'a wrong passphrase');
      await journal.until('the attempt has failed', () => journal.count('failed') > 0);
      const { error, attempt: failed, reason } = journal.last('failed');
      check(error === 'invalid-key' && failed === attempt, `failed as ${error} by attempt ${failed}: ${reason}`);
      await journal.until('the network is idle', () => journal.network(name).link.kind === 'idle');
      await journal.join(name, passphrase);
    },
  },
  {
    name: 'leaves one network for another by itself, and speaks of no earlier attempt',
    needs: ['exclusive', 'keys'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      await journal.join(subject.open);
      const { name, passphrase } = journal.secured;
      journal.associate(name, 'a wrong passphrase');
      await subject.pass(30);
      await journal.join(name, passphrase);
      check(journal.network(subject.open).link.kind === 'idle', 'the first network is not idle');
    },
  },
  {
    name: 'reports a loss with its cause, or that the network is no longer heard',
    needs: [],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const [name, passphrase] = journal.any;
      await journal.join(name, passphrase);
      const { id } = journal.network(name);
      const isOver = () => journal.networks.get(id)?.link.kind !== 'up';
      subject.lose(name);
      await journal.until('the loss is reported', isOver);
      const { link } = journal.networks.get(id) ?? {};
      check(!link || (link.kind === 'idle' && link.loss !== undefined), 'a loss without a cause');
    },
  },
  {
    name: 'comes back after what it depends on has ended, and works as before',
    needs: [],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      await journal.join(...journal.any);
      subject.backEndGone();
      await journal.until('down', () => !journal.works || journal.devices.size === 0);
      subject.backEndBack();
      await journal.ready();
      if (journal.network(journal.any[0]).link.kind !== 'up') await journal.join(...journal.any);
    },
  },
  {
    name: 'ignores commands that name what is not there, and answers of attempts that are over',
    needs: ['join'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const nowhere = `${journal.device.id}/6e6f6e65_managed_none` as NetworkId;
      journal.command({ kind: 'dissociate', network: nowhere });
      journal.command({ kind: 'answer-input', network: nowhere, attempt: 77, values: {} });
      journal.command({ kind: 'stop-scan', device: journal.device.id });
      journal.command({ kind: 'set-country', country: 'DE' });
      await subject.pass(2000);
      check(journal.count('failed') === 0, 'something has failed that was never begun');
      await journal.join(subject.open);
    },
  },
  {
    name: 'joins no network by WPA2 where WPA3 succeeded before, with the right passphrase either',
    needs: ['keys'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const { name, passphrase } = journal.secured;
      const attempt = journal.associate(name, passphrase, { atLeast: 'sae' });
      await journal.until('the attempt has failed', () => journal.count('failed') > 0);
      const { error, attempt: failed } = journal.last('failed');
      check(error === 'connect-failed' && failed === attempt, `failed as ${error} by attempt ${failed}`);
      check(journal.network(name).link.kind === 'idle', 'the network was joined');
    },
  },
  {
    name: 'is off while a switch of the machine silences it, and works after',
    needs: ['rfkill'],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      subject.block?.(true);
      await journal.until('the switch is reported', () => journal.last('rfkill').soft);
      await journal.until('the device is off', () => !journal.device.powered);
      subject.block?.(false);
      await journal.until('the switch is reported', () => !journal.last('rfkill').soft);
      await journal.ready();
      await journal.join(...journal.any);
    },
  },
  {
    name: 'says whether it can share its connection, and one that cannot ignores the order to',
    needs: [],
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const { id, can } = journal.device;
      if (can.tether) return;
      journal.command({ kind: 'set-tethering', device: id, bridge: 'tether', access: { ssid: '41', frequency: 2412 } });
      await subject.pass(2000);
      check(journal.count('tethering') === 0, 'it shares what it cannot');
      await journal.join(...journal.any);
    },
  },
];

/** The cases that apply to a driver. */
export function complianceCasesFor(abilities: readonly DriverAbility[]): readonly ComplianceCase[] {
  return technologyCompliance.filter(({ needs }) => needs.every((need) => abilities.includes(need)));
}

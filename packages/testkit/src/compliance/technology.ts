/**
 * What every technology driver keeps to (contracts/src/technology.ts), as cases to be run against each of them. A case throws if
 * the driver does not; the journal throws at once at an event that no driver may report.
 */
import { Secret } from '@connman/base';
import type {
  DeviceFact,
  NetworkFact,
  NetworkId,
  TechnologyCommand,
  TechnologyDriver,
  TechnologyEvent,
} from '@connman/contracts';

/** A driver with one device, in a place with two networks. */
export interface DriverSubject {
  readonly driver: TechnologyDriver;
  /** Time passes, and what was begun goes on. */
  pass(milliseconds: number): Promise<void>;
  /** Names of the networks: one that wants this passphrase, and one that wants none. */
  readonly secured: { readonly name: string; readonly passphrase: string };
  readonly open: string;
  /** The other end of the network in use lets go, for good. */
  lose(name: string): void;
  /** What the driver depends on ends, and begins again. */
  backEndGone(): void;
  backEndBack(): void;
}

export interface ComplianceCase {
  readonly name: string;
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
    await this.until('up, with a device', () => this.works && this.devices.size > 0);
    this.command({ kind: 'set-powered', device: this.device.id, powered: true });
    await this.until('the device is on', () => this.device.powered);
    await this.scan();
  }

  async scan(): Promise<void> {
    const before = this.count('scan-done');
    this.command({ kind: 'scan', device: this.device.id, ssids: [], frequencies: [] });
    await this.until('the scan is done', () => this.count('scan-done') > before);
  }

  associate(name: string, passphrase?: string): number {
    const { id } = this.network(name);
    const attempt = ++this.attempts;
    this.begun.set(attempt, id);
    if (passphrase !== undefined) this.secrets.push(passphrase);
    const profile = { mac: { kind: 'permanent' }, ...(passphrase && { passphrase: new Secret(passphrase) }) } as const;
    this.command({ kind: 'associate', network: id, attempt, profile });
    return attempt;
  }

  async join(name: string, passphrase?: string): Promise<number> {
    const attempt = this.associate(name, passphrase);
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
    if (up.length > 1) fail(`${up.length} networks of one device are up`);
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}

function check(isSo: boolean, reason: string): void {
  if (!isSo) fail(reason);
}

export const technologyCompliance: readonly ComplianceCase[] = [
  {
    name: 'reports that it works, its device, and each change of its power',
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
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      journal.network(subject.open);
      const frequency = journal.network(subject.secured.name).wifi?.frequency ?? 0;
      const before = journal.count('scan-done');
      const frequencies = frequency > 0 ? [frequency] : [];
      journal.command({ kind: 'scan', device: journal.device.id, ssids: ['6e6f6e65'], frequencies });
      await journal.until('the second scan is done', () => journal.count('scan-done') > before);
      check(journal.last('scan-done').ok, 'the scan failed');
    },
  },
  {
    name: 'joins by the attempt it was given, and leaves without a loss',
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const { name, passphrase } = subject.secured;
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
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const { name } = subject.secured;
      const attempt = journal.associate(name, 'a wrong passphrase');
      await journal.until('the attempt has failed', () => journal.count('failed') > 0);
      const { error, attempt: failed, reason } = journal.last('failed');
      check(error === 'invalid-key' && failed === attempt, `failed as ${error} by attempt ${failed}: ${reason}`);
      await journal.until('the network is idle', () => journal.network(name).link.kind === 'idle');
      await journal.join(name, subject.secured.passphrase);
    },
  },
  {
    name: 'leaves one network for another by itself, and speaks of no earlier attempt',
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      await journal.join(subject.open);
      journal.associate(subject.secured.name, 'a wrong passphrase');
      await subject.pass(30);
      await journal.join(subject.secured.name, subject.secured.passphrase);
      check(journal.network(subject.open).link.kind === 'idle', 'the first network is not idle');
    },
  },
  {
    name: 'reports a loss with its cause, or that the network is no longer heard',
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      const { name, passphrase } = subject.secured;
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
    run: async (subject) => {
      const journal = new Journal(subject);
      await journal.ready();
      await journal.join(subject.secured.name, subject.secured.passphrase);
      subject.backEndGone();
      await journal.until('down', () => !journal.works || journal.devices.size === 0);
      subject.backEndBack();
      await journal.ready();
      await journal.join(subject.secured.name, subject.secured.passphrase);
    },
  },
  {
    name: 'ignores commands that name what is not there, and answers of attempts that are over',
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
];

// The Wi-Fi driver alone, without connmand: packages/wifi/test/harness.ts as a process; commands in, events out.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Child } from '../../netns/lab/child';
import { repository } from '../../netns/lab/host';
import { EventRecord } from '../../netns/lab/record';
import type { Lab } from './lab';

export type Security = 'none' | 'wep' | 'psk' | 'ieee8021x';

/** A line of the harness: an event of contracts/src/technology.ts after JSON. */
interface Line {
  readonly kind: string;
  readonly device?: string | { readonly id: string; readonly powered: boolean };
  readonly network?: string;
  readonly attempt?: number;
  readonly error?: string;
  readonly reason?: string;
  readonly used?: string;
  readonly serverCertificate?: string;
  readonly passphrase?: unknown;
  readonly on?: boolean;
  readonly soft?: boolean;
  readonly macs?: readonly string[];
  readonly changed?: readonly NetworkLine[];
  readonly gone?: readonly string[];
  /** Milliseconds of the guest. */
  readonly at: number;
}

export interface NetworkLine {
  readonly id: string;
  readonly name: string;
  readonly strength?: number;
  readonly wifi: {
    readonly ssid: string;
    readonly security: Security;
    readonly bssid: string;
    readonly offers: string[];
  };
  readonly link: {
    readonly kind: 'idle' | 'associating' | 'up';
    readonly attempt?: number;
    readonly loss?: { readonly cause: string; readonly reason: string };
  };
}

export interface Outcome {
  readonly link: 'up' | 'failed';
  readonly error: string;
  readonly reason: string;
  readonly milliseconds: number;
}

/** A text that the harness makes a Secret of. */
export const secret = (text: string) => ({ $secret: text });

const program = '/tmp/wifi-harness.js';

export class WifiDriver {
  readonly events = new EventRecord<Line>((line) => JSON.stringify(line));
  readonly networks = new Map<string, NetworkLine>();
  readonly #lab: Lab;
  #child: Child | undefined;
  #attempt = 0;
  powered = false;
  device = '';

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Starts back end and driver, and switches the radio on. */
  static async begin(lab: Lab): Promise<WifiDriver> {
    const driver = new WifiDriver(lab);
    await lab.backend.start();
    await driver.start();
    await driver.power(true);
    return driver;
  }

  async start(): Promise<void> {
    bundle();
    this.#child = this.#lab.machine.start([process.execPath, '--single-threaded', program], {
      env: { WIFI_LINK: this.#lab.link },
      log: 'wifi-driver',
    });
    this.#child.output.follow((line) => line.startsWith('{"kind"') && this.#heard(JSON.parse(line)));
    await this.events.until('a device', () => this.device !== '');
  }

  async stop(): Promise<void> {
    this.#child?.closeInput();
    await this.#child?.exited;
  }

  send(command: object): void {
    this.#child?.write(`${JSON.stringify(command)}\n`);
  }

  async power(powered: boolean): Promise<void> {
    this.send({ kind: 'set-powered', device: this.device, powered });
    await this.events.until(`the radio to be ${powered ? 'on' : 'off'}`, () => this.powered === powered);
  }

  async scan(...ssids: (string | Buffer)[]): Promise<void> {
    const from = this.events.items.length;
    const names = ssids.map((ssid) => Buffer.from(ssid).toString('hex'));
    this.send({ kind: 'scan', device: this.device, ssids: names, frequencies: [] });
    await this.since(from, 'the end of the scan', (line) => line.kind === 'scan-done', 30_000);
  }

  /** Scans until a network is seen. */
  async find(ssid: string | Buffer, security: Security): Promise<NetworkLine> {
    const id = this.id(ssid, security);
    for (let scans = 0; scans < 5 && !this.networks.has(id); scans++) {
      // Just after a loss the back end looks for the network itself, and refuses other scans.
      if (scans > 0) await this.#lab.passes(1);
      await this.scan(ssid);
    }
    const network = this.networks.get(id);
    if (!network) throw new Error(`${id} was not found; seen: ${[...this.networks.keys()].join(', ')}`);
    return network;
  }

  /** Joins a network that is seen, and waits until it is known how that ends. */
  async join(ssid: string | Buffer, security: Security, profile: object = {}): Promise<Outcome> {
    await this.find(ssid, security);
    return this.joinUnseen(ssid, security, profile);
  }

  async joinUnseen(ssid: string | Buffer, security: Security, profile: object = {}): Promise<Outcome> {
    const network = this.id(ssid, security);
    const attempt = ++this.#attempt;
    const from = this.events.items.length;
    this.send({ kind: 'associate', network, attempt, profile: { mac: { kind: 'permanent' }, ...profile } });
    const line = await this.since(
      from,
      `the end of attempt ${attempt}`,
      (one) => (one.kind === 'failed' && one.attempt === attempt) || this.#isUp(one, network, attempt),
      150_000,
    );
    const start = this.events.items[from]?.at ?? line.at;
    const { error = '', reason = '' } = line;
    return { link: line.kind === 'failed' ? 'failed' : 'up', error, reason, milliseconds: line.at - start };
  }

  async leave(ssid: string | Buffer, security: Security): Promise<void> {
    const network = this.id(ssid, security);
    this.send({ kind: 'dissociate', network });
    await this.events.until(`${network} idle`, () => this.networks.get(network)?.link.kind !== 'up');
  }

  /** Waits until the network is lost; @returns the loss. */
  async loss(ssid: string | Buffer, security: Security, deadlineMs = 60_000) {
    const network = this.id(ssid, security);
    const seen = () => this.networks.get(network)?.link ?? { kind: 'idle' as const };
    await this.events.until(`the loss of ${network}`, () => seen().kind === 'idle', deadlineMs);
    return seen().loss;
  }

  /** The first event since `from` that fits. */
  async since(from: number, what: string, fits: (line: Line) => boolean, deadlineMs?: number): Promise<Line> {
    return this.events.until(what, () => this.events.items.slice(from).find(fits), deadlineMs);
  }

  learned(): Line | undefined {
    return this.events.items.findLast((line) => line.kind === 'learned' && line.attempt === this.#attempt);
  }

  id(ssid: string | Buffer, security: Security): string {
    return `${this.device}/${Buffer.from(ssid).toString('hex')}_managed_${security}`;
  }

  #isUp(line: Line, network: string, attempt: number): boolean {
    return (line.changed ?? []).some(
      ({ id, link }) => id === network && link.kind === 'up' && link.attempt === attempt,
    );
  }

  #heard(line: Line): void {
    if (line.kind === 'device' && typeof line.device === 'object') {
      this.device = line.device.id;
      this.powered = line.device.powered;
    }
    if (line.kind === 'device-gone') this.powered = false;
    if (line.kind === 'device-gone' || line.kind === 'down' || line.kind === 'up') this.networks.clear();
    for (const network of line.changed ?? []) this.networks.set(network.id, network);
    for (const id of line.gone ?? []) this.networks.delete(id);
    this.events.add(line);
  }
}

function bundle(): void {
  mkdirSync(path.dirname(program), { recursive: true });
  execFileSync(process.execPath, [
    path.join(repository, 'node_modules/esbuild/bin/esbuild'),
    path.join(repository, 'packages/wifi/test/harness.ts'),
    ...['--bundle', '--platform=node', '--target=node20', '--sourcemap=inline', '--log-level=error'],
    `--outfile=${program}`,
  ]);
  copyFileSync(path.join(repository, 'packages/linux/dist/linux.node'), '/tmp/linux.node');
}

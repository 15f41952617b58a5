// What manages the machine's radio in the benchmark, each behind the same few verbs: connmand, ours or Debian's, and NetworkManager.
import type { Child } from '../../../e2e/netns/lab/child';
import { EventRecord } from '../../../e2e/netns/lab/record';
import { type Lab, WIFI } from '../../../e2e/radio/lab/lab';

export interface Manager {
  /** Processes that count for memory, wake-ups and processor time. */
  pids(): number[];
  start(): Promise<void>;
  power(on: boolean): Promise<void>;
  /** Makes a network known and waits until it is connected. */
  join(name: string, passphrase: string): Promise<void>;
  /** @throws Error when it takes longer. */
  untilConnected(deadlineMs: number): Promise<void>;
  untilLost(deadlineMs: number): Promise<void>;
  /** Tries a passphrase that is wrong; resolves when the user is asked again or told so. */
  untilRefused(name: string, passphrase: string, deadlineMs: number): Promise<void>;
  scan(): Promise<void>;
}

const CONNECTED = ['ready', 'online'];

/** connmand through wpa_supplicant or iwd, as the laboratory was opened. */
export class Connman implements Manager {
  readonly #lab: Lab;
  #name = '';

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  pids(): number[] {
    return [this.#lab.daemon.pid];
  }

  async start(): Promise<void> {
    await this.#lab.begin();
  }

  async power(on: boolean): Promise<void> {
    await this.#lab.power(on);
  }

  async join(name: string, passphrase: string): Promise<void> {
    await this.#lab.user({ Passphrase: passphrase });
    this.#name = name;
    await this.#lab.connect(name);
    await this.#lab.untilOnline(name);
  }

  async untilConnected(deadlineMs: number): Promise<void> {
    await this.#lab.untilOnline(this.#name, deadlineMs);
  }

  async untilLost(deadlineMs: number): Promise<void> {
    const lost = () => !CONNECTED.includes(this.#lab.stateOf(this.#name));
    await this.#lab.connman.until('the connection lost', lost, deadlineMs);
  }

  async untilRefused(name: string, passphrase: string, deadlineMs: number): Promise<void> {
    const user = await this.#lab.user({ Passphrase: [passphrase, passphrase] });
    await this.#lab.find(name);
    void this.#lab.connect(name).catch(() => undefined);
    const questions = () => user.asked.filter((call) => call.startsWith('RequestInput')).length;
    await user.agent.calls.until('the second question', () => questions() === 2, deadlineMs);
  }

  async scan(): Promise<void> {
    await this.#lab.connman.call(WIFI, 'Scan');
  }
}

export class NetworkManager implements Manager {
  readonly #lab: Lab;
  /** Lines of `nmcli device monitor`. */
  readonly #states = new EventRecord<string>();
  #daemon: Child | undefined;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  pids(): number[] {
    return this.#daemon ? [this.#daemon.pid] : [];
  }

  async start(): Promise<void> {
    const { machine, backend, names } = this.#lab;
    // It takes a clock near zero for broken, and waits for udev to have seen a device.
    await this.#lab.passes(10);
    await machine.run(['sh', '-c', '/lib/systemd/systemd-udevd --daemon && udevadm trigger && udevadm settle']);
    await backend.start();
    machine.write('/etc/NetworkManager/NetworkManager.conf', '[main]\nplugins=keyfile\ndhcp=internal\n');
    this.#daemon = machine.start(['NetworkManager', '--no-daemon'], { log: 'networkmanager' });
    await names.until('org.freedesktop.NetworkManager', true);
    machine.start(['nmcli', 'device', 'monitor', this.#lab.link], { output: this.#states, log: 'nmcli' });
    await machine.run('nmcli device set wlan0 managed yes');
  }

  async power(on: boolean): Promise<void> {
    await this.#lab.machine.run(`nmcli radio wifi ${on ? 'on' : 'off'}`);
  }

  async join(name: string, passphrase: string): Promise<void> {
    await this.#untilListed(name);
    const words = ['--wait', '60', 'device', 'wifi', 'connect', name, 'password', passphrase];
    await this.#lab.machine.run(['nmcli', ...words]);
  }

  async untilConnected(deadlineMs: number): Promise<void> {
    await this.#states.until('connected', () => this.#isConnected(), deadlineMs);
  }

  async untilLost(deadlineMs: number): Promise<void> {
    await this.#states.until('the connection lost', () => !this.#isConnected(), deadlineMs);
  }

  async untilRefused(name: string, passphrase: string, deadlineMs: number): Promise<void> {
    await this.#untilListed(name);
    const seconds = String(deadlineMs / 1000);
    const words = ['--wait', seconds, 'device', 'wifi', 'connect', name, 'password', passphrase];
    const { code } = await this.#lab.machine.start(['nmcli', ...words]).exited;
    // 3: time-out.
    if (code === 3) throw new Error('nmcli gave up waiting');
  }

  async scan(): Promise<void> {
    await this.#lab.machine.run('nmcli device wifi list --rescan yes');
  }

  async #untilListed(name: string): Promise<void> {
    for (let round = 0; round < 20; round++) {
      if ((await this.#lab.machine.run('nmcli -t -f SSID device wifi list --rescan yes')).includes(name)) return;
      await this.#lab.passes(2);
    }
    throw new Error(`NetworkManager does not list ${name}`);
  }

  #isConnected(): boolean {
    return /: connected$/.test(this.#states.items.at(-1) ?? '');
  }
}
